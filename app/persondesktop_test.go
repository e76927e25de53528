//go:build linux

package app

import (
	"strings"
	"testing"

	"daypass/creds"
)

func TestARealQuestionAboutAPerson(t *testing.T) {
	s := startScreen(t)
	for name, test := range map[string]func(t *testing.T, p *process){
		"takes no key of a person who was typing, and the other person with Tab twice and Enter": func(t *testing.T, p *process) {
			must(t, p.Type(timeout(t), "terraform apply "))
			must(t, p.Key(timeout(t), "Return", "Tab", "Tab", "Return"))
			p.wantAnswers(t, "person")
			p.agent.end(nil)
			p.wantEnd(t, "")
		},
		"takes nobody with Tab and Enter": func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "Tab", "Return"))
			p.wantEnd(t, "")
			p.wantDeclined(t)
		},
		"takes nobody on Escape": func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "Escape"))
			p.wantEnd(t, "")
			p.wantDeclined(t)
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, s.open(t, bobPrompt(), "FYNE_THEME=light")) })
	}
}

func personScenes() []scene {
	press := func(keys ...string) func(*testing.T, *process) {
		return func(t *testing.T, p *process) { must(t, p.Key(timeout(t), keys...)) }
	}
	bob := func(change func(*creds.Prompt)) func(*creds.Prompt) {
		return func(p *creds.Prompt) {
			*p = bobPrompt()
			change(p)
		}
	}
	same := func(*creds.Prompt) {}
	return []scene{
		{name: "person", width: choiceWidth, prompt: bob(same)},
		{name: "person-tab", width: choiceWidth, prompt: bob(same), act: press("Tab")},
		{name: "person-sent", width: choiceWidth, prompt: bob(same), act: press("Tab", "Tab", "Return")},
		{name: "person-program", width: choiceWidth, prompt: bob(func(p *creds.Prompt) { p.Requester = alicePrompt().Requester })},
		{name: "person-unknown", width: choiceWidth, prompt: func(p *creds.Prompt) { *p = unknownPrompt() }},
		{name: "person-long", width: choiceWidth, prompt: bob(func(p *creds.Prompt) {
			p.Person.Session, p.Person.Now, p.Person.Before = longProfile, strings.Repeat("W", 128), longProfile
		})},
		{name: "person-console", width: choiceWidth, prompt: func(p *creds.Prompt) { *p = carolPrompt() }},
		{name: "person-console-full", width: choiceWidth, prompt: func(p *creds.Prompt) { *p = carolPrompt() }, act: press("shift+Tab")},
		{name: "person-gone", width: choiceWidth, prompt: bob(same), act: func(_ *testing.T, p *process) { p.agent.stop() }},
	}
}
