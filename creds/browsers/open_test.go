package browsers

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/internal/secret"
)

// playsBrowser makes this test binary a browser that does what the variable says;
// playsInto is the file to which it writes what it gets.
const (
	playsBrowser = "BROWSERS_TEST_PLAYS"
	playsInto    = "BROWSERS_TEST_INTO"
)

func TestMain(m *testing.M) {
	if plays := os.Getenv(playsBrowser); plays != "" {
		os.Exit(beBrowser(plays, os.Getenv(playsInto), os.Args[1:]))
	}
	os.Exit(m.Run())
}

var loopback = regexp.MustCompile(`http://127\.0\.0\.1:\d+/[A-Z2-7]+`)

func beBrowser(plays, into string, args []string) int {
	seen := strings.Join(args, "\n")
	if plays == "asks" {
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Get(loopback.FindString(seen))
		if err != nil {
			return 2
		}
		_ = resp.Body.Close()
		seen += "\n→ " + resp.Header.Get("Location")
	}
	if os.WriteFile(into+".new", []byte(loopback.ReplaceAllString(seen, "ADDRESS")), 0o600) != nil || os.Rename(into+".new", into) != nil {
		return 3
	}
	if plays == "fails" {
		return 1
	}
	return 0
}

// playing returns browsers that are this test binary, and their environment.
func playing(t *testing.T, plays, profile, dir string) (found []Browser, o Options, seen func() string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	profiles := []Profile{{Dir: dir, Name: profile}}
	for _, k := range known() {
		found = append(found, Browser{ID: k.id, Name: k.name, Path: self, Kind: k.kind, Profiles: profiles})
	}
	into := filepath.Join(t.TempDir(), "seen")
	o.Environ = append(os.Environ(), playsBrowser+"="+plays, playsInto+"="+into)
	o.Wrap = func(address string) (string, error) { return "ext+container:url=" + address, nil }
	return found, o, func() string {
		for {
			data, err := os.ReadFile(into)
			if err == nil {
				return string(data)
			}
			if t.Context().Err() != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond) // The page is there before the file.
		}
	}
}

const theLink = "https://signin.aws.amazon.com/federation?Action=login&SigninToken=c2VjcmV0"

func TestNoNameChangesTheMeaningOfABrowsersArguments(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	chromium := []string{"--no-first-run", "--no-default-browser-check"}
	for _, name := range []string{"Work", `a&b #1 +%"'é`, "--remote-debugging-port=1", "; rm -rf ~ $(id) `id`", "🦊 prod"} {
		for _, test := range []struct {
			place Place
			want  []string
		}{
			{Place{Browser: "chromium", Profile: name}, append(chromium[:2:2], "--profile-directory=Profile 7", "ADDRESS")},
			{Place{Browser: "chrome", Private: true}, append(chromium[:2:2], "--incognito", "ADDRESS")},
			{Place{Browser: "edge", Private: true, Profile: name}, append(chromium[:2:2], "--profile-directory=Profile 7", "--inprivate", "ADDRESS")},
			{Place{Browser: "opera", Private: true}, append(chromium[:2:2], "--private", "ADDRESS")},
			{Place{Browser: "vivaldi", Private: true}, append(chromium[:2:2], "--incognito", "ADDRESS")},
			{Place{Browser: "librewolf", Private: true, Profile: name}, []string{"--profile", "Profile 7", "--private-window", "ADDRESS"}},
			{Place{Browser: "zen", AddOn: OpenInContainer}, []string{"--new-tab", "ext+container:url=ADDRESS"}},
			{Place{Browser: "brave"}, append(chromium[:2:2], "ADDRESS")},
			{Place{Browser: "firefox", Profile: name}, []string{"--profile", "Profile 7", "--new-tab", "ADDRESS"}},
			{Place{Browser: "firefox", Private: true}, []string{"--private-window", "ADDRESS"}},
			{Place{Browser: "firefox", AddOn: OpenInContainer}, []string{"--new-tab", "ext+container:url=ADDRESS"}},
			{Place{Browser: "firefox", AddOn: GrantedContainers, Profile: name}, []string{"--profile", "Profile 7", "--new-tab", "ext+container:url=ADDRESS"}},
			{Place{Private: true}, []string{"--private-window", "ADDRESS"}}, // of the first that is here
			{Place{Command: []string{self, name, "--in={url}"}}, []string{name, "--in=ADDRESS"}},
		} {
			t.Run(test.place.String(), func(t *testing.T) {
				t.Parallel()
				found, options, seen := playing(t, "asks", name, "Profile 7")
				if err := Open(t.Context(), found, test.place, secret.New(theLink), options); err != nil {
					t.Fatal(err)
				}
				// It got the link, and only by the handoff.
				want := strings.Join(append(test.want, "→ "+theLink), "\n")
				if diff := cmp.Diff(want, seen()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		}
	}
}

func TestAProgramMissingFromPATHIsReportedWithTheSettingThatHelps(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, test := range []struct {
		goos  string
		place Place
		want  string
	}{
		{"linux", Place{Browser: "zen"}, "zen is not found on this machine; install it, name the folder of its program in the setting path, or choose another place"},
		{"darwin", Place{Browser: "zen"}, "zen is not found on this machine; install it, or choose another place"},
		{"linux", Place{}, "the system has nothing to open its browser with; install xdg-utils, name the folder of xdg-open in the setting path, or choose another place"},
	} {
		if _, err := arguments(test.goos, nil, test.place, "http://127.0.0.1"); err == nil || err.Error() != test.want {
			t.Errorf("%s, %s: %v", test.goos, test.place, err)
		}
	}
}

func TestTheReasonThatAPageWasNotOpenedIsReported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		plays string
		place Place
		edit  func(*Browser)
		want  string
	}{
		"a browser that fails": {
			plays: "fails", place: Place{Browser: "brave"},
			want: "Brave failed (exit status 1); see that it starts by itself, or choose another place",
		},
		"a browser that does nothing": {
			plays: "nothing", place: Place{Browser: "brave"},
			want: "Brave was started, but did not ask for the page within 300ms; see that it starts by itself, or choose another place",
		},
		"an add-on that is not there": {
			plays: "nothing", place: Place{Browser: "firefox", AddOn: OpenInContainer, Container: "prod"},
			want: `Firefox was started, but did not ask for the page within 300ms; ` +
				`see that the add-on "Open external links in a container" is installed, or choose another place`,
		},
		"the other add-on that is not there": {
			plays: "nothing", place: Place{Browser: "firefox", AddOn: GrantedContainers},
			want: `Firefox was started, but did not ask for the page within 300ms; ` +
				`see that the add-on "Granted Containers" is installed, or choose another place`,
		},
		"a program that is gone": {
			place: Place{Browser: "edge"}, edit: func(b *Browser) { b.Path = filepath.Join(b.Path, "gone") },
			want: "Microsoft Edge cannot be started (…); see that it starts by itself, or choose another place",
		},
		"a profile that is gone": {
			place: Place{Browser: "edge", Profile: "Play"},
			want:  `Microsoft Edge has no profile "Play"; it has "Work"`,
		},
		"a command that is not there": {
			place: Place{Command: []string{"no-such-program-at-all", "{url}"}},
			want:  `the command's program "no-such-program-at-all" is not found; give its whole path, or name its folder in the setting path`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, options, _ := playing(t, test.plays, "Work", "Profile 7")
			for i := range found {
				if test.edit != nil {
					test.edit(&found[i])
				}
			}
			o := opener{lifetime: 300 * time.Millisecond, grace: 10 * time.Millisecond}
			if test.plays == "fails" {
				o.lifetime = Lifetime
			}
			err := o.open(t.Context(), found, test.place, secret.New(theLink), options)
			if err == nil {
				t.Fatal("the page was opened")
			}
			got := regexp.MustCompile(`started \(.*\)`).ReplaceAllString(err.Error(), "started (…)")
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestAPersonWhoGivesUpEndsTheWaitAndTheAddress(t *testing.T) {
	t.Parallel()
	found, options, seen := playing(t, "nothing", "Work", "Profile 7")
	var address string
	options.Wrap = func(handed string) (string, error) {
		address = handed
		return "ext+container:url=" + handed, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Open(ctx, found, Place{Browser: "firefox", AddOn: OpenInContainer}, secret.New(theLink), options)
	}()
	seen() // It has started.
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if resp, err := http.Get(address); err == nil {
		_ = resp.Body.Close()
		t.Errorf("the address still answers: %s", resp.Status)
	}
}
