package agent_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/browsers"
	"daypass/creds/credstest"
	"daypass/creds/settings/schema"
	"daypass/internal/secret"
)

// opening is what a browser was given.
type opening struct {
	place   browsers.Place
	link    secret.Text
	options browsers.Options
}

func (h *house) open(_ context.Context, found []browsers.Browser, p browsers.Place, address secret.Text, o browsers.Options) error {
	if _, ok := browsers.Lookup(found, p.Browser); p.Browser != "" && !ok {
		return errors.New("there is no such browser")
	}
	h.opened <- opening{p, address, o}
	return nil
}

func (h *house) copy(_ context.Context, text secret.Text) error {
	h.copied <- text
	return nil
}

// visit follows a link, and returns where it ends.
func (h *house) visit(t *testing.T, link secret.Text) *url.URL {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link.Reveal(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: h.AWS.Transport(), Jar: jar}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the console answers %s", resp.Status)
	}
	return resp.Request.URL
}

// chosen changes settings over the socket.
func chosen(t *testing.T, c *agentapi.Client, changes ...creds.SettingChange) {
	t.Helper()
	if _, err := c.ChangeSettings(t.Context(), creds.SettingsRequest{Changes: changes}); err != nil {
		t.Fatal(err)
	}
}

func set(value any, path ...string) creds.SettingChange {
	return creds.SettingChange{Key: schema.FormatKey(path), Value: value}
}

func TestAConsoleOpensInItsPlaceAndIsRemembered(t *testing.T) {
	h := newHouse(t, false)
	h.browsers = []browsers.Browser{{ID: "firefox", Name: "Firefox", Kind: browsers.Firefox}}
	c := h.connect(t, creds.SurfaceTerminal)
	chosen(t, c, set("firefox:container", "profile", "ci", "console", "place"), set("firefox", "console", "place"))
	before := time.Now().Add(-time.Second)
	got, err := c.Console(t.Context(), creds.ConsoleRequest{Profile: "ci", Service: "s3"})
	if err != nil {
		t.Fatal(err)
	}
	one := <-h.opened
	if one.place.String() != "firefox:container" || got.Place != "Firefox, in a container" || !got.Link.IsZero() {
		t.Errorf("opened in %s, told %+v", one.place, got)
	}
	if end := h.visit(t, one.link); !strings.HasPrefix(end.Path, "/s3/") || end.String() != got.Destination {
		t.Errorf("it ends at %s, and %s was told", end, got.Destination)
	}
	wrapped, err := one.options.Wrap("http://127.0.0.1:1/x")
	if err != nil || !strings.Contains(wrapped, "name=ci&") {
		t.Errorf("the container is %s: %v", wrapped, err)
	}
	visits, err := c.Visits(t.Context())
	if err != nil || len(visits) != 1 {
		t.Fatalf("%d visits: %v", len(visits), err)
	}
	v := visits[0]
	want := creds.Visit{
		ID: v.ID, Profile: "ci", AccountID: "111111111111", Identity: "ci", Destination: got.Destination,
		Place: "firefox:container", Opened: v.Opened, Until: got.Until,
	}
	if diff := cmp.Diff(want, v); diff != "" || v.ID == "" || v.Opened.Before(before) {
		t.Errorf("the visit (-want +got):\n%s", diff)
	}
	if strings.Contains(h.log.String(), "SigninToken") {
		t.Error("a link is in the log")
	}

	if err := c.ChangeVisits(t.Context(), creds.VisitsRequest{Reopen: v.ID}); err != nil {
		t.Fatal(err)
	}
	again := <-h.opened
	if end := h.visit(t, again.link); end.String() != got.Destination || again.place.String() != one.place.String() {
		t.Errorf("opened again at %s in %s", end, again.place)
	}
	if err := c.ChangeVisits(t.Context(), creds.VisitsRequest{Clear: true}); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Snapshot(t.Context()); err != nil || len(s.Visits) != 0 {
		t.Errorf("after forgetting there are %d visits: %v", len(s.Visits), err)
	}
}

func TestWithTheListOffNoVisitIsKept(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTerminal)
	chosen(t, c, set(false, "console", "record"))
	if _, err := c.Console(t.Context(), creds.ConsoleRequest{Profile: "ci"}); err != nil {
		t.Fatal(err)
	}
	if visits, err := c.Visits(t.Context()); err != nil || len(visits) != 0 {
		t.Errorf("%d visits: %v", len(visits), err)
	}
}

func TestALinkIsReturnedOrCopiedAndNothingIsOpened(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTerminal)
	got, err := c.Console(t.Context(), creds.ConsoleRequest{Profile: "ci", Deliver: creds.ConsoleLink})
	if err != nil {
		t.Fatal(err)
	}
	h.visit(t, got.Link)
	if got, err = c.Console(t.Context(), creds.ConsoleRequest{Profile: "ci", Deliver: creds.ConsoleCopy}); err != nil || !got.Link.IsZero() {
		t.Fatalf("copied: %v", err)
	}
	h.visit(t, <-h.copied)
	if len(h.opened) > 0 {
		t.Error("a browser was opened")
	}
}

func TestABookmarkOpensInTheRegionOfTheProfile(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTerminal)
	all, err := c.ChangeBookmarks(t.Context(), creds.BookmarksRequest{
		Put:       &creds.Bookmark{Name: "logs", URL: "https://111122223333-abcdefgh.us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups"},
		AnyRegion: true,
	})
	if err != nil || len(all.Bookmarks) != 1 || strings.Contains(all.Bookmarks[0].URL, "111122223333") {
		t.Fatalf("kept as %+v: %v", all, err)
	}
	if _, err := c.Console(t.Context(), creds.ConsoleRequest{Profile: "ci", Bookmark: "logs"}); err != nil {
		t.Fatal(err)
	}
	if end := h.visit(t, (<-h.opened).link); end.Path != "/cloudwatch/home" || end.Query().Get("region") != "eu-west-1" || end.Fragment != "logsV2:log-groups" {
		t.Errorf("it ends at %s", end)
	}
	if s, err := c.Snapshot(t.Context()); err != nil || len(s.Bookmarks) != 1 || len(s.Visits) != 1 {
		t.Errorf("the snapshot has %d bookmarks and %d visits: %v", len(s.Bookmarks), len(s.Visits), err)
	}
}

func TestConsolesThatCannotBeOpenedAreRefusedInWords(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTerminal)
	for name, tt := range map[string]struct {
		request creds.ConsoleRequest
		code    creds.Code
		words   string
	}{
		"no such profile":          {creds.ConsoleRequest{Profile: "nobody"}, creds.CodeNoProfile, "nobody"},
		"no such bookmark":         {creds.ConsoleRequest{Profile: "ci", Bookmark: "nothing"}, creds.CodeBadRequest, "nothing"},
		"two goals":                {creds.ConsoleRequest{Profile: "ci", Service: "s3", URL: "https://console.aws.amazon.com/ec2"}, creds.CodeBadRequest, "exclude"},
		"no place":                 {creds.ConsoleRequest{Profile: "ci", Place: "netscape"}, creds.CodeBadRequest, "netscape"},
		"a browser that is not on": {creds.ConsoleRequest{Profile: "ci", Place: "firefox"}, creds.CodeNotShown, "no such browser"},
		"nothing to do with it":    {creds.ConsoleRequest{Profile: "ci", Deliver: "burn"}, creds.CodeBadRequest, "burn"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Console(t.Context(), tt.request)
			if e := wantCode(t, err, tt.code); !strings.Contains(e.Message, tt.words) {
				t.Errorf("it says %q", e.Message)
			}
		})
	}
}

func TestWithoutADesktopALinkCanStillBePrinted(t *testing.T) {
	h := newHouse(t, true)
	c := h.connect(t, creds.SurfaceTerminal)
	for _, d := range []creds.ConsoleDelivery{creds.ConsoleOpen, creds.ConsoleCopy} {
		_, err := c.Console(t.Context(), creds.ConsoleRequest{Profile: "ci", Deliver: d})
		if e := wantCode(t, err, creds.CodeNotShown); !strings.Contains(e.Message, "printed") {
			t.Errorf("it says %q", e.Message)
		}
	}
	if _, err := c.Console(t.Context(), creds.ConsoleRequest{Profile: "ci", Deliver: creds.ConsoleLink}); err != nil {
		t.Error(err)
	}
}

func TestSettingsAreFollowedFromTheFileAndFromTheSocket(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTray)
	reply, err := c.Settings(t.Context())
	if err != nil || time.Duration(reply.Settings.SessionDuration) != 12*time.Hour || len(reply.Backends) == 0 {
		t.Fatalf("%+v: %v", reply, err)
	}
	chosen(t, c, set(true, "profile", "ci", "favourite"))
	if s, err := c.Status(t.Context(), "ci"); err != nil || !s.Favourite {
		t.Errorf("ci is no favourite: %v", err)
	}
	_, err = c.ChangeSettings(t.Context(), creds.SettingsRequest{Changes: []creds.SettingChange{set("often", "profile", "ci", "programs")}})
	wantCode(t, err, creds.CodeBadRequest)

	write := func(text string) {
		t.Helper()
		credstest.Write(t, reply.Path, text)
	}
	seen := h.snapshots(t)
	write("[profile.alice]\nfavourite = true\n")
	seen(func(s creds.Snapshot) bool {
		alice, _ := s.Profile("alice")
		ci, _ := s.Profile("ci")
		return alice.Favourite && !ci.Favourite
	})
	write("[profile.alice\n")
	seen(func(s creds.Snapshot) bool {
		return len(s.Problems) == 1 && strings.Contains(s.Problems[0].Message, filepath.Base(reply.Path))
	})
	write("")
	seen(func(s creds.Snapshot) bool { return len(s.Problems) == 0 })
}

// snapshots returns a function that waits for a wanted snapshot.
func (h *house) snapshots(t *testing.T) func(wanted func(creds.Snapshot) bool) {
	all := h.agent.Watch(t.Context())
	return func(wanted func(creds.Snapshot) bool) {
		t.Helper()
		limit := time.After(20 * time.Second)
		for {
			select {
			case s := <-all:
				if wanted(s) {
					return
				}
			case <-limit:
				t.Fatal("it does not show")
			}
		}
	}
}

func TestTheSocketExplainsAProfile(t *testing.T) {
	h := newHouse(t, true)
	c := h.connect(t, creds.SurfaceTerminal)
	e, err := c.Explain(t.Context(), "chain-2")
	if err != nil || len(e.Links) != 5 {
		t.Errorf("%d steps: %v", len(e.Links), err)
	}
	_, err = c.Explain(t.Context(), "nobody")
	wantCode(t, err, creds.CodeNoProfile)
}

func TestAWindowIsAskedForByName(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTray)
	odd := agentapi.ShowRequest{Window: agentapi.WindowSettings, Arg: "-odd name"}
	if err := c.ShowWindow(t.Context(), odd); err != nil {
		t.Fatal(err)
	}
	if got := <-h.shown; got != odd {
		t.Errorf("shown is %+v", got)
	}
	for _, window := range []agentapi.Window{"copy", "", agentapi.WindowImport} {
		wantCode(t, c.ShowWindow(t.Context(), agentapi.ShowRequest{Window: window}), creds.CodeBadRequest)
	}
	if err := c.Show(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-h.shown; got != (agentapi.ShowRequest{Window: agentapi.WindowStatus}) {
		t.Errorf("shown is %+v", got)
	}
}

func TestWithoutADesktopNoWindowOpens(t *testing.T) {
	c := newHouse(t, true).connect(t, creds.SurfaceTray)
	wantCode(t, c.ShowWindow(t.Context(), agentapi.ShowRequest{Window: agentapi.WindowStatus}), creds.CodeNotShown)
}
