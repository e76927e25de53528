package main

import (
	"context"
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

// lend marks dev-admin as sensitive and has it lent to the person.
func (p *playing) lend(ctx context.Context, t *testing.T) {
	t.Helper()
	p.daypass(ctx, t, "settings", "set", "profile.dev-admin.sensitive", "true")
	code, err := p.sample.Phone.NextCode(ctx)
	check(t, err)
	p.daypass(ctx, t, "login", "dev-admin", "--mfa-code", code)
	p.holds(ctx, t, "dev-admin-temporary", true)
}

func TestALockedScreenTakesBackWhatWasLent(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.lend(ctx, t)
		// As a screen saver tells it that is there: it owns the name.
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

func TestAClickInTheMenuTakesBackWhatWasLent(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.lend(ctx, t)
		item, err := p.desktop.TrayItem(ctx)
		check(t, err)
		check(t, item.Click(ctx, "Take back dev-admin"))
		p.holds(ctx, t, "dev-admin-temporary", false)
	})
}
