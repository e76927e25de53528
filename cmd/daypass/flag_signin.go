package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"daypass/creds"
	"daypass/internal/lang"
)

// signInFlags are the flags of commands that may sign in.
type signInFlags struct {
	deviceCode, noBrowser bool
	// browser is where the page opens. For commands about the console, --browser is
	// where the console opens.
	browser string
	set     *pflag.FlagSet
}

func (f *signInFlags) add(cmd *cobra.Command) {
	f.set = cmd.Flags()
	f.set.BoolVar(&f.deviceCode, "device-code", false, lang.T("sign in by a code, in a browser on any machine"))
	f.set.BoolVar(&f.noBrowser, "no-browser", false, lang.T("show the address to sign in at, and open nothing"))
}

// addPlace adds the flag for where the page opens.
func (f *signInFlags) addPlace(cmd *cobra.Command) {
	f.set.StringVar(&f.browser, "browser", "", lang.T("where to open the page to sign in at, such as firefox:work; see \"daypass browsers\""))
	completeFlag(cmd, "browser", completeBrowser)
}

// check refuses flags that contradict one another.
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

// options returns the options of the flags, and for others those of the location, which
// --device-code=false overrides.
func (f *signInFlags) options(at location) creds.SignInOptions {
	o := at.signIn()
	if f.set.Changed("device-code") {
		o.Method = creds.SignInBrowser
		if f.deviceCode {
			o.Method = creds.SignInDeviceCode
		}
	}
	if o.Place = f.browser; o.Place != "" {
		o.NoBrowser = false
	}
	if f.set.Changed("no-browser") {
		o.NoBrowser = f.noBrowser
	}
	return o
}
