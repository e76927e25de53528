package awsfile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awsfile"
)

const (
	longID     = "AKIAIOSFODNN7EXAMPLE"
	longSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	longKey    = "aws_access_key_id = " + longID + "\naws_secret_access_key = " + longSecret + "\n"
	session    = "aws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n"
)

// writeSession writes new credentials as every caller does.
func writeSession(f *awsfile.File, sec awsfile.Section) error {
	for _, kv := range [][2]string{
		{"aws_access_key_id", "ASIA2"}, {"aws_secret_access_key", "s2"}, {"aws_session_token", "t2"},
	} {
		if err := f.Set(sec, kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}

func TestALongTermKeyStaysUnlessItIsKeptElsewhere(t *testing.T) {
	x := awsfile.Profile("x")
	nothing := func(*awsfile.File) {}
	kept := func(f *awsfile.File) { f.Allow(longID, longSecret) }
	set := func(key, value string) func(*awsfile.File) error {
		return func(f *awsfile.File) error { return f.Set(x, key, value) }
	}
	unset := func(key string) func(*awsfile.File) error {
		return func(f *awsfile.File) error { return f.Unset(x, key) }
	}
	remove := func(f *awsfile.File) error { return f.Remove(x) }
	write := func(f *awsfile.File) error { return writeSession(f, x) }

	for _, c := range []struct {
		name    string
		text    string // below [x]
		allow   func(*awsfile.File)
		edit    func(*awsfile.File) error
		refused bool
	}{
		{"a session over it", longKey, nothing, write, true},
		{"a session over it, kept", longKey, kept, write, false},
		{"another id", longKey, nothing, set("aws_access_key_id", "ASIA2"), true},
		{"another id in capitals", longKey, nothing, set("AWS_ACCESS_KEY_ID", "ASIA2"), true},
		{"another secret", longKey, nothing, set("aws_secret_access_key", "s2"), true},
		{"a token beside it", longKey, nothing, set("aws_session_token", "t2"), true},
		{"an old token beside it", longKey, nothing, set("aws_security_token", "t2"), true},
		{"the same id again", longKey, nothing, set("aws_access_key_id", longID), false},
		{"another key of the section", longKey, nothing, set("region", "r"), false},
		{"no id any more", longKey, nothing, unset("aws_access_key_id"), true},
		{"no secret any more", longKey, nothing, unset("aws_secret_access_key"), true},
		{"no secret any more, kept", longKey, kept, unset("aws_secret_access_key"), false},
		{"no region any more", longKey + "region = r\n", nothing, unset("region"), false},
		{"the section removed", longKey, nothing, remove, true},
		{"the section removed, kept", longKey, kept, remove, false},
		{
			"kept with another secret", longKey,
			func(f *awsfile.File) { f.Allow(longID, "other") }, write, true,
		},
		{
			"kept under another id", longKey,
			func(f *awsfile.File) { f.Allow("AKIAOTHER", longSecret) }, write, true,
		},
		{
			"each half kept with another's half", longKey,
			func(f *awsfile.File) { f.Allow(longID, "other"); f.Allow("AKIAOTHER", longSecret) }, write, true,
		},
		{
			"nothing kept", longKey,
			func(f *awsfile.File) { f.Allow("", ""); f.Allow(longID, "") }, write, true,
		},
		{"an id of another kind without a token", "aws_access_key_id = minio\naws_secret_access_key = s\n", nothing, write, true},
		{"an id with an empty token", "aws_access_key_id = minio\naws_secret_access_key = s\naws_session_token =\n", nothing, write, true},
		{"a long-term id with a token", longKey + "aws_session_token = t\n", nothing, write, true},
		{"a long-term id in small letters with a token", strings.ToLower(longKey) + "aws_session_token = t\n", nothing, write, true},
		{"a long-term id with a token, kept", longKey + "aws_session_token = t\n", kept, write, false},
		{"a session that misses its token", "aws_access_key_id = ASIA1\naws_secret_access_key = s\n", nothing, write, false},
		{"a session that misses its token beside another key", "aws_access_key_id = minio\naws_access_key_id = ASIA1\naws_secret_access_key = s\n", nothing, write, true},
		{"an id alone", "aws_access_key_id = " + longID + "\n", nothing, remove, true},
		{"a secret alone", "aws_secret_access_key = " + longSecret + "\n", nothing, remove, true},
		{"a session", session, nothing, write, false},
		{"a session with an old token", strings.Replace(session, "session_token", "security_token", 1), nothing, write, false},
		{"a session removed", session, nothing, remove, false},
		{"a key with a comment behind it", strings.ReplaceAll(longKey, "\n", " # mine\n"), nothing, write, true},
		{"a key with a comment behind it, kept", strings.ReplaceAll(longKey, "\n", " # mine\n"), kept, write, false},
		{"a key in quotes", fmt.Sprintf("aws_access_key_id = '%s'\naws_secret_access_key = '%s'\n", longID, longSecret), nothing, write, true},
		{"a key in quotes, kept", fmt.Sprintf("aws_access_key_id = '%s'\naws_secret_access_key = '%s'\n", longID, longSecret), kept, write, false},
		{"a key in capitals with colons", strings.ReplaceAll(strings.ToUpper("aws_access_key_id")+": "+longID+"\n", "=", ":"), nothing, write, true},
		{"an indented key", "region = r\n  " + strings.ReplaceAll(longKey, "\naws", "\n  aws"), nothing, write, true},
		{"a key that a later one hides", "aws_access_key_id = " + longID + "\n" + session, nothing, write, true},
		{"a key that a later section hides", longKey + "[y]\n[x]\n" + session, nothing, write, true},
		{"a key that a later section hides, by a merge", longKey + "[y]\n[x]\n" + session, nothing, set("region", "r"), true},
		{"a key that a later section hides, kept", longKey + "[y]\n[x]\n" + session, kept, write, false},
		{"the same key in two sections, merged", longKey + "[y]\n[x]\n" + longKey, nothing, set("region", "r"), false},
		{"a session in two parts", "aws_access_key_id = ASIA1\naws_secret_access_key = s\n[y]\n[x]\naws_session_token = t\n", nothing, write, false},
		{"a key of another kind that a later session hides", "aws_access_key_id = minio\naws_secret_access_key = s\n[y]\n[x]\n" + session, nothing, write, true},
		{"a session beside another profile's key", session + "[y]\n" + longKey, nothing, write, false},
		{"a line that misses its sign", "aws_access_key_id " + longID + "\n", nothing, remove, true},
		{"a continuation with a key in it", "region = r\n  old " + longID + "\n", nothing, set("region", "s"), true},
		{"nested lines with a key in them", "s3 =\n  aws_secret_access_key = s\n", nothing, unset("s3"), true},
	} {
		for _, kind := range []awsfile.Kind{awsfile.Config, awsfile.Credentials} {
			t.Run(fmt.Sprintf("%s, file %d", c.name, kind), func(t *testing.T) {
				text := "[x]\n" + c.text
				if kind == awsfile.Config {
					text = strings.NewReplacer("[x]", "[profile x]", "[y]", "[profile y]").Replace(text)
				}
				f := awsfile.Parse(kind, []byte(text))
				c.allow(f)
				err := c.edit(f)
				if got := errors.Is(err, awsfile.ErrLongTermKey); got != c.refused {
					t.Fatalf("the error is %v in\n%s", err, text)
				}
				if err == nil {
					return
				}
				if string(f.Bytes()) != text {
					t.Errorf("a refused edit changed\n%s\nto\n%s", text, f.Bytes())
				}
				if strings.Contains(err.Error(), longID) || strings.Contains(err.Error(), longSecret) {
					t.Errorf("the error shows the key: %v", err)
				}
			})
		}
	}
}

func TestAKeyHiddenByProfileDefaultIsGuarded(t *testing.T) {
	f := awsfile.Parse(awsfile.Config, []byte("[default]\n"+longKey+"[profile default]\n"+session))
	if err := writeSession(f, awsfile.Profile("default")); !errors.Is(err, awsfile.ErrLongTermKey) {
		t.Errorf("the error is %v", err)
	}
}

func TestOwnEditsInOneGoAreNotGuarded(t *testing.T) {
	f := awsfile.Parse(awsfile.Credentials, nil)
	x := awsfile.Profile("x")
	err := errors.Join(
		f.Set(x, "aws_access_key_id", longID), f.Set(x, "aws_secret_access_key", longSecret),
		writeSession(f, x), writeSession(f, x), f.Remove(x),
	)
	if err != nil {
		t.Error(err)
	}
}

func TestRemoveKeepsCommentsWithKeys(t *testing.T) {
	f := awsfile.Parse(awsfile.Credentials, []byte("[x]\n# old:\n#aws_access_key_id = AKIAOLD\n; aws_secret_access_key = old\n"+session+"[y]\n"))
	if err := f.Remove(awsfile.Profile("x")); err != nil {
		t.Fatal(err)
	}
	const want = "#aws_access_key_id = AKIAOLD\n; aws_secret_access_key = old\n[y]\n"
	if got := string(f.Bytes()); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestAStaticKeyIsReadWithoutItsQuotes(t *testing.T) {
	for text, want := range map[string]awsfile.StaticKey{
		longKey: {ID: longID, Secret: longSecret},
		session: {ID: "ASIA1", Secret: "s", Token: "t", TokenName: "aws_session_token"},
		strings.Replace(session, "session_token", "security_token", 1): {ID: "ASIA1", Secret: "s", Token: "t", TokenName: "aws_security_token"},
		session + "aws_security_token = old\n":                         {ID: "ASIA1", Secret: "s", Token: "t", TokenName: "aws_session_token"},
		longKey + "aws_session_token = ''\n":                           {ID: longID, Secret: longSecret},
		"aws_access_key_id = \"a\"\n":                                  {ID: "a"},
		"region = r\n":                                                 {},
	} {
		f := awsfile.Parse(awsfile.Credentials, []byte("[x]\n"+text))
		if diff := cmp.Diff(want, awsfile.StaticKeyOf(func(key string) string { value, _ := f.Get(awsfile.Profile("x"), key); return value })); diff != "" {
			t.Errorf("of\n%s(-want +got):\n%s", text, diff)
		}
	}
}

func TestTheCredentialsFilesKeyComesAsAWholeBeforeTheConfigFiles(t *testing.T) {
	key := func(id, secret, token string) awsfile.StaticKey {
		k := awsfile.StaticKey{ID: id, Secret: secret, Token: token}
		if token != "" {
			k.TokenName = "aws_session_token"
		}
		return k
	}
	for name, tc := range map[string]struct{ credentials, config, want awsfile.StaticKey }{
		"a whole key over a whole key":           {key("a", "b", ""), key("c", "d", "e"), key("a", "b", "")},
		"nothing over a whole key":               {key("", "", ""), key("c", "d", "e"), key("c", "d", "e")},
		"a token alone over a whole key":         {key("", "", "x"), key("c", "d", ""), key("c", "d", "")},
		"an id over a secret":                    {key("a", "", ""), key("", "d", ""), key("a", "d", "")},
		"a secret over an id":                    {key("", "b", ""), key("c", "", ""), key("c", "b", "")},
		"an id over a whole key is half a key":   {key("a", "", ""), key("c", "d", ""), key("a", "", "")},
		"a secret over a whole key is half one":  {key("", "b", ""), key("c", "d", ""), key("", "b", "")},
		"an id over another id is half a key":    {key("a", "", ""), key("c", "", ""), key("a", "", "")},
		"a secret over another secret is half a": {key("", "b", ""), key("", "d", ""), key("", "b", "")},
	} {
		if diff := cmp.Diff(tc.want, tc.credentials.Over(tc.config)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestKeysMayBeReplacedWhereNoneIsLost(t *testing.T) {
	for text, want := range map[string]bool{
		longKey:                                 false,
		longKey + "aws_session_token = stale\n": false,
		session:                                 true,
		"aws_access_key_id = ASIA1\n":           true,
		"aws_access_key_id = a\n":               false,
		"region = r\n":                          true,
		"aws_access_key_id =\n  " + longID + "\n": false,
	} {
		f := awsfile.Parse(awsfile.Credentials, []byte("[x]\n"+text))
		if f.MayReplaceKey(awsfile.Profile("x")) != want {
			t.Errorf("it is not %v of\n%s", want, text)
		}
	}
	f := awsfile.Parse(awsfile.Credentials, []byte("[x]\n"+longKey+"aws_session_token = stale\n"))
	if f.Allow(longID, longSecret); !f.MayReplaceKey(awsfile.Profile("x")) {
		t.Error("a key that is kept elsewhere may not be replaced")
	}
}
