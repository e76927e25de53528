package browsers_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/browsers"
)

func TestPlacesAreReadAndWritten(t *testing.T) {
	for text, tc := range map[string]struct {
		want browsers.Place
		// written is text unless set.
		written string
	}{
		"":                 {browsers.Place{}, "system"},
		"system":           {browsers.Place{}, ""},
		"private":          {browsers.Place{Private: true}, ""},
		"firefox":          {browsers.Place{Browser: "firefox"}, ""},
		" edge ":           {browsers.Place{Browser: "edge"}, "edge"},
		"chromium-flatpak": {browsers.Place{Browser: "chromium-flatpak"}, ""},
		"firefox:private":  {browsers.Place{Browser: "firefox", Private: true}, ""},
		"chrome:Profile 1": {browsers.Place{Browser: "chrome", Profile: "Profile 1"}, "chrome:profile=Profile 1"},
		"chrome:a:b=c":     {browsers.Place{Browser: "chrome", Profile: "a:b=c"}, "chrome:profile=a:b=c"},
		"chrome:100%":      {browsers.Place{Browser: "chrome", Profile: "100%"}, "chrome:profile=100%"},
		"brave:profile=private": {
			browsers.Place{Browser: "brave", Profile: "private"}, "",
		},
		"brave:profile=-P --incognito": {
			browsers.Place{Browser: "brave", Profile: "-P --incognito"}, "",
		},
		"edge:private,profile=Doe%2C Jane": {
			browsers.Place{Browser: "edge", Private: true, Profile: "Doe, Jane"}, "",
		},
		"edge:profile=Work,private": {
			browsers.Place{Browser: "edge", Private: true, Profile: "Work"}, "edge:private,profile=Work",
		},
		"chrome:profile=%252C": {browsers.Place{Browser: "chrome", Profile: "%2C"}, ""},
		"firefox:container":    {browsers.Place{Browser: "firefox", AddOn: browsers.OpenInContainer}, ""},
		"firefox:container=a&b": {
			browsers.Place{Browser: "firefox", AddOn: browsers.OpenInContainer, Container: "a&b"}, "",
		},
		"firefox-snap:granted-containers=prod,profile=Work": {
			browsers.Place{Browser: "firefox-snap", AddOn: browsers.GrantedContainers, Container: "prod", Profile: "Work"}, "",
		},
		"command open -a Arc {url}": {browsers.Place{Command: []string{"open", "-a", "Arc", "{url}"}}, ""},
		`command "C:\Program Files\x.exe" --url={url} ''`: {
			browsers.Place{Command: []string{`C:\Program Files\x.exe`, "--url={url}", ""}}, `command "C:\Program Files\x.exe" --url={url} ""`,
		},
		`command /bin/x "it's" 'a"b' c\ d $HOME {url};`: {
			browsers.Place{Command: []string{"/bin/x", "it's", `a"b`, "c d", "$HOME", "{url};"}}, `command /bin/x "it's" "a"'"'"b" "c d" $HOME {url};`,
		},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := browsers.ParsePlace(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if tc.written == "" {
				tc.written = text
			}
			if diff := cmp.Diff(tc.written, got.String()); diff != "" {
				t.Errorf("written, -want +got:\n%s", diff)
			}
		})
	}
}

func TestAnInvalidPlaceIsRefusedWithASentence(t *testing.T) {
	for text, want := range map[string]string{
		"netscape":                     `"netscape" is no browser that daypass knows; use one of firefox, chrome, chromium, edge, brave, vivaldi, opera, librewolf, zen, waterfox, floorp`,
		"edge-snap":                    `"edge-snap" is no browser`,
		"firefox-flatpak-snap":         `"firefox-flatpak-snap" is no browser`,
		"-flatpak":                     `"-flatpak" is no browser`,
		"system:private":               `"system" is no browser`,
		"private:x":                    `"private" is no browser`,
		":x":                           `":x" names no browser before the colon`,
		"chrome:":                      `"" says nothing of a place; use private, container, granted-containers or profile=NAME, with %2C for a comma in a name`,
		"chrome:profile=":              `"profile=" says nothing`,
		"chrome:Doe, Jane":             `"Doe" says nothing`,
		"chrome:private,Work":          `"Work" says nothing`,
		"chrome:private,private":       `"private" is one too many of its kind`,
		"chrome:profile=a,profile=b":   `"profile=b" is one too many of its kind`,
		"chrome:container":             "chrome has no containers; use firefox",
		"firefox:container=":           `"container=" names no container`,
		"firefox:container,private":    "private windows have no containers; use one or the other",
		"firefox:container,container":  `"container" is one too many of its kind`,
		"chrome:a\x00b":                `"a\x00b" has characters that no name has`,
		"chrome:a\nb":                  `"a\nb" has characters that no name has`,
		"chrome:\xff":                  `"\xff" has characters that no name has`,
		"command":                      "the command names no program",
		"command open":                 "the command needs {url} where the address goes",
		"command {url}":                "{url} belongs among the command's arguments, not in the program's name",
		"command '' {url}":             "the command names no program",
		"command open 'a {url}":        "the command has a quote that is not closed",
		"command open \"a\x00\" {url}": "has characters that no name has",
	} {
		t.Run(text, func(t *testing.T) {
			place, err := browsers.ParsePlace(text)
			if err == nil {
				t.Fatalf("it is %+v", place)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("it says %q, not %q", err, want)
			}
		})
	}
}

func TestPlacesMadeOfPartsThatDoNotGoTogetherAreRefused(t *testing.T) {
	for name, place := range map[string]browsers.Place{
		"a profile of no browser":        {Profile: "x"},
		"a container of no browser":      {AddOn: browsers.OpenInContainer},
		"a container without an add-on":  {Browser: "firefox", Container: "x"},
		"an add-on that is not known":    {Browser: "firefox", AddOn: "multi-account"},
		"a command and a browser":        {Browser: "firefox", Command: []string{"x", "{url}"}},
		"a command and a private window": {Private: true, Command: []string{"x", "{url}"}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := place.Validate(); err == nil {
				t.Error("nothing is said")
			}
		})
	}
}

func FuzzAPlaceIsReadAsItWasWritten(f *testing.F) {
	for _, text := range []string{
		"", "private", "firefox:container=a&b,profile=%2C", "edge:private,profile=Doe%2C Jane", "chrome:%25252c%", "command a\\ b '\"' {url}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		place, err := browsers.ParsePlace(text)
		if err != nil {
			return
		}
		again, err := browsers.ParsePlace(place.String())
		if err != nil {
			t.Fatalf("%q is written as %q, which is refused: %v", text, place, err)
		}
		if diff := cmp.Diff(place, again); diff != "" {
			t.Errorf("%q is written as %q: %s", text, place, diff)
		}
	})
}

func FuzzNamesOfProfilesAndContainersStay(f *testing.F) {
	f.Add("Profile 1", "prod")
	f.Add("-P", "&#+%\"'")
	f.Add("a,b=c:d%2C%25", "%252C🔥 ")
	f.Fuzz(func(t *testing.T, profile, container string) {
		place := browsers.Place{Browser: "firefox", Profile: profile, AddOn: browsers.GrantedContainers, Container: container}
		if place.Validate() != nil {
			return
		}
		text := place.String()
		again, err := browsers.ParsePlace(text)
		if err != nil {
			t.Fatalf("%q is refused: %v", text, err)
		}
		if diff := cmp.Diff(place, again); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	})
}

func FuzzWordsStay(f *testing.F) {
	f.Add("a b", "it's", `C:\x\"`)
	f.Add("", `\`, `\\ `)
	f.Add(`"'`, "\t", "{url}")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		place := browsers.Place{Command: []string{"/x" + a, b, c, "{url}"}}
		if place.Validate() != nil {
			return
		}
		text := place.String()
		again, err := browsers.ParsePlace(text)
		if err != nil {
			t.Fatalf("%q is refused: %v", text, err)
		}
		if diff := cmp.Diff(place, again); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	})
}
