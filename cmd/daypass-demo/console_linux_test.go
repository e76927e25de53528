package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/packaging/rig"
)

// The beginnings of the titles of the console's pages.
const (
	adminConsole   = "111111111111 · Admin/"
	partnerConsole = "222222222222 · Support/"
	// refusedConsole is where the browser has another identity already.
	refusedConsole = "Amazon Web Services Sign In · AWS stand-in - Chromium"
)

// typeCode types the next code into the window that asks for it for a profile.
func (p *playing) typeCode(ctx context.Context, t *testing.T, profile string) {
	t.Helper()
	title := strings.Replace(dialog, "alice", profile, 1)
	window, err := p.desktop.Windows.Wait(ctx, title)
	check(t, err)
	check(t, p.enterCode(ctx, window))
}

// clickConsole clicks in the submenu of the console.
func (p *playing) clickConsole(ctx context.Context, t *testing.T, lines ...string) {
	t.Helper()
	item, err := p.desktop.Tray.Item(ctx)
	check(t, err)
	check(t, item.Click(ctx, append([]string{consoleMenu}, lines...)...))
}

// page waits for a page of the console.
func (p *playing) page(ctx context.Context, t *testing.T, title string) rig.Window {
	t.Helper()
	window, err := p.desktop.Windows.WaitPrefix(ctx, title)
	check(t, err)
	return window
}

// daypass runs the command line.
func (p *playing) daypass(ctx context.Context, t *testing.T, args ...string) string {
	t.Helper()
	said, err := p.run(ctx, "", p.program("daypass"), args...)
	check(t, err)
	return said
}

// handedOver returns the addresses of this machine that programs were given to
// open, as everybody can see them.
func (p *playing) handedOver(t *testing.T) (addresses []string) {
	t.Helper()
	p.processes(t, func(_ string, data []byte) {
		for _, found := range regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/[A-Z2-7]{20,}`).FindAll(data, -1) {
			addresses = append(addresses, string(found))
		}
	})
	return addresses
}

// unfollowed asks for an address, and does not go where it leads.
func unfollowed(address string) (*http.Response, error) {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(address)
	if err == nil {
		_ = resp.Body.Close()
	}
	return resp, err
}

func TestAClickOnTheConsoleAsksForTheCodeAndOpensTheRightAccount(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		if got := p.state(ctx, t, "dev-admin"); got == "valid" {
			t.Fatal("dev-admin needs no code")
		}
		p.clickConsole(ctx, t, "dev-admin")
		p.typeCode(ctx, t, "dev-admin")
		page := p.page(ctx, t, adminConsole)
		if want := " · eu-west-1 · console · "; !strings.Contains(page.Title, want) {
			t.Errorf("the page is %q, want %q in it", page.Title, want)
		}
		check(t, p.valid(ctx, "dev-admin"))
		p.keep(t, "console-admin.png")

		// What the browser's arguments hold is worth nothing any more.
		given := p.handedOver(t)
		if len(given) == 0 {
			t.Error("the browser was given no address of this machine")
		}
		for _, address := range given {
			// Soon nothing listens there.
			if resp, err := unfollowed(address); err == nil && resp.StatusCode != http.StatusGone {
				t.Errorf("who asks again gets %s", resp.Status)
			}
		}
		// The list of visits has no secret, and the identity.
		if said := p.daypass(ctx, t, "visits", "--json"); !strings.Contains(said, "111111111111") || strings.Contains(said, "SigninToken") {
			t.Errorf("the visits are %s", said)
		}
	})
}

func TestAnotherIdentityWantsALogoutFirstWhichASettingDoes(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.clickConsole(ctx, t, "dev-admin")
		p.typeCode(ctx, t, "dev-admin")
		p.page(ctx, t, adminConsole)
		p.clickConsole(ctx, t, "partner")
		p.page(ctx, t, refusedConsole)
		p.keep(t, "console-refused.png")
		p.daypass(ctx, t, "settings", "set", "profile.partner.console.logout_first", "true")
		p.clickConsole(ctx, t, "partner")
		p.page(ctx, t, partnerConsole)
	})
}

func TestAConsoleWhoseSessionHasEndedSignsInFirst(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		_, page := p.begin(ctx, t, signInLine)
		p.approve(ctx, t, page)
		p.sample.SSO.Center.EndSessions()
		p.endToken(t)
		p.daypass(ctx, t, "logout", "sso-dev-admin")

		p.clickConsole(ctx, t, "All ", "sso-dev-admin") // What was logged out is not among the first.
		_, err := p.desktop.Windows.Wait(ctx, signInDialog)
		check(t, err)
		page, err = p.desktop.Windows.Wait(ctx, consentPage)
		check(t, err)
		check(t, page.Press(ctx, "Return"))
		p.page(ctx, t, devConsole)
	})
}

func TestAnIAMUserGetsToTheConsoleWithoutACodeAndSeesWhatAWSAllows(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.clickConsole(ctx, t, "alice")
		p.page(ctx, t, "111111111111 · federated-user/alice · eu-west-1 · console · ")
		_, err := p.desktop.Notifications.Wait(ctx, func(n rig.Notification) bool {
			return n.Summary == "The console of alice was opened" && strings.Contains(n.Body, "MFA")
		})
		check(t, err)
		p.keep(t, "user.png")
	})
}

// localState is Chromium's list of its profiles.
func (p *playing) localState() string {
	return filepath.Join(p.home, "config", "chromium", "Local State")
}

// makeProfile starts Chromium with a profile as a person would, and closes it
// when its page is there.
func (p *playing) makeProfile(ctx context.Context, t *testing.T, dir string, pages *httptest.Server) {
	t.Helper()
	_, err := p.run(ctx, "", "sh", "-c", fmt.Sprintf("%q --profile-directory=%q %q &", p.desktop.Chromium(), dir, pages.URL+"/"+url.PathEscape(dir)))
	check(t, err)
	title := "Page /" + dir + " - Chromium"
	window, err := p.desktop.Windows.Wait(ctx, title)
	check(t, err)
	// It writes its list when it has settled, at the latest when it ends.
	check(t, window.Close(ctx))
	check(t, p.desktop.Windows.WaitGone(ctx, title))
	for running := true; running; time.Sleep(20 * time.Millisecond) {
		check(t, ctx.Err())
		running = false
		p.processes(t, func(_ string, data []byte) { running = running || bytes.Contains(data, []byte("--type=gpu-process")) })
		_, err := os.Lstat(filepath.Join(filepath.Dir(p.localState()), "SingletonLock"))
		running = running || err == nil
	}
	for p.profileNames(t)[dir] == "" {
		check(t, ctx.Err())
		time.Sleep(20 * time.Millisecond)
	}
}

// profileNames returns the names of Chromium's profiles by their folders.
func (p *playing) profileNames(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(p.localState())
	check(t, err)
	var state struct {
		Profile struct {
			Cache map[string]struct{ Name string } `json:"info_cache"`
		}
	}
	check(t, json.Unmarshal(data, &state))
	names := map[string]string{}
	for dir, info := range state.Profile.Cache {
		names[dir] = info.Name
	}
	return names
}

// servePages serves pages that have their path for a title, and a field whose
// text comes back on the channel.
func servePages(t *testing.T) (pages *httptest.Server, texts <-chan string) {
	t.Helper()
	sent := make(chan string, 8)
	pages = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sent <- r.FormValue("text")
		}
		fmt.Fprintf(w, "<!doctype html><title>Page %s</title><form method=post action=/sent><input autofocus name=text></form>", r.URL.Path)
	}))
	t.Cleanup(pages.Close)
	return pages, sent
}

func TestTwoIdentitiesAreSideBySideInTwoProfilesOfChromium(t *testing.T) {
	pages, _ := servePages(t)
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		const one, two = "Default", "Profile 1"
		p.makeProfile(ctx, t, one, pages)
		p.makeProfile(ctx, t, two, pages)
		names := p.profileNames(t)
		if names[one] == "" || names[two] == "" || names[one] == names[two] || names[two] == two {
			t.Fatalf("Chromium's profiles are %q, which do not differ in their names", names)
		}
		before, err := os.ReadFile(p.localState())
		check(t, err)
		stat, err := os.Stat(p.localState())
		check(t, err)
		listed := p.daypass(ctx, t, "browsers")
		for profile, dir := range map[string]string{"dev-admin": one, "partner": two} {
			if !strings.Contains(listed, names[dir]) {
				t.Errorf("no profile %q is listed:\n%s", names[dir], listed)
			}
			p.daypass(ctx, t, "settings", "set", "profile."+profile+".console.place", "chromium:profile="+names[dir])
		}
		p.clickConsole(ctx, t, "dev-admin")
		// No browser runs while daypass waits for the code.
		now, err := os.ReadFile(p.localState())
		check(t, err)
		if again, err := os.Stat(p.localState()); err != nil || !os.SameFile(stat, again) || !again.ModTime().Equal(stat.ModTime()) || !bytes.Equal(before, now) {
			t.Errorf("Chromium's list of profiles was written: %v", err)
		}
		p.typeCode(ctx, t, "dev-admin")
		left := p.page(ctx, t, adminConsole)
		p.clickConsole(ctx, t, "partner")
		right := p.page(ctx, t, partnerConsole)
		// Neither has signed the other out, which one profile would have.
		p.page(ctx, t, adminConsole)
		check(t, left.Move(ctx, 0, 60))
		check(t, right.Move(ctx, 500, 100))
		p.keep(t, "two.png")

		// Each is in the profile that was named.
		for dir, page := range map[string]rig.Window{one: left, two: right} {
			elsewhere := "https://us-east-2.console.aws.amazon.com/console/home?region=us-east-2"
			_, err := p.run(ctx, "", p.desktop.Chromium(), "--profile-directory="+dir, p.url+"/console?"+url.Values{"dest": {elsewhere}}.Encode())
			check(t, err)
			_, err = p.desktop.Windows.Wait(ctx, strings.Replace(page.Title, "eu-west-1", "us-east-2", 1))
			check(t, err)
		}
		if diff := cmp.Diff(names, p.profileNames(t)); diff != "" {
			t.Errorf("Chromium's profiles (-before +after)\n%s", diff)
		}
	})
}

// ageVisits makes the consoles that were opened end in less than two minutes, as
// if their sessions were almost over.
func (p *playing) ageVisits(ctx context.Context, t *testing.T) {
	t.Helper()
	path := filepath.Join(p.home, "state", "daypass", "visits.json")
	data, err := os.ReadFile(path)
	check(t, err)
	end := time.Now().Add(100 * time.Second).UTC().Format(time.RFC3339)
	aged := regexp.MustCompile(`"until": ?"[^"]*"`).ReplaceAll(data, []byte(`"until": "`+end+`"`))
	if bytes.Equal(aged, data) {
		t.Fatalf("no visit has an end in %s", data)
	}
	check(t, os.WriteFile(path+".new", aged, 0o600))
	check(t, os.Rename(path+".new", path))
	// The list is read when something about the console changes.
	p.daypass(ctx, t, "bookmarks", "add", "home", "https://console.aws.amazon.com/console/home")
}

func TestAClickOnTheNoticeThatAConsoleEndsReopensItsPage(t *testing.T) {
	var opened atomic.Int32
	onAWatchedDesktop(t, func(r *http.Request) {
		if r.URL.Path == "/console" {
			opened.Add(1)
		}
	}, func(ctx context.Context, t *testing.T, p *playing) {
		p.clickConsole(ctx, t, "dev-admin")
		p.typeCode(ctx, t, "dev-admin")
		page := p.page(ctx, t, adminConsole)
		check(t, page.Close(ctx))
		check(t, p.desktop.Windows.WaitGone(ctx, page.Title))
		check(t, p.desktop.Notifications.Close(ctx))

		p.ageVisits(ctx, t)
		_, err := p.desktop.Notifications.Wait(ctx, func(n rig.Notification) bool {
			return strings.HasPrefix(n.Summary, "The console of dev-admin ends at ")
		})
		check(t, err)
		p.keep(t, "console-ends.png")
		check(t, p.desktop.Notifications.Click(ctx))
		if again := p.page(ctx, t, adminConsole); again.Title != page.Title {
			t.Errorf("the page is %q, was %q", again.Title, page.Title)
		}
		if n := opened.Load(); n != 2 {
			t.Errorf("the console was opened %d times", n)
		}
	})
}
