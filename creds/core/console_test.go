package core_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/console"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// follow opens a link like a browser, and returns the last address and the page.
func (w *world) follow(link core.ConsoleLink) (end *url.URL, page string) {
	w.t.Helper()
	client := http.Client{Transport: w.AWS.Transport(), Jar: newJar(w.t)}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, link.Link.Reveal(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.Request.URL, readAll(w.t, resp)
}

func (w *world) console(name string, o core.ConsoleOptions) core.ConsoleLink {
	w.t.Helper()
	link, err := w.m.Console(w.t.Context(), name, o)
	if err != nil {
		w.t.Fatalf("the console of %s: %v", name, err)
	}
	return link
}

func withSSO(w *world) {
	w.person.centerOf = func(string) *awstest.IdentityCenter { return w.SSO.Center }
	w.write(w.files.Config, w.Config()+"\n"+w.SSO.Config())
}

func TestEveryKindOfProfileOpensTheConsole(t *testing.T) {
	for profile, want := range map[string]struct {
		account, identity string
		until             time.Duration
		note              string
	}{
		"alice":         {"111111111111", "alice", 12 * time.Hour, "AWS takes no MFA code"},
		"ci":            {"111111111111", "ci", 12 * time.Hour, ""},
		"dev-readonly":  {"111111111111", "ReadOnly", time.Hour, ""},
		"dev-admin":     {"111111111111", "Admin", time.Hour, ""},
		"chain-3":       {"333333333333", "Operate", time.Hour, ""},
		"sso-dev-admin": {"444444444444", "AdministratorAccess", 4 * time.Hour, ""},
		"sso-deploy":    {"666666666666", "Deploy", time.Hour, ""},
	} {
		t.Run(profile, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				withSSO(w)
				link := w.console(profile, core.ConsoleOptions{Page: console.Page{Service: "s3"}})
				if link.AccountID != want.account || link.Identity != want.identity || !strings.Contains(link.Note, want.note) || want.note == "" && link.Note != "" {
					t.Errorf("%s in %s: %q", link.Identity, link.AccountID, link.Note)
				}
				if got := time.Until(link.Until).Round(time.Minute); got != want.until {
					t.Errorf("it lasts %s, want %s", got, want.until)
				}
				end, page := w.follow(link)
				if !strings.HasSuffix(end.Host, "console.aws.amazon.com") || !strings.HasPrefix(end.Path, "/s3/") ||
					!strings.Contains(page, want.account) || !strings.Contains(page, want.identity) {
					t.Errorf("the browser ends at %s:\n%s", end.Redacted(), page)
				}
			})
		})
	}
}

func TestTheIssuerOfALinkIsWhereOneSignsInAnew(t *testing.T) {
	for profile, want := range map[string][]string{
		"sso-dev-admin": {awstest.SampleStartURL},
		"sso-deploy":    {awstest.SampleStartURL},
		"sso-slash":     {awstest.SampleStartURL},
		"dev-readonly":  nil,
		"dev-admin":     nil,
		"ci":            nil,
	} {
		t.Run(profile, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.withSSO("\n[profile sso-slash]\nsso_start_url = " + awstest.SampleStartURL + "/#/\nsso_region = " + awstest.SampleRegion +
					"\nsso_account_id = 444444444444\nsso_role_name = ReadOnly\n")
				link := w.console(profile, core.ConsoleOptions{})
				u, err := url.Parse(link.Link.Reveal())
				if err != nil {
					t.Fatal(err)
				}
				if got := u.Query()["Issuer"]; !slices.Equal(got, want) {
					t.Errorf("the issuer is %q, want %q", got, want)
				}
				if _, page := w.follow(link); !strings.Contains(page, link.AccountID) {
					t.Errorf("it does not lead to the console: %s", page)
				}
			})
		})
	}
}

func TestADurationIsAskedForOnlyWhereAWSTakesOne(t *testing.T) {
	for profile, want := range map[string]struct {
		until time.Duration
		note  string
	}{
		"dev-readonly":  {6 * time.Hour, ""},
		"sso-dev-admin": {6 * time.Hour, ""},
		"ci":            {6 * time.Hour, ""},
		"dev-admin":     {time.Hour, "did not take 6 h"},
		"chain-2":       {time.Hour, "through another role"},
		"sso-deploy":    {time.Hour, "through another role"},
	} {
		t.Run(profile, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				withSSO(w)
				// Assumed straight from the key.
				w.edit("role_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = alice", "role_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci")
				link := w.console(profile, core.ConsoleOptions{Duration: 6 * time.Hour})
				if got := time.Until(link.Until).Round(time.Minute); got != want.until || !strings.Contains(link.Note, want.note) || want.note == "" && link.Note != "" {
					t.Errorf("it lasts %s, want %s: %q", got, want.until, link.Note)
				}
				if _, page := w.follow(link); !strings.Contains(page, link.AccountID) {
					t.Errorf("the page is:\n%s", page)
				}
			})
		})
	}
}

func TestOnePromptServesTheConsoleToo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.console("dev-admin", core.ConsoleOptions{})
		w.console("dev-admin", core.ConsoleOptions{})
		if n := len(w.person.asked); n != 1 {
			t.Errorf("%d codes were asked for", n)
		}
		time.Sleep(11*time.Hour + 5*time.Minute) // not at the moment of a silent renewal
		w.console("dev-admin", core.ConsoleOptions{})
		w.wantState("dev-admin", creds.StateValid)
	})
}

func TestThePortalTakesNoCredentials(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		withSSO(w)
		link := w.console("sso-dev-admin", core.ConsoleOptions{Portal: true})
		const want = awstest.SampleStartURL + "/#/console?account_id=444444444444&role_name=AdministratorAccess&destination="
		if got := link.Link.Reveal(); !strings.HasPrefix(got, want) {
			t.Errorf("the link is %s", got)
		}
		if n := w.person.signInsAsked(); n != 0 || !link.Until.IsZero() {
			t.Errorf("%d sign-ins, until %s", n, link.Until)
		}
		// The portal does not serve a role behind it.
		if link := w.console("sso-deploy", core.ConsoleOptions{Portal: true}); !strings.Contains(link.Link.Reveal(), "SigninToken") {
			t.Error("a role behind the session was looked for in the portal")
		}
	})
}

func TestAUserWhomAWSDeniesTheConsoleGetsTheReason(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Faults.Add("GetFederationToken", awstest.Fault{Times: 1, Status: http.StatusForbidden, Code: "AccessDenied", Message: "User is not authorized to perform: sts:GetFederationToken with an explicit deny"})
		_, err := w.m.Console(t.Context(), "alice", core.ConsoleOptions{})
		credstest.WantCode(t, err, creds.CodeDenied, "takes no MFA code")
	})
}

func TestImpossibleConsolesAreRefusedBeforeAPrompt(t *testing.T) {
	for name, o := range map[string]core.ConsoleOptions{
		"for a minute":                        {Duration: time.Minute},
		"for two days":                        {Duration: 48 * time.Hour},
		"a page elsewhere":                    {Page: console.Page{URL: "https://example.com/s3"}},
		"a page of China for an account here": {Page: console.Page{URL: "https://console.amazonaws.cn/s3"}},
		"a region of China":                   {Page: console.Page{Region: "cn-north-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				_, err := w.m.Console(t.Context(), "dev-admin", o)
				credstest.WantCode(t, err, creds.CodeBadRequest, "")
				if len(w.person.asked) > 0 {
					t.Error("a code was asked for")
				}
			})
		})
	}
}

func TestNoSecretOfAConsoleIsLogged(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		link := w.console("dev-readonly", core.ConsoleOptions{})
		u, err := url.Parse(link.Link.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{u.Query().Get("SigninToken"), w.credentials("dev-readonly-temporary")["aws_session_token"]} {
			if secret == "" || strings.Contains(w.log.String(), secret) {
				t.Errorf("%d characters of a secret are in the log", len(secret))
			}
		}
	})
}
