package core_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/internal/secret"
)

func TestAKeyFromElsewhereIsStoredWithAProfileAndStaysWhereItIs(t *testing.T) {
	for name, c := range map[string]struct {
		find    func(w *world, key awstest.Key) creds.FindKeysRequest
		profile string
		stays   string
	}{
		"an access-keys file": {func(w *world, key awstest.Key) creds.FindKeysRequest {
			path := filepath.Join(w.home, "accessKeys.csv")
			w.write(path, "\ufeffAccess key ID,Secret access key\r\n"+key.ID+","+key.Secret+"\r\n")
			return creds.FindKeysRequest{CSV: []string{path}}
		}, "bob", "The file stays, as daypass deletes no file of yours: delete "},
		"the environment": {func(_ *world, key awstest.Key) creds.FindKeysRequest {
			return creds.FindKeysRequest{Environment: &creds.LongTermKey{ID: key.ID, Secret: secret.New(key.Secret)}, EnvironmentProfile: "work"}
		}, "work", "The variables stay in the shell that has them"},
		"a folder of keys": {func(w *world, key awstest.Key) creds.FindKeysRequest {
			folder := filepath.Join(w.home, "keys")
			w.write(filepath.Join(folder, "corp.access_key"), key.ID+"\n")
			w.write(filepath.Join(folder, "corp.secret_key"), key.Secret+"\n")
			w.settings.KeysFolder = folder
			w.m.SettingsChanged()
			return creds.FindKeysRequest{}
		}, "corp", "The files of the key stay"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key := w.keyOf("bob")
				bob := w.AWS.IAM.Account("111111111111").User("bob")
				phone := bob.MFA("bob-phone")
				r := c.find(w, key)
				r.Ask = true
				time.Sleep(48 * time.Hour)
				found := w.find(r)
				if len(found) != 1 || found[0].Err != nil || found[0].Profile != c.profile || !strings.HasPrefix(found[0].Stays, c.stays) || found[0].Known {
					t.Fatalf("%+v", found)
				}
				if k := found[0]; k.UserARN != bob.ARN() || !near(k.Created, time.Now().Add(-48*time.Hour)) || k.AccessKeyID != key.ID {
					t.Errorf("%+v", k)
				}
				if strings.Contains(found[0].Ref, key.Secret) {
					t.Error("the reference has the secret")
				}
				out, err := w.m.Custody().Import(t.Context(), creds.ImportKeysRequest{
					FindKeysRequest: r, Keys: []creds.ImportKey{{Ref: found[0].Ref, Profile: found[0].Profile}},
				}, atTerminal)
				if err != nil || len(out.Keys) != 1 || out.Keys[0].Err != nil || !out.Keys[0].Done || out.Keys[0].TakenOut || out.Keys[0].Note != found[0].Stays {
					t.Fatalf("%+v %v", out, err)
				}
				if w.kept(c.profile) != key {
					t.Error("the keyring has not the key")
				}
				w.person.device = phone
				s := w.refresh(c.profile, core.RefreshOptions{Requester: atTerminal})
				if s.MFASerial != phone.Serial() || s.WrittenAs != c.profile || s.UserARN != bob.ARN() {
					t.Errorf("%+v", s)
				}
				if again := w.find(r); len(again) != 1 || !again[0].Known || again[0].Profile != c.profile {
					t.Errorf("found again: %+v", again)
				}
			})
		})
	}
}

func TestWhatCannotBeImportedIsFoundWithItsError(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		key, wrong := w.keyOf("bob"), w.keyOf("carol")
		w.AWS.IAM.Account("111111111111").User("carol").Deactivate(wrong.ID)
		w.AWS.IAM.Account("111111111111").User("bob").Deny("iam:ListAccessKeys")
		w.write(w.files.Credentials, "[bob]\n"+lines(key.ID, key.Secret)+"[carol]\n"+lines(wrong.ID, wrong.Secret)+
			"[swapped]\n"+lines(key.Secret, key.ID)+"[sso]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = R\n"+lines(key.ID, key.Secret))
		found, err := w.m.Custody().Find(t.Context(), creds.FindKeysRequest{Ask: true, CSV: []string{filepath.Join(w.home, "none.csv"), "relative.csv", w.files.Config}}, atTerminal)
		if err != nil || len(found.Keys) != 4 || len(found.Notes) != 3 {
			t.Fatalf("%+v %v", found, err)
		}
		for i, words := range []string{"", "AWS does not know it", "what is there as an access key ID is none", "gets its credentials in another way"} {
			k := found.Keys[i]
			if (k.Err == nil) != (words == "") || k.Err != nil && !strings.Contains(k.Err.Message, words) {
				t.Errorf("%s: %+v", k.Profile, k.Err)
			}
			if k.AccessKeyID == key.Secret || strings.Contains(k.Ref, key.Secret) {
				t.Error("the secret is shown as an ID")
			}
		}
		if found.Keys[0].UserARN == "" || !found.Keys[0].Created.IsZero() {
			t.Errorf("%+v", found.Keys[0])
		}
		for _, note := range found.Notes {
			t.Log(note)
		}
		before := w.read(w.files.Credentials)
		imported := w.importAll(creds.FindKeysRequest{})
		for i, done := range []bool{true, false, false, false} {
			if imported[i].Done != done {
				t.Errorf("%+v", imported[i])
			}
			if imported[i].Err != nil {
				t.Log(imported[i].Err.Message)
			}
		}
		if got := w.read(w.files.Credentials); got != strings.Replace(before, lines(key.ID, key.Secret), "", 1) {
			t.Errorf("the file is\n%s", got)
		}
	})
}

func TestAKeyInPlaintextIsToBeAnnouncedOnceForAllTime(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		key := w.keyOf("bob")
		w.write(w.files.Credentials, "[bob]\n"+lines(key.ID, key.Secret)+"[rob]\n"+lines(key.ID, key.Secret))
		announce := func() string {
			t.Helper()
			var ids []string
			for _, name := range []string{"bob", "rob"} {
				s, err := w.m.Status(t.Context(), name)
				if err != nil || s.Key == nil || s.Key.Plaintext != w.files.Credentials {
					t.Fatalf("%+v %v", s.Key, err)
				}
				ids = append(ids, s.Key.Announce)
			}
			return strings.Join(ids, " ")
		}
		w.refresh("bob", core.RefreshOptions{}) // the journal has been read
		if got := announce(); got != key.ID+" "+key.ID {
			t.Errorf("to be announced is %q", got)
		}
		if err := w.m.Custody().Announced(t.Context(), []string{key.ID}); err != nil {
			t.Fatal(err)
		}
		if got := announce(); got != " " {
			t.Errorf("to be announced is %q", got)
		}
		w.startOn(readTree(t, w.home))
		w.refresh("bob", core.RefreshOptions{})
		if got := announce(); got != " " {
			t.Errorf("after a start, to be announced is %q", got)
		}
	})
}
