package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/console"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// lasted returns the duration of a profile's credentials.
func lasted(s creds.Status) time.Duration {
	return s.Expires.Sub(s.Issued).Round(time.Minute)
}

func TestALeaseEndsInTimeWhileRenewalsHang(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.populate(100)
		if _, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Minute)
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		w.refresh("dev-admin", core.RefreshOptions{})
		answers := make(chan struct{})
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Until: answers})
		time.Sleep(creds.DefaultLease - time.Second)
		w.wantState("dev-admin", creds.StateEnding)
		time.Sleep(2 * time.Second)
		w.wantState("dev-admin", creds.StateNone)
		if got := w.credentials("dev-admin-temporary"); len(got) != 0 {
			t.Error("the file still holds it")
		}
		close(answers)
	})
}

func TestASilentPortalDoesNotHoldUpWhatDependsOnNone(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.populate(20)
		if _, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Minute)
		w.refresh("ci", core.RefreshOptions{Duration: time.Hour})
		answers := make(chan struct{})
		w.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Until: answers})
		time.Sleep(58 * time.Minute)
		w.wantState("ci", creds.StateValid)
		close(answers)
	})
}

func TestARequestedDurationIsHonouredDuringARefresh(t *testing.T) {
	for name, tc := range map[string]struct {
		profile       string
		action        string
		first, second core.RefreshOptions
		want          time.Duration
	}{
		"longer than a role's that is under way":  {"dev-admin", "AssumeRole", core.RefreshOptions{}, core.RefreshOptions{Duration: 4 * time.Hour}, 4 * time.Hour},
		"shorter than a role's that is under way": {"dev-admin", "AssumeRole", core.RefreshOptions{Duration: 12 * time.Hour}, core.RefreshOptions{Duration: time.Hour}, time.Hour},
		"shorter than a user's that is under way": {"alice", "GetSessionToken", core.RefreshOptions{}, core.RefreshOptions{Duration: time.Hour}, time.Hour},
		"longer than a user's that is under way":  {"alice", "GetSessionToken", core.RefreshOptions{Duration: time.Hour}, core.RefreshOptions{Duration: 4 * time.Hour}, 4 * time.Hour},
		"of a user without a device":              {"ci", "GetSessionToken", core.RefreshOptions{}, core.RefreshOptions{Duration: 4 * time.Hour}, 4 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.AWS.Faults.Add(tc.action, awstest.Fault{Times: 1, Delay: 10 * time.Second})
				first := make(chan error, 1)
				go func() {
					_, err := w.m.Refresh(t.Context(), tc.profile, tc.first)
					first <- err
				}()
				time.Sleep(time.Second)
				if got := lasted(w.refresh(tc.profile, tc.second)); got != tc.want {
					t.Errorf("it lasts %s, want %s", got, tc.want)
				}
				if err := <-first; err != nil {
					t.Errorf("the refresh that was under way: %v", err)
				}
				// The last request wins.
				if s, _ := w.status(tc.profile); lasted(s) != tc.want {
					t.Errorf("afterwards it lasts %s, want %s", lasted(s), tc.want)
				}
			})
		})
	}
}

func TestForceGetsNewCredentialsThoughARefreshIsUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-readonly", core.RefreshOptions{})
		if err := w.m.Logout(t.Context(), "dev-readonly"); err != nil {
			t.Fatal(err)
		}
		w.AWS.Faults.Add("AssumeRole", awstest.Fault{Times: 1, Delay: 10 * time.Second})
		go func() { _, _ = w.m.Refresh(t.Context(), "dev-readonly", core.RefreshOptions{}) }()
		time.Sleep(time.Second)
		before := w.calls("AssumeRole")
		w.refresh("dev-readonly", core.RefreshOptions{Force: true})
		if n := w.calls("AssumeRole") - before; n != 1 {
			t.Errorf("%d more calls after --force, want 1", n)
		}
	})
}

func TestTheSameLifetimeIsAskedForOnceOnly(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		first := w.refresh("dev-admin", core.RefreshOptions{Duration: 4 * time.Hour})
		for _, o := range []core.RefreshOptions{{Duration: 4 * time.Hour}, {}} {
			if again := w.refresh("dev-admin", o); again.Issued != first.Issued || lasted(again) != 4*time.Hour {
				t.Errorf("%+v gives one for %s, of %s", o, lasted(again), again.Issued)
			}
		}
		if w.person.asks() != 1 {
			t.Errorf("%d codes were asked for", w.person.asks())
		}
	})
}

func TestALifetimeBelongsToItsProfileInEveryOrder(t *testing.T) {
	const admin = "role_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = alice\nregion = eu-west-1\n"
	want := map[string]time.Duration{"an-hour": time.Hour, "half-a-day": 12 * time.Hour, "a-quarter": 15 * time.Minute}
	for _, order := range [][]string{
		{"an-hour", "half-a-day", "a-quarter", "wrong"},
		{"half-a-day", "wrong", "an-hour", "a-quarter"},
		{"a-quarter", "half-a-day", "wrong", "an-hour"},
	} {
		t.Run(strings.Join(order, ", "), func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.write(w.files.Config, w.Config()+"\n[profile an-hour]\n"+admin+
					"\n[profile half-a-day]\n"+admin+"duration_seconds = 43200\n"+
					"\n[profile a-quarter]\n"+admin+"duration_seconds = 900\n"+
					"\n[profile wrong]\n"+admin+"duration_seconds = 12h\n")
				for range 2 {
					for _, name := range order {
						s, err := w.m.Refresh(t.Context(), name, core.RefreshOptions{})
						if name == "wrong" {
							credstest.WantCode(t, err, creds.CodeBadProfile, `duration_seconds in [profile wrong] is "12h"`)
						} else if err != nil || lasted(s) != want[name] {
							t.Errorf("%s lasts %s, want %s: %v", name, lasted(s), want[name], err)
						}
					}
				}
			})
		})
	}
}

func TestASessionOfOneEndpointServesNoProfileOfAnother(t *testing.T) {
	const role = "role_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci\nregion = eu-west-1\n"
	for name, settings := range map[string]string{
		"endpoint_url": "endpoint_url = http://127.0.0.1:4566\n",
		"services":     "services = local\n",
		"FIPS":         "use_fips_endpoint = true\n",
		"dual stack":   "use_dualstack_endpoint = true\n",
	} {
		for _, order := range [][]string{{"plain", "other"}, {"other", "plain"}} {
			t.Run(name+": "+strings.Join(order, ", then "), func(t *testing.T) {
				bubble(t, func(t *testing.T, w *world) {
					w.write(w.files.Config, w.Config()+"\n[profile plain]\n"+role+"\n[profile other]\n"+role+settings+
						"\n[services local]\nsts =\n  endpoint_url = http://127.0.0.1:4567\n")
					seen := map[string]bool{}
					for _, name := range order {
						w.refresh(name, core.RefreshOptions{})
						seen[w.credentials(name + "-temporary")["aws_access_key_id"]] = true
					}
					if n := w.calls("AssumeRole"); n != 2 || len(seen) != 2 {
						t.Errorf("%d calls, %d keys", n, len(seen))
					}
				})
			})
		}
	}
}

func TestASessionOfOneKeyServesNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		other := w.AWS.IAM.Account("111111111111").User("bob")
		id, key := other.AccessKey()
		w.write(w.files.Config, w.Config()+"\n[profile plain]\nregion = eu-west-1\n")
		in := func(id, key string) string {
			return fmt.Sprintf("[plain]\naws_access_key_id = %s\naws_secret_access_key = %s\n", id, key)
		}
		w.write(w.files.Credentials, in(w.CIKey.ID, w.CIKey.Secret))
		w.refresh("plain", core.RefreshOptions{})
		mine := w.credentials("plain-temporary")
		w.write(w.files.Credentials, in(id, key)+"[plain-temporary]\naws_access_key_id = "+mine["aws_access_key_id"]+
			"\naws_secret_access_key = "+mine["aws_secret_access_key"]+"\naws_session_token = "+mine["aws_session_token"]+"\n")
		if _, state := w.status("plain"); state == creds.StateValid {
			t.Error("the session of the key before is called valid")
		}
		w.refresh("plain", core.RefreshOptions{})
		if n := w.calls("GetSessionToken"); n != 2 {
			t.Errorf("%d calls for two keys", n)
		}
		if last := w.AWS.Calls("GetSessionToken"); last[len(last)-1].AccessKeyID != id {
			t.Errorf("the last was signed with %s", last[len(last)-1].AccessKeyID)
		}
	})
}

func TestASensitiveUserIsNotGivenTheLongSessionOfItsRoles(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("alice", creds.ProfileSettings{Sensitive: true})
		w.refresh("dev-readonly", core.RefreshOptions{})
		w.refresh("alice", core.RefreshOptions{})
		all := w.AWS.Calls("GetSessionToken")
		if len(all) != 2 || all[1].Params.Get("DurationSeconds") != "1800" {
			t.Errorf("the calls are %+v", all)
		}
		// Its roles can use either.
		w.refresh("partner", core.RefreshOptions{})
		if n := w.calls("GetSessionToken"); n != 2 {
			t.Errorf("%d sessions of the user", n)
		}
	})
}

func TestALongerSessionOfASensitiveProfileIsCutWithANote(t *testing.T) {
	for profile, action := range map[string]string{"alice": "GetSessionToken", "dev-admin": "AssumeRole"} {
		t.Run(profile, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.choose(profile, creds.ProfileSettings{Sensitive: true})
				s := w.refresh(profile, core.RefreshOptions{Duration: 4 * time.Hour})
				if lasted(s) != creds.DefaultLease || !strings.Contains(s.Note, "30 min instead of 4 h") {
					t.Errorf("it lasts %s: %q", lasted(s), s.Note)
				}
				if all := w.AWS.Calls(action); all[len(all)-1].Params.Get("DurationSeconds") != "1800" {
					t.Errorf("AWS was asked for %s", all[len(all)-1].Params.Get("DurationSeconds"))
				}
			})
		})
	}
}

func TestALogoutForgetsSessionsOfEveryLifetime(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("alice", core.RefreshOptions{})
		w.refresh("alice", core.RefreshOptions{Duration: time.Hour})
		if err := w.m.Logout(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		w.refresh("alice", core.RefreshOptions{})
		if w.person.asks() != 3 {
			t.Errorf("%d codes were asked for, want 3", w.person.asks())
		}
	})
}

func TestTheConsoleOfASensitiveProfileLastsAsLongAsItIsUnlocked(t *testing.T) {
	for name, tc := range map[string]struct {
		profile string
		lease   time.Duration
		after   time.Duration
		options core.ConsoleOptions
		want    time.Duration
		note    string
	}{
		"a user that is locked":                  {"ci", 0, 0, core.ConsoleOptions{}, 30 * time.Minute, ""},
		"a user that is unlocked for a while":    {"ci", 0, 10 * time.Minute, core.ConsoleOptions{}, 20 * time.Minute, ""},
		"a user that is not unlocked for long":   {"ci", 0, 25 * time.Minute, core.ConsoleOptions{}, 15 * time.Minute, ""},
		"a user, and longer is asked for":        {"ci", 0, 10 * time.Minute, core.ConsoleOptions{Duration: 8 * time.Hour}, 20 * time.Minute, "20 min instead of 8 h"},
		"a user, and shorter is asked for":       {"ci", time.Hour, 0, core.ConsoleOptions{Duration: 20 * time.Minute}, 20 * time.Minute, ""},
		"the shortest lease":                     {"ci", 5 * time.Minute, 0, core.ConsoleOptions{}, 15 * time.Minute, ""},
		"a role, which the click unlocks":        {"dev-readonly", 0, 10 * time.Minute, core.ConsoleOptions{Duration: 8 * time.Hour}, 30 * time.Minute, "30 min instead of 8 h"},
		"Identity Center":                        {"sso-dev-admin", 0, 0, core.ConsoleOptions{}, 30 * time.Minute, ""},
		"Identity Center, and longer":            {"sso-dev-admin", 0, 0, core.ConsoleOptions{Duration: 4 * time.Hour}, 30 * time.Minute, "30 min instead of 4 h"},
		"Identity Center, by the access portal":  {"sso-dev-admin", 0, 0, core.ConsoleOptions{Portal: true}, 30 * time.Minute, "not by the access portal"},
		"a role behind another, where AWS rules": {"chain-2", 0, 0, core.ConsoleOptions{}, 30 * time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				withSSO(w)
				w.edit("role_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = alice", "role_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci")
				w.choose(tc.profile, creds.ProfileSettings{Sensitive: true, Lease: creds.Span(tc.lease)})
				if tc.after > 0 {
					w.refresh(tc.profile, core.RefreshOptions{})
					time.Sleep(tc.after)
				}
				tc.options.Page = console.Page{Service: "s3"}
				link := w.console(tc.profile, tc.options)
				if got := time.Until(link.Until).Round(time.Minute); got != tc.want || !strings.Contains(link.Note, tc.note) || tc.note == "" && link.Note != "" {
					t.Errorf("it lasts %s, want %s: %q", got, tc.want, link.Note)
				}
				if _, page := w.follow(link); !strings.Contains(page, link.AccountID) {
					t.Errorf("the page is:\n%s", page)
				}
			})
		})
	}
}
