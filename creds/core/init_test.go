package core_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

func TestInitWritesTheUserAndTheDeviceBesideTheKey(t *testing.T) {
	for name, tt := range map[string]struct {
		world func(w *world)
		of    string
		want  creds.InitReply
		// credentials and config are the ends of the files.
		credentials, config string
		note                string
	}{
		"a key in the credentials file": {
			world: func(w *world) { w.write(w.files.Credentials, "# mine\n"+w.withKey("work")) },
			of:    "work", want: creds.InitReply{Section: "work", Wrote: []string{"username", "mfa_serial"}, MFASerial: "PHONE"},
			credentials: "username = alice\nmfa_serial = PHONE\n", note: `go to the section "work-sts"`,
		},
		"a key in a section of aws-mfa, which has the device": {
			world: func(w *world) {
				w.write(w.files.Credentials, w.withKey("work-long-term", "aws_mfa_device = "+w.Phone.Serial()))
			},
			of: "work", want: creds.InitReply{Section: "work-long-term", Wrote: []string{"username"}, MFASerial: "PHONE"},
			credentials: "aws_mfa_device = PHONE\nusername = alice\n",
		},
		"a key in the keyring": {
			of: "alice", want: creds.InitReply{Section: "alice", Wrote: []string{"username"}, MFASerial: "PHONE"},
			config: "username = alice\n",
		},
		"several devices": {
			world: func(w *world) { w.Alice.MFA("other"); w.write(w.files.Credentials, w.withKey("work")) },
			of:    "work", want: creds.InitReply{Section: "work", Wrote: []string{"username"}},
			credentials: "username = alice\n", note: "write the one to use as mfa_serial beside the key, of arn:aws:iam::111111111111:mfa/",
		},
		"several devices, of which the files name one": {
			world: func(w *world) {
				w.Alice.MFA("other")
				w.write(w.files.Credentials, w.withKey("work", "mfa_serial = "+w.Phone.Serial()))
			},
			of: "work", want: creds.InitReply{Section: "work", Wrote: []string{"username"}, MFASerial: "PHONE"},
			credentials: "username = alice\n", note: "aws-iam-login",
		},
		"a user whose devices AWS does not list": {
			world: func(w *world) { w.Alice.Deny("iam:ListMFADevices"); w.write(w.files.Credentials, w.withKey("work")) },
			of:    "work", want: creds.InitReply{Section: "work", Wrote: []string{"username"}},
			credentials: "username = alice\n", note: "does not let this user list its MFA devices",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				if tt.world != nil {
					tt.world(w)
				}
				reply, err := w.m.Init(t.Context(), creds.InitRequest{Profile: tt.of}, creds.Requester{})
				if err != nil {
					t.Fatal(err)
				}
				phone := func(text string) string { return strings.ReplaceAll(text, "PHONE", w.Phone.Serial()) }
				want := tt.want
				want.UserARN, want.Username, want.MFASerial = w.Alice.ARN(), "alice", phone(want.MFASerial)
				want.Note, want.Path = reply.Note, w.files.Credentials
				if tt.config != "" {
					want.Path = w.files.Config
				}
				if diff := cmp.Diff(want, reply); diff != "" || !strings.Contains(reply.Note, tt.note) || tt.note == "" && reply.Note != "" {
					t.Errorf("the note is %q\n%s", reply.Note, diff)
				}
				if tt.credentials != "" && !strings.HasSuffix(credstest.Content(t, w.files.Credentials), phone(tt.credentials)) {
					t.Errorf("the credentials file is\n%s", credstest.Content(t, w.files.Credentials))
				}
				if tt.config != "" && !strings.Contains(credstest.Content(t, w.files.Config), tt.config) {
					t.Errorf("the config file is\n%s", credstest.Content(t, w.files.Config))
				}
				again, err := w.m.Init(t.Context(), creds.InitRequest{Profile: tt.of}, creds.Requester{})
				if err != nil || len(again.Wrote) > 0 || len(w.person.asked) > 0 {
					t.Errorf("the second time: %+v, %v, after %d questions", again, err, len(w.person.asked))
				}
			})
		})
	}
}

func TestInitRefusesAKeyThatIsNoUsers(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		id, secret := w.AWS.IAM.Account("111111111111").Root().AccessKey()
		w.write(w.files.Credentials, "[root]\naws_access_key_id = "+id+"\naws_secret_access_key = "+secret+"\n")
		for name, says := range map[string]string{
			"root": "is no IAM user", "dev-readonly": "has no long-term key of its own", "nobody": "there is no profile",
		} {
			if reply, err := w.m.Init(t.Context(), creds.InitRequest{Profile: name}, creds.Requester{}); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %+v, %v", name, reply, err)
			}
		}
		w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Reset: true})
		w.write(w.files.Credentials, w.withKey("work"))
		if _, err := w.m.Init(t.Context(), creds.InitRequest{Profile: "work"}, creds.Requester{}); err == nil || !strings.HasPrefix(err.Error(), "nothing was written: ") {
			t.Errorf("%v", err)
		}
	})
}

func TestAnExplanationSaysWhereEachValueIsFrom(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.settings.Layout = creds.LayoutAWSIAMLogin
		w.m.SettingsChanged()
		phone := w.Phone.Serial()
		w.write(w.files.Credentials, w.withKey("work-long-term", "aws_mfa_device = "+phone, "assume_role = "+adminARN, "region = eu-west-1")+
			w.withKey("login", "mfa_serial = "+phone, "username = alice"))
		w.mustLay("login", creds.LayoutChoice{ShortTermSuffix: "-x", RoleARN: adminARN, Layout: creds.LayoutAWSMFA, LongTermSuffix: creds.NoSuffix})
		type value = creds.ExplainedValue
		for name, want := range map[string][]value{
			"work": {
				{Name: creds.ValueRegion, Value: "eu-west-1", From: creds.FromFile, Where: "region in [work-long-term] of the credentials file"},
				{Name: creds.ValueDevice, Value: phone, From: creds.FromFile, Where: "aws_mfa_device in [work-long-term] of the credentials file"},
				{Name: creds.ValueRole, Value: adminARN, From: creds.FromFile, Where: "assume_role in [work-long-term] of the credentials file"},
				{Name: creds.ValueDuration, Value: "1h", From: creds.FromDefault},
				{Name: creds.ValueLayout, Value: "aws-mfa", From: creds.FromFile, Where: "the key in [work-long-term]"},
				{Name: creds.ValueSection, Value: "work", From: creds.FromFile, Where: "the layout aws-mfa"},
			},
			"login": {
				{Name: creds.ValueRegion, Value: "us-east-1", From: creds.FromDefault},
				{Name: creds.ValueDevice, Value: phone, From: creds.FromFile, Where: "mfa_serial in [login] of the credentials file"},
				{Name: creds.ValueDuration, Value: "12h", From: creds.FromDefault},
				{Name: creds.ValueLayout, Value: "aws-iam-login", From: creds.FromFile, Where: "username in [login] of the credentials file"},
				{Name: creds.ValueSection, Value: "login-sts", From: creds.FromFile, Where: "the layout aws-iam-login"},
			},
			"login-x": {
				{Name: creds.ValueRegion, Value: "us-east-1", From: creds.FromDefault},
				{Name: creds.ValueDevice, Value: phone, From: creds.FromFile, Where: "mfa_serial in [login] of the credentials file"},
				{Name: creds.ValueRole, Value: adminARN, From: creds.FromLogin, Where: "role_arn in the login that made the profile login-x"},
				{Name: creds.ValueDuration, Value: "1h", From: creds.FromDefault},
				{Name: creds.ValueLayout, Value: "aws-mfa", From: creds.FromLogin},
				{Name: creds.ValueSection, Value: "login-x", From: creds.FromLogin},
			},
			"dev-readonly": {
				{Name: creds.ValueRegion, Value: "eu-west-1", From: creds.FromFile, Where: "region in [profile dev-readonly]"},
				{Name: creds.ValueDevice, Value: phone, From: creds.FromFile, Where: "mfa_serial in [profile alice]"},
				{Name: creds.ValueRole, Value: "arn:aws:iam::111111111111:role/ReadOnly", From: creds.FromFile, Where: "role_arn in [profile dev-readonly]"},
				{Name: creds.ValueDuration, Value: "1h", From: creds.FromDefault},
			},
			"alice": {
				{Name: creds.ValueRegion, Value: "eu-west-1", From: creds.FromFile, Where: "region in [profile alice]"},
				{Name: creds.ValueDevice, Value: phone, From: creds.FromFile, Where: "mfa_serial in [profile alice]"},
				{Name: creds.ValueDuration, Value: "12h", From: creds.FromDefault},
				{Name: creds.ValueLayout, Value: "aws-iam-login", From: creds.FromSettings, Where: "layout in daypass's settings"},
				{Name: creds.ValueSection, Value: "alice-sts", From: creds.FromSettings, Where: "the layout aws-iam-login"},
			},
		} {
			e, err := w.m.Explain(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, e.Values); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
		w.refresh("work", core.RefreshOptions{Duration: 15 * 60e9})
		e, _ := w.m.Explain(t.Context(), "work")
		if got := e.Values[3]; got != (value{Name: creds.ValueDuration, Value: "15m", From: creds.FromLogin}) {
			t.Errorf("%+v", got)
		}
	})
}
