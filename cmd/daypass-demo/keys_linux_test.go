package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/packaging/rig"
)

const keysWindow = "daypass — long-term keys in plaintext"

// lines of a credentials file that somebody has written by hand.
func (p *playing) plaintext(t *testing.T) (path, text string) {
	t.Helper()
	path = filepath.Join(p.home, ".aws", "credentials")
	was, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	text = string(was) + "# by hand\n[build]\naws_access_key_id=" + p.sample.CIKey.ID + "\n  aws_secret_access_key = " + p.sample.CIKey.Secret + "  \nregion = eu-west-1\n"
	check(t, os.WriteFile(path, []byte(text), 0o600))
	return path, text
}

// status waits until what the agent knows of a profile is as wanted.
func (p *playing) statusUntil(ctx context.Context, t *testing.T, profile string, is func(s creds.Status, there bool) bool) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(p.home, "run", "agent.sock"))
	}}}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://daypass"+agentapi.Snapshot.Path, nil)
		check(t, err)
		r.Header.Set(agentapi.HeaderConfigFile, filepath.Join(p.home, ".aws", "config"))
		r.Header.Set(agentapi.HeaderCredentialsFile, filepath.Join(p.home, ".aws", "credentials"))
		answer, err := client.Do(r)
		check(t, err)
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("the agent answers %s", answer.Status)
		}
		var s creds.Snapshot
		err = json.NewDecoder(answer.Body).Decode(&s)
		_ = answer.Body.Close()
		check(t, err)
		if found, there := s.Profile(profile); is(found, there) {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	t.Fatalf("%s is not as wanted: %v", profile, ctx.Err())
}

// fileUntil waits until a file is as wanted.
func fileUntil(ctx context.Context, t *testing.T, path string, is func(text string) bool) {
	t.Helper()
	text := ""
	for ctx.Err() == nil {
		data, err := os.ReadFile(path)
		check(t, err)
		if text = string(data); is(text) {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	t.Fatalf("%s is not as wanted", path)
}

// shows opens a window, again if the one before has been about to end, and waits until it no
// longer moves.
func (p *playing) shows(ctx context.Context, t *testing.T, title string, args ...string) (w rig.Window) {
	t.Helper()
	check(t, untilSeen(ctx, clickAgain, func() error {
		p.daypass(ctx, t, append([]string{"show"}, args...)...)
		return nil
	}, func(ctx context.Context) (err error) {
		w, err = p.desktop.Windows.Wait(ctx, title)
		return err
	}))
	check(t, w.Drawn(ctx))
	return w
}

// hand is how a person uses the windows of keys.
type hand struct {
	importKeys, undoImport, closeKeys func(w rig.Window)
	plan, rotate                      func(w rig.Window)
	remove, agree, undo               func(w rig.Window)
	rename, sendName                  func(w rig.Window)
}

func TestKeysAreImportedRotatedRenamedAndRemovedWithTheKeyboardAlone(t *testing.T) {
	if os.Getenv("DAYPASS_SOAK") == "" {
		t.Skip(`it takes two minutes; "make soak" does it`)
	}
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.keysInWindows(ctx, t, byKeyboard(ctx, t), "keyboard")
	})
}

func byKeyboard(ctx context.Context, t *testing.T) hand {
	t.Helper()
	keys := func(keys ...string) func(rig.Window) {
		return func(w rig.Window) { t.Helper(); check(t, w.Key(ctx, keys...)) }
	}
	return hand{
		importKeys: keys("Return"), undoImport: keys("shift+Tab", "Return"), closeKeys: keys("Escape"),
		plan: keys("Return"), rotate: keys("Return"),
		remove: keys("ctrl+Delete"), agree: keys("Return"), undo: keys("Return"),
		rename: keys("ctrl+r"), sendName: keys("Return"),
	}
}

func (p *playing) keysInWindows(ctx context.Context, t *testing.T, by hand, pictures string) {
	t.Helper()
	keep := func(w rig.Window, what string) {
		check(t, w.Drawn(ctx))
		p.keep(t, "keys-"+pictures+"-"+what+".png")
	}
	path, text := p.plaintext(t)
	p.statusUntil(ctx, t, "build", func(s creds.Status, _ bool) bool { return s.Key != nil && s.Key.Plaintext != "" })

	w := p.shows(ctx, t, keysWindow, "import")
	keep(w, "found")
	by.importKeys(w)
	fileUntil(ctx, t, path, func(now string) bool { return !strings.Contains(now, p.sample.CIKey.Secret) })
	keep(w, "imported")
	by.undoImport(w)
	fileUntil(ctx, t, path, func(now string) bool { return now == text })
	keep(w, "undone")
	by.closeKeys(w)
	check(t, p.desktop.Windows.WaitGone(ctx, keysWindow))
	w = p.shows(ctx, t, keysWindow, "import")
	by.importKeys(w)
	fileUntil(ctx, t, path, func(now string) bool { return !strings.Contains(now, p.sample.CIKey.Secret) })
	keep(w, "again")
	by.closeKeys(w)
	check(t, p.desktop.Windows.WaitGone(ctx, keysWindow))

	w = p.shows(ctx, t, "daypass — the key of build", "key", "build")
	keep(w, "key")
	by.plan(w)
	keep(w, "plan")
	by.rotate(w)
	p.statusUntil(ctx, t, "build", func(s creds.Status, _ bool) bool {
		return s.Key != nil && s.Key.ID != p.sample.CIKey.ID && s.Key.Old != nil && s.Key.Old.ID == p.sample.CIKey.ID && !s.Key.Rotating
	})
	keep(w, "rotated")
	check(t, w.Key(ctx, "Escape", "Escape"))
	check(t, p.desktop.Windows.WaitGone(ctx, w.Title))
	p.daypass(ctx, t, "login", "build")
	check(t, p.answersAs(ctx, "build", ":user/ci"))

	w = p.shows(ctx, t, statusWindow)
	check(t, w.Type(ctx, "build"))
	keep(w, "status")
	by.rename(w)
	keep(w, "rename")
	check(t, w.Type(ctx, "made"))
	by.sendName(w)
	p.statusUntil(ctx, t, "made", func(s creds.Status, there bool) bool { return there && s.Key != nil })
	keep(w, "renamed")
	by.remove(w)
	keep(w, "remove")
	by.agree(w)
	p.statusUntil(ctx, t, "made", func(s creds.Status, _ bool) bool { return !s.Removing.IsZero() })
	keep(w, "removing")
	by.undo(w)
	p.statusUntil(ctx, t, "made", func(s creds.Status, there bool) bool { return there && s.Removing.IsZero() })
	keep(w, "kept")
	by.remove(w)
	check(t, w.Drawn(ctx))
	by.agree(w)
	p.statusUntil(ctx, t, "made", func(_ creds.Status, there bool) bool { return !there })
	keep(w, "removed")
}
