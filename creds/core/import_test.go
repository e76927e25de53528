package core_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// read returns the text of a file.
func (w *world) read(path string) string {
	w.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// keyOf makes a key of a new user in alice's account.
func (w *world) keyOf(user string) awstest.Key {
	id, secretKey := w.AWS.IAM.Account("111111111111").User(user).AccessKey()
	return awstest.Key{ID: id, Secret: secretKey}
}

func (w *world) find(r creds.FindKeysRequest) []creds.FoundKey {
	w.t.Helper()
	found, err := w.m.Custody().Find(w.t.Context(), r, atTerminal)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, note := range found.Notes {
		w.t.Log(note)
	}
	return found.Keys
}

// importAll imports everything that is found.
func (w *world) importAll(r creds.FindKeysRequest) []creds.ImportedKey {
	w.t.Helper()
	request := creds.ImportKeysRequest{FindKeysRequest: r}
	for _, k := range w.find(r) {
		request.Keys = append(request.Keys, creds.ImportKey{Ref: k.Ref, Profile: k.Profile})
	}
	out, err := w.m.Custody().Import(w.t.Context(), request, atTerminal)
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Keys
}

// kept returns the key that the keyring has for a profile.
func (w *world) kept(name string) awstest.Key {
	w.t.Helper()
	key, err := w.vault().Key(w.t.Context(), name)
	if err != nil {
		return awstest.Key{}
	}
	return awstest.Key{ID: key.ID, Secret: key.Secret.Reveal()}
}

// stateHas looks for a text in the journal.
func (w *world) stateHas(text string) bool {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.home, "state", "custody.json"))
	return err == nil && strings.Contains(string(data), text)
}

func lines(id, secretKey string) string {
	return "aws_access_key_id = " + id + "\naws_secret_access_key = " + secretKey + "\n"
}

func TestAnImportTakesTheKeyOutAndLeavesTheRestAsItIs(t *testing.T) {
	for name, c := range map[string]struct {
		credentials, left  string // KEY and SECRET are the user's
		config, leftConfig string
		profile            string
	}{
		"a plain section": {
			credentials: "[bob]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\n", left: "[bob]\n", profile: "bob",
		},
		"the default profile": {
			credentials: "[default]\naws_access_key_id=KEY\naws_secret_access_key=SECRET\nregion=eu-west-1\n", left: "[default]\nregion=eu-west-1\n", profile: "default",
		},
		"comments, odd spacing, Windows's line endings and a byte order mark": {
			credentials: "\ufeff# mine\r\n[bob]\r\n# the key\r\nAWS_Access_Key_Id   =KEY\r\n; more\r\naws_secret_access_key= SECRET   # old one\r\n\r\nregion = eu-west-1\r\n\r\n[other]\r\n",
			left:        "\ufeff# mine\r\n[bob]\r\n# the key\r\n; more\r\n# old one\r\n\r\nregion = eu-west-1\r\n\r\n[other]\r\n", profile: "bob",
		},
		"no end of the last line": {
			credentials: "[bob]\nregion = eu-west-1\naws_access_key_id = KEY\naws_secret_access_key = SECRET", left: "[bob]\nregion = eu-west-1\n", profile: "bob",
		},
		"quotes": {
			credentials: "[bob]\naws_access_key_id = \"KEY\"\naws_secret_access_key = 'SECRET'\nmfa_serial = arn:aws:iam::111111111111:mfa/bob\n",
			left:        "[bob]\nmfa_serial = arn:aws:iam::111111111111:mfa/bob\n", profile: "bob",
		},
		"the section of aws-mfa": {
			credentials: "[bob-long-term]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\naws_mfa_device = arn:aws:iam::111111111111:mfa/bob\n",
			left:        "[bob-long-term]\naws_mfa_device = arn:aws:iam::111111111111:mfa/bob\n", profile: "bob",
		},
		"the section of aws-iam-login": {
			credentials: "[bob]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\nusername = bob\n", left: "[bob]\nusername = bob\n", profile: "bob",
		},
		"the config file": {
			config: "[profile bob]\naws_access_key_id = KEY\nregion = eu-west-1\naws_secret_access_key = SECRET\n", leftConfig: "[profile bob]\nregion = eu-west-1\n", profile: "bob",
		},
		"both files": {
			credentials: "[bob]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\n", left: "[bob]\n",
			config: "[profile bob]\naws_secret_access_key = SECRET\naws_access_key_id = KEY\n[profile x]\nregion = eu-west-1\n", leftConfig: "[profile bob]\n[profile x]\nregion = eu-west-1\n", profile: "bob",
		},
		"a section that comes twice": {
			credentials: "[bob]\naws_access_key_id = KEY\n[a]\nregion = eu-west-1\n[bob]\naws_secret_access_key = SECRET\n", left: "[bob]\n[a]\nregion = eu-west-1\n[bob]\n", profile: "bob",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key := w.keyOf("bob")
				fill := strings.NewReplacer("KEY", key.ID, "SECRET", key.Secret)
				// "KEY" is a part of no word that comes in the other texts.
				fillIn := func(text string) string { return fill.Replace(text) }
				config := w.Config() + fillIn(c.config)
				w.write(w.files.Config, config)
				w.write(w.files.Credentials, fillIn(c.credentials))

				imported := w.importAll(creds.FindKeysRequest{})
				if len(imported) != 1 || imported[0].Err != nil || !imported[0].Done || !imported[0].TakenOut || imported[0].Profile != c.profile {
					t.Fatalf("%+v", imported)
				}
				if diff := cmp.Diff(c.left, w.read(w.files.Credentials)); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(w.Config()+c.leftConfig, w.read(w.files.Config)); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(key, w.kept(c.profile)); diff != "" {
					t.Error(diff)
				}
				if s, err := w.m.Status(t.Context(), c.profile); err != nil || s.Key == nil || s.Key.Plaintext != "" || !s.Key.InKeyring {
					t.Errorf("%+v %v", s.Key, err)
				}
				if w.stateHas(key.Secret) {
					t.Error("the journal holds the secret")
				}

				undone, err := w.m.Custody().UndoImport(t.Context(), creds.UndoImportRequest{}, atTerminal)
				if err != nil || len(undone.Keys) != 1 || !undone.Keys[0].Done || undone.Keys[0].Err != nil {
					t.Fatalf("%+v %v", undone, err)
				}
				if diff := cmp.Diff(fillIn(c.credentials), w.read(w.files.Credentials)); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(config, w.read(w.files.Config)); diff != "" {
					t.Error(diff)
				}
				if kept := w.kept(c.profile); kept != (awstest.Key{}) {
					t.Error("the keyring still holds the key")
				}
				if w.stateHas(key.ID) {
					t.Error("the journal still has the import")
				}
			})
		})
	}
}

func TestTheCredentialsOfAnImportedKeyWorkAndItIsPutBackFromBesideThem(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		key := w.keyOf("bob")
		before := "# mine\n[bob]\n" + lines(key.ID, key.Secret) + "\n[other]\nregion = eu-west-1\n"
		w.write(w.files.Credentials, before)
		w.importAll(creds.FindKeysRequest{})
		w.refresh("bob", core.RefreshOptions{})
		if id := w.credentials("bob")["aws_access_key_id"]; !awsfile.IsSessionID(id) {
			t.Fatalf("the section has %q", id)
		}
		undone, err := w.m.Custody().UndoImport(t.Context(), creds.UndoImportRequest{Profiles: []string{"bob", "alice"}}, atTerminal)
		if err != nil || len(undone.Keys) != 2 || !undone.Keys[0].Done || undone.Keys[1].Err == nil {
			t.Fatalf("%+v %v", undone, err)
		}
		if diff := cmp.Diff(before, w.read(w.files.Credentials)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnUndoingIsRefusedWhereThePlaceOrTheKeyHasChanged(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"has changed since": func(w *world) {
			w.write(w.files.Credentials, w.read(w.files.Credentials)+"region = eu-west-1\n")
		},
		"was rotated, replaced or removed": func(w *world) {
			other := w.keyOf("bob")
			if err := w.vault().SetKey(w.t.Context(), "bob", creds.LongTermKey{ID: other.ID, Secret: secret.New(other.Secret)}); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key := w.keyOf("bob")
				w.write(w.files.Credentials, "[bob]\n"+lines(key.ID, key.Secret))
				w.importAll(creds.FindKeysRequest{})
				change(w)
				before := w.read(w.files.Credentials)
				undone, err := w.m.Custody().UndoImport(t.Context(), creds.UndoImportRequest{}, atTerminal)
				if err != nil || len(undone.Keys) != 1 || undone.Keys[0].Done || !strings.Contains(undone.Keys[0].Err.Message, name) {
					t.Fatalf("%+v %v", undone, err)
				}
				if w.read(w.files.Credentials) != before || w.kept("bob") == (awstest.Key{}) {
					t.Error("something was changed")
				}
			})
		})
	}
}

func TestTwoProfilesWithOneKeyShareAnItem(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		key := w.keyOf("bob")
		before := "[bob]\n" + lines(key.ID, key.Secret) + "[rob]\nregion = eu-west-1\n" + lines(key.ID, key.Secret)
		w.write(w.files.Credentials, before)
		for _, k := range w.importAll(creds.FindKeysRequest{}) {
			if !k.TakenOut {
				t.Fatalf("%+v", k)
			}
		}
		names, err := w.vault().KeyNames(t.Context())
		if err != nil || !strings.Contains(strings.Join(names.Keys, " "), key.ID) || w.kept("bob") != key || w.kept("rob") != key {
			t.Fatalf("%+v %v", names, err)
		}
		// One is put back, and the other keeps the key.
		if _, err := w.m.Custody().UndoImport(t.Context(), creds.UndoImportRequest{Profiles: []string{"rob"}}, atTerminal); err != nil {
			t.Fatal(err)
		}
		if w.kept("bob") != key || w.kept("rob") != (awstest.Key{}) {
			t.Error("the keyring has not what bob needs alone")
		}
		if diff := cmp.Diff("[bob]\n[rob]\nregion = eu-west-1\n"+lines(key.ID, key.Secret), w.read(w.files.Credentials)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAKeyThatAWSRefusesStaysWhereItIs(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(w *world, key *awstest.Key)
		says    string
	}{
		"a wrong secret": {func(_ *world, key *awstest.Key) { key.Secret = "wrong" + key.Secret[5:] }, "secret"},
		"an unknown key": {func(_ *world, key *awstest.Key) { key.ID = "AKIAIOSFODNN7EXAMPLE" }, "AWS does not know it"},
		"no network": {func(w *world, _ *awstest.Key) {
			w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Reset: true})
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key := w.keyOf("bob")
				c.prepare(w, &key)
				before := "[bob]\n" + lines(key.ID, key.Secret)
				w.write(w.files.Credentials, before)
				imported := w.importAll(creds.FindKeysRequest{})
				if len(imported) != 1 || imported[0].Err == nil || imported[0].Done || !strings.Contains(imported[0].Err.Message, c.says) {
					t.Fatalf("%+v", imported)
				}
				t.Log(imported[0].Err.Message)
				names, err := w.vault().KeyNames(t.Context())
				if err != nil || strings.Contains(strings.Join(names.Keys, " "), key.ID) || w.kept("bob") != (awstest.Key{}) {
					t.Errorf("the keyring has it: %+v %v", names, err)
				}
				if diff := cmp.Diff(before, w.read(w.files.Credentials)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestAProfileWithAnotherKeyKeepsIt(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		key := w.keyOf("bob")
		w.write(w.files.Credentials, "[alice]\n"+lines(key.ID, key.Secret))
		imported := w.importAll(creds.FindKeysRequest{})
		if len(imported) != 1 || imported[0].Err == nil || imported[0].Err.Code != creds.CodeKeyExists || w.kept("alice") != w.AliceKey {
			t.Fatalf("%+v", imported)
		}
		// Under another name it is taken.
		out, err := w.m.Custody().Import(t.Context(), creds.ImportKeysRequest{Keys: []creds.ImportKey{{Ref: imported[0].Ref, Profile: "bob"}}}, atTerminal)
		if err != nil || len(out.Keys) != 1 || !out.Keys[0].TakenOut || w.kept("bob") != key {
			t.Fatalf("%+v %v", out, err)
		}
	})
}

func TestAFileThatCannotBeWrittenKeepsTheKeyAndTheKeyringHasItToo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		key := w.keyOf("bob")
		before := "[bob]\n" + lines(key.ID, key.Secret)
		w.write(w.files.Credentials, before)
		folder := filepath.Dir(w.files.Credentials)
		credstest.MakeReadOnly(t, folder)
		imported := w.importAll(creds.FindKeysRequest{})
		if len(imported) != 1 || imported[0].Err == nil || !imported[0].Done || imported[0].TakenOut {
			t.Fatalf("%+v", imported)
		}
		t.Log(imported[0].Err.Message)
		if w.kept("bob") != key || w.read(w.files.Credentials) != before {
			t.Error("the key is not in both")
		}
	})
}

func TestAnImportKeepsTheLayoutTheDeviceAndTheSection(t *testing.T) {
	for name, c := range map[string]struct{ section, rest, profile, writtenAs string }{
		"of daypass":       {"bob", "mfa_serial = DEVICE\n", "bob", "bob"},
		"of aws-mfa":       {"bob-long-term", "aws_mfa_device = DEVICE\n", "bob", "bob"},
		"of aws-mfa alone": {"bob", "aws_mfa_device = DEVICE\n", "bob", "bob"},
		"of aws-iam-login": {"bob", "username = alice\nmfa_serial = DEVICE\n", "bob", "bob-sts"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				rest := strings.ReplaceAll(c.rest, "DEVICE", w.Phone.Serial())
				w.write(w.files.Credentials, "["+c.section+"]\n"+lines(w.AliceKey.ID, w.AliceKey.Secret)+rest)
				w.importAll(creds.FindKeysRequest{})
				for range 2 { // once more with credentials in the file
					s := w.refresh(c.profile, core.RefreshOptions{Force: true, Requester: atTerminal})
					if s.WrittenAs != c.writtenAs || !s.MFA || s.MFASerial != w.Phone.Serial() {
						t.Fatalf("%+v", s)
					}
				}
				if w.person.asks() == 0 {
					t.Error("no code was asked for")
				}
				if c.section != c.profile {
					for _, s := range w.m.Snapshot(t.Context()).Profiles {
						if s.Name == c.section {
							t.Errorf("%s is a profile of its own", s.Name)
						}
					}
				}
				w.startOn(readTree(t, w.home))
				s, err := w.m.Status(t.Context(), c.profile)
				if err != nil || s.WrittenAs != c.writtenAs || s.MFASerial != w.Phone.Serial() {
					t.Errorf("%+v %v", s, err)
				}
			})
		})
	}
}

func TestAnImportThatCannotBeWrittenDownOrStoredChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		folder, says string
	}{
		"no journal":             {"state", "what is to be done cannot be written down first"},
		"a keyring that is full": {filepath.Join("state", "keyring"), "the keyring (file) cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key := w.keyOf("bob")
				before := "[bob]\n" + lines(key.ID, key.Secret)
				w.write(w.files.Credentials, before)
				w.find(creds.FindKeysRequest{})
				credstest.MakeReadOnly(t, filepath.Join(w.home, c.folder))
				imported := w.importAll(creds.FindKeysRequest{})
				if len(imported) != 1 || imported[0].Err == nil || imported[0].Done || !strings.Contains(imported[0].Err.Message, c.says) {
					t.Fatalf("%+v: %v", imported, imported[0].Err)
				}
				if diff := cmp.Diff(before, w.read(w.files.Credentials)); diff != "" || w.kept("bob") != (awstest.Key{}) {
					t.Errorf("the keyring has %q\n%s", w.kept("bob").ID, diff)
				}
				// With another disk it does.
				w.startOn(readTree(t, w.home))
				if imported := w.importAll(creds.FindKeysRequest{}); len(imported) != 1 || !imported[0].TakenOut || w.kept("bob") != key {
					t.Errorf("%+v", imported)
				}
			})
		})
	}
}

func TestTheNetworkIsLostOrAWSDeniesAtTheProofOfAnImport(t *testing.T) {
	for name, fault := range map[string]awstest.Fault{
		"no answer":    {Reset: true},
		"AccessDenied": {Code: "AccessDenied", Message: "not you"},
		"no identity":  {Change: func(string) string { return "<GetCallerIdentityResponse/>" }},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key := w.keyOf("bob")
				before := "[bob]\n" + lines(key.ID, key.Secret)
				w.write(w.files.Credentials, before)
				w.AWS.Faults.Add("GetCallerIdentity", fault)
				imported := w.importAll(creds.FindKeysRequest{})
				if len(imported) != 1 || imported[0].Err == nil || imported[0].Done {
					t.Fatalf("%+v", imported)
				}
				t.Log(imported[0].Err.Message)
				if w.read(w.files.Credentials) != before || w.kept("bob") != (awstest.Key{}) || w.stateHas(key.ID) {
					t.Error("something is left of it")
				}
				w.AWS.Faults.Clear()
				if imported := w.importAll(creds.FindKeysRequest{}); !imported[0].TakenOut {
					t.Errorf("%+v", imported)
				}
			})
		})
	}
}
