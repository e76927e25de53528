package core_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

var atTerminal = creds.Requester{Surface: creds.SurfaceTerminal}

func (w *world) use(in creds.UseRequest, by creds.Requester) (creds.UseReply, error) {
	return w.m.Use(w.t.Context(), in, core.RefreshOptions{Requester: by})
}

// mustUse is use that cannot fail.
func (w *world) mustUse(in creds.UseRequest, by creds.Requester) creds.UseReply {
	w.t.Helper()
	got, err := w.use(in, by)
	if err != nil {
		w.t.Fatalf("%+v: %v", in, err)
	}
	return got
}

func TestCredentialsThatEndTooSoonAreRenewedFirst(t *testing.T) {
	for name, by := range map[string]creds.Requester{"for a program": program, "for a person": atTerminal} {
		for profile, first := range map[string]time.Duration{"ci": 12 * time.Hour, "dev-readonly": time.Hour, "sso-dev-admin": time.Hour} {
			t.Run(profile+" "+name, func(t *testing.T) {
				bubble(t, func(t *testing.T, w *world) {
					withSSO(w)
					had := w.refresh(profile, core.RefreshOptions{})
					lasts := had.Expires.Sub(had.Issued)
					if lasts < first {
						t.Fatalf("it lasts %s", lasts)
					}
					time.Sleep(10 * time.Minute)
					left := lasts - 10*time.Minute
					same := w.mustUse(creds.UseRequest{Profile: profile, MinTTL: left - time.Minute}, by)
					if !same.Credentials.Expires.Equal(had.Expires) {
						t.Errorf("%s were enough, and it was renewed until %s", left, same.Credentials.Expires)
					}
					got := w.mustUse(creds.UseRequest{Profile: profile, MinTTL: left + 5*time.Minute}, by)
					if time.Until(got.Credentials.Expires) < left+5*time.Minute {
						t.Errorf("%s are left, of which %s had to be", time.Until(got.Credentials.Expires), left+5*time.Minute)
					}
					again := w.mustUse(creds.UseRequest{Profile: profile, MinTTL: left + 5*time.Minute}, by)
					if again.Credentials.AccessKeyID != got.Credentials.AccessKeyID {
						t.Error("it is renewed again")
					}
				})
			})
		}
	}
}

func TestALongerSessionIsAskedForWhereTheProfilesOwnIsTooShort(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for profile, least := range map[string]time.Duration{"ci": 20 * time.Hour, "dev-admin": 3 * time.Hour} {
			got := w.mustUse(creds.UseRequest{Profile: profile, MinTTL: least}, atTerminal)
			if left := time.Until(got.Credentials.Expires); left < least-time.Minute {
				t.Errorf("%s lasts %s", profile, left)
			}
			if got.MFA != (profile == "dev-admin") || got.Region != "eu-west-1" || got.Status.Name != profile {
				t.Errorf("%s: %+v", profile, got)
			}
		}
	})
}

func TestWhatCredentialsCanNeverLastIsRefusedBeforeAnybodyIsAsked(t *testing.T) {
	for name, test := range map[string]struct {
		in    creds.UseRequest
		lease time.Duration
		want  string
	}{
		"a user":               {in: creds.UseRequest{Profile: "alice", MinTTL: 37 * time.Hour}, want: `profile "alice" has no credentials that last 37 h: AWS gives a user 36 hours at most`},
		"a role":               {in: creds.UseRequest{Profile: "dev-admin", MinTTL: 13 * time.Hour}, want: "a role's session lasts 12 hours at most, not 13 h"},
		"a role behind a role": {in: creds.UseRequest{Profile: "chain-2", MinTTL: 61 * time.Minute}, want: `the role of profile "chain-2" is assumed through another, for which AWS gives one hour at most, not 1 h 1 min`},
		"a role behind a permission set": {
			in: creds.UseRequest{Profile: "sso-deploy", MinTTL: 2 * time.Hour}, want: `the role of profile "sso-deploy" is assumed through another, for which AWS gives one hour at most, not 2 h`,
		},
		"a permission set": {in: creds.UseRequest{Profile: "sso-dev-admin", MinTTL: 13 * time.Hour}, want: `profile "sso-dev-admin" has no credentials that last 13 h: a permission set of Identity Center gives 12 hours at most`},
		"a sensitive profile": {
			in: creds.UseRequest{Profile: "alice", MinTTL: 45 * time.Minute}, lease: 30 * time.Minute,
			want: `profile "alice" is sensitive and unlocked for 30 min at a time, so that no credentials of it last 45 min`,
		},
		"a duration below it": {in: creds.UseRequest{Profile: "alice", MinTTL: time.Hour, Duration: 30 * time.Minute}, want: "a session of 30 min cannot last 1 h"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				withSSO(w)
				if test.lease > 0 {
					w.choose("alice", creds.ProfileSettings{Sensitive: true, Lease: creds.Span(test.lease)})
				}
				for _, by := range []creds.Requester{atTerminal, program} {
					_, err := w.use(test.in, by)
					credstest.WantCode(t, err, creds.CodeBadRequest, test.want)
				}
				if w.person.asks() != 0 || w.person.signInsAsked() != 0 || len(w.person.consents) != 0 || w.calls("AssumeRole") != 0 {
					t.Error("somebody was asked")
				}
			})
		})
	}
}

func TestAConsoleSignInCannotLastLongerThanItsCredentials(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		_, err := w.use(creds.UseRequest{Profile: "play", MinTTL: 15 * time.Minute}, atTerminal)
		credstest.WantCode(t, err, creds.CodeBadRequest, "what a sign-in to the console gives lasts 15 minutes")
		if w.person.signInsAsked() != 0 {
			t.Error("somebody had to sign in")
		}
		got := w.mustUse(creds.UseRequest{Profile: "play", MinTTL: 14 * time.Minute}, atTerminal)
		time.Sleep(3 * time.Minute)
		later := w.mustUse(creds.UseRequest{Profile: "play", MinTTL: 14 * time.Minute}, atTerminal)
		if !later.Credentials.Expires.After(got.Credentials.Expires) || w.person.signInsAsked() != 1 {
			t.Errorf("until %s and %s, with %d sign-ins", got.Credentials.Expires, later.Credentials.Expires, w.person.signInsAsked())
		}
	})
}

func TestAPermissionSetsLengthIsKnownOnceItHasGivenSomething(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		withSSO(w)
		s := w.refresh("sso-dev-admin", core.RefreshOptions{})
		least := s.Expires.Sub(s.Issued) + 10*time.Minute
		calls := w.calls("GetRoleCredentials")
		_, err := w.use(creds.UseRequest{Profile: "sso-dev-admin", MinTTL: least}, atTerminal)
		credstest.WantCode(t, err, creds.CodeBadRequest, "its permission set in Identity Center gives")
		if n := w.calls("GetRoleCredentials") - calls; n != 0 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestAConsentSaysThatTheProgramKeepsTheKeys(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		w.person.grant = creds.GrantOnce
		for _, keeps := range []bool{true, false} {
			w.mustUse(creds.UseRequest{Profile: "dev-admin", Keeps: keeps}, program)
			last := w.person.consents[len(w.person.consents)-1]
			if last.Keeps != keeps || last.Lease != creds.DefaultLease {
				t.Errorf("the question is %+v", last)
			}
			if err := w.m.LockAgain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestNoProgramProlongsTheTimeOfASensitiveProfileUnasked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		w.refresh("dev-admin", core.RefreshOptions{})
		time.Sleep(20 * time.Minute)
		w.mustUse(creds.UseRequest{Profile: "dev-admin", MinTTL: 5 * time.Minute}, program)
		if w.consents() != 0 {
			t.Fatal("a program was asked about while the lease lasted")
		}
		w.person.declines = true
		_, err := w.use(creds.UseRequest{Profile: "dev-admin", MinTTL: 25 * time.Minute}, program)
		credstest.WantCode(t, err, creds.CodeDeclined, "")
		w.person.declines, w.person.grant = false, creds.GrantOnce
		got := w.mustUse(creds.UseRequest{Profile: "dev-admin", MinTTL: 25 * time.Minute}, program)
		if left := time.Until(got.Credentials.Expires); left < 25*time.Minute || w.consents() != 2 {
			t.Errorf("%s are left after %d questions", left, w.consents())
		}
	})
}

func TestKeysWithoutACodeAreHadWithoutAPerson(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, "")
		got := w.mustUse(creds.UseRequest{Profile: "alice", WithoutMFA: true}, atTerminal)
		if got.MFA || got.Credentials.SessionToken.IsZero() || got.Credentials.AccessKeyID == w.AliceKey.ID || w.person.asks() != 0 {
			t.Errorf("%+v after %d questions", got, w.person.asks())
		}
		if got.Status.Note == "" {
			t.Error("nothing says that IAM refuses it")
		}
		if values := w.credentials("alice"); len(values) > 0 {
			t.Errorf("it was written to the file: %v", values["aws_access_key_id"])
		}
		again := w.mustUse(creds.UseRequest{Profile: "alice", WithoutMFA: true}, program)
		if again.Credentials.AccessKeyID != got.Credentials.AccessKeyID {
			t.Error("the second time it is another session")
		}
		// Where a code was given, its session is taken, and stays in the file.
		w.refresh("alice", core.RefreshOptions{Requester: atTerminal})
		written := w.credentials("alice")
		with := w.mustUse(creds.UseRequest{Profile: "alice", WithoutMFA: true}, atTerminal)
		if !with.MFA || with.Credentials.AccessKeyID != written["aws_access_key_id"] || w.person.asks() != 1 {
			t.Errorf("%+v after %d questions", with, w.person.asks())
		}
		if diff := cmp.Diff(written, w.credentials("alice")); diff != "" {
			t.Error("the file has changed")
		}
		// A logout ends that.
		if err := w.m.Logout(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		if after := w.mustUse(creds.UseRequest{Profile: "alice", WithoutMFA: true}, atTerminal); after.MFA {
			t.Error("the session with a code is still given out")
		}
		w.wantState("alice", creds.StateNone)
	})
}

func TestWithoutACodeNothingIsGivenThatNeedsAPerson(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		withSSO(w)
		for profile, want := range map[string]string{
			"dev-admin":     `profile "dev-admin" needs a person, and nobody is to be asked: the MFA code of ` + w.Phone.Serial() + " is missing",
			"sso-dev-admin": `profile "sso-dev-admin" needs a person, and nobody is to be asked: the sign-in is missing`,
		} {
			_, err := w.use(creds.UseRequest{Profile: profile, WithoutMFA: true}, atTerminal)
			credstest.WantCode(t, err, creds.CodeNobodyToAsk, want)
		}
		w.choose("alice", creds.ProfileSettings{Sensitive: true})
		_, err := w.use(creds.UseRequest{Profile: "alice", WithoutMFA: true}, atTerminal)
		credstest.WantCode(t, err, creds.CodeDeclined, `profile "alice" is sensitive, and only a person unlocks it`)
		if w.person.asks() != 0 || w.person.signInsAsked() != 0 {
			t.Error("somebody was asked")
		}
	})
}

func TestWhatAProfileSaysOnReachingAWSGoesAlong(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.edit("[profile ci]\n", `[services local]
s3 =
  endpoint_url = http://s3:1
  other = x
elastic_beanstalk =
  endpoint_url = "http://eb:1"
dynamodb =
  other = x

[profile ci]
services = local
use_fips_endpoint = true
use_dualstack_endpoint = yes
`)
		got := w.mustUse(creds.UseRequest{Profile: "ci"}, program)
		if diff := cmp.Diff(map[string]string{
			"AWS_ENDPOINT_URL_S3": "http://s3:1", "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK": "http://eb:1", "AWS_USE_FIPS_ENDPOINT": "true",
		}, got.Variables); diff != "" {
			t.Error(diff)
		}
		w.edit("use_fips_endpoint = true", "ignore_configured_endpoint_urls = true\nendpoint_url = http://all:1\nca_bundle = /ca.pem")
		if diff := cmp.Diff(map[string]string{
			"AWS_ENDPOINT_URL": "http://all:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_CA_BUNDLE": "/ca.pem",
			"AWS_ENDPOINT_URL_S3": "http://s3:1", "AWS_ENDPOINT_URL_ELASTIC_BEANSTALK": "http://eb:1",
		}, w.mustUse(creds.UseRequest{Profile: "ci"}, program).Variables); diff != "" {
			t.Error(diff)
		}
	})
}
