package main

import (
	"context"
	"image"

	"daypass/packaging/rig"
)

const (
	// consoleDialog begins the title of the window that waits for the browser.
	consoleDialog = "daypass — sign in to AWS's console"
	// allowPage is the title of the browser's window with the stand-in's page.
	allowPage = "Allow access to your AWS account? · AWS stand-in - Chromium"
)

// signInToConsole signs in to the console, as "aws login" does, through the menu, the
// window and the browser.
func (p *playing) signInToConsole(ctx context.Context, item *rig.Item) error {
	const profile, role = "console-alice", "console-deploy"
	p.say("Clicking \"" + profile + "\", which has a login_session as \"aws login\" writes it…")
	var window rig.Window
	if err := item.ClickUntil(ctx, clickAgain, func(ctx context.Context) (err error) {
		window, err = p.desktop.Windows.WaitPrefix(ctx, consoleDialog)
		return err
	}, profile); err != nil {
		return err
	}
	page, err := p.desktop.Windows.Wait(ctx, allowPage)
	if err != nil {
		return err
	}
	if err := p.desktop.Notifications.Close(ctx); err != nil {
		return err
	}
	if err := window.Move(ctx, 808, 200); err != nil {
		return err
	}
	if err := window.Focus(ctx); err != nil {
		return err
	}
	if err := p.picture(ctx, "console-signin.png", func(r image.Rectangle) image.Rectangle {
		return image.Rect(0, 36, r.Max.X, 784)
	}); err != nil {
		return err
	}
	p.say("The browser shows the stand-in's page. Pressing Allow…")
	if err := page.Press(ctx, "Return"); err != nil {
		return err
	}
	if err := p.desktop.Windows.WaitGone(ctx, window.Title); err != nil {
		return err
	}
	if err := p.valid(ctx, profile); err != nil {
		return err
	}
	p.say("The profile is valid, and stays so for 12 hours: the agent renews its 15 minutes.")
	if err := p.answersAs(ctx, profile+"-temporary", ":user/alice"); err != nil {
		return err
	}
	p.say("Clicking \"" + role + "\", a role with it as source_profile…")
	valid := func(ctx context.Context) error { return p.valid(ctx, role) }
	if err := item.ClickUntil(ctx, clickAgain, valid, role); err != nil {
		return err
	}
	if err := p.answersAs(ctx, role+"-temporary", ":assumed-role/Deploy/"); err != nil {
		return err
	}
	return p.desktop.Notifications.Close(ctx) // they would cover the next picture
}
