//go:build linux

package rig

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The browser of the desktop is Debian's Chromium, in a window on the screen. It is not a
// part of the desktop: it starts when a program opens an address. Later pages open as
// tabs of the same window. Its profile is removed with the desktop.
//
// As root it runs only without its sandbox; --test-type leaves out the bar that
// warns of that. The keyring is for programs under test alone
// (--password-store). There is no network to ask for updates and such. Shared
// memory of a container is often small (--disable-dev-shm-usage).
//
// Programs that start Chromium themselves find it first on PATH, with its profiles in the
// default folder. Its processes are recognised by the folder in their arguments, see
// session.owns; hence the link.
const (
	chromiumScript = `#!/bin/sh
dir=$(dirname "$0")
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox='--no-sandbox --test-type'
export BREAKPAD_DUMP_LOCATION="$dir/crashes"
data="${XDG_CONFIG_HOME:-$HOME/.config}/chromium"
mkdir -p "$data" && ln -sfn "$data" "$dir/own"
exec {chromium} $sandbox \
	--user-data-dir="$dir/own" --password-store=basic \
	--no-first-run --no-default-browser-check --hide-crash-restore-bubble \
	--disable-background-networking --disable-component-update --disable-sync --disable-quic \
	--disable-breakpad --disable-extensions --disable-default-apps \
	--disable-features=Translate,MediaRouter,OptimizationHints \
	--disable-gpu --disable-dev-shm-usage --force-device-scale-factor=1 \
	--window-size=760,720 --window-position=24,52 \
	"$@" >>"$dir/log" 2>&1
`
	// Of two equal switches the last one counts.
	browserScript = `#!/bin/sh
dir=$(dirname "$0")
exec "$dir/chromium" --user-data-dir="$dir/profile" "$@"
`
)

// Openers look for the default browser in different places: xdg-open asks that
// of the desktop, which reads mimeapps.list (freedesktop.org's "Association
// between MIME types and applications"), and where it knows no desktop it reads
// $BROWSER, as Python's webbrowser does. The path is not quoted: xdg-mime 1.1.3
// takes quotes for a part of the name.
const (
	browserEntry = `[Desktop Entry]
Type=Application
Name=Chromium
NoDisplay=true
Exec={script} %u
MimeType=x-scheme-handler/http;x-scheme-handler/https;
`
	browserDefault = `[Default Applications]
x-scheme-handler/http=rig-browser.desktop
x-scheme-handler/https=rig-browser.desktop
`
)

// Browser returns the program that opens an address in the desktop's browser.
// It is the default for xdg-open and $BROWSER. A page's window has the page's title,
// followed by " - Chromium".
func (d *Desktop) Browser() string { return d.s.folders.browserProgram() }

// Chromium returns the desktop's Chromium, with its profiles in the home of the program that
// starts it.
func (d *Desktop) Chromium() string { return d.s.folders.chromium() }

// BrowserSaid returns the end of the browsers' output, because nobody watches a browser.
func (d *Desktop) BrowserSaid() string {
	var said tail
	if log, err := os.ReadFile(filepath.Join(d.s.folders.browser(), "log")); err == nil {
		_, _ = said.Write(log)
	}
	return said.String()
}

func (f folders) writeBrowser() error {
	apps := filepath.Join(f.browserData(), "applications")
	if err := os.MkdirAll(apps, 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"rig-browser.desktop": strings.ReplaceAll(browserEntry, "{script}", f.browserProgram()),
		"mimeapps.list":       browserDefault,
	} {
		if err := os.WriteFile(filepath.Join(apps, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	real, err := exec.LookPath("chromium")
	if err != nil {
		real = "/usr/bin/chromium" // the shell then says that it is missing
	}
	for path, text := range map[string]string{
		f.chromium():       strings.ReplaceAll(chromiumScript, "{chromium}", real),
		f.browserProgram(): browserScript,
	} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil { //nolint:gosec // a program
			return err
		}
	}
	return nil
}
