package prompts

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

const (
	bob  = "arn:aws:iam::111122223333:user/bob"
	long = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/carol@example.com"
)

func TestASignInToTheConsoleSaysWhoOrForWhichProfile(t *testing.T) {
	for name, tc := range map[string]struct {
		prompt    creds.Prompt
		asks      string
		menu      string
		headline  string
		questions string
	}{
		"who is known": {
			creds.Prompt{Profile: "prod", SignIn: &creds.SignIn{Identity: alice}},
			"the sign-in to AWS's console as user/alice (111122223333)",
			"Sign in to AWS's console as user/alice (111122223333)…",
			"Sign in to AWS's console as user/alice (111122223333)", "waiting… Ctrl-C cancels",
		},
		"a long name": {
			creds.Prompt{Profile: "prod", SignIn: &creds.SignIn{Identity: long}},
			"the sign-in to AWS's console as carol@example.com (111122223333)",
			"Sign in to AWS's console as carol@example.com (111122223333)…",
			"Sign in to AWS's console as carol@example.com (111122223333)", "waiting… Ctrl-C cancels",
		},
		"it may be anybody": {
			creds.Prompt{Profile: "prod", SignIn: &creds.SignIn{Begun: true, Pastes: true}},
			"the sign-in to AWS's console for prod",
			"Sign in to AWS's console for prod in the browser…",
			"Sign in to AWS's console for prod", "Paste the code: ",
		},
		"a program, and no profile is named": {
			creds.Prompt{SignIn: &creds.SignIn{}, Requester: creds.Requester{Program: "terraform", Surface: creds.SurfaceProgram}},
			"the sign-in to AWS's console",
			"Sign in to AWS's console: terraform is waiting",
			"Sign in to AWS's console", "waiting… Ctrl-C cancels",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.prompt.Kind = creds.PromptConsole
			k, p := Of(tc.prompt), tc.prompt
			got := []string{k.Asks(p), k.Menu(p), k.Headline(p), k.Questions(p)[0]}
			if diff := cmp.Diff([]string{tc.asks, tc.menu, tc.headline, tc.questions}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestANameIsBriefHoweverLongItsARNIs(t *testing.T) {
	for arn, want := range map[string]string{
		alice:                               "user/alice (111122223333)",
		long:                                "carol@example.com (111122223333)",
		"arn:aws:iam::111122223333:root":    "root (111122223333)",
		"arn:aws:iam::111122223333:user/a…": "user/a… (111122223333)",
		"no ARN":                            "no ARN",
		"":                                  "",
		"arn:aws:sts::111122223333:assumed-role/Admin/" + strings.Repeat("x", 64): strings.Repeat("x", 23) + "…" + strings.Repeat("x", 9) + " (111122223333)",
	} {
		if got := BriefIdentity(arn); got != want {
			t.Errorf("%s is %q, want %q", arn, got, want)
		}
	}
}

func TestSignInsToTheConsoleHaveSubjectsOfTheirOwn(t *testing.T) {
	console := func(profile, identity string) creds.Prompt {
		return creds.Prompt{Kind: creds.PromptConsole, Profile: profile, SignIn: &creds.SignIn{Identity: identity}}
	}
	person := func(profile, session string) creds.Prompt {
		return creds.Prompt{Kind: creds.PromptPerson, Profile: profile, Person: &creds.Person{Session: session, Before: alice, Now: bob}}
	}
	subject := func(p creds.Prompt) string { return Of(p).Subject(p) }
	if subject(console("a", alice)) != subject(console("b", alice)) {
		t.Error("two profiles of one sign-in are asked about at the same time")
	}
	others := []string{
		subject(console("a", alice)), subject(console("a", bob)), subject(console("a", "")), subject(console("b", "")),
		subject(creds.Prompt{Kind: creds.PromptSSO, Profile: "a", SignIn: &creds.SignIn{Session: "a"}}),
	}
	persons := []string{subject(person("a", "")), subject(person("b", "")), subject(person("a", "a")), subject(person("b", "b"))}
	for _, all := range [][]string{others, persons} {
		slices.Sort(all)
		if len(slices.Compact(all)) != len(all) {
			t.Errorf("two subjects are the same: %q", all)
		}
	}
}

func TestAnotherPersonAtTheConsoleChangesTheProfile(t *testing.T) {
	p := creds.Prompt{Kind: creds.PromptPerson, Profile: "prod", Person: &creds.Person{Before: alice, Now: long}}
	k := Of(p)
	got := []string{
		k.Headline(p), k.Menu(p), k.Asks(p), k.Explain(p), k.Choices(p)[0].Label,
		strings.Join(k.Heading(p), "|"), strings.Join(k.Questions(p), "|"),
	}
	want := []string{
		"Somebody else signed in to AWS's console",
		"carol@example.com (111122223333) signed in to AWS's console: is that right?",
		"the confirmation that carol@example.com (111122223333) may take over prod",
		"prod is for user/alice (111122223333), and carol@example.com (111122223333) has signed in. If you go on, the profile is changed to the new identity.",
		"Use carol@example.com (111122223333)",
		"prod: assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/carol@example.com (111122223333) has signed in to AWS's console.|The profile is for user/alice (111122223333).",
		"Change prod to carol@example.com (111122223333)?|Change the profile to the new identity?",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	facts := []Fact{
		{"Profile", "prod", ""},
		{"Now", "assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/carol@example.com (111122223333)", long},
		{"Before", "user/alice (111122223333)", alice},
		{Label: "Asked by"},
	}
	if diff := cmp.Diff(facts, k.Facts(p)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
