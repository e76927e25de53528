package app

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
	"daypass/internal/secret"
)

// testData is the part of the test's agent that knows profiles, settings and
// bookmarks.
type testData struct {
	// completes has sessions that are added known by a complete address.
	completes bool
	mu        sync.Mutex
	snapshot  creds.Snapshot
	changed   chan struct{}
	settings  creds.SettingsReply
	marks     creds.Bookmarks
	custody   testCustody
	explain   creds.Explanation
	look      creds.KeyLook
	// signInEnds is when a sign-in to the console ends.
	signInEnds time.Time
	// health is what is found, until it is mended.
	health creds.Health
	// fail is what the request of a path is refused with.
	fail map[string]*creds.Error
	// refuseSet is what changes of settings are refused with.
	refuseSet *creds.Error
	// calls are the requests that change something, as "PATH JSON".
	calls []string
}

func newTestData() *testData {
	return &testData{
		snapshot: testSnapshot(time.Now()), custody: newTestCustody(time.Now()), changed: make(chan struct{}),
		look: creds.KeyLook{
			UserARN: aliceARN, AccountID: "123456789012", Region: "eu-west-1", Suggested: "alice-2",
			Devices: []creds.MFADevice{
				{Serial: yubiARN, Unusable: "it is a FIDO security key, and AWS's API takes codes only"}, {Serial: phoneARN}, {Serial: tabletARN},
			},
			Notes: []string{"this is a key of the account's root user, which may do everything; AWS advises to use a user's or Identity Center instead"},
		},
		explain: testExplanation(time.Now()), settings: testSettings(), fail: make(map[string]*creds.Error),
		health: testHealth(),
		marks: creds.Bookmarks{Bookmarks: []creds.Bookmark{
			{Name: "S3", URL: "https://{region}.console.aws.amazon.com/s3/home?region={region}"},
			{Name: "Logs of checkout", URL: "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/checkout", Profiles: []string{"prod-admin"}},
			{Name: "Billing", URL: "https://console.aws.amazon.com/costmanagement/home"},
		}, TOML: "[[bookmark]]\nname = \"S3\"\n"},
	}
}

// testSnapshot has a profile in every state.
func testSnapshot(now time.Time) creds.Snapshot {
	life := func(before, after time.Duration) (time.Time, time.Time) { return now.Add(-before), now.Add(after) }
	list := []creds.Status{
		{Name: "alice", Kind: creds.KindUser, AccountID: "123456789012", MFASerial: "arn:aws:iam::123456789012:mfa/alice-phone", Region: "eu-central-1", WrittenAs: "alice"},
		{Name: "audit", Kind: creds.KindRole, AccountID: "444444444444", RoleARN: "arn:aws:iam::444444444444:role/Auditor", SourceProfile: "alice", WrittenAs: "audit-temporary"},
		{Name: "billing-readonly", Kind: creds.KindSSO, AccountID: "222222222222", AccountName: "billing", RoleName: "ReadOnly", Session: "corp"},
		{Name: "legacy", Kind: creds.KindUser, Err: &creds.Error{Code: creds.CodeNoKey, Message: "neither the keyring nor the credentials file holds an access key for legacy"}},
		{Name: "lambda-ci", Kind: creds.KindOther, Err: &creds.Error{Code: creds.CodeUnsupported, Message: "web identity is used by the AWS tools themselves"}},
		{Name: "prod-admin", Kind: creds.KindSSO, AccountID: "111111111111", AccountName: "prod", RoleName: "Admin", Session: "corp", Region: "eu-central-1", WrittenAs: "prod-admin-temporary", Favourite: true},
		{Name: "sandbox", Kind: creds.KindSSO, AccountID: "333333333333", AccountName: "sandbox", RoleName: "Developer", Session: "lab"},
		{Name: "staging", Kind: creds.KindSSO, AccountID: "555555555555", AccountName: "staging", RoleName: "Developer", Session: "corp"},
		{Name: "terraform", Kind: creds.KindRole, AccountID: "111111111111", RoleARN: "arn:aws:iam::111111111111:role/infra/Terraform", SourceProfile: "alice"},
	}
	list[0].Issued, list[0].Expires = life(4*time.Hour, 7*time.Hour+42*time.Minute+30*time.Second)
	list[0].LastUsed = now.Add(-12 * time.Minute)
	list[1].Issued, list[1].Expires = life(53*time.Minute, 7*time.Minute+30*time.Second)
	list[2].Issued, list[2].Expires = life(3*time.Hour, -2*time.Hour)
	list[5].Issued, list[5].Expires = life(20*time.Minute, 40*time.Minute+30*time.Second)
	list[6].Phase = creds.PhaseNeedsSSO
	list[7].Phase = creds.PhaseRefreshing
	list[8].Phase = creds.PhaseFailed
	list[8].Err = &creds.Error{Code: creds.CodeDenied, Message: "AWS says that alice may not assume the role Terraform in 111111111111"}
	return creds.Snapshot{Profiles: list, Sessions: []creds.Session{
		{ID: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Profiles: 3, Phase: creds.PhaseIdle, Expires: now.Add(5 * time.Hour), Renewable: true},
		{ID: "lab", StartURL: "https://lab.awsapps.com/start", Region: "eu-central-1", Profiles: 1, Phase: creds.PhaseNeedsSSO},
	}}
}

// consoleProfiles are those of sign-ins to the console, in all states of one.
func consoleProfiles(now time.Time) []creds.Status {
	kept := func(name string) creds.Status {
		return creds.Status{
			Name: name, Kind: creds.KindConsole, AccountID: "123456789012", Region: "eu-central-1", WrittenAs: name + "-temporary",
			LoginSession: bobARN, SignInEnds: now.Add(9*time.Hour + 10*time.Minute + 30*time.Second),
			Issued: now.Add(-6 * time.Minute), Expires: now.Add(9 * time.Minute), LastUsed: now.Add(-2 * time.Hour),
		}
	}
	dev, shared, ended, fresh, asked := kept("dev"), kept("dev-shared"), kept("dev-ended"), kept("dev-new"), kept("dev-asked")
	ended.LoginSession = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/carol.long.name@corp.example"
	ended.SignInEnds, ended.Issued, ended.Expires = time.Time{}, now.Add(-20*time.Minute), now.Add(-5*time.Minute)
	ended.Phase = creds.PhaseFailed
	ended.Err = &creds.Error{Code: creds.CodeSignInNeeded, Message: "the sign-in to AWS's console is over"}
	fresh.LoginSession, fresh.AccountID = "", ""
	asked.Phase, asked.NeedsPerson = creds.PhaseNeedsSSO, true
	for _, p := range []*creds.Status{&fresh, &asked} {
		p.SignInEnds, p.Issued, p.Expires = time.Time{}, time.Time{}, time.Time{}
	}
	return []creds.Status{dev, asked, ended, fresh, shared}
}

// withConsole puts the profiles of sign-ins to the console among the others.
func withConsole(h *testData) {
	h.snapshot.Profiles = append(consoleProfiles(time.Now()), h.snapshot.Profiles...)
	slices.SortFunc(h.snapshot.Profiles, func(a, b creds.Status) int { return cmp.Compare(a.Name, b.Name) })
}

// manyProfiles is a snapshot of n profiles.
func manyProfiles(n int) creds.Snapshot {
	now := time.Now()
	list := make([]creds.Status, n)
	for i := range list {
		kind := []string{"prod", "staging", "billing", "audit", "sandbox"}[i%5]
		account := i / 5
		list[i] = creds.Status{
			Name: fmt.Sprintf("%s-%04d-%s", kind, account, []string{"admin", "readonly"}[i%2]), Kind: creds.KindSSO,
			AccountID: fmt.Sprintf("%012d", 111111111111+account), AccountName: fmt.Sprintf("%s-%04d", kind, account),
			RoleName: []string{"Admin", "ReadOnly"}[i%2], Session: []string{"corp", "lab", "customer"}[i%3],
			Issued: now.Add(-time.Hour), Expires: now.Add(time.Duration(i%600) * time.Minute),
		}
	}
	slices.SortFunc(list, func(a, b creds.Status) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return creds.Snapshot{Profiles: list}
}

func testExplanation(now time.Time) creds.Explanation {
	return creds.Explanation{Links: []creds.ExplainedLink{
		{Kind: creds.LinkKey, Profile: "alice", Title: "access key of alice in the keyring", Detail: "AKIAIOSFODNN7EXAMPLE"},
		{Kind: creds.LinkSession, Profile: "alice", Title: "session with a code of alice-phone", Detail: "arn:aws:iam::123456789012:mfa/alice-phone", Expires: now.Add(7*time.Hour + 42*time.Minute)},
		{Kind: creds.LinkRole, Profile: "hub", Title: "role Hub in 222222222222", Detail: "arn:aws:iam::222222222222:role/Hub", Expires: now.Add(40 * time.Minute)},
		{Kind: creds.LinkRole, Profile: "audit", Title: "role Auditor in 444444444444", Detail: "arn:aws:iam::444444444444:role/Auditor", Missing: "AWS says that Hub may not assume it"},
		{Kind: creds.LinkFile, Profile: "audit", Title: "section audit-temporary of the credentials file", Detail: "~/.aws/credentials"},
	}}
}

func testSettings() creds.SettingsReply {
	off := false
	return creds.SettingsReply{
		Settings: creds.Settings{
			DerivedSuffix: "-temporary", SessionDuration: creds.Span(12 * time.Hour),
			SSO:     map[string]creds.SSOSettings{"corp": {SignIn: creds.SignInDeviceCode}},
			Profile: map[string]creds.ProfileSettings{"prod-admin": {Favourite: true, Sensitive: true, Notices: &off}},
		},
		Path: homeFolder() + "/.config/daypass/config.toml", Backends: []string{"secret-service", "file"},
	}
}

// change changes the snapshot.
func (h *testData) change(f func(*creds.Snapshot)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changeLocked(f)
}

func (h *testData) changeLocked(f func(*creds.Snapshot)) {
	next := h.snapshot
	next.Profiles = slices.Clone(next.Profiles)
	f(&next)
	h.snapshot = next
	close(h.changed)
	h.changed = make(chan struct{})
}

// said returns the requests that have come.
func (h *testData) said() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.calls)
}

// refuse has requests of a path refused.
func (h *testData) refuse(path string, err *creds.Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail[path] = err
}

func (h *testData) serve(mux *http.ServeMux) {
	mux.HandleFunc("GET "+agentapi.Watch.Path, h.watch)
	h.serveCustody(mux)
	get := func(path string, answer func(*http.Request) any) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.reply(w, path, answer(r))
		})
	}
	post := func(path string, answer func(json.RawMessage) any) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var in json.RawMessage
			if r.ContentLength != 0 {
				if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
					panic(err)
				}
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			h.calls = append(h.calls, path+" "+string(in))
			switch {
			case path == agentapi.Settings.Path && h.refuseSet != nil:
				refuse(w, h.refuseSet)
			case h.fail[path] != nil:
				refuse(w, h.fail[path])
			default:
				h.reply(w, path, answer(in))
			}
		})
	}
	nothing := func(json.RawMessage) any { return struct{}{} }
	get(agentapi.Greeting.Path, func(*http.Request) any {
		return agentapi.Hello{ConfigFile: homeFolder() + "/.aws/config"}
	})
	get(agentapi.Snapshot.Path, func(*http.Request) any { return h.snapshot })
	get(agentapi.Explain.Path, func(*http.Request) any { return h.explain })
	get(agentapi.Settings.Path, func(*http.Request) any { return h.settings })
	get(agentapi.Bookmarks.Path, func(*http.Request) any { return h.marks })
	get(agentapi.Places.Path, func(*http.Request) any {
		return []creds.ConsolePlace{{Place: "private", Name: "A private window"}, {Place: "firefox:work", Name: "Firefox, profile work"}}
	})
	mux.HandleFunc("GET "+agentapi.Credentials.Path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(agentapi.HeaderRegion, testCredentials().Region)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.reply(w, agentapi.Credentials.Path, testCredentials())
	})
	post(agentapi.Login.Path, func(in json.RawMessage) any {
		var r creds.LoginRequest
		must2(json.Unmarshal(in, &r))
		s, known := h.snapshot.Profile(r.Profile)
		if !known {
			s.Name = r.Profile
		}
		s.Issued, s.Expires = time.Now(), time.Now().Add(time.Hour)
		return s
	})
	post(agentapi.Logout.Path, nothing)
	post(agentapi.Show.Path, nothing)
	post(agentapi.Visits.Path, nothing)
	post(agentapi.ShowWindow.Path, nothing)
	post(agentapi.Unlock.Path, nothing)
	post(agentapi.Health.Path, func(in json.RawMessage) any {
		var r creds.HealthRequest
		must2(json.Unmarshal(in, &r))
		for i, f := range h.health.Findings {
			if slices.Contains(r.Fix, f.ID) {
				h.health.Findings[i] = creds.Finding{ID: f.ID, Topic: f.Topic, Severity: creds.SeverityOK, Title: "Nobody else can read or change daypass’s files"}
			}
		}
		return h.health
	})
	post(agentapi.AddSession.Path, func(in json.RawMessage) any {
		var r creds.AddSessionRequest
		must2(json.Unmarshal(in, &r))
		if h.completes {
			h.snapshot.Sessions = append(h.snapshot.Sessions, creds.Session{ID: r.Name, StartURL: "https://" + r.StartURL})
		}
		return struct{}{}
	})
	post(agentapi.Console.Path, func(json.RawMessage) any {
		return creds.ConsoleReply{Place: "Firefox, profile work", Destination: "https://console.aws.amazon.com/"}
	})
	post(agentapi.Add.Path, func(in json.RawMessage) any {
		var r creds.AddRequest
		must2(json.Unmarshal(in, &r))
		return creds.AddReply{
			Status:  creds.Status{Name: r.Profile, AccountID: "123456789012", MFASerial: "arn:aws:iam::123456789012:mfa/alice-phone"},
			UserARN: "arn:aws:iam::123456789012:user/alice",
		}
	})
	post(agentapi.LookAtKey.Path, func(json.RawMessage) any { return h.look })
	post(agentapi.AddConsole.Path, func(in json.RawMessage) any {
		var r creds.AddConsoleRequest
		must2(json.Unmarshal(in, &r))
		return creds.Status{
			Name: r.Profile, Kind: creds.KindConsole, AccountID: "123456789012", WrittenAs: r.Profile + "-temporary",
			LoginSession: bobARN, SignInEnds: h.signInEnds,
		}
	})
	post(agentapi.Settings.Path, h.set)
	post(agentapi.Bookmarks.Path, h.mark)
}

// set changes settings, as the agent does.
func (h *testData) set(in json.RawMessage) any {
	var r creds.SettingsRequest
	must2(json.Unmarshal(in, &r))
	h.settings.Settings = h.settings.Settings.Clone()
	for _, c := range r.Changes {
		one, err := schema.All().Parse(c.Key)
		must2(err)
		if !one.InFile() {
			h.settings.StartsAtLogin = c.Value == true
		} else if says := one.Put(&h.settings.Settings, c.Value); says != "" {
			panic(says)
		}
	}
	return h.settings
}

func (h *testData) mark(in json.RawMessage) any {
	var r creds.BookmarksRequest
	must2(json.Unmarshal(in, &r))
	list := slices.Clone(h.marks.Bookmarks)
	at := func(name string) int {
		return slices.IndexFunc(list, func(b creds.Bookmark) bool { return b.Name == name })
	}
	switch {
	case r.Put != nil && at(cmp.Or(r.Was, r.Put.Name)) >= 0:
		list[at(cmp.Or(r.Was, r.Put.Name))] = *r.Put
	case r.Put != nil:
		list = append(list, *r.Put)
	case r.Remove != "":
		list = slices.Delete(list, at(r.Remove), at(r.Remove)+1)
	case r.Order != nil:
		var next []creds.Bookmark
		for _, name := range r.Order {
			next = append(next, list[at(name)])
		}
		list = next
	case r.Import != "":
		list = append(list, creds.Bookmark{Name: "Imported", URL: "https://console.aws.amazon.com/"})
	}
	h.marks.Bookmarks = list
	return h.marks
}

func must2(err error) {
	if err != nil {
		panic(err)
	}
}

// reply needs the lock.
func (h *testData) reply(w http.ResponseWriter, path string, answer any) {
	if err := h.fail[path]; err != nil {
		refuse(w, err)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (h *testData) watch(w http.ResponseWriter, r *http.Request) {
	for {
		h.mu.Lock()
		s, changed := h.snapshot, h.changed
		h.mu.Unlock()
		_ = json.NewEncoder(w).Encode(s)
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func testCredentials() creds.Credentials {
	return creds.Credentials{
		AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: secret.New("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
		SessionToken: secret.New("IQoJb3JpZ2luX2VjEXAMPLE=="), Region: "eu-central-1",
		Expires: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
}
