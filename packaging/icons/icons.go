// Package icons holds the pictures of daypass: the mark of the application and
// the states of the tray icon.
//
// The sources are app.svg, app-small.svg and the art in gen; "make icons"
// draws everything else, which is checked in.
package icons

import (
	_ "embed"
	"fmt"
)

// State is the state of a tray icon. Each has a shape of its own, so that the icons differ
// without their colours, too.
type State string

// The states of the tray icon.
const (
	// Idle is the outline of a pass: no temporary credentials are held.
	Idle State = "idle"
	// Valid is a filled pass with a sun on it: the credentials in use hold.
	Valid State = "valid"
	// Ending is a filled pass with a clock: credentials in use end soon.
	Ending State = "ending"
	// Expired is an outline with a moon: credentials in use have ended.
	Expired State = "expired"
	// Attention is an outline with an exclamation mark: a person is asked for
	// something, as a code or a sign-in.
	Attention State = "attention"
	// Failed is a filled pass with a cross: the last refresh did not work.
	Failed State = "failed"
	// Unlocked is a filled pass with an open lock: a sensitive profile has
	// credentials.
	Unlocked State = "unlocked"
	// Refreshing is an outline with two arrows: a refresh is under way.
	Refreshing State = "refreshing"
)

// States returns all states, in the order of their declaration.
func States() []State {
	return []State{Idle, Valid, Ending, Expired, Attention, Failed, Unlocked, Refreshing}
}

//go:embed app-256.png
var app []byte

// App returns the mark of the application as a PNG of 256 by 256 pixels, which
// is what window icons are made from.
func App() []byte { return app }

//go:embed app-64.png
var small []byte

// Small returns the mark of the application as a PNG of 64 by 64 pixels, which is
// what notices show.
func Small() []byte { return small }

// Tray returns the tray icon of a state, for a dark panel or for a light one,
// in the form that fyne.io/systray takes on this system: a PNG of 48 by 48
// pixels, twice the 24 that most panels draw, or on Windows an .ico. It panics
// on a state that is not declared here.
func Tray(state State, dark bool) []byte {
	panel := "light"
	if dark {
		panel = "dark"
	}
	data, err := tray.ReadFile(fmt.Sprintf("tray/%s-%s%s", state, panel, traySuffix))
	if err != nil {
		panic("icons: no tray icon for the state " + string(state))
	}
	return data
}
