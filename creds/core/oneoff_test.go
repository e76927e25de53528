package core_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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

const (
	oneOffAdmin   = "arn:aws:iam::111111111111:role/Admin"
	oneOffSupport = "arn:aws:iam::222222222222:role/Support"
	readOnly      = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

var fromTerminal = core.RefreshOptions{Requester: creds.Requester{Surface: creds.SurfaceTerminal}}

func (w *world) oneOff(in creds.OneOffRequest) creds.UseReply {
	w.t.Helper()
	got, err := w.m.OneOff(w.t.Context(), in, fromTerminal)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// last returns the parameters of the last call of an action.
func (w *world) last(action string) map[string]string {
	w.t.Helper()
	calls := w.AWS.Calls(action)
	if len(calls) == 0 {
		w.t.Fatalf("no call of %s", action)
	}
	params := map[string]string{}
	for name, values := range calls[len(calls)-1].Params {
		params[name] = values[0]
	}
	return params
}

func TestARoleWithoutAProfileIsAssumedWithTheUsersSession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		in := creds.OneOffRequest{Profile: "alice", Role: &creds.OneOffRole{
			Role: "Support", Account: "222222222222", ExternalID: "corp-7f3a", SessionName: "audit", PolicyARNs: []string{readOnly},
		}, Duration: 30 * time.Minute}
		got := w.oneOff(in)
		want := map[string]string{
			"RoleArn": oneOffSupport, "ExternalId": "corp-7f3a", "RoleSessionName": "audit", "DurationSeconds": "1800",
			"PolicyArns.member.1.arn": readOnly,
		}
		if diff := cmp.Diff(want, w.last("AssumeRole")); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if got.Credentials.AccountID != "222222222222" || got.Region != awstest.SampleRegion || !got.MFA || !near(got.Credentials.Expires, time.Now().Add(30*time.Minute)) {
			t.Errorf("%+v", got)
		}
		// Asking again asks nobody, and AWS neither; nor does it after a restart.
		for range 2 {
			if again := w.oneOff(in); again.Credentials.AccessKeyID != got.Credentials.AccessKeyID {
				t.Error("asking again got another session")
			}
			w.stop()
			w.start()
		}
		if w.calls("AssumeRole") != 1 || w.calls("GetSessionToken") != 1 || w.person.asks() != 1 {
			t.Errorf("%d roles, %d sessions, %d questions", w.calls("AssumeRole"), w.calls("GetSessionToken"), w.person.asks())
		}
		// What the code was typed for is the user's, too.
		w.wantState("alice", creds.StateValid)
		// Other policies are other rights.
		in.Role.PolicyARNs = nil
		if other := w.oneOff(in); other.Credentials.AccessKeyID == got.Credentials.AccessKeyID || w.person.asks() != 1 {
			t.Errorf("the session that policies bound serves without them, or another code was asked for (%d)", w.person.asks())
		}
		if err := w.m.Logout(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		if w.oneOff(in); w.person.asks() != 2 {
			t.Errorf("after the logout of the user the role is there without a question")
		}
	})
}

func TestFromOneAccountStraightToTheNext(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		first := w.AWS.IAM.Account("444444444444").Role("Work", awstest.Trust{Principals: []string{w.Alice.ARN()}, RequireMFA: true})
		// It admits alice, and not the first role.
		second := w.AWS.IAM.Account("555555555555").Role("Work", awstest.Trust{Principals: []string{w.Alice.ARN()}, RequireMFA: true})
		w.settings.Accounts = map[string]string{"one": "444444444444", "two": "555555555555"}
		w.write(w.files.Config, w.Config()+"\n[profile one]\nrole_arn = "+first.ARN()+"\nsource_profile = alice\nmfa_serial = "+w.Phone.Serial()+"\n")
		w.m.SettingsChanged()
		w.refresh("one", core.RefreshOptions{})
		in := creds.OneOffRequest{Profile: "one", FromBase: true, Role: &creds.OneOffRole{Role: "Work", Account: "two"}}
		if got := w.oneOff(in); got.Credentials.AccountID != "555555555555" || w.last("AssumeRole")["RoleArn"] != second.ARN() {
			t.Errorf("%+v", got)
		}
		if w.person.asks() != 1 {
			t.Errorf("%d codes were asked for", w.person.asks())
		}
		// With the role's own credentials, AWS does not.
		in.FromBase = false
		_, err := w.m.OneOff(t.Context(), in, fromTerminal)
		credstest.WantCode(t, err, creds.CodeDenied, "no credentials for the role "+second.ARN()+": AWS denied it")
	})
}

func TestALongRoleIsAssumedStraightWithTheKeyAndACode(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		got := w.oneOff(creds.OneOffRequest{Profile: "alice", Role: &creds.OneOffRole{Role: oneOffAdmin}, Duration: 12 * time.Hour})
		if w.calls("GetSessionToken") != 0 || w.last("AssumeRole")["SerialNumber"] != w.Phone.Serial() || !near(got.Credentials.Expires, time.Now().Add(12*time.Hour)) {
			t.Errorf("%+v after %v", got, w.last("AssumeRole"))
		}
	})
}

func TestALongRoleThroughAnotherLastsOneHourAndSaysSo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		got := w.oneOff(creds.OneOffRequest{Profile: "chain-1", Role: &creds.OneOffRole{Role: "Deploy", Account: "333333333333"}, Duration: 2 * time.Hour})
		if !near(got.Credentials.Expires, time.Now().Add(time.Hour)) || !strings.HasPrefix(got.Note, "one hour instead of 2 h") {
			t.Errorf("until %s: %q", got.Credentials.Expires, got.Note)
		}
	})
}

func TestWhatIsWrongWithARequestForARoleIsSaidBeforeAnybodyIsAsked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.settings.Accounts = map[string]string{"work": "111111111111", "partner": "222222222222"}
		w.m.SettingsChanged()
		role := func(change func(*creds.OneOffRequest)) creds.OneOffRequest {
			in := creds.OneOffRequest{Profile: "alice", Role: &creds.OneOffRole{Role: "Support", Account: "partner", ExternalID: "corp-7f3a"}}
			change(&in)
			return in
		}
		for name, tc := range map[string]struct {
			change func(*creds.OneOffRequest)
			want   string
		}{
			"a misspelt account":      {func(in *creds.OneOffRequest) { in.Role.Account = "prtner" }, `there is no account "prtner" in daypass's settings; did you mean "partner"?`},
			"an unknown account":      {func(in *creds.OneOffRequest) { in.Role.Account = "elsewhere" }, "known there are partner, work"},
			"a name without account":  {func(in *creds.OneOffRequest) { in.Role.Account = "" }, "a role's name needs an account"},
			"a malformed ARN":         {func(in *creds.OneOffRequest) { *in.Role = creds.OneOffRole{Role: "arn:aws:iam::1234:role/x"} }, `"arn:aws:iam::1234:role/x" is no ARN of a role`},
			"an ARN in another place": {func(in *creds.OneOffRequest) { in.Role.Role = oneOffAdmin }, "the role's ARN names its account"},
			"a role's name":           {func(in *creds.OneOffRequest) { in.Role.Role = "a b" }, `"a b" is no name of a role`},
			"a short session name":    {func(in *creds.OneOffRequest) { in.Role.SessionName = "x" }, `"x" is no name of a session`},
			"a session name's sign":   {func(in *creds.OneOffRequest) { in.Role.SessionName = "x y" }, `"x y" is no name of a session`},
			"an external ID":          {func(in *creds.OneOffRequest) { in.Role.ExternalID = "x y" }, `"x y" is no external ID`},
			"a long external ID":      {func(in *creds.OneOffRequest) { in.Role.ExternalID = strings.Repeat("x", 1225) }, "is no external ID"},
			"eleven policies":         {func(in *creds.OneOffRequest) { in.Role.PolicyARNs = slices.Repeat([]string{readOnly}, 11) }, "ten policies for a session at most, not 11"},
			"a policy":                {func(in *creds.OneOffRequest) { in.Role.PolicyARNs = []string{"ReadOnlyAccess"} }, `"ReadOnlyAccess" is no ARN of a managed policy`},
			"a short duration":        {func(in *creds.OneOffRequest) { in.Duration = time.Minute }, "from 15 minutes to 12 hours"},
			"a long duration":         {func(in *creds.OneOffRequest) { in.Duration = 13 * time.Hour }, "from 15 minutes to 12 hours"},
			"a device":                {func(in *creds.OneOffRequest) { in.MFASerial = "my phone" }, `"my phone" is no serial number`},
			"a region":                {func(in *creds.OneOffRequest) { in.Region = "EU" }, `"EU" is no region of AWS`},
			"no profile":              {func(in *creds.OneOffRequest) { in.Profile = "" }, "names no profile"},
			"an unknown profile":      {func(in *creds.OneOffRequest) { in.Profile = "nobody" }, `there is no profile "nobody"`},
		} {
			_, err := w.m.OneOff(t.Context(), role(tc.change), fromTerminal)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: %v\nwant %s", name, err, tc.want)
			}
		}
		if w.person.asks() != 0 || w.calls("") != 0 {
			t.Errorf("%d questions, %d calls", w.person.asks(), w.calls(""))
		}
		w.oneOff(role(func(*creds.OneOffRequest) {}))
		w.settings.Accounts = nil
		w.m.SettingsChanged()
		_, err := w.m.OneOff(t.Context(), role(func(*creds.OneOffRequest) {}), fromTerminal)
		credstest.WantCode(t, err, creds.CodeBadRequest, `there is no account "partner": the settings name none`)
	})
}

func TestASensitiveProfileGivesNoRoleWithoutConsentAndKeepsNone(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("alice", creds.ProfileSettings{Sensitive: true})
		in := creds.OneOffRequest{Profile: "alice", Role: &creds.OneOffRole{Role: oneOffAdmin}, Keeps: true}
		w.person.declines = true
		_, err := w.m.OneOff(t.Context(), in, core.RefreshOptions{Requester: program})
		credstest.WantCode(t, err, creds.CodeDeclined, "")
		if w.calls("") != 0 {
			t.Errorf("%d calls without consent", w.calls(""))
		}
		w.person.declines, w.person.grant = false, creds.GrantOnce
		for n := range 2 {
			got, err := w.m.OneOff(t.Context(), in, core.RefreshOptions{Requester: program})
			if err != nil || !near(got.Credentials.Expires, time.Now().Add(creds.DefaultLease)) {
				t.Fatalf("until %s: %v", got.Credentials.Expires, err)
			}
			if w.person.asks() != n+1 {
				t.Errorf("%d codes were asked for, the %d. time", w.person.asks(), n+1)
			}
		}
		if w.consents() != 3 {
			t.Errorf("%d consents were asked for", w.consents())
		}
	})
}

func TestAKeyOfARequestGivesASessionAndStaysNowhere(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		before := w.storedFiles()
		key, session := w.newKey("carol")
		phone := w.AWS.IAM.Account("111111111111").User("carol").MFA("carol-phone")
		w.person.device = phone
		own := &creds.LongTermKey{ID: key.ID, Secret: secret.New(key.Secret)}
		got := w.oneOff(creds.OneOffRequest{Key: own, MFASerial: phone.Serial(), Duration: time.Hour, Region: "eu-west-1"})
		if !got.MFA || w.last("GetSessionToken")["SerialNumber"] != phone.Serial() || w.person.asks() != 1 || got.Credentials.AccountID != "111111111111" {
			t.Errorf("%+v after %v", got, w.last("GetSessionToken"))
		}
		// A role for twelve hours, straight with the key and a code.
		role := w.oneOff(creds.OneOffRequest{Key: own, MFASerial: phone.Serial(), Role: &creds.OneOffRole{Role: oneOffAdmin}, Duration: 12 * time.Hour})
		if w.calls("GetSessionToken") != 2 || !near(role.Credentials.Expires, time.Now().Add(12*time.Hour)) || w.person.asks() != 2 {
			t.Errorf("%+v", role)
		}
		// Without a device nobody is asked, and IAM neither.
		plain := w.oneOff(creds.OneOffRequest{Key: own})
		if plain.MFA || plain.Note == "" || w.person.asks() != 2 || w.calls("ListMFADevices") != 0 {
			t.Errorf("%+v after %d questions", plain, w.person.asks())
		}
		// Temporary credentials give a role, for an hour at most, and no session.
		temporary := creds.OneOffRequest{
			Key: &creds.LongTermKey{ID: session.AccessKeyID, Secret: session.SecretAccessKey}, SessionToken: session.SessionToken,
			Role: &creds.OneOffRole{Role: "ReadOnly", Account: "111111111111"}, Duration: 2 * time.Hour,
		}
		if got := w.oneOff(temporary); got.Note == "" || !near(got.Credentials.Expires, time.Now().Add(time.Hour)) {
			t.Errorf("%+v", got)
		}
		temporary.Role, temporary.Duration = nil, 0
		_, err := w.m.OneOff(t.Context(), temporary, fromTerminal)
		credstest.WantCode(t, err, creds.CodeBadRequest, "are temporary, and AWS gives no session for such")
		_, err = w.m.OneOff(t.Context(), creds.OneOffRequest{Key: &creds.LongTermKey{ID: key.ID, Secret: secret.New("wrong")}}, fromTerminal)
		credstest.WantCode(t, err, creds.CodeKeyInvalid, "no credentials for the access key of the request: the secret access key does not belong")

		secrets := []string{key.ID, key.Secret, got.Credentials.AccessKeyID, role.Credentials.AccessKeyID, plain.Credentials.SessionToken.Reveal()}
		if diff := cmp.Diff(before, w.storedFiles()); diff != "" {
			t.Errorf("something was stored: %s", diff)
		}
		w.absent(secrets...)
		// What is stored serves the next one who asks for the same; this does not.
		time.Sleep(time.Minute) // a code is good once
		asks, calls := w.person.asks(), w.calls("GetSessionToken")
		w.oneOff(creds.OneOffRequest{Key: own, MFASerial: phone.Serial(), Duration: time.Hour, Region: "eu-west-1"})
		if w.person.asks() != asks+1 || w.calls("GetSessionToken") != calls+1 {
			t.Errorf("%d questions and %d calls, after %d and %d: a session of the key was stored", w.person.asks(), w.calls("GetSessionToken"), asks, calls)
		}
	})
}

// newKey makes a user with a key, and a session of it that another program has got.
func (w *world) newKey(name string) (awstest.Key, creds.Credentials) {
	w.t.Helper()
	var key awstest.Key
	key.ID, key.Secret = w.AWS.IAM.Account("111111111111").User(name).AccessKey()
	got := w.oneOff(creds.OneOffRequest{Key: &creds.LongTermKey{ID: key.ID, Secret: secret.New(key.Secret)}})
	return key, got.Credentials
}

// storedFiles returns the files in the state's folder with their contents.
func (w *world) storedFiles() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, name := range credstest.Names(w.t, filepath.Join(w.home, "state")) {
		if data, err := os.ReadFile(filepath.Join(w.home, "state", name)); err == nil {
			all[name] = string(data)
		}
	}
	return all
}

// absent looks for texts in every file of the home folder, and in the log.
func (w *world) absent(texts ...string) {
	w.t.Helper()
	w.absentFrom(w.home, texts...)
}

// absentFrom is absent for the files of one folder.
func (w *world) absentFrom(dir string, texts ...string) {
	w.t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if strings.Contains(string(data), text) {
				w.t.Errorf("%s has a secret", path)
			}
		}
		return err
	})
	if err != nil || files < 2 {
		w.t.Errorf("%d files: %v", files, err)
	}
	for _, text := range texts {
		if strings.Contains(w.log.String(), text) {
			w.t.Errorf("a secret is in the log")
		}
	}
}
