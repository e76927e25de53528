package agent_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/agentapi"
	"daypass/creds/browsers"
	"daypass/creds/secret"
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
func chosen(t *testing.T, c *agentapi.Client, changes ...agentapi.SettingChange) {
	t.Helper()
	if _, err := c.ChangeSettings(t.Context(), agentapi.SettingsRequest{Changes: changes}); err != nil {
		t.Fatal(err)
	}
}

func set(value any, path ...string) agentapi.SettingChange {
	return agentapi.SettingChange{Path: path, Value: value}
}

func TestAConsoleOpensInItsPlaceAndIsRemembered(t *testing.T) {
	h := newHouse(t, false)
	h.browsers = []browsers.Browser{{ID: "firefox", Name: "Firefox", Kind: browsers.Firefox}}
	c := h.connect(t, agentapi.SurfaceTerminal)
	chosen(t, c, set("firefox:container", "profile", "ci", "console", "place"), set("firefox", "console", "place"))
	before := time.Now().Add(-time.Second)
	got, err := c.Console(t.Context(), agentapi.ConsoleRequest{Profile: "ci", Service: "s3"})
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
	want := agentapi.Visit{
		ID: v.ID, Profile: "ci", AccountID: "111111111111", Identity: "ci", Destination: got.Destination,
		Place: "firefox:container", Opened: v.Opened, Until: got.Until,
	}
	if diff := cmp.Diff(want, v); diff != "" || v.ID == "" || v.Opened.Before(before) {
		t.Errorf("the visit (-want +got):\n%s", diff)
	}
	if strings.Contains(h.log.String(), "SigninToken") {
		t.Error("a link is in the log")
	}

	if err := c.ChangeVisits(t.Context(), agentapi.VisitsRequest{Reopen: v.ID}); err != nil {
		t.Fatal(err)
	}
	again := <-h.opened
	if end := h.visit(t, again.link); end.String() != got.Destination || again.place.String() != one.place.String() {
		t.Errorf("opened again at %s in %s", end, again.place)
	}
	if err := c.ChangeVisits(t.Context(), agentapi.VisitsRequest{Clear: true}); err != nil {
		t.Fatal(err)
	}
	if s, err := c.Snapshot(t.Context()); err != nil || len(s.Visits) != 0 {
		t.Errorf("after forgetting there are %d visits: %v", len(s.Visits), err)
	}
}

func TestWithTheListOffNoVisitIsKept(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, agentapi.SurfaceTerminal)
	chosen(t, c, set(false, "console", "record"))
	if _, err := c.Console(t.Context(), agentapi.ConsoleRequest{Profile: "ci"}); err != nil {
		t.Fatal(err)
	}
	if visits, err := c.Visits(t.Context()); err != nil || len(visits) != 0 {
		t.Errorf("%d visits: %v", len(visits), err)
	}
}

func TestALinkIsReturnedOrCopiedAndNothingIsOpened(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, agentapi.SurfaceTerminal)
	got, err := c.Console(t.Context(), agentapi.ConsoleRequest{Profile: "ci", Deliver: agentapi.ConsoleLink})
	if err != nil {
		t.Fatal(err)
	}
	h.visit(t, got.Link)
	if got, err = c.Console(t.Context(), agentapi.ConsoleRequest{Profile: "ci", Deliver: agentapi.ConsoleCopy}); err != nil || !got.Link.IsZero() {
		t.Fatalf("copied: %v", err)
	}
	h.visit(t, <-h.copied)
	if len(h.opened) > 0 {
		t.Error("a browser was opened")
	}
}

func TestABookmarkOpensInTheRegionOfTheProfile(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, agentapi.SurfaceTerminal)
	all, err := c.ChangeBookmarks(t.Context(), agentapi.BookmarksRequest{
		Put:       &agentapi.Bookmark{Name: "logs", URL: "https://111122223333-abcdefgh.us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:log-groups"},
		AnyRegion: true,
	})
	if err != nil || len(all.Bookmarks) != 1 || strings.Contains(all.Bookmarks[0].URL, "111122223333") {
		t.Fatalf("kept as %+v: %v", all, err)
	}
	if _, err := c.Console(t.Context(), agentapi.ConsoleRequest{Profile: "ci", Bookmark: "logs"}); err != nil {
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
	c := h.connect(t, agentapi.SurfaceTerminal)
	for name, tt := range map[string]struct {
		request agentapi.ConsoleRequest
		code    agentapi.Code
		words   string
	}{
		"no such profile":          {agentapi.ConsoleRequest{Profile: "nobody"}, agentapi.CodeNoProfile, "nobody"},
		"no such bookmark":         {agentapi.ConsoleRequest{Profile: "ci", Bookmark: "nothing"}, agentapi.CodeBadRequest, "nothing"},
		"two goals":                {agentapi.ConsoleRequest{Profile: "ci", Service: "s3", URL: "https://console.aws.amazon.com/ec2"}, agentapi.CodeBadRequest, "exclude"},
		"no place":                 {agentapi.ConsoleRequest{Profile: "ci", Place: "netscape"}, agentapi.CodeBadRequest, "netscape"},
		"a browser that is not on": {agentapi.ConsoleRequest{Profile: "ci", Place: "firefox"}, agentapi.CodeNotShown, "no such browser"},
		"nothing to do with it":    {agentapi.ConsoleRequest{Profile: "ci", Deliver: "burn"}, agentapi.CodeBadRequest, "burn"},
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
	c := h.connect(t, agentapi.SurfaceTerminal)
	for _, d := range []agentapi.ConsoleDelivery{agentapi.ConsoleOpen, agentapi.ConsoleCopy} {
		_, err := c.Console(t.Context(), agentapi.ConsoleRequest{Profile: "ci", Deliver: d})
		if e := wantCode(t, err, agentapi.CodeNotShown); !strings.Contains(e.Message, "printed") {
			t.Errorf("it says %q", e.Message)
		}
	}
	if _, err := c.Console(t.Context(), agentapi.ConsoleRequest{Profile: "ci", Deliver: agentapi.ConsoleLink}); err != nil {
		t.Error(err)
	}
}

func TestSettingsAreFollowedFromTheFileAndFromTheSocket(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, agentapi.SurfaceTray)
	reply, err := c.Settings(t.Context())
	if err != nil || reply.Settings.DerivedSuffix != "-temporary" || len(reply.Backends) == 0 {
		t.Fatalf("%+v: %v", reply, err)
	}
	chosen(t, c, set(true, "profile", "ci", "favourite"))
	if s, err := c.Status(t.Context(), "ci"); err != nil || !s.Favourite {
		t.Errorf("ci is no favourite: %v", err)
	}
	_, err = c.ChangeSettings(t.Context(), agentapi.SettingsRequest{Changes: []agentapi.SettingChange{set("often", "profile", "ci", "programs")}})
	wantCode(t, err, agentapi.CodeBadRequest)

	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(reply.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := h.snapshots(t)
	write("[profile.alice]\nfavourite = true\n")
	seen(func(s agentapi.Snapshot) bool {
		alice, _ := s.Profile("alice")
		ci, _ := s.Profile("ci")
		return alice.Favourite && !ci.Favourite
	})
	write("[profile.alice\n")
	seen(func(s agentapi.Snapshot) bool {
		return len(s.Problems) == 1 && strings.Contains(s.Problems[0].Message, filepath.Base(reply.Path))
	})
	write("")
	seen(func(s agentapi.Snapshot) bool { return len(s.Problems) == 0 })
}

// snapshots returns what waits for one that is as wanted.
func (h *house) snapshots(t *testing.T) func(wanted func(agentapi.Snapshot) bool) {
	all := h.agent.Watch(t.Context())
	return func(wanted func(agentapi.Snapshot) bool) {
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
	c := h.connect(t, agentapi.SurfaceTerminal)
	e, err := c.Explain(t.Context(), "chain-2")
	if err != nil || len(e.Links) != 5 {
		t.Errorf("%d steps: %v", len(e.Links), err)
	}
	_, err = c.Explain(t.Context(), "nobody")
	wantCode(t, err, agentapi.CodeNoProfile)
}

func TestAWindowIsAskedForByName(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, agentapi.SurfaceTray)
	odd := agentapi.ShowRequest{Window: agentapi.WindowSettings, Arg: "-odd name"}
	if err := c.ShowWindow(t.Context(), odd); err != nil {
		t.Fatal(err)
	}
	if got := <-h.shown; got != odd {
		t.Errorf("shown is %+v", got)
	}
	for _, window := range []agentapi.Window{"copy", "", agentapi.WindowImport} {
		wantCode(t, c.ShowWindow(t.Context(), agentapi.ShowRequest{Window: window}), agentapi.CodeBadRequest)
	}
	if err := c.Show(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-h.shown; got != (agentapi.ShowRequest{Window: agentapi.WindowStatus}) {
		t.Errorf("shown is %+v", got)
	}
}

func TestWithoutADesktopNoWindowOpens(t *testing.T) {
	c := newHouse(t, true).connect(t, agentapi.SurfaceTray)
	wantCode(t, c.ShowWindow(t.Context(), agentapi.ShowRequest{Window: agentapi.WindowStatus}), agentapi.CodeNotShown)
}
