package main

import (
	"context"
	"image"
	"slices"

	"daypass/packaging/rig"
)

// consoleMenu is the tray's submenu that opens the console.
const consoleMenu = "Open the console"

// devConsole begins the title of the console's page as sso-dev-admin.
const devConsole = "444444444444 · AWSReservedSSO_AdministratorAccess_"

// openConsole opens the console of a profile through the menu, in the browser
// that has signed in to Identity Center.
func (p *playing) openConsole(ctx context.Context, item *rig.Item) error {
	p.say("Clicking \"" + consoleMenu + "\" → \"sso-dev-admin\"…")
	if err := item.Click(ctx, consoleMenu, "sso-dev-admin"); err != nil {
		return err
	}
	page, err := p.desktop.WaitWindowPrefix(ctx, devConsole)
	if err != nil {
		return err
	}
	p.say("The browser is in the console, so says the page:  " + page.Title)
	if err := p.desktop.CloseNotifications(ctx); err != nil {
		return err
	}
	// With the way there beside it.
	menu, err := item.Menu(ctx)
	if err != nil {
		return err
	}
	keys := []string{"Down", "Down", "Right"} // over "Open daypass"
	for _, line := range menu {
		if line.Label == consoleMenu {
			keys = append(keys, slices.Repeat([]string{"Down"}, max(0, slices.IndexFunc(line.Children, func(e rig.MenuEntry) bool {
				return e.Label == "sso-dev-admin"
			})))...)
		}
	}
	if err := p.desktop.OpenMenu(ctx); err != nil {
		return err
	}
	if err := p.desktop.Key(ctx, keys...); err != nil {
		return err
	}
	if err := p.picture(ctx, "console.png", func(r image.Rectangle) image.Rectangle {
		return image.Rect(0, 0, r.Max.X, 784)
	}); err != nil {
		return err
	}
	return p.desktop.Key(ctx, "Escape", "Escape")
}
