package main

import (
	"context"
	"image"

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
	return p.picture(ctx, "console.png", func(r image.Rectangle) image.Rectangle {
		return image.Rect(0, 36, r.Max.X, 784)
	})
}
