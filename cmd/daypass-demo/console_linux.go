package main

import (
	"context"
	"image"
	"slices"
	"time"

	"daypass/packaging/rig"
)

// devConsole begins the title of the console's page as sso-dev-admin.
const devConsole = "444444444444 · AWSReservedSSO_AdministratorAccess_"

// openConsole opens the console of a profile through the menu, in the browser
// that has signed in to Identity Center.
func (p *playing) openConsole(ctx context.Context, item *rig.Item) error {
	p.say("Clicking \"" + consoleMenu + "\" → \"sso-dev-admin\"…")
	var page rig.Window
	if err := item.ClickUntil(ctx, 2*clickAgain, func(ctx context.Context) (err error) {
		page, err = p.desktop.Windows.WaitPrefix(ctx, devConsole)
		return err
	}, consoleMenu, "sso-dev-admin"); err != nil {
		return err
	}
	p.say("The browser is in the console, so says the page:  " + page.Title)
	if err := p.desktop.Notifications.Close(ctx); err != nil {
		return err
	}
	return p.consolePicture(ctx, item)
}

// consolePicture shows the page, and its line in the menu beside it.
func (p *playing) consolePicture(ctx context.Context, item *rig.Item) error {
	part := func(r image.Rectangle) image.Rectangle { return image.Rect(0, 0, r.Max.X, 784) }
	menu, err := item.Menu(ctx)
	if err != nil {
		return err
	}
	at := 0
	for _, line := range menu {
		if line.Label != consoleMenu {
			continue
		}
		shown := slices.DeleteFunc(line.Children, func(e rig.MenuEntry) bool { return !e.Visible || e.Separator })
		at = max(0, slices.IndexFunc(shown, func(e rig.MenuEntry) bool { return e.Label == "sso-dev-admin" }))
	}
	if err := p.desktop.Tray.OpenMenu(ctx); err != nil {
		return err
	}
	// Over "Open daypass" into the submenu, which ignores keys before it is drawn.
	keys := append([]string{"Down", "Down", "Right"}, slices.Repeat([]string{"Down"}, at)...)
	for _, key := range keys {
		if err := p.choose(ctx, key, part); err != nil {
			return err
		}
	}
	if err := p.picture(ctx, "console.png", part); err != nil {
		return err
	}
	return p.desktop.Screen.Key(ctx, "Escape", "Escape")
}

// choose presses a key in a drawn menu, and waits until the screen changes. A menu that
// ignores the key gets it again.
func (p *playing) choose(ctx context.Context, key string, part func(screen image.Rectangle) image.Rectangle) error {
	area, err := p.settled(ctx, part)
	if err != nil {
		return err
	}
	before, err := p.desktop.Screen.Image()
	if err != nil {
		return err
	}
	return untilSeen(ctx, 10*time.Second, func() error { return p.desktop.Screen.Key(ctx, key) }, func(ctx context.Context) error {
		return p.desktop.Screen.Wait(ctx, func(now *image.RGBA) bool { return rig.Changed(before, now, area) })
	})
}
