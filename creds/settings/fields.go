package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"daypass/creds"
	"daypass/creds/browsers"
)

// field takes a value, or returns what it must be.
type field func(value any) (says string)

func topField(s *creds.Settings, key string) field {
	switch key {
	case "derived_suffix":
		return suffix(&s.DerivedSuffix)
	case "session_duration":
		return span(&s.SessionDuration, DefaultSession, MinSession, MaxSession)
	case "keyring_backend":
		return oneOf(&s.KeyringBackend, creds.KeyringBackends()...)
	case "path":
		return folders(&s.Path)
	case "mfa_of_source":
		return choice(&s.MFAOfSource)
	}
	return nil
}

func ssoField(s *creds.SSOSettings, path []string) field {
	if len(path) != 1 {
		return nil
	}
	switch path[0] {
	case "sign_in":
		return oneOf(&s.SignIn, creds.SignInBrowser, creds.SignInDeviceCode)
	case "place":
		return place(&s.Place)
	}
	return nil
}

func noticesField(n *creds.NoticeSettings, key string) field {
	switch key {
	case "ending":
		return choice(&n.Ending)
	case "do_not_disturb":
		return flag(&n.DoNotDisturb)
	}
	return nil
}

func consoleField(c *creds.ConsoleSettings, key string) field {
	switch key {
	case "place":
		return place(&c.Place)
	case "duration":
		return span(&c.Duration, 0, MinConsole, MaxConsole)
	case "link":
		return oneOf(&c.Link, creds.LinkFederation, creds.LinkPortal)
	case "logout_first":
		return choice(&c.LogoutFirst)
	case "colour":
		return oneOf(&c.Colour, browsers.ContainerColours()...)
	case "record":
		return choice(&c.Record)
	}
	return nil
}

func profileField(p *creds.ProfileSettings, path []string) field {
	if len(path) == 2 && path[0] == "console" {
		if path[1] == "record" {
			return func(any) string { return "is for all profiles and must stand in the table [console]" }
		}
		return consoleField(&p.Console, path[1])
	}
	if len(path) != 1 {
		return nil
	}
	switch path[0] {
	case "favourite":
		return flag(&p.Favourite)
	case "notices":
		return choice(&p.Notices)
	case "sensitive":
		return flag(&p.Sensitive)
	case "lease":
		return span(&p.Lease, 0, MinLease, MaxLease)
	case "programs":
		return oneOf(&p.Programs, creds.ProgramsAsk, creds.ProgramsAlways, creds.ProgramsNever)
	case "mfa_of_source":
		return choice(&p.MFAOfSource)
	}
	return nil
}

func suffix(p *string) field {
	return func(value any) string {
		if value == nil {
			*p = DefaultSuffix
			return ""
		}
		text, ok := value.(string)
		bad := strings.ContainsAny(text, "[]\"'\\ \t\r\n#;") || strings.ContainsFunc(text, unicode.IsControl)
		if !ok || text == "" || bad || !utf8.ValidString(text) {
			return must("a few characters that can stand in a profile's name", value)
		}
		*p = text
		return ""
	}
}

func span(p *creds.Span, usual, from, to time.Duration) field {
	return func(value any) string {
		if value == nil || value == "" {
			*p = creds.Span(usual)
			return ""
		}
		text, _ := value.(string)
		d, err := time.ParseDuration(text)
		if err != nil || d < from || d > to {
			return must(fmt.Sprintf("a duration from %s to %s, in quotes", creds.Span(from), creds.Span(to)), value)
		}
		*p = creds.Span(d)
		return ""
	}
}

func oneOf[S ~string](p *S, allowed ...S) field {
	return func(value any) string {
		text, ok := value.(string)
		if value != nil && (!ok || text != "" && !slices.Contains(allowed, S(text))) {
			var quoted []string
			for _, one := range allowed {
				quoted = append(quoted, fmt.Sprintf("%q", string(one)))
			}
			last := len(quoted) - 1
			return must(strings.Join(quoted[:last], ", ")+" or "+quoted[last], value)
		}
		*p = S(text)
		return ""
	}
}

func folders(p *string) field {
	return func(value any) string {
		text, ok := value.(string)
		plain := utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
		if value != nil && !ok || !plain || slices.ContainsFunc(creds.SplitFolders(text), func(dir string) bool { return !filepath.IsAbs(dir) }) {
			return must(fmt.Sprintf("whole paths of folders with %q in between", string(os.PathListSeparator)), value)
		}
		*p = text
		return ""
	}
}

func place(p *string) field {
	return func(value any) string {
		text, ok := value.(string)
		if value != nil && !ok {
			return must(`a place such as "firefox:private"`, value)
		}
		if _, err := browsers.ParsePlace(text); err != nil {
			return fmt.Sprintf("must be a place such as \"firefox:private\", not %q: %v", text, err)
		}
		*p = text
		return ""
	}
}

func flag(p *bool) field {
	return func(value any) string {
		on, ok := value.(bool)
		if value != nil && !ok {
			return must("true or false, without quotes", value)
		}
		*p = on
		return ""
	}
}

// choice is a flag whose absence is neither.
func choice(p **bool) field {
	return func(value any) string {
		if value == nil {
			*p = nil
			return ""
		}
		var on bool
		says := flag(&on)(value)
		if says == "" {
			*p = &on
		}
		return says
	}
}

func must(what string, value any) string {
	var shown string
	switch value := value.(type) {
	case string:
		shown = fmt.Sprintf("%q", value)
	case map[string]any:
		shown = "a table"
	case []any, []map[string]any:
		shown = "a list"
	default:
		shown = fmt.Sprint(value)
	}
	return "must be " + what + ", not " + shown
}
