package prompts

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"daypass/creds"
)

const alice = "arn:aws:iam::111122223333:user/alice"

// asking are prompts of every kind.
var asking = map[creds.PromptKind]creds.Prompt{
	creds.PromptMFA:        {Profile: "prod", AccountID: "111111111111", Device: "arn:aws:iam::111111111111:mfa/phone"},
	creds.PromptPassphrase: {},
	creds.PromptAWSVault:   {},
	creds.PromptSSO:        {Profile: "prod", SignIn: &creds.SignIn{Session: "corp"}},
	creds.PromptConsole:    {Profile: "prod", SignIn: &creds.SignIn{Identity: alice}},
	creds.PromptConsent:    {Profile: "prod", Lease: 90 * time.Minute},
	creds.PromptPerson:     {Person: &creds.Person{Session: "corp", Before: "alice", Now: "bob"}},
	creds.PromptSeal:       {Profile: "prod", File: "/home/alice/prod.age"},
	creds.PromptOpen:       {Profile: "prod", File: "/home/alice/prod.age"},
}

func TestEveryKindOfPromptIsComplete(t *testing.T) {
	for kind, k := range kinds {
		p, asked := asking[kind]
		if !asked {
			t.Errorf("no prompt here is of the kind %q", kind)
		}
		p.Kind = kind
		if got := Of(p); got.Input == InputNone || got.Input != k.Input {
			t.Errorf("a prompt of the kind %q takes no answer", kind)
		}
		all := reflect.ValueOf(k)
		for i := range all.NumField() {
			field := all.Type().Field(i)
			switch field.Name {
			case "Choices":
				if (k.Choices != nil) != (k.Input == InputChoice) {
					t.Errorf("%s: its input is %d, and it has choices: %v", kind, k.Input, k.Choices != nil)
				}
			case "Heading", "Questions":
				if all.Field(i).IsZero() != k.WindowOnly {
					t.Errorf("%s: in windows only: %v; %s is missing: %v", kind, k.WindowOnly, field.Name, all.Field(i).IsZero())
				}
			case "Busy":
				typed := k.Input == InputCode || k.Input == InputSecret || kind == creds.PromptConsole
				if typed != (k.Busy != "") {
					t.Errorf("%s: what is checked says %q meanwhile", kind, k.Busy)
				}
			case "First":
				if k.First == "" && !k.WindowOnly && k.Input != InputCode {
					t.Errorf("%s does not say that it comes before a code", kind)
				}
			case "Input", "WindowOnly", "Follows", "ForAll", "has":
			case "Undone", "Close":
				if all.Field(i).IsZero() {
					t.Errorf("%s has no %s", kind, field.Name)
				}
			case "Subject", "Facts":
				if all.Field(i).IsNil() {
					t.Errorf("%s has no %s", kind, field.Name)
				}
			default:
				say, ok := all.Field(i).Interface().(func(creds.Prompt) string)
				if !ok || say == nil || say(p) == "" {
					t.Errorf("%s says nothing as its %s", kind, field.Name)
				}
			}
		}
		for i, c := range choicesOf(p) {
			if c.Grant == "" || c.Label == "" {
				t.Errorf("%s: choice %d is %+v", kind, i, c)
			}
		}
		if !k.WindowOnly && k.Input == InputChoice && len(choicesOf(p)) != 1 {
			t.Errorf("%s: a terminal asks for yes or no, and there are %d choices", kind, len(choicesOf(p)))
		}
	}
}

func choicesOf(p creds.Prompt) []Choice {
	if choices := Of(p).Choices; choices != nil {
		return choices(p)
	}
	return nil
}

func TestAConsentSaysWhatTheEndOfTheLeaseDoesNotReach(t *testing.T) {
	p := creds.Prompt{Kind: creds.PromptConsent, Profile: "prod", Lease: 30 * time.Minute, Requester: creds.Requester{Program: "daypass"}}
	const kept = "The program keeps the keys until they end: neither the end of that time nor the lock of the screen takes them away."
	if text := Of(p).Explain(p); strings.Contains(text, kept) {
		t.Errorf("of what is in the AWS files it says %q", text)
	}
	p.Keeps = true
	if text := Of(p).Explain(p); !strings.HasPrefix(text, kept+"\nAn answer holds for all programs.") {
		t.Errorf("it says %q", text)
	}
}

func TestAnUnknownPromptTakesNoAnswer(t *testing.T) {
	for name, tc := range map[string]struct {
		prompt     creds.Prompt
		windowOnly bool
	}{
		"a kind of a later version":            {creds.Prompt{Kind: "of a later version"}, true},
		"a sign-in that does not say to what":  {creds.Prompt{Kind: creds.PromptSSO}, false},
		"a console that lacks its sign-in":     {creds.Prompt{Kind: creds.PromptConsole}, false},
		"a person of whom nothing is said":     {creds.Prompt{Kind: creds.PromptPerson}, false},
		"a prompt that says not what it wants": {creds.Prompt{}, true},
	} {
		if k := Of(tc.prompt); k.Input != InputNone || k.WindowOnly != tc.windowOnly || k.Title(tc.prompt) != "question" {
			t.Errorf("%s: got %+v", name, k)
		}
	}
}

func TestTheClocksErrorIsRounded(t *testing.T) {
	for off, want := range map[time.Duration]string{
		40 * time.Second:  "40 s ahead of",
		-89 * time.Second: "89 s behind",
		90 * time.Second:  "2 min ahead of",
		-7 * time.Minute:  "7 min behind",
		3 * time.Hour:     "3 h ahead of",
		-72 * time.Hour:   "3 days behind",
	} {
		if got := ClockOff(off); !strings.HasPrefix(got, "This computer’s clock is "+want+" AWS’s; ") {
			t.Errorf("%v is said as %q, want %q", off, got, want)
		}
	}
}

func TestWhoNeedsASignIn(t *testing.T) {
	terraform := creds.Requester{Program: "terraform", PID: 4312, Dir: "~/infra", Surface: creds.SurfaceProgram}
	for want, p := range map[string]creds.Prompt{
		"terraform (pid 4312, ~/infra) needs the credentials of prod-admin.": {Profile: "prod-admin", Requester: terraform},
		"You asked for it in the window.":                                    {Requester: creds.Requester{Surface: creds.SurfaceWindow}},
		"You asked for it in the tray.":                                      {Requester: creds.Requester{Surface: creds.SurfaceTray}},
		"You asked for the credentials of a, in a terminal.":                 {Profile: "a", Requester: creds.Requester{Surface: creds.SurfaceTerminal}},
		"A program (pid 7) needs the credentials of a.":                      {Profile: "a", Requester: creds.Requester{PID: 7, Surface: creds.SurfaceProgram}},
		"It is needed for its profiles.":                                     {},
	} {
		if got := signIn.Explain(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
