package main

import (
	"context"
	"fmt"
	"io"

	"github.com/pkg/browser"
)

// browse opens an address in the person's browser. It may return only when the
// browser is closed, as some openers wait for that; ctx does not end a browser
// that is open.
func browse(_ context.Context, url string) error {
	if err := browser.OpenURL(url); err != nil {
		// What failed is an opener such as xdg-open; its exit status alone
		// tells nothing, and the address is not for the log.
		return fmt.Errorf("no browser could be opened: %w", err)
	}
	return nil
}

// quietBrowser keeps what openers and browsers say out of the agent's output.
func quietBrowser() { browser.Stdout, browser.Stderr = io.Discard, io.Discard }
