package main

import (
	"os"

	"daypass/creds"
	"daypass/creds/wsl"
)

// place shows where the person of a command line sits.
type place struct {
	getenv func(string) string
	exists func(path string) bool
	// kernel is what [wsl.Kernel] says.
	kernel string
}

func thisPlace() place {
	return place{
		getenv: os.Getenv,
		exists: func(path string) bool { _, err := os.Stat(path); return err == nil },
		kernel: wsl.Kernel(),
	}
}

// signIn returns how a person at this place can sign in; the zero value where
// nothing speaks against a browser on this machine. The agent cannot find that
// out: it may have been started on the desktop, and be asked from afar.
//
//   - Over SSH a browser would open on a screen that nobody sits at, and the
//     browser that the person has cannot come back to this machine's 127.0.0.1.
//     A code can be compared in any browser.
//   - A container has no browser, and a loopback address of its own. Those made
//     for desktops (toolbox, distrobox) pass the display on and share the
//     network: with a display a container is as good as the machine itself, but
//     for those of an editor, whose browser is at the editor.
//   - In WSL the browser may not reach this machine's ports, so the code is
//     compared; the browser itself can be opened, by wslview.
func (p place) signIn() creds.SignInOptions {
	switch {
	case p.getenv("SSH_CONNECTION") != "" || p.getenv("SSH_TTY") != "", p.inContainer():
		return creds.SignInOptions{Method: creds.SignInDeviceCode, NoBrowser: true}
	case wsl.In(p.getenv, p.kernel):
		return creds.SignInOptions{Method: creds.SignInDeviceCode}
	}
	return creds.SignInOptions{}
}

// inContainer reports whether this is a container without a display of its own,
// by the marks that Docker, podman, Kubernetes, and the editors' containers
// leave.
func (p place) inContainer() bool {
	if p.getenv("REMOTE_CONTAINERS") != "" || p.getenv("CODESPACES") != "" {
		return true
	}
	if p.getenv("DISPLAY") != "" || p.getenv("WAYLAND_DISPLAY") != "" {
		return false
	}
	return p.exists("/.dockerenv") || p.exists("/run/.containerenv") ||
		p.getenv("container") != "" || p.getenv("KUBERNETES_SERVICE_HOST") != ""
}
