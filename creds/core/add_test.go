package core_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

func TestAddingAKeyFindsUserAndDevice(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		dora := w.AWS.IAM.Account("111111111111").User("dora")
		phone := dora.MFA("dora-phone")
		id, key := dora.AccessKey()
		reply, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "work", AccessKeyID: id, SecretAccessKey: secret.New(key), Region: "eu-north-1"})
		if err != nil {
			t.Fatal(err)
		}
		if reply.UserARN != dora.ARN() || reply.Status.MFASerial != phone.Serial() || reply.Status.AccountID != "111111111111" || reply.Status.Kind != creds.KindUser {
			t.Errorf("got %+v", reply)
		}
		w.person.device = phone
		w.refresh("work", core.RefreshOptions{})
		config, err := os.ReadFile(w.files.Config)
		want := fmt.Sprintf("\n[profile work]\nregion = eu-north-1\nmfa_serial = %s\n", phone.Serial())
		if err != nil || string(config) != w.Config()+want {
			t.Errorf("%v; the config file is now:\n%s", err, config)
		}
	})
}

func TestAddRefusesInOneSentence(t *testing.T) {
	const long = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	for name, tc := range map[string]struct {
		change func(w *world, r *creds.AddRequest)
		code   creds.Code
		words  string
	}{
		"a name with a newline":          {func(_ *world, r *creds.AddRequest) { r.Profile = "a\n[b]" }, creds.CodeBadRequest, "control characters"},
		"a secret instead of an id":      {func(_ *world, r *creds.AddRequest) { r.AccessKeyID = long }, creds.CodeBadRequest, "not an access key id"},
		"a temporary key":                {func(_ *world, r *creds.AddRequest) { r.AccessKeyID = "ASIAIOSFODNN7EXAMPLE" }, creds.CodeBadRequest, "temporary"},
		"an MFA device that is none":     {func(_ *world, r *creds.AddRequest) { r.MFASerial = "my phone" }, creds.CodeBadRequest, "no MFA device; give its ARN"},
		"an empty secret":                {func(_ *world, r *creds.AddRequest) { r.SecretAccessKey = secret.Text{} }, creds.CodeBadRequest, "empty"},
		"a secret with a space":          {func(_ *world, r *creds.AddRequest) { r.SecretAccessKey = secret.New("a b") }, creds.CodeBadRequest, "white space"},
		"a wrong secret":                 {func(_ *world, r *creds.AddRequest) { r.SecretAccessKey = secret.New(long) }, creds.CodeKeyInvalid, "does not belong"},
		"an unknown key":                 {func(_ *world, r *creds.AddRequest) { r.AccessKeyID = "AKIAIOSFODNN7EXAMPLE" }, creds.CodeKeyInvalid, "does not know"},
		"another key than the keyring's": {func(_ *world, r *creds.AddRequest) { r.Profile = "ci" }, creds.CodeKeyExists, "already holds"},
		"the name of a role":             {func(_ *world, r *creds.AddRequest) { r.Profile = "dev-admin" }, creds.CodeBadRequest, "another way"},
		"no network": {func(w *world, _ *creds.AddRequest) {
			w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Reset: true})
		}, creds.CodeNetwork, "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				before, _ := os.ReadFile(w.files.Config)
				r := creds.AddRequest{Profile: "new", AccessKeyID: w.AliceKey.ID, SecretAccessKey: secret.New(w.AliceKey.Secret)}
				tc.change(w, &r)
				_, err := w.m.Add(t.Context(), r)
				credstest.WantCode(t, err, tc.code, tc.words)
				if err != nil && strings.Contains(err.Error(), long) {
					t.Error("the sentence quotes a secret")
				}
				after, _ := os.ReadFile(w.files.Config)
				if string(before) != string(after) {
					t.Error("the config file was changed")
				}
			})
		})
	}
}

func TestAddSaysWhatItCouldNotFindOut(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.Alice.Deny("iam:ListMFADevices")
		reply, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "again", AccessKeyID: w.AliceKey.ID, SecretAccessKey: secret.New(w.AliceKey.Secret)})
		if err != nil || !strings.Contains(reply.Note, "--mfa-serial") || reply.Status.MFASerial != "" {
			t.Errorf("%+v, %v", reply, err)
		}
	})
}

func TestAReplacedKeyTakesItsSessionsAlong(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-admin", core.RefreshOptions{})
		dora := w.AWS.IAM.Account("222222222222").User("dora")
		phone := dora.MFA("dora-phone")
		id, key := dora.AccessKey()
		reply, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "alice", AccessKeyID: id, SecretAccessKey: secret.New(key), Replace: true})
		if err != nil {
			t.Fatal(err)
		}
		if reply.Status.MFASerial != phone.Serial() {
			t.Errorf("the device is still %s", reply.Status.MFASerial)
		}
		w.wantState("alice", creds.StateNone)
		w.wantState("dev-admin", creds.StateNone)
		w.person.device = phone
		got, err := w.m.Credentials(t.Context(), "alice", creds.Requester{})
		if err != nil || got.AccountID != "222222222222" {
			t.Errorf("credentials of account %s, %v", got.AccountID, err)
		}
	})
}

func TestAddChangesWhatComesFirstInTheCredentialsFile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const old = "[alice]\nmfa_serial = arn:aws:iam::111111111111:mfa/lost\nregion = us-west-2\noutput = json\n"
		w.write(w.files.Credentials, old)
		dora := w.AWS.IAM.Account("222222222222").User("dora")
		phone := dora.MFA("dora-phone")
		id, key := dora.AccessKey()
		r := creds.AddRequest{Profile: "alice", AccessKeyID: id, SecretAccessKey: secret.New(key), Replace: true}
		reply, err := w.m.Add(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if reply.Status.MFASerial != phone.Serial() {
			t.Errorf("the device is %s", reply.Status.MFASerial)
		}
		if data, _ := os.ReadFile(w.files.Credentials); string(data) != strings.Replace(old, "arn:aws:iam::111111111111:mfa/lost", phone.Serial(), 1) {
			t.Errorf("the credentials file is\n%s", data)
		}
		w.person.device = phone
		w.refresh("alice", core.RefreshOptions{})

		r.Region = "eu-north-1"
		if reply, err = w.m.Add(t.Context(), r); err != nil || reply.Status.Region != "eu-north-1" {
			t.Errorf("%v; the region is %s", err, reply.Status.Region)
		}
		// A user without a device.
		erin := w.AWS.IAM.Account("222222222222").User("erin")
		id, key = erin.AccessKey()
		reply, err = w.m.Add(t.Context(), creds.AddRequest{Profile: "alice", AccessKeyID: id, SecretAccessKey: secret.New(key), Replace: true})
		if err != nil || reply.Status.MFASerial != "" {
			t.Errorf("%v; the device is %s", err, reply.Status.MFASerial)
		}
	})
}

// TestWhatCouldNotBeWrittenIsWrittenByTheNextTry has locks that cannot be acquired.
func TestWhatCouldNotBeWrittenIsWrittenByTheNextTry(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		block := func(file string) (free func()) {
			folder := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".daypass.lock")
			if err := os.Mkdir(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			return func() {
				if err := os.Remove(folder); err != nil {
					t.Fatal(err)
				}
			}
		}
		dora := w.AWS.IAM.Account("111111111111").User("dora")
		phone := dora.MFA("dora-phone")
		id, key := dora.AccessKey()
		r := creds.AddRequest{Profile: "work", AccessKeyID: id, SecretAccessKey: secret.New(key)}
		free := block(w.files.Config)
		_, err := w.m.Add(t.Context(), r)
		credstest.WantCode(t, err, creds.CodeFile, "the key is in the keyring, but its profile was not written")
		free()
		if _, err := w.m.Add(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		w.person.device = phone
		free = block(w.files.Credentials)
		_, err = w.m.Refresh(t.Context(), "work", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeFile, "obtained but not written")
		free()
		w.refresh("work", core.RefreshOptions{})
		w.wantState("work", creds.StateValid)
		if n := w.person.asks(); n != 1 {
			t.Errorf("%d questions for one session", n)
		}
	})
}
