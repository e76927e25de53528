package core_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// keyLines are an access key in a section, with more lines below it.
func keyLines(section, id, key string, more ...string) string {
	return fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", section, id, key) +
		strings.Join(append(more, ""), "\n")
}

const (
	staleToken    = "aws_session_token = stale"
	staleOldToken = "aws_security_token = stale"
)

func TestALongTermKeyBesideAStaleTokenIsRecognised(t *testing.T) {
	for _, token := range []string{staleToken, staleOldToken, staleToken + "\n" + staleOldToken} {
		name, _, _ := strings.Cut(token, " ")
		t.Run("the keyring has it: the profile keeps its name, "+name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.write(w.files.Credentials, keyLines("alice", w.AliceKey.ID, w.AliceKey.Secret, token))
				s := w.refresh("alice", core.RefreshOptions{})
				got := w.credentials("alice")
				if s.WrittenAs != "alice" || !strings.HasPrefix(got["aws_access_key_id"], "ASIA") || got["aws_session_token"] == "stale" || got["aws_security_token"] == "stale" {
					t.Errorf("written as %q; [alice] has %s", s.WrittenAs, got["aws_access_key_id"])
				}
				data, _ := os.ReadFile(w.files.Credentials)
				if strings.Contains(string(data), w.AliceKey.ID) || w.person.asks() != 1 {
					t.Errorf("%d questions; the file is\n%s", w.person.asks(), data)
				}
			})
		})
		t.Run("the keyring has another: it stays, and the session is written beside it, "+name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				mine := keyLines("alice", "AKIAANOTHERKEY000000", "another", token)
				w.write(w.files.Credentials, mine)
				s := w.refresh("alice", core.RefreshOptions{})
				data, _ := os.ReadFile(w.files.Credentials)
				if s.WrittenAs != "alice-temporary" || !strings.HasPrefix(string(data), mine) {
					t.Errorf("written as %q; the file is\n%s", s.WrittenAs, data)
				}
			})
		})
		t.Run("the keyring has none: the token is named, and add takes the key, "+name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				bob := w.AWS.IAM.Account("111111111111").User("bob")
				phone := bob.MFA("bob-phone")
				id, key := bob.AccessKey()
				w.person.device = phone
				mine := keyLines("bob", id, key, token)
				w.write(w.files.Credentials, mine)
				w.write(w.files.Config, w.Config()+"\n[profile behind-bob]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = bob\n")
				for _, profile := range []string{"bob", "behind-bob"} {
					_, err := w.m.Refresh(t.Context(), profile, core.RefreshOptions{})
					credstest.WantCode(t, err, creds.CodeNoKey, "has the "+name)
					if s, _ := w.status(profile); s.Foreign() || s.Kind == creds.KindOther {
						t.Errorf("%s is left to others: %+v", profile, s)
					}
				}
				if got := w.explained("bob"); !strings.Contains(got, name) {
					t.Errorf("explained as %s", got)
				}
				if n := len(w.AWS.Calls("")); n != 0 || w.person.asks() != 0 {
					t.Errorf("%d calls and %d questions for nothing", n, w.person.asks())
				}
				if data, _ := os.ReadFile(w.files.Credentials); string(data) != mine {
					t.Errorf("the file is\n%s", data)
				}
				if _, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "bob", AccessKeyID: id, SecretAccessKey: secret.New(key)}); err != nil {
					t.Fatal(err)
				}
				if s := w.refresh("bob", core.RefreshOptions{}); s.WrittenAs != "bob" {
					t.Errorf("written as %q", s.WrittenAs)
				}
			})
		})
	}
}

// TestEveryKeyInTheFilesCanBeUsed has files as people have them, with
// alice's key in the keyring and none of bob's: the session is written somewhere, or the
// mistake is reported before a prompt.
func TestEveryKeyInTheFilesCanBeUsed(t *testing.T) {
	type bob struct{ id, key string }
	for name, tc := range map[string]struct {
		// files returns an addition to the config file, and the credentials file.
		files   func(w *world, b bob) (config, credentials string)
		profile string
		// writtenAs, or the words of the refusal.
		writtenAs, words string
		code             creds.Code
	}{
		"a key in the config file, in the keyring too": {func(w *world, _ bob) (string, string) {
			return configKey(w, "alice", w.AliceKey.ID, w.AliceKey.Secret), ""
		}, "alice", "alice", "", ""},
		"a key in the config file, another in the keyring": {func(w *world, _ bob) (string, string) {
			return configKey(w, "alice", "AKIAANOTHERKEY000000", "another"), ""
		}, "alice", "alice-temporary", "", ""},
		"a key in the config file alone": {func(_ *world, b bob) (string, string) {
			return keyLines("profile bob", b.id, b.key), ""
		}, "bob", "bob-temporary", "", ""},
		"a token in the config file, a key of a stand-in's in the credentials file": {func(_ *world, b bob) (string, string) {
			return "[profile bob]\n" + staleToken + "\n", keyLines("bob", b.id, b.key)
		}, "bob", "bob-temporary", "", ""},
		"half a key in each file": {func(_ *world, b bob) (string, string) {
			return "[profile bob]\naws_access_key_id = " + b.id + "\n", "[bob]\naws_secret_access_key = " + b.key + "\n"
		}, "bob", "bob-temporary", "", ""},
		"a whole key in the config file and half another in the credentials file": {func(_ *world, b bob) (string, string) {
			return keyLines("profile bob", b.id, b.key), "[bob]\naws_access_key_id = AKIAANOTHERKEY000000\n"
		}, "bob", "", "no aws_secret_access_key", creds.CodeBadProfile},
		"a key in quotes": {func(_ *world, b bob) (string, string) {
			return "", keyLines("bob", `"`+b.id+`"`, `"`+b.key+`"`)
		}, "bob", "bob-temporary", "", ""},
		"a key in quotes, in the keyring too": {func(w *world, _ bob) (string, string) {
			return "", keyLines("alice", `"`+w.AliceKey.ID+`"`, `"`+w.AliceKey.Secret+`"`)
		}, "alice", "alice", "", ""},
		"a temporary id without its token": {func(_ *world, b bob) (string, string) {
			return "", keyLines("bob", "ASIAIOSFODNN7EXAMPLE", b.key)
		}, "bob", "", "not the aws_session_token", creds.CodeNoKey},
		"a temporary id without its token, a key in the keyring": {func(*world, bob) (string, string) {
			return "", keyLines("alice", "ASIAIOSFODNN7EXAMPLE", "secret")
		}, "alice", "alice", "", ""},
		"a secret alone, a key in the keyring": {func(*world, bob) (string, string) {
			return "", "[alice]\naws_secret_access_key = another\n"
		}, "alice", "alice-temporary", "", ""},
		"the secret of the keyring's key alone": {func(w *world, _ bob) (string, string) {
			return "", "[alice]\naws_secret_access_key = " + w.AliceKey.Secret + "\n"
		}, "alice", "alice-temporary", "", ""},
		"an id alone, a key in the keyring": {func(*world, bob) (string, string) {
			return "", "[alice]\naws_access_key_id = AKIAANOTHERKEY000000\n"
		}, "alice", "alice-temporary", "", ""},
		"a second key above the keyring's": {func(w *world, _ bob) (string, string) {
			return "", keyLines("alice", "AKIAANOTHERKEY000000", "another") + keyLines("alice", w.AliceKey.ID, w.AliceKey.Secret)
		}, "alice", "alice-temporary", "", ""},
		"a key on a line of its own below its name": {func(*world, bob) (string, string) {
			return "", "[alice]\naws_access_key_id =\n  AKIAANOTHERKEY000000\n"
		}, "alice", "alice-temporary", "", ""},
		"temporary credentials of another program": {func(_ *world, b bob) (string, string) {
			return "", keyLines("bob", "ASIAIOSFODNN7EXAMPLE", b.key, "aws_session_token = fresh")
		}, "bob", "", "another program", creds.CodeUnsupported},
		"temporary credentials that have ended, as a restored home has them": {func(_ *world, b bob) (string, string) {
			return "", keyLines("bob", "ASIAIOSFODNN7EXAMPLE", b.key, "aws_session_token = old\naws_credential_expiration = 1999-12-31T00:00:00Z")
		}, "bob", "", "have ended, and the keyring holds no long-term key", creds.CodeNoKey},
		"temporary credentials of another program that last": {func(_ *world, b bob) (string, string) {
			return "", keyLines("bob", "ASIAIOSFODNN7EXAMPLE", b.key, "aws_session_token = old\naws_credential_expiration = 2099-12-31T00:00:00Z")
		}, "bob", "", "another program", creds.CodeUnsupported},
		"temporary credentials of a stand-in": {func(*world, bob) (string, string) {
			return "", keyLines("bob", "test", "test", "aws_session_token = fresh")
		}, "bob", "", "another program", creds.CodeUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				id, key := w.AWS.IAM.Account("111111111111").User("bob").AccessKey()
				config, credentials := tc.files(w, bob{id, key})
				if config != "" && strings.Contains(config, "[profile alice]") {
					w.write(w.files.Config, config)
				} else {
					w.write(w.files.Config, w.Config()+"\n"+config)
				}
				w.write(w.files.Credentials, credentials)
				s, err := w.m.Refresh(t.Context(), tc.profile, core.RefreshOptions{})
				if tc.words != "" {
					credstest.WantCode(t, err, tc.code, tc.words)
					if n := len(w.AWS.Calls("")); n > 0 || w.person.asks() > 0 {
						t.Errorf("%d calls and %d questions for nothing", n, w.person.asks())
					}
					return
				}
				if err != nil || s.WrittenAs != tc.writtenAs {
					t.Fatalf("%v; written as %q", err, s.WrittenAs)
				}
				if s.WrittenAs != tc.profile {
					if data, _ := os.ReadFile(w.files.Credentials); !strings.HasPrefix(string(data), credentials) {
						t.Errorf("the file is\n%s", data)
					}
				}
				w.wantState(tc.profile, creds.StateValid)
				if err := w.m.Logout(t.Context(), tc.profile); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// configKey is the sample's config file with a key in one of its profiles.
func configKey(w *world, profile, id, key string) string {
	header := "[profile " + profile + "]\n"
	return strings.Replace(w.Config(), header, keyLines("profile "+profile, id, key), 1)
}

func TestAddingAgainLosesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		// key returns the key to add and its owner.
		key       func(w *world) (id, key string, device *awstest.Device)
		file      func(w *world) string
		replace   bool
		writtenAs string
	}{
		"the file's own key": {
			func(w *world) (string, string, *awstest.Device) { return w.AliceKey.ID, w.AliceKey.Secret, w.Phone },
			func(w *world) string { return keyLines("alice", w.AliceKey.ID, w.AliceKey.Secret) }, false, "alice",
		},
		"the file's own key beside a stale token": {
			func(w *world) (string, string, *awstest.Device) { return w.AliceKey.ID, w.AliceKey.Secret, w.Phone },
			func(w *world) string { return keyLines("alice", w.AliceKey.ID, w.AliceKey.Secret, staleToken) }, false, "alice",
		},
		"another key of the same user": {
			func(w *world) (string, string, *awstest.Device) {
				id, key := w.Alice.AccessKey()
				return id, key, w.Phone
			},
			func(w *world) string { return keyLines("alice", w.AliceKey.ID, w.AliceKey.Secret) }, true, "alice-temporary",
		},
		"another key of the same user, over a stale token": {
			func(w *world) (string, string, *awstest.Device) {
				id, key := w.Alice.AccessKey()
				return id, key, w.Phone
			},
			func(w *world) string { return keyLines("alice", w.AliceKey.ID, w.AliceKey.Secret, staleToken) }, true, "alice-temporary",
		},
		"a key of another user": {
			func(w *world) (string, string, *awstest.Device) {
				dora := w.AWS.IAM.Account("222222222222").User("dora")
				phone := dora.MFA("dora-phone")
				id, key := dora.AccessKey()
				return id, key, phone
			},
			func(w *world) string { return keyLines("alice", w.AliceKey.ID, w.AliceKey.Secret, staleToken) }, true, "alice-temporary",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				mine := tc.file(w)
				w.write(w.files.Credentials, mine)
				id, key, device := tc.key(w)
				w.person.device = device
				r := creds.AddRequest{Profile: "alice", AccessKeyID: id, SecretAccessKey: secret.New(key)}
				if tc.replace {
					_, err := w.m.Add(t.Context(), r)
					credstest.WantCode(t, err, creds.CodeKeyExists, "already holds")
					r.Replace = true
				}
				if _, err := w.m.Add(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				if data, _ := os.ReadFile(w.files.Credentials); string(data) != mine {
					t.Errorf("add changed the credentials file to\n%s", data)
				}
				s := w.refresh("alice", core.RefreshOptions{})
				if s.WrittenAs != tc.writtenAs {
					t.Errorf("written as %q", s.WrittenAs)
				}
				if data, _ := os.ReadFile(w.files.Credentials); tc.writtenAs != "alice" && !strings.HasPrefix(string(data), mine) {
					t.Errorf("the credentials file is\n%s", data)
				}
			})
		})
	}
}
