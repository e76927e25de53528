package findkeys_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awsfile"
	"daypass/creds/credstest"
	"daypass/creds/findkeys"
)

const (
	id     = "AKIAIOSFODNN7EXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// plain are the findings with their secrets in the clear.
func plain(found []findkeys.Finding) (all []string) {
	for _, f := range found {
		all = append(all, f.Name+" "+f.Key.ID+" "+f.Key.Secret.Reveal())
	}
	return all
}

func TestAnAccessKeysFileIsReadAsTheConsoleAndSpreadsheetsWriteIt(t *testing.T) {
	one := []string{" " + id + " " + secret}
	for name, c := range map[string]struct {
		path, text string
		want       []string
		err        string
	}{
		"as it is downloaded":   {text: "\ufeffAccess key ID,Secret access key\r\n" + id + "," + secret + "\r\n", want: one},
		"without a mark":        {text: "Access key ID,Secret access key\n" + id + "," + secret, want: one},
		"with quotes":           {text: "\"Access key ID\",\"Secret access key\"\n\"" + id + "\",\"" + secret + "\"\n", want: one},
		"from Excel as Unicode": {text: credstest.UTF16("Access key ID\tSecret access key\r\n" + id + "\t" + secret + "\r\n"), want: one},
		"with semicolons":       {text: "Access key ID;Secret access key\n" + id + ";" + secret + "\n", want: one},
		"named after the user": {
			path: "/home/me/Downloads/bob_accessKeys.csv", text: "Access key ID,Secret access key\n" + id + "," + secret + "\n",
			want: []string{"bob " + id + " " + secret},
		},
		"of new users": {
			text: "User name,Password,Access key ID,Secret access key,Console login link\n" +
				"bob,\"pass,word\"," + id + "," + secret + ",https://111111111111.signin.aws.amazon.com/console\ncarol,secret,,,\n",
			want: []string{"bob " + id + " " + secret},
		},
		"with the older words": {text: "\"User Name\",\"Access Key Id\",\"Secret Access Key\"\n\"bob\"," + id + "," + secret, want: []string{"bob " + id + " " + secret}},
		"of the root user":     {text: "AWSAccessKeyId=" + id + "\r\nAWSSecretKey=" + secret + "\r\n", want: []string{"root " + id + " " + secret}},
		"another table":        {text: "Date,Amount\n1,2\n", err: "no line names the columns"},
		"nothing":              {text: "", err: "no line names the columns"},
		"no key":               {text: "Access key ID,Secret access key\n", err: "no access key"},
		"temporary keys":       {text: "Access key ID,Secret access key\nASIAIOSFODNN7EXAMPLE," + secret + "\n", err: "no access key"},
		"a session token":      {text: "Access key ID,Secret access key,Session token\n" + id + "," + secret + ",IQoJ\n", err: "no access key"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := findkeys.InCSV(c.path, []byte(c.text))
			if diff := cmp.Diff(c.want, plain(found)); diff != "" {
				t.Error(diff)
			}
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func FuzzInCSV(f *testing.F) {
	f.Add([]byte("\ufeffAccess key ID,Secret access key\r\n" + id + "," + secret + "\r\n"))
	f.Add([]byte(credstest.UTF16("Access key ID\tSecret access key\r\n" + id + "\t" + secret + "\r\n")))
	f.Add([]byte("AWSAccessKeyId=" + id + "\nAWSSecretKey=" + secret))
	f.Add([]byte("User name;Access key ID;Secret access key\n\"a;\"\"b\";" + id + ";\"" + secret + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := findkeys.InCSV("x_accessKeys.csv", data)
		if (err == nil) != (len(found) > 0) {
			t.Errorf("%d keys, and %v", len(found), err)
		}
		for _, k := range found {
			if k.Key.ID == "" || k.Key.Secret.IsZero() || awsfile.IsSessionID(k.Key.ID) {
				t.Errorf("it found %q", k.Key.ID)
			}
			if err != nil && strings.Contains(err.Error(), k.Key.Secret.Reveal()) {
				t.Error("the error quotes a secret")
			}
		}
	})
}

func TestLongTermKeysOfTheAWSFilesAreFoundAndNoOthers(t *testing.T) {
	key := "aws_access_key_id = " + id + "\naws_secret_access_key = " + secret + "\n"
	for name, c := range map[string]struct {
		config, credentials string
		want                []string
		files               int
	}{
		"the credentials file":               {credentials: "[a]\n" + key, want: []string{"a " + id + " " + secret}, files: 1},
		"the config file":                    {config: "[profile a]\n" + key, want: []string{"a " + id + " " + secret}, files: 1},
		"both":                               {credentials: "[a]\n" + key, config: "[profile a]\n" + key, want: []string{"a " + id + " " + secret}, files: 2},
		"both, and they differ":              {credentials: "[a]\n" + key, config: "[profile a]\n" + strings.ReplaceAll(key, "AKIAI", "AKIAJ"), want: []string{"a " + id + " " + secret, "a AKIAJ" + id[5:] + " " + secret}, files: 1},
		"two sections with one key":          {credentials: "[a]\n" + key + "[b]\n" + key, want: []string{"a " + id + " " + secret, "b " + id + " " + secret}, files: 1},
		"temporary credentials":              {credentials: "[a]\n" + strings.ReplaceAll(key, "AKIA", "ASIA") + "aws_session_token = x\n"},
		"temporary ones without their token": {credentials: "[a]\n" + strings.ReplaceAll(key, "AKIA", "ASIA")},
		"half a key":                         {credentials: "[a]\naws_access_key_id = " + id + "\n"},
		"a token left beside a key":          {credentials: "[a]\n" + key + "aws_session_token = old\n", want: []string{"a " + id + " " + secret}, files: 1},
		"a stand-in's credentials":           {credentials: "[a]\naws_access_key_id = test\naws_secret_access_key = test\naws_session_token = x\n"},
		"a secret on the next line":          {credentials: "[a]\naws_access_key_id = " + id + "\naws_secret_access_key =\n  " + secret + "\n"},
		"a section that is no profile":       {config: "[services a]\n" + key},
		"what is commented out":              {credentials: "[a]\n# " + strings.ReplaceAll(key, "\n", "\n# ")},
	} {
		t.Run(name, func(t *testing.T) {
			found := findkeys.InFiles(awsfile.Parse(awsfile.Config, []byte(c.config)), awsfile.Parse(awsfile.Credentials, []byte(c.credentials)))
			if diff := cmp.Diff(c.want, plain(found)); diff != "" {
				t.Error(diff)
			}
			if slices.ContainsFunc(found, func(f findkeys.Finding) bool { return len(f.Kinds) != c.files }) {
				t.Errorf("%+v", found)
			}
		})
	}
}
