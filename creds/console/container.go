package console

import (
	"hash/fnv"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/browsers"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// Icons are those of Firefox's containers.
func Icons() []string {
	return []string{"fingerprint", "briefcase", "dollar", "cart", "circle", "gift", "vacation", "food", "fruit", "pet", "tree", "chill"}
}

// ColourOf returns the colour of an account, always the same.
func ColourOf(account string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(account)) // never fails
	colours := creds.ContainerColours()
	return colours[h.Sum32()%uint32(len(colours))]
}

// CheckColour returns a sentence if a colour is neither "" nor one of [creds.ContainerColours].
func CheckColour(colour string) error {
	if colour != "" && !slices.Contains(creds.ContainerColours(), colour) {
		return lang.Errorf("%q is no colour of a container; use one of %s", colour, strings.Join(creds.ContainerColours(), ", "))
	}
	return nil
}

// Container is a container of Firefox.
type Container struct {
	// Name is any text on one line.
	Name string
	// Colour is one of [creds.ContainerColours], Icon one of [Icons]; "" leaves the choice
	// to the add-on. A container that exists keeps its own.
	Colour, Icon string
}

// Wrap returns the address by which an add-on opens another address in the
// container.
//
// Firefox escapes all of it and passes it on behind a "#"; both add-ons undo that once,
// and read the rest as URLSearchParams: parser.ts of
// https://github.com/common-fate/granted-containers, parsers.js of
// https://github.com/honsiorovskyi/open-url-in-container. So each value, the name
// included, is escaped once.
func (c Container) Wrap(addOn browsers.AddOn, address string) (string, error) {
	switch {
	case addOn != browsers.OpenInContainer && addOn != browsers.GrantedContainers:
		return "", lang.Errorf("%q is no add-on for containers; use container or granted-containers", string(addOn))
	case strings.TrimSpace(c.Name) == "" || !words.IsOneLine(c.Name):
		return "", lang.Errorf("%q is no name for a container; use a text on one line", c.Name)
	case c.Icon != "" && !slices.Contains(Icons(), c.Icon):
		return "", lang.Errorf("%q is no icon of a container; use one of %s", c.Icon, strings.Join(Icons(), ", "))
	}
	if err := CheckColour(c.Colour); err != nil {
		return "", err
	}
	return "ext+" + string(addOn) + ":name=" + escapeParameter(c.Name) + "&url=" + escapeParameter(address) +
		"&color=" + c.Colour + "&icon=" + c.Icon, nil
}
