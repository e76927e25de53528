package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"daypass/creds/advice"
	"daypass/creds/awstest"
)

// consoleMenu is the tray's submenu that opens the console.
const consoleMenu = "Open the console"

// hasDisplay reports whether there is a desktop.
func hasDisplay() bool {
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin" ||
		os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// invite starts the demo for the person at the desktop.
func invite(ctx context.Context, out io.Writer, bin string) error {
	// Sample keys do not belong in the person's own keyring: they go to an encrypted
	// file in the temporary home.
	passphrase, err := os.CreateTemp("", "daypass-demo-passphrase-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(passphrase.Name()) }()
	if _, err := fmt.Fprintf(passphrase, "demo %d\n", os.Getpid()); err != nil {
		return err
	}
	if err := passphrase.Close(); err != nil {
		return err
	}
	path, removeOpener, err := ownBrowser(os.Environ())
	if err != nil {
		return err
	}
	defer removeOpener()
	settings := [][2]string{
		{"DAYPASS_KEYRING_BACKEND", "file"}, {"DAYPASS_KEYRING_PASSPHRASE_FILE", passphrase.Name()}, {"PATH", path},
	}
	return show(ctx, out, stage{bin: bin, desktop: os.Environ(), settings: settings}, func(ctx context.Context, d *demo) error {
		env := filepath.Join(d.home, "env.sh")
		if err := os.WriteFile(env, []byte(d.exports()), 0o600); err != nil {
			return err
		}
		fmt.Fprintf(out, `daypass is in the tray, with sample profiles and a stand-in for AWS at %s.

Try:
  1. Click the icon, then "alice", and type the code of her device (below).
  2. Click "dev-admin" and "chain-3": the same code serves every role.
  3. Click "Sign in to %s": your browser opens the stand-in's page, where you
     press Approve. All profiles of the session turn valid.
  4. Click "%s", then a profile: your browser opens the stand-in's page of
     the console, which says who you are there. It is one identity at a time, as
     AWS's is: sign out on the page before the next, or see step 5.
  5. In a terminal:

       . %s
       AWS_PROFILE=alice aws sts get-caller-identity
       AWS_PROFILE=dev-admin-temporary aws sts get-caller-identity
       AWS_PROFILE=sso-dev-admin-temporary aws sts get-caller-identity
       daypass status
       daypass settings set console.logout_first true

     With a CLI of these days, plain SSO profiles share the sign-in:

       HOME=%s AWS_PROFILE=sso-dev-admin aws sts get-caller-identity

Ctrl-C ends the demo and removes its files.

`, d.url, awstest.SampleSession, consoleMenu, env, d.home)
		shown := ""
		for {
			code, wait := d.sample.Phone.UnusedCode(d.sample.AWS.Now())
			if wait == 0 && code != shown {
				fmt.Fprintf(out, "alice's device shows %s\n", code)
				shown = code
			}
			select {
			case <-ctx.Done():
				if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
					return cause
				}
				return nil
			case <-time.After(time.Second):
			}
		}
	})
}

// ownBrowser returns a PATH with an xdg-open that opens the person's own browser with its
// own settings, which are in the person's home and not in the demo's. Other systems find
// both by the account.
func ownBrowser(env []string) (path string, remove func(), err error) {
	path = os.Getenv("PATH")
	opener, err := exec.LookPath("xdg-open")
	if err != nil {
		return path, func() {}, nil // daypass says that no browser can be opened
	}
	dir, err := os.MkdirTemp("", "daypass-demo-bin-")
	if err != nil {
		return "", nil, err
	}
	script := "#!/bin/sh\nunset XDG_CONFIG_HOME XDG_STATE_HOME\n"
	var own [][2]string
	for _, entry := range env {
		switch name, value, _ := strings.Cut(entry, "="); name {
		case "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME":
			own = append(own, [2]string{name, value})
		}
	}
	script += exports(own) + fmt.Sprintf("exec %s \"$@\"\n", advice.Word(opener))
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil { //nolint:gosec // a program
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir + string(os.PathListSeparator) + path, func() { _ = os.RemoveAll(dir) }, nil
}

// exports returns statements that give a shell the demo's environment.
func (d *demo) exports() string {
	var kvs [][2]string
	for _, entry := range d.env {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "DAYPASS_") {
			kvs = append(kvs, [2]string{name, value})
		}
	}
	return exports(kvs) + fmt.Sprintf("PATH=%q:$PATH\n", d.bin)
}
