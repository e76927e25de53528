package main

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// holds waits until the credentials file has, or has not, a section.
func (p *playing) holds(ctx context.Context, t *testing.T, section string, want bool) {
	t.Helper()
	for {
		text, err := os.ReadFile(filepath.Join(p.home, ".aws", "credentials"))
		check(t, err)
		if strings.Contains(string(text), "["+section+"]") == want {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the credentials file holds [%s]: %v, still", section, !want)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// unlock marks dev-admin as sensitive and unlocks it.
func (p *playing) unlock(ctx context.Context, t *testing.T) {
	t.Helper()
	p.daypass(ctx, t, "settings", "set", "profile.dev-admin.sensitive", "true")
	code, err := p.sample.Phone.NextCode(ctx)
	check(t, err)
	p.daypass(ctx, t, "login", "dev-admin", "--mfa-code", code)
	p.holds(ctx, t, "dev-admin-temporary", true)
}

func TestALockedScreenLocksSensitiveProfiles(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.unlock(ctx, t)
		// As a screen saver shows that it is there: it owns the name.
		const screenSaver = "org.freedesktop.ScreenSaver"
		reply, err := p.desktop.Bus().RequestName(screenSaver, dbus.NameFlagDoNotQueue)
		check(t, err)
		if reply != dbus.RequestNameReplyPrimaryOwner {
			t.Fatalf("the desktop has a screen saver of its own: %d", reply)
		}
		check(t, p.desktop.Bus().Emit("/org/freedesktop/ScreenSaver", screenSaver+".ActiveChanged", true))
		p.holds(ctx, t, "dev-admin-temporary", false)
		if state := p.state(ctx, t, "dev-admin"); state != "none" {
			t.Errorf("dev-admin is %s", state)
		}
		if state := p.state(ctx, t, "alice"); state != "valid" {
			t.Errorf("alice, who is not sensitive, is %s", state)
		}
	})
}

func TestAClickInTheMenuLocksAProfileAgain(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.unlock(ctx, t)
		item, err := p.desktop.Tray.Item(ctx)
		check(t, err)
		check(t, item.Click(ctx, "Lock dev-admin again"))
		p.holds(ctx, t, "dev-admin-temporary", false)
	})
}

func TestAProgramGetsASensitiveProfileByAPersonsConsent(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.unlock(ctx, t)
		p.daypass(ctx, t, "logout", "dev-admin")
		p.holds(ctx, t, "dev-admin-temporary", false)
		ask := func() <-chan error {
			done := make(chan error, 1)
			go func() {
				got, err := p.run(ctx, "", p.program("daypass"), "credential-process", "--profile", "dev-admin")
				if err == nil && !strings.Contains(got, `"SessionToken"`) {
					err = errors.New("no credentials were printed")
				}
				done <- err
			}()
			return done
		}
		const question = "daypass — daypass-demo.test wants dev-admin"
		done := ask()
		window, err := p.desktop.Windows.Wait(ctx, question)
		check(t, err)
		_, err = p.settled(ctx, func(r image.Rectangle) image.Rectangle { return r })
		check(t, err)
		p.keep(t, "consent.png")
		check(t, window.Key(ctx, "Escape"))
		if err := <-done; err == nil || !strings.Contains(err.Error(), "the question was closed") {
			t.Errorf("after a no the program ends with %v", err)
		}
		p.holds(ctx, t, "dev-admin-temporary", false)

		// Who has said no is left alone by programs for a minute, but may ask.
		p.daypass(ctx, t, "settings", "set", "profile.dev-admin.programs", "always")
		check(t, <-ask())
		p.holds(ctx, t, "dev-admin-temporary", true)
	})
}

func TestOnceIsForTheProgramThatWaits(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.unlock(ctx, t)
		p.daypass(ctx, t, "logout", "dev-admin")
		done := make(chan error, 1)
		go func() {
			_, err := p.run(ctx, "", p.program("daypass"), "credential-process", "--profile", "dev-admin")
			done <- err
		}()
		window, err := p.desktop.Windows.WaitPrefix(ctx, "daypass — ")
		check(t, err)
		check(t, window.Key(ctx, "Tab", "Return"))
		check(t, <-done)
		check(t, p.desktop.Windows.WaitGone(ctx, window.Title))
		p.holds(ctx, t, "dev-admin-temporary", true)
	})
}
