package browsers

import (
	"slices"
	"strings"

	"daypass/internal/lang"
	"daypass/internal/words"
)

// AddOn is an add-on for Firefox that opens addresses in containers.
type AddOn string

// The add-ons, by the words for them in a place. The address that each of them
// understands begins with "ext+" and its word.
const (
	// OpenInContainer is "Open external links in a container".
	OpenInContainer AddOn = "container"
	// GrantedContainers is "Granted Containers".
	GrantedContainers AddOn = "granted-containers"
)

// title is the add-on's name where add-ons are found.
func (a AddOn) title() string {
	if a == GrantedContainers {
		return "Granted Containers"
	}
	return "Open external links in a container"
}

// Place is where an address is opened. The zero Place is the system's browser.
type Place struct {
	// Browser is a Browser's ID. Without it, Private is a private window of
	// the first browser that was found.
	Browser string
	// Private is a private window. All private windows of a browser share
	// one session, so it sets apart only one identity at a time.
	Private bool
	// Profile is a profile's name or Dir, "" for the browser's default.
	Profile string
	// AddOn is set if the address goes to a container of Firefox.
	AddOn AddOn
	// Container is the container's name, or "" for one named after the identity. Only
	// with an AddOn.
	Container string
	// Command is a program with its arguments, of which one or more hold
	// "{url}". Nothing else goes with it.
	Command []string
}

// urlMark is what a command has in place of the address.
const urlMark = "{url}"

// Validate returns a sentence on parts that exclude each other.
func (p Place) Validate() error {
	if len(p.Command) > 0 {
		return p.validateCommand()
	}
	for _, name := range []string{p.Browser, p.Profile, p.Container} {
		if err := checkName(name); err != nil {
			return err
		}
	}
	switch {
	case p.Browser != "" && !isKnown(p.Browser):
		return lang.Errorf("%q is no browser that daypass knows; use one of %s", p.Browser, strings.Join(knownIDs(), ", "))
	case p.Browser == "" && (p.Profile != "" || p.AddOn != "" || p.Container != ""):
		return lang.Error("a profile or a container needs a browser that it is in, as in \"firefox:container\"")
	case p.Container != "" && p.AddOn == "":
		return lang.Error("a container needs the add-on that opens it, container or granted-containers")
	case p.AddOn == "":
		return nil
	case p.AddOn != OpenInContainer && p.AddOn != GrantedContainers:
		return lang.Errorf("%q is no add-on for containers; use container or granted-containers", string(p.AddOn))
	case specOf(p.Browser).kind != Firefox:
		return lang.Errorf("%s has no containers; use firefox", p.Browser)
	case p.Private:
		return lang.Error("private windows have no containers; use one or the other")
	}
	return nil
}

func (p Place) validateCommand() error {
	if p.Browser != "" || p.Private || p.Profile != "" || p.AddOn != "" || p.Container != "" {
		return lang.Error("a command says itself where the address opens; it goes with no browser, profile or container")
	}
	for _, word := range p.Command {
		if err := checkName(word); err != nil {
			return err
		}
	}
	switch {
	case p.Command[0] == "":
		return lang.Error("the command names no program")
	case strings.Contains(p.Command[0], urlMark):
		return lang.Error("{url} belongs among the command's arguments, not in the program's name")
	case !slices.ContainsFunc(p.Command[1:], func(word string) bool { return strings.Contains(word, urlMark) }):
		return lang.Error("the command needs {url} where the address goes")
	}
	return nil
}

// checkName refuses what no browser allows in a name and what would break a line of
// settings.
func checkName(name string) error {
	if !words.IsOneLine(name) {
		return lang.Errorf("%q has characters that no name has", name)
	}
	return nil
}

func knownIDs() []string {
	var ids []string
	for _, k := range known() {
		ids = append(ids, k.id)
	}
	return ids
}

func isKnown(id string) bool {
	k := specOf(id)
	switch id {
	case k.id, k.id + suffixFlatpak:
		return k.id != ""
	case k.id + suffixSnap:
		return k.snap != ""
	}
	return false
}

// specOf returns the spec of a browser, the zero value for an unknown one.
func specOf(id string) spec {
	for _, k := range known() {
		if k.id == family(id) {
			return k
		}
	}
	return spec{}
}

// ParsePlace reads a place as settings and --browser have it:
//
//	system                       the system's browser; also ""
//	private                      a private window
//	firefox                      a browser, by its ID
//	chrome:Profile 1             a browser's profile, by its name or folder
//	firefox:private              a private window of it
//	firefox:container            the container that is named after the identity
//	firefox:container=prod       a certain container
//	firefox:granted-containers   the same for the other add-on
//	edge:private,profile=Work    several of them, separated by commas
//	command open -a Arc {url}    a program with its arguments
//
// A profile whose name is one of these words, or that goes with others, is
// written "profile=NAME". In names, "," is written "%2C" and, where it would be
// read so, "%" is written "%25". Quotes and backslashes in a command are those
// of [SplitWords].
func ParsePlace(text string) (Place, error) {
	if first, rest, _ := strings.Cut(strings.TrimSpace(text), " "); first == "command" {
		command, err := SplitWords(rest)
		if err != nil {
			return Place{}, err
		}
		if len(command) == 0 {
			return Place{}, lang.Error("the command names no program")
		}
		return checked(Place{Command: command})
	}
	browser, rest, more := strings.Cut(text, ":")
	p := Place{Browser: strings.TrimSpace(browser)}
	switch {
	case p.Browser == "" && !more:
		return Place{}, nil
	case p.Browser == "":
		return Place{}, lang.Errorf("%q names no browser before the colon", text)
	case p.Browser == "system" && !more:
		return Place{}, nil
	case p.Browser == "private" && !more:
		return Place{Private: true}, nil
	case !more:
		return checked(p)
	}
	parts := strings.Split(rest, ",")
	for _, part := range parts {
		if err := p.take(part, len(parts) == 1); err != nil {
			return Place{}, err
		}
	}
	return checked(p)
}

func checked(p Place) (Place, error) {
	if err := p.Validate(); err != nil {
		return Place{}, err
	}
	return p, nil
}

// take reads one of the parts after a browser's ID.
func (p *Place) take(part string, alone bool) error {
	word, value, named := strings.Cut(part, "=")
	twice := false
	switch {
	case part == "private":
		twice, p.Private = p.Private, true
	case word == string(OpenInContainer) || word == string(GrantedContainers):
		twice, p.AddOn, p.Container = p.AddOn != "", AddOn(word), unescape(value)
		if named && value == "" {
			return lang.Errorf("%q names no container", part)
		}
	case word == "profile" && named && value != "":
		twice, p.Profile = p.Profile != "", unescape(value)
	case alone && part != "" && !strings.HasPrefix(part, "profile="):
		p.Profile = unescape(part)
	default:
		return lang.Errorf("%q says nothing of a place; use private, container, granted-containers or profile=NAME, with %%2C for a comma in a name", part)
	}
	if twice {
		return lang.Errorf("%q is one too many of its kind", part)
	}
	return nil
}

// String returns the place as [ParsePlace] reads it.
func (p Place) String() string {
	switch {
	case len(p.Command) > 0:
		return lang.Sprintf("command %s", joinWords(p.Command))
	case p.Browser == "" && p.Private:
		return "private"
	case p.Browser == "":
		return "system"
	}
	var parts []string
	if p.Private {
		parts = append(parts, "private")
	}
	if p.AddOn != "" {
		part := string(p.AddOn)
		if p.Container != "" {
			part += "=" + escape(p.Container)
		}
		parts = append(parts, part)
	}
	if p.Profile != "" {
		parts = append(parts, "profile="+escape(p.Profile))
	}
	if len(parts) == 0 {
		return p.Browser
	}
	return p.Browser + ":" + strings.Join(parts, ",")
}

func escape(name string) string {
	return strings.NewReplacer("%2C", "%252C", "%2c", "%252c", "%25", "%2525", ",", "%2C").Replace(name)
}

func unescape(name string) string {
	return strings.NewReplacer("%2C", ",", "%2c", ",", "%25", "%").Replace(name)
}
