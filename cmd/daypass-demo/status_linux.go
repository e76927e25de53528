package main

import (
	"context"
	"image"

	"daypass/packaging/rig"
)

// statusWindow is the title of the window of all profiles.
const statusWindow = "daypass — status"

// showStatus opens the window of all profiles through the menu, and shows it in
// light too.
func (p *playing) showStatus(ctx context.Context, item *rig.Item) error {
	p.say("Clicking \"Open daypass\"…")
	if _, err := p.clickFor(ctx, item, statusWindow, "Open daypass"); err != nil {
		return err
	}
	if err := p.statusPicture(ctx, "status-dark.png"); err != nil {
		return err
	}
	p.say("The window shows all profiles.")
	shown := make(chan error, 1)
	go func() {
		_, err := p.run(ctx, "", "env", "FYNE_THEME=light", p.program("daypass-ui"), "status")
		shown <- err
	}()
	if err := p.statusPicture(ctx, "status-light.png"); err != nil {
		return err
	}
	return <-shown
}

// statusPicture takes the window as it opens, and closes it.
func (p *playing) statusPicture(ctx context.Context, name string) error {
	window, err := p.desktop.Windows.Wait(ctx, statusWindow)
	if err != nil {
		return err
	}
	if err := window.Focus(ctx); err != nil {
		return err
	}
	if err := window.Move(ctx, 12, 66); err != nil {
		return err
	}
	if err := p.picture(ctx, name, func(image.Rectangle) image.Rectangle { return image.Rect(10, 40, 994, 790) }); err != nil {
		return err
	}
	return p.close(ctx, window)
}

// close closes a window, and repeats that if it stays open.
func (p *playing) close(ctx context.Context, window rig.Window) error {
	for {
		closing := window.Close(ctx) // it may just have closed
		short, cancel := context.WithTimeout(ctx, clickAgain)
		err := p.desktop.Windows.WaitGone(short, window.Title)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
		if closing != nil {
			return closing
		}
	}
}
