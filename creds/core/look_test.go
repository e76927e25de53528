package core_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// look asks for what is known of a key.
func (w *world) look(id, key string) (creds.KeyLook, error) {
	return w.m.Custody().Look(w.t.Context(), creds.KeyLookRequest{AccessKeyID: id, SecretAccessKey: secret.New(key)}, creds.Requester{})
}

func TestALookAtAKeySaysWhoseItIsAndStoresNothing(t *testing.T) {
	const fido = "it is a FIDO security key, and AWS's API takes codes only"
	for name, tc := range map[string]struct {
		user func(w *world) (id, key string, want creds.KeyLook)
	}{
		"a user without a device": {func(w *world) (id, key string, want creds.KeyLook) {
			dora := w.AWS.IAM.Account("222222222222").User("dora")
			id, key = dora.AccessKey()
			return id, key, creds.KeyLook{UserARN: dora.ARN(), Suggested: "dora"}
		}},
		"all kinds of devices": {func(w *world) (id, key string, want creds.KeyLook) {
			dora := w.AWS.IAM.Account("222222222222").User("dora")
			yubi := dora.SecurityKey("yubi")
			phone := dora.MFA("dora-phone")
			dora.HardwareToken("GAHT12345678")
			id, key = dora.AccessKey()
			return id, key, creds.KeyLook{UserARN: dora.ARN(), Suggested: "dora", Devices: []creds.MFADevice{
				{Serial: yubi, Unusable: fido}, {Serial: phone.Serial()}, {Serial: "GAHT12345678"},
			}}
		}},
		"nine devices on several pages": {func(w *world) (id, key string, want creds.KeyLook) {
			dora := w.AWS.IAM.Account("222222222222").User("dora")
			id, key = dora.AccessKey()
			want = creds.KeyLook{UserARN: dora.ARN(), Suggested: "dora"}
			for i := range 9 {
				want.Devices = append(want.Devices, creds.MFADevice{Serial: dora.MFA(fmt.Sprintf("phone-%d", i)).Serial()})
			}
			w.AWS.IAM.Page(2)
			return id, key, want
		}},
		"a user who may not list devices": {func(w *world) (id, key string, want creds.KeyLook) {
			dora := w.AWS.IAM.Account("222222222222").User("dora").Deny("iam:ListMFADevices")
			id, key = dora.AccessKey()
			return id, key, creds.KeyLook{UserARN: dora.ARN(), Suggested: "dora", DevicesDenied: true}
		}},
		"the root user": {func(w *world) (id, key string, want creds.KeyLook) {
			root := w.AWS.IAM.Account("222222222222").Root()
			id, key = root.AccessKey()
			return id, key, creds.KeyLook{UserARN: root.ARN(), Suggested: "222222222222", Notes: []string{
				"this is a key of the account's root user, which may do everything; AWS advises to use a user's or Identity Center instead",
			}}
		}},
		"a key that profiles have, and a name that is taken": {func(w *world) (id, key string, want creds.KeyLook) {
			w.write(w.files.Credentials, fmt.Sprintf("[plain]\naws_access_key_id = %s\naws_secret_access_key = %s\n", w.AliceKey.ID, w.AliceKey.Secret))
			return w.AliceKey.ID, w.AliceKey.Secret, creds.KeyLook{
				UserARN: w.Alice.ARN(), AccountID: "111111111111", Suggested: "alice-111111111111",
				Devices: []creds.MFADevice{{Serial: w.Phone.Serial()}}, UsedBy: []string{"alice", "plain"},
			}
		}},
		"a name with letters that not all tools find": {func(w *world) (id, key string, want creds.KeyLook) {
			dora := w.AWS.IAM.Account("222222222222").User("team/do=ra,x")
			id, key = dora.AccessKey()
			return id, key, creds.KeyLook{UserARN: dora.ARN(), Suggested: "do-ra-x"}
		}},
		"two names that are taken": {func(w *world) (id, key string, want creds.KeyLook) {
			dora := w.AWS.IAM.Account("222222222222").User("dora")
			w.write(w.files.Config, "[profile dora]\nregion=eu-west-1\n[profile dora-222222222222]\nregion=eu-west-1\n[profile dora-222222222222-2]\n")
			id, key = dora.AccessKey()
			return id, key, creds.KeyLook{UserARN: dora.ARN(), Suggested: "dora-222222222222-3"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.refresh("alice", core.RefreshOptions{}) // The keyring is read.
				id, key, want := tc.user(w)
				before, _ := os.ReadFile(w.files.Config)
				got, err := w.look(id, key)
				if err != nil {
					t.Fatal(err)
				}
				if want.AccountID == "" {
					want.AccountID = "222222222222"
				}
				want.Region = "us-east-1"
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if after, _ := os.ReadFile(w.files.Config); string(after) != string(before) {
					t.Error("the config file was changed")
				}
				names, err := w.vault().KeyNames(t.Context())
				if err != nil || strings.Contains(fmt.Sprint(names), "dora") {
					t.Errorf("the keyring has %v, %v", names, err)
				}
			})
		})
	}
}

// truncated has a list go on at a marker.
func truncated(body, marker string) string {
	return strings.Replace(body, "<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated><Marker>"+marker+"</Marker>", 1)
}

func TestALookThatFailsSaysWhyInOneSentence(t *testing.T) {
	const wrong = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	for name, tc := range map[string]struct {
		change func(w *world, r *creds.KeyLookRequest)
		code   creds.Code
		words  string
	}{
		"a wrong secret":        {func(_ *world, r *creds.KeyLookRequest) { r.SecretAccessKey = secret.New(wrong) }, creds.CodeKeyInvalid, "does not belong"},
		"an unknown key":        {func(_ *world, r *creds.KeyLookRequest) { r.AccessKeyID = "AKIAIOSFODNN7EXAMPLE" }, creds.CodeKeyInvalid, "does not know"},
		"an inactive key":       {func(w *world, r *creds.KeyLookRequest) { w.Alice.Deactivate(r.AccessKeyID) }, creds.CodeKeyInvalid, "inactive"},
		"a temporary key":       {func(_ *world, r *creds.KeyLookRequest) { r.AccessKeyID = "ASIAIOSFODNN7EXAMPLE" }, creds.CodeBadRequest, "temporary"},
		"a secret for an id":    {func(_ *world, r *creds.KeyLookRequest) { r.AccessKeyID = wrong }, creds.CodeBadRequest, "not an access key id"},
		"an empty secret":       {func(_ *world, r *creds.KeyLookRequest) { r.SecretAccessKey = secret.Text{} }, creds.CodeBadRequest, "empty"},
		"a region that is none": {func(_ *world, r *creds.KeyLookRequest) { r.Region = "Frankfurt" }, creds.CodeBadRequest, "no region"},
		"a name that none has":  {func(_ *world, r *creds.KeyLookRequest) { r.Profile = "a[b" }, creds.CodeBadRequest, "brackets"},
		"the name of a role":    {func(_ *world, r *creds.KeyLookRequest) { r.Profile = "dev-admin" }, creds.CodeBadRequest, "another way"},
		"another partition's":   {func(_ *world, r *creds.KeyLookRequest) { r.Region = "cn-north-1" }, creds.CodeKeyInvalid, "cn-north-1"},
		"throttled":             {func(w *world, _ *creds.KeyLookRequest) { w.AWS.Faults.Throttle("GetCallerIdentity", 100) }, creds.CodeThrottled, "too often"},
		"throttled at the list": {func(w *world, _ *creds.KeyLookRequest) { w.AWS.Faults.Throttle("ListMFADevices", 100) }, creds.CodeThrottled, "too often"},
		"no network": {func(w *world, _ *creds.KeyLookRequest) {
			w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Reset: true})
		}, creds.CodeNetwork, "could not be reached"},
		"no network at the list": {func(w *world, _ *creds.KeyLookRequest) {
			w.AWS.Faults.Add("ListMFADevices", awstest.Fault{Reset: true})
		}, creds.CodeNetwork, "could not be reached"},
		"a list that has no end": {func(w *world, _ *creds.KeyLookRequest) {
			devices := []*awstest.Device{w.Phone, w.Alice.MFA("tablet")}
			w.AWS.Faults.Add("ListMFADevices", awstest.Fault{Change: func(body string) string {
				return truncated(body, devices[w.calls("ListMFADevices")%2].Serial())
			}})
		}, creds.CodeAWS, "end of the list of MFA devices"},
		"a list whose rest nothing names": {func(w *world, _ *creds.KeyLookRequest) {
			w.AWS.Faults.Add("ListMFADevices", awstest.Fault{Change: func(body string) string {
				return truncated(body, "")
			}})
		}, creds.CodeAWS, "rest of the list"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				r := creds.KeyLookRequest{AccessKeyID: w.AliceKey.ID, SecretAccessKey: secret.New(w.AliceKey.Secret)}
				tc.change(w, &r)
				_, err := w.m.Custody().Look(t.Context(), r, creds.Requester{})
				credstest.WantCode(t, err, tc.code, tc.words)
				if err != nil && (strings.Contains(err.Error(), wrong) || strings.Contains(err.Error(), w.AliceKey.Secret)) {
					t.Error("the sentence quotes a secret")
				}
			})
		})
	}
}

func TestALookCorrectsTheClock(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Skew(2 * time.Hour)
		got, err := w.look(w.AliceKey.ID, w.AliceKey.Secret)
		if err != nil || got.UserARN != w.Alice.ARN() {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestAKeyOfAnotherPartitionIsFoundThere(t *testing.T) {
	for account, region := range map[string]string{"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"} {
		t.Run(account, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.onRoad("eu-central-1")
				user := w.AWS.IAM.AccountIn(account, "987654321098").User("dora")
				phone := user.MFA("phone")
				id, key := user.AccessKey()
				got, err := w.look(id, key)
				if err != nil {
					t.Fatal(err)
				}
				if got.Region != region || len(got.Devices) != 1 || got.Devices[0].Serial != phone.Serial() || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "eu-central-1") {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestAKeyIsAddedWithTheDeviceThatIsChosen(t *testing.T) {
	for name, tc := range map[string]struct {
		request creds.AddRequest
		want    string
		words   string
	}{
		"the first that can be used": {creds.AddRequest{}, "arn:aws:iam::222222222222:mfa/one", ""},
		"another":                    {creds.AddRequest{MFASerial: "arn:aws:iam::222222222222:mfa/two"}, "arn:aws:iam::222222222222:mfa/two", ""},
		"none":                       {creds.AddRequest{NoMFA: true}, "", ""},
		"a security key":             {creds.AddRequest{MFASerial: "arn:aws:iam::222222222222:u2f/user/dora/yubi-X"}, "", "takes codes only"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				dora := w.AWS.IAM.Account("222222222222").User("dora")
				dora.SecurityKey("yubi")
				dora.MFA("one")
				dora.MFA("two")
				id, key := dora.AccessKey()
				r := tc.request
				r.Profile, r.AccessKeyID, r.SecretAccessKey = "dora", id, secret.New(key)
				reply, err := w.m.Add(t.Context(), r)
				if tc.words != "" {
					credstest.WantCode(t, err, creds.CodeBadRequest, tc.words)
					return
				}
				if err != nil || reply.Status.MFASerial != tc.want {
					t.Errorf("the device is %q, %v", reply.Status.MFASerial, err)
				}
			})
		})
	}
}
