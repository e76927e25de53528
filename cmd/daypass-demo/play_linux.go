package main

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"daypass/packaging/rig"
)

// play does the main job on a desktop of its own as a person would, by the tray's menu and
// the real window. It prints what happens, and fails if something does not work.
//
// The pictures are kept, above all those of a failure.
func play(ctx context.Context, out io.Writer, bin, pictures string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 3*patience)
	defer cancel()
	if pictures, err = picturesFolder(pictures); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(pictures) // if it is empty
		}
	}()
	dir, err := os.MkdirTemp("", "daypass-rig-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	fmt.Fprintln(out, "No display here: starting a desktop without one (Xvfb, D-Bus, gnome-keyring, xfce4-panel, dunst).")
	desktop, err := rig.Start(ctx, rig.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer desktop.Close()
	return show(ctx, out, stage{bin: bin, desktop: desktop.Env()}, func(ctx context.Context, d *demo) error {
		p := &playing{demo: d, desktop: desktop, pictures: pictures}
		err := p.mainJob(ctx)
		if err != nil && desktop.Screen.Screenshot(filepath.Join(pictures, "failed.png"), image.Rectangle{}) == nil {
			p.say("It failed. The screen as it was then is in " + pictures + " (failed.png).")
		}
		desktop.Close() // before the home is removed, to which browsers write
		return err
	})
}

// picturesFolder makes the named folder, or one that nobody else can enter: a folder with a
// fixed name could be another user's, or have links in it.
func picturesFolder(named string) (string, error) {
	if named == "" {
		return os.MkdirTemp("", "daypass-demo-pictures-")
	}
	return named, os.MkdirAll(named, 0o755) //nolint:gosec // pictures to look at
}

// playing is a demo that plays itself.
type playing struct {
	*demo
	desktop  *rig.Desktop
	pictures string
}

// clickAgain is how long after a click without effect another one follows.
const clickAgain = 30 * time.Second

// untilSeen does something, again after each limit, until check succeeds.
func untilSeen(ctx context.Context, limit time.Duration, do func() error, check func(context.Context) error) error {
	for {
		if err := do(); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, limit)
		err := check(short)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// clickFor clicks on a line of the menu, and waits for a window.
func (p *playing) clickFor(ctx context.Context, item *rig.Item, title string, path ...string) (window rig.Window, err error) {
	err = item.ClickUntil(ctx, clickAgain, func(ctx context.Context) error {
		window, err = p.desktop.Windows.Wait(ctx, title)
		return err
	}, path...)
	return window, err
}

// enterCode types the code of a profile's device into the window that asks for it, and waits
// until the window closes. If a code expires on the way to AWS, it types the next one.
func (p *playing) enterCode(ctx context.Context, window rig.Window) error {
	return untilSeen(ctx, clickAgain, func() error {
		code, err := p.sample.Phone.NextCode(ctx)
		if err != nil {
			return err
		}
		p.say("Typing " + code + "…")
		return window.Type(ctx, code)
	}, func(ctx context.Context) error { return p.desktop.Windows.WaitGone(ctx, window.Title) })
}

// dialog is the title of the window that asks for alice's code.
const dialog = "daypass — code for alice"

func (p *playing) mainJob(ctx context.Context) error {
	p.say("alice's long-term key is in the keyring; ~/.aws/credentials holds nothing.")
	item, err := p.desktop.Tray.Item(ctx)
	if err != nil {
		return err
	}
	p.say("The icon is in the tray. Clicking \"alice\" in its menu…")
	window, err := p.clickFor(ctx, item, dialog, "alice")
	if err != nil {
		return err
	}
	if err := p.picture(ctx, "dialog.png", func(r image.Rectangle) image.Rectangle {
		return image.Rect(r.Max.X/2-240, 120, r.Max.X/2+240, 600)
	}); err != nil {
		return err
	}
	p.say("A window asks for the code of her device.")
	if err := p.enterCode(ctx, window); err != nil {
		return err
	}
	if err := p.valid(ctx, "alice"); err != nil {
		return err
	}
	for _, role := range []string{"dev-admin", "partner", "chain-3"} {
		p.say("Clicking \"" + role + "\": the same code serves it…")
		valid := func(ctx context.Context) error { return p.valid(ctx, role) }
		if err := item.ClickUntil(ctx, clickAgain, valid, role); err != nil {
			return err
		}
	}
	for profile, want := range map[string]string{
		"alice":               ":user/alice",
		"dev-admin-temporary": ":assumed-role/Admin/",
		"partner-temporary":   ":assumed-role/Support/",
		"chain-3-temporary":   ":assumed-role/Operate/",
	} {
		if err := p.answersAs(ctx, profile, want); err != nil {
			return err
		}
	}
	if err := p.signIn(ctx, item); err != nil {
		return err
	}
	if err := p.openConsole(ctx, item); err != nil {
		return err
	}
	if err := p.signInToConsole(ctx, item); err != nil {
		return err
	}
	if err := p.showStatus(ctx, item); err != nil {
		return err
	}
	if err := p.desktop.Tray.OpenMenu(ctx); err != nil {
		return err
	}
	if err := p.picture(ctx, "menu.png", func(r image.Rectangle) image.Rectangle {
		return image.Rect(r.Max.X-480, 0, r.Max.X, 584)
	}); err != nil {
		return err
	}
	status, err := p.run(ctx, "", p.program("daypass"), "status")
	if err != nil {
		return err
	}
	p.say("daypass status says:\n\n" + status)
	p.say("It worked. The screen is in " + p.pictures + " (dialog.png, signin.png, console.png, console-signin.png, status-dark.png, status-light.png, menu.png).")
	return nil
}

// answersAs asks the AWS CLI for the identity of a profile.
func (p *playing) answersAs(ctx context.Context, profile, want string) error {
	// Old versions of the CLI know no AWS_ENDPOINT_URL.
	said, err := p.run(ctx, "", "aws", "--profile", profile, "--endpoint-url", p.url, "sts", "get-caller-identity", "--output", "json")
	if err != nil {
		return err
	}
	var caller struct{ Arn string }
	if err := json.Unmarshal([]byte(said), &caller); err != nil || !strings.Contains(caller.Arn, want) {
		return fmt.Errorf("aws --profile %s answered as %q, not as …%s", profile, caller.Arn, want)
	}
	p.say(fmt.Sprintf("aws --profile %-23s sts get-caller-identity  →  %s", profile, caller.Arn))
	return nil
}

func (p *playing) say(text string) { fmt.Fprintln(p.out, text) }

// picture takes a picture of a part of the screen when it is drawn.
func (p *playing) picture(ctx context.Context, name string, part func(screen image.Rectangle) image.Rectangle) error {
	area, err := p.settled(ctx, part)
	if err != nil {
		return fmt.Errorf("waiting for %s to be drawn: %w", name, err)
	}
	return p.desktop.Screen.Screenshot(filepath.Join(p.pictures, name), area)
}

// settled waits until something is drawn in a part of the screen (the desktop behind has
// one colour) and no longer changes.
func (p *playing) settled(ctx context.Context, part func(screen image.Rectangle) image.Rectangle) (area image.Rectangle, err error) {
	var still func(*image.RGBA) bool
	err = p.desktop.Screen.Wait(ctx, func(screen *image.RGBA) bool {
		if area = part(screen.Bounds()); still == nil {
			still = rig.Still(area)
		}
		if !still(screen) {
			return false
		}
		colours := map[color.RGBA]bool{}
		for y := area.Min.Y; y < area.Max.Y; y += 2 {
			for x := area.Min.X; x < area.Max.X; x += 2 {
				colours[screen.RGBAAt(x, y)] = true
			}
		}
		return len(colours) > drawn
	})
	return area, err
}

// drawn is fewer colours than anti-aliased text has; a window frame and the panel have about
// fifty.
const drawn = 150

// valid waits until the command line calls a profile valid.
func (p *playing) valid(ctx context.Context, profile string) error {
	for {
		said, err := p.run(ctx, "", p.program("daypass"), "status", profile, "--json")
		if err != nil {
			return err
		}
		var statuses []struct {
			State string
			Error *struct{ Message string }
		}
		if err := json.Unmarshal([]byte(said), &statuses); err != nil || len(statuses) != 1 {
			return fmt.Errorf("daypass status %s --json printed %q", profile, said)
		}
		state := statuses[0].State
		switch state {
		case "valid":
			return nil
		case "failed":
			return fmt.Errorf("%s failed: %s", profile, statuses[0].Error.Message)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is %s, not valid: %w", profile, state, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}
