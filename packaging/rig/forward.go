//go:build linux

package rig

import (
	"context"
	"image"
)

// Screen is [Screen.Image].
func (d *Desktop) Screen() (*image.RGBA, error) { return d.screen.Image() }

// Screenshot is [Screen.Screenshot].
func (d *Desktop) Screenshot(path string, crop image.Rectangle) error {
	return d.screen.Screenshot(path, crop)
}

// Panel is [Screen.Panel].
func (d *Desktop) Panel() (image.Rectangle, error) { return d.screen.Panel() }

// WaitScreen is [Screen.Wait].
func (d *Desktop) WaitScreen(ctx context.Context, ready func(*image.RGBA) bool) error {
	return d.screen.Wait(ctx, ready)
}

// WaitStill is [Screen.WaitStill].
func (d *Desktop) WaitStill(ctx context.Context, part image.Rectangle) error {
	return d.screen.WaitStill(ctx, part)
}

// Key is [Screen.Key].
func (d *Desktop) Key(ctx context.Context, keys ...string) error { return d.screen.Key(ctx, keys...) }

// Click is [Screen.Click].
func (d *Desktop) Click(ctx context.Context, x, y, button int) error {
	return d.screen.Click(ctx, x, y, button)
}

// OpenMenu is [Tray.OpenMenu].
func (d *Desktop) OpenMenu(ctx context.Context) error { return d.tray.OpenMenu(ctx) }

// TrayItem is [Tray.Item].
func (d *Desktop) TrayItem(ctx context.Context) (*Item, error) { return d.tray.Item(ctx) }

// TrayItems is [Tray.Items].
func (d *Desktop) TrayItems(ctx context.Context) ([]*Item, error) { return d.tray.Items(ctx) }

// Windows is [Windows.List].
func (d *Desktop) Windows(ctx context.Context) ([]Window, error) { return d.windows.List(ctx) }

// WaitWindow is [Windows.Wait].
func (d *Desktop) WaitWindow(ctx context.Context, title string) (Window, error) {
	return d.windows.Wait(ctx, title)
}

// WaitWindowPrefix is [Windows.WaitPrefix].
func (d *Desktop) WaitWindowPrefix(ctx context.Context, prefix string) (Window, error) {
	return d.windows.WaitPrefix(ctx, prefix)
}

// NoWindow is [Windows.WaitGone].
func (d *Desktop) NoWindow(ctx context.Context, title string) error {
	return d.windows.WaitGone(ctx, title)
}

// Notifications is [Notifications.All].
func (d *Desktop) Notifications() []Notification { return d.notifications.All() }

// WaitNotification is [Notifications.Wait].
func (d *Desktop) WaitNotification(ctx context.Context, match func(Notification) bool) (Notification, error) {
	return d.notifications.Wait(ctx, match)
}

// ClickNotification is [Notifications.Click].
func (d *Desktop) ClickNotification(ctx context.Context) error { return d.notifications.Click(ctx) }

// CloseNotifications is [Notifications.Close].
func (d *Desktop) CloseNotifications(ctx context.Context) error { return d.notifications.Close(ctx) }
