package app

import (
	"slices"
	"strings"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// addWay is what a profile is made of.
type addWay int

const (
	addByKey addWay = iota
	addBySSO
	addByConsole
)

// addPage is a page of the window that adds a profile.
type addPage int

const (
	pageWays addPage = iota
	pageKey
	pageWho
	pageDevice
	pageRegion
	pageName
	pageSession
	pageConsole
	pageDone
	addPages
)

// addState is what a person has said so far of a profile to add, and on which page they
// are. It has no widgets.
type addState struct {
	way  addWay
	page addPage

	id  string
	key secret.Text
	// look is what AWS says of the key, and looked whether it has been asked about the key
	// as it is typed.
	look   creds.KeyLook
	looked bool
	// device is the index of the MFA device that is chosen, -1 for none. serial is the
	// one that is typed where AWS does not list them.
	device int
	serial string
	region string
	name   string
	// named is set once the person has typed a name.
	named bool

	// all is what the agent knows.
	all creds.Snapshot

	sso addSession

	// closing is set once the person has been asked whether to lose what was typed.
	closing bool
}

// addSession is a session of Identity Center.
type addSession struct {
	// chosen is one that is there, "" for a new one.
	chosen              string
	start, region, name string
}

// pages are those of a way, in their order.
func (s *addState) pages() []addPage {
	switch s.way {
	case addBySSO:
		return []addPage{pageWays, pageSession, pageDone}
	case addByConsole:
		return []addPage{pageWays, pageConsole, pageDone}
	case addByKey:
	}
	pages := []addPage{pageWays, pageKey, pageWho}
	if !s.looked || len(s.look.Devices) > 0 || s.look.DevicesDenied {
		pages = append(pages, pageDevice)
	}
	return append(pages, pageRegion, pageName, pageDone)
}

// step is the number of the page among those of the way, from 1, and how many there are
// before the last.
func (s *addState) step() (at, of int) {
	pages := s.pages()
	return slices.Index(pages, s.page), len(pages) - 2
}

func (s *addState) next() { s.move(1) }
func (s *addState) back() { s.move(-1) }

func (s *addState) move(by int) {
	pages := s.pages()
	s.page = pages[max(0, min(slices.Index(pages, s.page)+by, len(pages)-1))]
	s.closing = false
}

// choose begins a way.
func (s *addState) choose(w addWay) {
	s.way, s.page = w, pageWays
	s.next()
}

// setKey takes a part of the key that is typed. What AWS said of another key is forgotten.
func (s *addState) setKey(id string, key secret.Text) {
	if id = strings.TrimSpace(id); id == s.id && key.Reveal() == s.key.Reveal() {
		return
	}
	s.id, s.key, s.looked = id, key, false
}

// take takes what AWS says of the key. What the person has chosen for the same user stays.
func (s *addState) take(look creds.KeyLook) {
	other := look.UserARN != s.look.UserARN
	s.look, s.looked = look, true
	if other {
		s.serial = ""
		s.device = slices.IndexFunc(look.Devices, func(d creds.MFADevice) bool { return d.Unusable == "" })
	}
	if other && s.region == "" {
		s.region = look.Region
	}
	if !s.named {
		s.name = look.Suggested
	}
	s.device = min(s.device, len(look.Devices)-1)
}

// wipe forgets the secret.
func (s *addState) wipe() { s.key, s.looked = secret.Text{}, false }

// typed reports whether closing the window loses anything.
func (s *addState) typed() bool {
	return s.page != pageDone && (s.id != "" || !s.key.IsZero() || s.named || s.sso.start != "" || s.sso.name != "")
}

// keyProblem says why what is typed is no key, or "" while it may become one.
func (s *addState) keyProblem() string {
	key := s.key.Reveal()
	switch {
	case s.id != "" && !strings.HasPrefix("AKIA", s.id[:min(4, len(s.id))]) && strings.HasPrefix(s.id, "ASIA"):
		return lang.T("This is a temporary key. Only a long-term key, which begins with AKIA, can be kept.")
	case len(s.id) == 40:
		// Not quoted: it is the secret.
		return lang.T("This looks like the secret access key: it belongs into the field below.")
	case s.id != "" && !strings.HasPrefix(s.id, "AKIA"[:min(4, len(s.id))]):
		return lang.T("An access key ID begins with AKIA.")
	case len(s.id) > 20 || len(s.id) == 20 && !isKeyID(s.id):
		return lang.T("An access key ID has 20 capital letters and digits.")
	case strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		return lang.T("The secret access key has white space or characters that none has.")
	case strings.HasPrefix(key, "AKIA") && isKeyID(key):
		return lang.T("The secret access key is not the access key ID: it has 40 characters.")
	}
	return ""
}

// isKeyID reports whether a text is written as AWS writes access key IDs.
func isKeyID(text string) bool {
	return len(text) >= 16 && len(text) <= 128 && !strings.ContainsFunc(text, func(c rune) bool {
		return (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	})
}

// nameProblem says why a profile cannot have the name, or "". warning is set if it can,
// but there is something to know.
func (s *addState) nameProblem() (problem string, warning bool) {
	name := s.name
	if name == "" {
		return "", false
	}
	if p, taken := s.all.Profile(name); taken {
		switch {
		case s.way == addByKey && p.Kind == creds.KindUser, s.way == addByConsole && p.Kind == creds.KindConsole:
			return lang.Sprintf("%s is there already, and this is added to it.", name), true
		default:
			return lang.Sprintf("%s is there already and gets its credentials in another way: choose another name.", name), false
		}
	}
	portable := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-@+.%:/", r)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !portable(r) }) {
		return lang.T("Not all of AWS's tools find such a name. All find names of the letters a to z, digits and _ - @ + . % : /"), false
	}
	return "", false
}

// ready reports whether the page is complete.
func (s *addState) ready() bool {
	problem, warning := s.nameProblem()
	named := s.name != "" && (problem == "" || warning)
	switch s.page {
	case pageKey:
		return isKeyID(s.id) && !s.key.IsZero() && s.keyProblem() == ""
	case pageDevice:
		return s.serialProblem() == ""
	case pageRegion:
		return s.region != "" && regionProblem(s.region, s.look.UserARN) == ""
	case pageName:
		return named
	case pageConsole:
		return named && (s.region == "" || regionProblem(s.region, "") == "")
	case pageSession:
		return s.sso.chosen != "" || s.sso.start != "" && s.sso.region != "" && s.sso.name != ""
	}
	return s.page == pageWho
}

// serialProblem says why a device that is typed is none, or "".
func (s *addState) serialProblem() string {
	if s.look.DevicesDenied && s.serial != "" {
		if strings.Contains(s.serial, ":u2f/") {
			return lang.T("This is a FIDO security key, and AWS's API takes codes only.")
		}
		if len(s.serial) < 9 || strings.ContainsFunc(s.serial, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			return lang.T("This is no MFA device: give its ARN, or the serial number of a hardware device.")
		}
	}
	return ""
}

// problem says what is wrong with the page as it is, or "".
func (s *addState) problem() (said string, t kit.Tone) {
	switch s.page {
	case pageKey:
		return s.keyProblem(), kit.ToneWarning
	case pageDevice:
		return s.serialProblem(), kit.ToneWarning
	case pageRegion:
		if s.region != "" {
			return regionProblem(s.region, s.look.UserARN), kit.ToneWarning
		}
	case pageConsole:
		if s.region != "" && regionProblem(s.region, "") != "" {
			return regionProblem(s.region, ""), kit.ToneWarning
		}
		said, _ = s.nameProblem()
		return said, kit.ToneWarning
	case pageName:
		said, _ = s.nameProblem()
		return said, kit.ToneWarning
	}
	return "", kit.ToneQuiet
}

// devices lists the MFA devices and none.
func (s *addState) devices() (list []kit.Named) {
	for _, d := range s.look.Devices {
		one := kit.Named{Name: words.Device(d.Serial), About: d.Serial, Off: d.Unusable != ""}
		if one.Off {
			one.About = lang.Sprintf("cannot be used: %s", d.Unusable)
		}
		list = append(list, one)
	}
	return append(list, kit.Named{Name: lang.T("None"), About: lang.T("without a code; what demands MFA will be refused")})
}

// pick chooses a device by its place in the list, and reports whether it can be used.
func (s *addState) pick(at int) (why string) {
	if at >= len(s.look.Devices) {
		s.device = -1
		return ""
	}
	if why = s.look.Devices[at].Unusable; why == "" {
		s.device = at
	}
	return why
}

// picked is the place of the chosen device in the list.
func (s *addState) picked() int {
	if s.device < 0 {
		return len(s.look.Devices)
	}
	return s.device
}

// request adds the key.
func (s *addState) request() creds.AddRequest {
	r := creds.AddRequest{Profile: s.name, AccessKeyID: s.id, SecretAccessKey: s.key, Region: s.region}
	switch {
	case s.look.DevicesDenied:
		r.MFASerial = s.serial
	case len(s.look.Devices) == 0:
	case s.device < 0:
		r.NoMFA = true
	default:
		r.MFASerial = s.look.Devices[s.device].Serial
	}
	return r
}

// who says whose the key is.
func (s *addState) who() []kit.Fact {
	facts := []kit.Fact{
		{Label: lang.T("User"), Value: words.Identity(s.look.UserARN), Full: s.look.UserARN},
		{Label: lang.T("Account"), Value: s.look.AccountID},
	}
	device := lang.T("none")
	switch {
	case s.look.DevicesDenied:
		device = lang.T("AWS does not let this user list them")
	case len(s.look.Devices) > 0:
		var names []string
		for _, d := range s.look.Devices {
			names = append(names, words.Device(d.Serial))
		}
		device = strings.Join(names, ", ")
	}
	return append(facts, kit.Fact{Label: lang.T("MFA devices"), Value: device})
}

// notes are what the person should know of the key.
func (s *addState) notes() string {
	var all []string
	if len(s.look.UsedBy) > 0 {
		all = append(all, lang.Sprintf("This key is there already, as %s: a new name makes another profile of it.", strings.Join(s.look.UsedBy, ", ")))
	}
	for _, n := range s.look.Notes {
		all = append(all, words.Sentence(n))
	}
	return join(all...)
}
