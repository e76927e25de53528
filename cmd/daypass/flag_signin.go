package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"daypass/creds"
	"daypass/internal/words"
)

// signInFlags are the flags of the commands that may have to sign in.
type signInFlags struct {
	deviceCode, noBrowser bool
	// browser is where the page opens. The commands whose --browser says where the
	// console opens have none.
	browser string
	set     *pflag.FlagSet
}

func (f *signInFlags) add(cmd *cobra.Command) {
	f.set = cmd.Flags()
	f.set.BoolVar(&f.deviceCode, "device-code", false, "sign in by comparing a code, in a browser on any machine")
	f.set.BoolVar(&f.noBrowser, "no-browser", false, "show the address to sign in at, and open nothing")
}

// addPlace adds the flag that says where the page opens.
func (f *signInFlags) addPlace(cmd *cobra.Command) {
	f.set.StringVar(&f.browser, "browser", "", "where to open the page to sign in at, such as firefox:work; see \"daypass browsers\"")
	completeFlag(cmd, "browser", completeBrowser)
}

// check refuses what contradicts itself.
func (f *signInFlags) check(cmd *cobra.Command) error {
	switch {
	case !f.set.Changed("browser"):
		return nil
	case strings.TrimSpace(f.browser) == "":
		return usage(cmd, "--browser is empty")
	case f.noBrowser:
		return usage(cmd, "--no-browser opens nothing, and --browser says where to open the page: give one of them")
	}
	return nil
}

// options joins what was asked for with what the place allows. A person may know
// better than that, and say --device-code=false.
func (f *signInFlags) options(p place) creds.SignInOptions {
	o := p.signIn()
	if f.set.Changed("device-code") {
		o.Method = creds.SignInBrowser
		if f.deviceCode {
			o.Method = creds.SignInDeviceCode
		}
	}
	if o.Place = f.browser; o.Place != "" {
		o.NoBrowser = false // who names one wants it
	}
	if f.set.Changed("no-browser") {
		o.NoBrowser = f.noBrowser
	}
	return o
}

// showSignIn shows a sign-in whose former shape was before; nil at first.
func (d *dialog) showSignIn(ctx context.Context, before *creds.SignIn) error {
	now := d.prompt.SignIn
	if err := d.beginSignIn(ctx); err != nil {
		return err
	}
	if before == nil {
		d.say(d.kind.Heading(*d.prompt)...)
		before = &creds.SignIn{}
	}
	if now.URL != before.URL || now.Code != before.Code {
		d.say(signInLines(now, d.options.NoBrowser)...)
	}
	if now.Code != "" && now.Opened && !before.Opened {
		d.say("The browser has been opened there.")
	}
	if now.Note != "" && now.Note != before.Note {
		d.say(words.Sentence(now.Note))
	}
	d.draw()
	return nil
}

// signInLines say where to go. The address and the code stand on lines of their
// own, bare, to be copied with a double click.
func signInLines(s *creds.SignIn, noBrowser bool) []string {
	if s.URL == "" {
		return nil
	}
	session := s.Session
	browser := "the browser"
	if s.Place != "" {
		browser = s.Place
	}
	first := "Opening " + browser + " to sign in to " + session + "… If it does not open, go to:"
	switch {
	case s.Code != "":
		first = "To sign in to " + session + ", open this page in any browser:"
	case noBrowser:
		first = "To sign in to " + session + ", open this page in a browser on this machine:"
	}
	lines := []string{first, s.URL}
	if s.Code != "" {
		lines = append(lines, "Approve it only if the page shows this code:", s.Code)
	}
	return lines
}

// beginSignIn begins a sign-in that a program has asked for, since a person is here
// now; and changes, once, one that goes on in a way that cannot work from here.
// One that a person asked for begins by itself.
func (d *dialog) beginSignIn(ctx context.Context) error {
	s := d.prompt.SignIn
	waits := !s.Begun && d.prompt.Requester.Surface == creds.SurfaceProgram
	elsewhere := d.options.Method == creds.SignInDeviceCode && s.Method == creds.SignInBrowser
	if d.begun || !waits && !elsewhere {
		return nil
	}
	d.begun = true
	err := d.client.Answer(ctx, d.prompt.ID, creds.AnswerRequest{SignIn: &d.options})
	if known, ok := errors.AsType[*creds.Error](err); ok && known.Code == creds.CodeBadRequest {
		// It has ended meanwhile; that comes by itself.
		return nil
	}
	return err
}

// refreshing shows how far the refresh after a sign-in is.
func (d *dialog) refreshing(s creds.Session) {
	d.progress = ""
	if s.Total > 0 {
		d.progress = fmt.Sprintf("refreshing %d of %d profiles", s.Done, s.Total)
	}
	d.draw()
}
