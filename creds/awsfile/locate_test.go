package awsfile_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"daypass/creds/awsfile"

	"github.com/google/go-cmp/cmp"
)

func TestLocatePassesAWSsOwnCases(t *testing.T) {
	data, err := os.ReadFile("testdata/file-location-tests.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases struct {
		Tests []struct {
			Name                string            `json:"name"`
			Environment         map[string]string `json:"environment"`
			Platform            string            `json:"platform"`
			ConfigLocation      string            `json:"configLocation"`
			CredentialsLocation string            `json:"credentialsLocation"`
		} `json:"tests"`
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases.Tests) < 9 {
		t.Fatalf("only %d cases were found", len(cases.Tests))
	}
	for _, c := range cases.Tests {
		t.Run(c.Name, func(t *testing.T) {
			got, err := awsfile.Locate(lookup(c.Environment), c.Platform)
			if err != nil {
				t.Fatal(err)
			}
			want := awsfile.Paths{Config: c.ConfigLocation, Credentials: c.CredentialsLocation}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLocate(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		goos string
		want awsfile.Paths
		err  error
	}{
		{
			"a leading ~ is the home folder",
			map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": "~user/k"},
			"linux",
			awsfile.Paths{Config: "/h/c", Credentials: "~user/k"},
			nil,
		},
		{
			"on Windows ~ takes both kinds of slash",
			map[string]string{"USERPROFILE": `C:\h`, "AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": `~\k`},
			"windows",
			awsfile.Paths{Config: `C:\h/c`, Credentials: `C:\h\k`},
			nil,
		},
		{
			"no home folder is needed if both files are named",
			map[string]string{"AWS_CONFIG_FILE": "/c", "AWS_SHARED_CREDENTIALS_FILE": "k"},
			"linux",
			awsfile.Paths{Config: "/c", Credentials: "k"},
			nil,
		},
		{
			"no home folder is an error if it is needed",
			map[string]string{"USERPROFILE": "ignored", "AWS_CONFIG_FILE": "/c"},
			"darwin",
			awsfile.Paths{},
			awsfile.ErrNoHome,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := awsfile.Locate(lookup(c.env), c.goos)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func lookup(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}
