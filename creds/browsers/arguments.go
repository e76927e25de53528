package browsers

import (
	"cmp"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"daypass/internal/lang"
)

// start is how a place is opened.
type start struct {
	// name is for people.
	name string
	// words are a program and its arguments. There are none if the system
	// opens the address itself.
	words   []string
	address string
	// advice is what to do if it fails, silence if it starts and does not ask
	// for the page.
	advice, silence string
}

const elsewhere = "see that it starts by itself, or choose another place"

// arguments returns how the address is opened in the place. No name that people have
// chosen is an argument of its own, except absolute paths, so none is taken for a flag;
// and no shell reads the arguments.
func arguments(goos string, found []Browser, p Place, address string) (start, error) {
	switch {
	case len(p.Command) > 0:
		return commandStart(p.Command, address)
	case p.Browser == "" && !p.Private:
		return systemStart(goos, address)
	}
	b, err := choose(goos, found, p.Browser)
	if err != nil {
		return start{}, err
	}
	var profile Profile
	if p.Profile != "" {
		var ok bool
		if profile, ok = b.profile(p.Profile); !ok {
			return start{}, noProfile(b, p.Profile)
		}
	}
	words := chromiumWords(specOf(b.ID).private, profile, p.Private)
	if b.Kind == Firefox {
		words = firefoxWords(profile, p.Private)
	}
	words = append(append([]string{b.Path}, words...), address)
	s := start{name: b.Name, words: words, advice: lang.T(elsewhere)}
	if p.AddOn != "" {
		// Firefox silently ignores an address for a missing add-on.
		s.silence = lang.Sprintf("see that the add-on %q is installed, or choose another place", p.AddOn.title())
	}
	return s, nil
}

func choose(goos string, found []Browser, id string) (Browser, error) {
	if id != "" {
		if b, ok := Lookup(found, id); ok {
			return b, nil
		}
		if goos == "darwin" || goos == "windows" { // where PATH is not looked at
			return Browser{}, lang.Errorf("%s is not found on this machine; install it, or choose another place", id)
		}
		return Browser{}, lang.Errorf("%s is not found on this machine; install it, name the folder of its program in the setting path, or choose another place", id)
	}
	if len(found) == 0 {
		return Browser{}, lang.Error("no browser that has private windows is found on this machine; install one, or choose another place")
	}
	return found[0], nil
}

func noProfile(b Browser, name string) error {
	switch {
	case b.Problem != "":
		return lang.Errorf("there is no profile %q to be seen (%s)", name, b.Problem)
	case len(b.Profiles) == 0:
		return lang.Errorf("%s has no profiles yet; start it once, and add the profile %q", b.Name, name)
	}
	var names []string
	for _, p := range b.Profiles {
		names = append(names, fmt.Sprintf("%q", p.Name))
	}
	return lang.Errorf("%s has no profile %q; it has %s", b.Name, name, strings.Join(names, ", "))
}

// firefoxWords are from
// https://searchfox.org/firefox-main/source/browser/docs/CommandLineParameters.md.
// A profile is given by its path: unlike a name it cannot be taken for a flag, and an
// unknown one does not open the profile manager.
func firefoxWords(profile Profile, private bool) []string {
	var words []string
	if profile.Dir != "" {
		words = append(words, "--profile", profile.Dir)
	}
	if private {
		return append(words, "--private-window")
	}
	return append(words, "--new-tab")
}

// chromiumWords are from
// https://peter.sh/experiments/chromium-command-line-switches/. Without the
// first two, a profile that is new asks questions in place of the page.
// There is no --new-window: the page is a tab in a window of its profile. flag is
// the browser's own for a private window.
func chromiumWords(flag string, profile Profile, private bool) []string {
	words := []string{"--no-first-run", "--no-default-browser-check"}
	if profile.Dir != "" {
		words = append(words, "--profile-directory="+profile.Dir)
	}
	if private {
		words = append(words, cmp.Or(flag, "--incognito"))
	}
	return words
}

// commandStart fills the address into a command.
func commandStart(command []string, address string) (start, error) {
	program := command[0]
	if filepath.Base(program) == program {
		path, err := exec.LookPath(program)
		if err != nil {
			return start{}, lang.Errorf("the command's program %q is not found; give its whole path, or name its folder in the setting path", program)
		}
		program = path
	}
	// A relative path would start in the agent's folder, not the person's.
	if !filepath.IsAbs(program) {
		return start{}, lang.Errorf("the command's program %q is no whole path; give one that is", program)
	}
	words := []string{program}
	for _, word := range command[1:] {
		words = append(words, strings.ReplaceAll(word, urlMark, address))
	}
	return start{name: program, words: words, advice: lang.T("see that the command works, or choose another place")}, nil
}

// NoOpener says why the system's browser cannot be opened.
const NoOpener = "the system has nothing to open its browser with; install xdg-utils, name the folder of xdg-open in the setting path, or choose another place"

// CheckSystem returns why the system's browser cannot be opened, nil if it can.
func CheckSystem(goos string) error {
	_, err := systemStart(goos, "")
	return err
}

// systemStart asks the system for its browser.
func systemStart(goos, address string) (start, error) {
	s := start{name: lang.T("the system's browser"), address: address, advice: lang.T("see that the system has one, or choose another place")}
	switch goos {
	case "windows":
		return s, nil
	case "darwin":
		s.words = []string{"/usr/bin/open", address}
		return s, nil
	}
	// Debian's alternatives for machines without xdg-utils.
	for _, opener := range []string{"xdg-open", "x-www-browser", "www-browser"} {
		if path, err := exec.LookPath(opener); err == nil {
			s.words = []string{path, address}
			return s, nil
		}
	}
	return start{}, lang.Error(NoOpener)
}
