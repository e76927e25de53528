//go:build linux || freebsd || openbsd || netbsd

package tray_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

const (
	service     = "org.freedesktop.Notifications"
	servicePath = dbus.ObjectPath("/org/freedesktop/Notifications")
)

// shiny is a notification service with buttons.
type shiny struct {
	conn    *dbus.Conn
	can     []string
	got     chan popped
	closed  chan uint32
	early   bool // clicks before it says which notice it was
	counter *counter
}

type counter struct {
	mu      sync.Mutex
	last    uint32
	manners map[uint32]manner
}

// popped is a notice as the service got it.
type popped struct {
	id          uint32
	title, body string
	actions     []string
}

// manner is how a notice is to be shown.
type manner struct {
	Icon, Entry string
	Pixels      int
	Urgency     byte
	Expires     int32
}

func (s shiny) GetCapabilities() ([]string, *dbus.Error) { return s.can, nil }

func (s shiny) Notify(
	_ string, _ uint32, icon, title, body string, actions []string, hints map[string]dbus.Variant, expires int32,
) (uint32, *dbus.Error) {
	s.counter.mu.Lock()
	defer s.counter.mu.Unlock()
	s.counter.last++
	how := manner{Icon: icon, Expires: expires}
	how.Entry, _ = hints["desktop-entry"].Value().(string)
	how.Urgency, _ = hints["urgency"].Value().(byte)
	var picture struct {
		Width, Height, RowStride int32
		HasAlpha                 bool
		BitsPerSample, Channels  int32
		Data                     []byte
	}
	if v, ok := hints["image-data"]; ok && dbus.Store([]any{v.Value()}, &picture) == nil {
		how.Pixels = len(picture.Data) / int(picture.Channels)
	}
	s.counter.manners[s.counter.last] = how
	if s.early {
		_ = s.conn.Emit(servicePath, service+".ActionInvoked", s.counter.last, "default")
	}
	s.got <- popped{s.counter.last, title, body, actions}
	return s.counter.last, nil
}

func (s shiny) CloseNotification(id uint32) *dbus.Error {
	s.closed <- id
	_ = s.conn.Emit(servicePath, service+".NotificationClosed", id, uint32(3))
	return nil
}

// click clicks on a notice twice, as nobody should count on a service that
// takes it away at once.
func (s shiny) click(t *testing.T, n popped, key string) {
	t.Helper()
	for range 2 {
		if err := s.conn.Emit(servicePath, service+".ActionInvoked", n.id, key); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.conn.Emit(servicePath, service+".NotificationClosed", n.id, uint32(2)); err != nil {
		t.Fatal(err)
	}
}

// how returns how a notice is to be shown.
func (s shiny) how(n popped) manner {
	s.counter.mu.Lock()
	defer s.counter.mu.Unlock()
	return s.counter.manners[n.id]
}

func (s shiny) next(t *testing.T) popped {
	t.Helper()
	select {
	case n := <-s.got:
		return n
	case <-time.After(patience):
		t.Fatal("no notice")
		return popped{}
	}
}

// gone waits until a notice is taken off the screen.
func (s shiny) gone(t *testing.T, n popped) {
	t.Helper()
	select {
	case id := <-s.closed:
		if id != n.id {
			t.Errorf("closed %d, not %d", id, n.id)
		}
	case <-time.After(patience):
		t.Fatalf("%q stays on the screen", n.title)
	}
}

// startService starts a notification service on a connection of its own.
func startService(t *testing.T, address string, early bool, can ...string) shiny {
	t.Helper()
	s := shiny{
		conn: dial(t, address), can: can, got: make(chan popped, 8), closed: make(chan uint32, 8),
		early: early, counter: &counter{manners: make(map[uint32]manner)},
	}
	own(t, s.conn, s, servicePath, service)
	return s
}

// nowOver returns a session that was valid a moment ago and is over.
func nowOver(name string) creds.Session {
	s := named(name)
	s.Expires, s.Over = time.Now().Add(-time.Second), true
	return s
}

func nowValid(name string) creds.Session {
	s := named(name)
	s.Expires, s.Renewable = time.Now().Add(time.Hour), true
	return s
}

// turnOver shows sessions that are valid, and then that they are over.
func (p *process) turnOver(t *testing.T, w *watcher, names ...string) dbus.BusObject {
	t.Helper()
	var before, after creds.Snapshot
	for _, name := range names {
		profile := hangsOn(session("prod-"+name, 5*time.Hour), name)
		before.Profiles, after.Profiles = append(before.Profiles, profile), append(after.Profiles, profile)
		before.Sessions, after.Sessions = append(before.Sessions, nowValid(name)), append(after.Sessions, nowOver(name))
	}
	p.show(t, before)
	item := w.item(t)
	p.show(t, after)
	return item
}

// quiet checks that nothing was asked for before the next click in the menu.
func (p *process) quiet(t *testing.T, address string, item dbus.BusObject) {
	t.Helper()
	p.show(t, of(idle("last")))
	conn := dial(t, address)
	var menu dbus.BusObject
	var entries []entry
	eventually(t, "the last profile", func() bool {
		menu, entries = menuOf(t, conn, item)
		return slices.Contains(labels(entries), "last — no credentials")
	})
	click(menu, find(t, entries, "last —"))
	p.expect(t, "refresh last false")
}

func TestAClickOnTheNoticeSignsInOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, key string
		sessions  []string
		early     bool
		want      popped
		does      string
	}{
		{
			"on the notice", "default",
			[]string{"corp"},
			false,
			popped{1, "The session corp is over — click to sign in", "", []string{"default", "", "0", "Sign in"}},
			"sign in to corp false",
		},
		{
			"on its button", "0",
			[]string{"corp"},
			false,
			popped{1, "The session corp is over — click to sign in", "", []string{"default", "", "0", "Sign in"}},
			"sign in to corp false",
		},
		{
			"before the service has answered", "default",
			[]string{"corp"},
			true,
			popped{1, "The session corp is over — click to sign in", "", []string{"default", "", "0", "Sign in"}},
			"sign in to corp false",
		},
		{
			"on one of several buttons", "1",
			[]string{"a", "b"},
			false,
			popped{
				1, "2 sessions are over — click to sign in to a", "The session a is over\nThe session b is over",
				[]string{"default", "", "0", "Sign in to a", "1", "Sign in to b"},
			},
			"sign in to b false",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			desktop := startService(t, address, tt.early, "body", "actions")
			p := startTray(t, address)
			item := p.turnOver(t, w, tt.sessions...)
			n := desktop.next(t)
			if diff := cmp.Diff(tt.want, n, cmp.AllowUnexported(popped{})); diff != "" {
				t.Errorf("notice (-want +got):\n%s", diff)
			}
			desktop.click(t, n, tt.key)
			p.expect(t, tt.does)
			p.quiet(t, address, item)
		})
	}
}

func TestANoticeThatCannotBeClickedSaysWhatToDo(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	desktop := startService(t, address, false, "body")
	p := startTray(t, address)
	p.turnOver(t, w, "corp")
	want := popped{1, "The session corp is over", "Sign in from the menu of daypass's tray icon.", []string{}}
	if diff := cmp.Diff(want, desktop.next(t), cmp.AllowUnexported(popped{})); diff != "" {
		t.Errorf("notice (-want +got):\n%s", diff)
	}
}

func TestANoticeIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, p *process)
	}{
		{"when somebody has signed in", func(t *testing.T, p *process) {
			t.Helper()
			p.show(t, signed([]creds.Session{nowValid("corp")}))
		}},
		{"when its session is gone", func(t *testing.T, p *process) {
			t.Helper()
			p.show(t, of(idle("dev")))
		}},
		{"when the agent ends", func(t *testing.T, p *process) {
			t.Helper()
			if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address, _ := startBus(t)
			w, _ := startWatcher(t, address)
			desktop := startService(t, address, false, "actions")
			p := startTray(t, address)
			p.turnOver(t, w, "corp")
			n := desktop.next(t)
			tt.end(t, p)
			desktop.gone(t, n)
		})
	}
}

// TestOnlyTheServiceIsBelieved has other programs say that a notice was clicked,
// and a service that was started anew speak of a notice with the same number.
func TestOnlyTheServiceIsBelieved(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	first := startService(t, address, false, "actions")
	p := startTray(t, address)
	item := p.turnOver(t, w, "corp")
	n := first.next(t)
	shiny{conn: dial(t, address)}.click(t, n, "default")
	// It stays connected: its answer about the notice may still be under way, without which
	// the second one would be asked to show that, too.
	if _, err := first.conn.ReleaseName(service); err != nil {
		t.Fatal(err)
	}
	second := startService(t, address, false, "actions")
	second.click(t, n, "default")

	// Signed in meanwhile: the notice of the first service is none of the
	// second's. The next end is announced by the second, and can be clicked.
	profile := hangsOn(session("prod-corp", 5*time.Hour), "corp")
	p.show(t, signed([]creds.Session{nowValid("corp")}, profile))
	conn := dial(t, address)
	eventually(t, "the snapshot", func() bool { // as the tray takes the latest one only
		_, entries := menuOf(t, conn, item)
		return slices.Contains(labels(entries), "corp: signed in, renewed by itself")
	})
	p.show(t, signed([]creds.Session{nowOver("corp")}, profile))
	n = second.next(t)
	second.click(t, n, "default")
	p.expect(t, "sign in to corp false")
	second.gone(t, n)
	select {
	case id := <-second.closed:
		t.Errorf("the notice %d of another program was closed", id)
	default:
	}
	p.quiet(t, address, item)
}

// TestTheAgentListensOnlyWhileANoticeCanBeClicked counts its match rules.
func TestTheAgentListensOnlyWhileANoticeCanBeClicked(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	desktop := startService(t, address, false, "actions")
	p := startTray(t, address)
	conn := dial(t, address)
	rules := func() int {
		var all map[string][]string
		call := conn.BusObject().Call("org.freedesktop.DBus.Debug.Stats.GetAllMatchRules", 0)
		if err := call.Store(&all); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, of := range all {
			for _, rule := range of {
				if strings.Contains(rule, "interface='"+service+"'") {
					n++
				}
			}
		}
		return n
	}
	p.turnOver(t, w, "corp")
	desktop.next(t)
	if n := rules(); n != 1 {
		t.Errorf("%d match rules while a notice is shown, want 1", n)
	}
	p.show(t, signed([]creds.Session{nowValid("corp")}))
	eventually(t, "no match rule", func() bool { return rules() == 0 })
}

func TestTheMenuOfSessions(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	old := legacy()
	old.Expires = time.Now().Add(time.Hour)
	s := prompted(signed([]creds.Session{nowValid("corp"), named("other"), old, inPhase(named("wait"), creds.PhaseNeedsSSO)}),
		asks("p1", "wait", creds.SurfaceTray, true))
	p.show(t, s)
	item, conn := w.item(t), dial(t, address)
	menu, entries := menuOf(t, conn, item)
	until := find(t, entries, "d-0ddba11555.awsapps.com: signed in until ").Label
	want := []string{
		"Sign in to wait in the browser…",
		"Open daypass",
		"----",
		"No profile can be used yet",
		"IAM Identity Center",
		"corp: signed in, renewed by itself",
		"> Sign in again", "> Sign out", "> Import accounts and roles…",
		"Sign in to other",
		until,
		"> Sign in again", "> Sign out", "> Move to an sso-session…",
		"wait: waiting for you in the browser",
		"----",
		"Add profile…",
		"Settings…",
		"Quit daypass",
	}
	if diff := cmp.Diff(want, labels(entries)); diff != "" {
		t.Errorf("menu (-want +got):\n%s", diff)
	}
	for _, c := range []struct{ label, want string }{
		{"Sign in again", "sign in to corp true"},
		{"Sign out", "sign out of corp"},
		{"Import", "import corp"},
		{"Sign in to other", "sign in to other false"},
		{"Move", "migrate " + legacyURL},
		{"wait", "show p1"},
	} {
		click(menu, find(t, entries, c.label))
		p.expect(t, c.want)
	}
}

func TestSessionsChangeInPlace(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	p := startTray(t, address)
	show := func(one creds.Session) { p.show(t, signed([]creds.Session{one, named("zoo")})) }
	show(nowValid("corp"))
	item, conn := w.item(t), dial(t, address)
	await := func(label string) entry {
		t.Helper()
		var found entry
		eventually(t, label, func() bool {
			_, entries := menuOf(t, conn, item)
			i := slices.IndexFunc(entries, func(e entry) bool { return e.Label == label })
			// Lines change one by one: in between the next one may have its former text.
			if i < 0 || entries[i+1].Label != "Sign in to zoo" {
				return false
			}
			found = entries[i]
			return true
		})
		return found
	}
	folder := await("corp: signed in, renewed by itself")
	for done := range 5 {
		show(sweeping(nowValid("corp"), done, 5))
		now := await(fmt.Sprintf("corp: refreshing %d of 5", done))
		now.Label = folder.Label
		if diff := cmp.Diff(folder, now); diff != "" {
			t.Errorf("more than the title has changed (-before +now):\n%s", diff)
		}
	}
	show(named("corp"))
	leaf := await("Sign in to corp")
	show(nowValid("corp"))
	if again := await("corp: signed in, renewed by itself"); again.ID != folder.ID {
		t.Errorf("item %d became %d", folder.ID, again.ID)
	}
	show(named("corp"))
	if again := await("Sign in to corp"); again.ID != leaf.ID {
		t.Errorf("item %d became %d", leaf.ID, again.ID)
	}
}

// TestASignInThatFailedIsAnnouncedOnce has the agent publish a failure that the click
// reports too.
func TestASignInThatFailedIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	desktop := startService(t, address, false, "body", "actions")
	p := startTray(t, address)
	profile := hangsOn(session("prod", time.Hour), "bad")
	p.show(t, signed([]creds.Session{named("bad")}, profile))
	menu, entries := menuOf(t, dial(t, address), w.item(t))
	click(menu, find(t, entries, "Sign in to bad"))
	p.expect(t, "sign in to bad false")
	p.show(t, signed([]creds.Session{broken(named("bad"), "AWS said no to bad")}, profile))
	want := popped{1, "Not signed in to bad", "AWS said no to bad", []string{}}
	if diff := cmp.Diff(want, desktop.next(t), cmp.AllowUnexported(popped{})); diff != "" {
		t.Errorf("notice (-want +got):\n%s", diff)
	}
	click(menu, find(t, entries, "Sign in to bad"))
	p.expect(t, "sign in to bad false")
	if diff := cmp.Diff(popped{2, want.title, want.body, want.actions}, desktop.next(t), cmp.AllowUnexported(popped{})); diff != "" {
		t.Errorf("the next click (-want +got):\n%s", diff)
	}
}

func TestAnotherClickWhileSigningInShowsTheQuestion(t *testing.T) {
	t.Parallel()
	address, _ := startBus(t)
	w, _ := startWatcher(t, address)
	desktop := startService(t, address, false, "actions")
	p := startTray(t, address)
	item := p.turnOver(t, w, "slow")
	n := desktop.next(t)
	desktop.click(t, n, "default")
	p.expect(t, "sign in to slow false")
	p.show(t, prompted(signed([]creds.Session{inPhase(nowOver("slow"), creds.PhaseNeedsSSO)}),
		asks("p1", "slow", creds.SurfaceTray, true)))
	conn := dial(t, address)
	eventually(t, "the question", func() bool {
		_, entries := menuOf(t, conn, item)
		return slices.Contains(labels(entries), "slow: waiting for you in the browser")
	})
	menu, entries := menuOf(t, conn, item)
	click(menu, find(t, entries, "slow: waiting"))
	p.expect(t, "show p1")
}
