package main

import (
	"os"

	"daypass/creds"
	"daypass/creds/wsl"
)

// location finds out where the person at a terminal is.
type location struct {
	getenv func(string) string
	exists func(path string) bool
	// kernel is the result of [wsl.Kernel].
	kernel string
}

func thisLocation() location {
	return location{
		getenv: os.Getenv,
		exists: func(path string) bool { _, err := os.Stat(path); return err == nil },
		kernel: wsl.Kernel(),
	}
}

// signIn returns how a person here can sign in; the zero value is a browser on this
// machine. The agent cannot know: it may run on the desktop, and the person may be
// somewhere else.
//
//   - Over SSH a browser would open on a screen that nobody sees, and the person's
//     own browser cannot return to this machine's 127.0.0.1. A code can be compared
//     in any browser.
//   - A container has no browser, and a loopback address of its own. Those for
//     desktops (toolbox, distrobox) have the host's display and network: with a
//     display a container is like the machine itself. Those of an editor are not,
//     because the browser is at the editor.
//   - In WSL the browser may not reach this machine's ports, so the code is
//     compared; wslview can open the browser.
func (p location) signIn() creds.SignInOptions {
	switch {
	case p.getenv("SSH_CONNECTION") != "" || p.getenv("SSH_TTY") != "", p.inContainer():
		return creds.SignInOptions{Method: creds.SignInDeviceCode, NoBrowser: true}
	case wsl.In(p.getenv, p.kernel):
		return creds.SignInOptions{Method: creds.SignInDeviceCode}
	}
	return creds.SignInOptions{}
}

// inContainer reports whether this is a container without a display, by the marks of
// Docker, podman, Kubernetes and the editors' containers.
func (p location) inContainer() bool {
	if p.getenv("REMOTE_CONTAINERS") != "" || p.getenv("CODESPACES") != "" {
		return true
	}
	if p.getenv("DISPLAY") != "" || p.getenv("WAYLAND_DISPLAY") != "" {
		return false
	}
	return p.exists("/.dockerenv") || p.exists("/run/.containerenv") ||
		p.getenv("container") != "" || p.getenv("KUBERNETES_SERVICE_HOST") != ""
}
