// Package rig is a desktop to test in: a private session bus, a virtual X
// server with a window manager, a panel that draws tray icons, an unlocked
// keyring and a notification daemon. All of it is the software that people
// run, from Debian's packages; packaging/deps installs it.
//
// The rig works on Linux only. It is for tests and for the demonstration, and
// no shipped program imports it.
package rig
