//go:build linux

package app

import (
	"testing"
	"time"

	"daypass/creds"
)

func TestARealConsent(t *testing.T) {
	s := startScreen(t)
	for name, test := range map[string]func(t *testing.T, p *process){
		"takes no key of a person who was typing, and unlocks once with Tab and Enter": func(t *testing.T, p *process) {
			must(t, p.Type(timeout(t), "terraform apply "))
			must(t, p.Key(timeout(t), "Return", "Tab", "Return"))
			p.wantAnswers(t, "once")
			p.agent.end(nil)
			p.wantEnd(t, "")
		},
		"unlocks for an hour": func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "Tab", "Tab", "space"))
			p.wantAnswers(t, "hour")
			p.agent.end(nil)
			p.wantEnd(t, "")
		},
		"unlocks nothing on Escape": func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "Escape"))
			p.wantEnd(t, "")
			p.wantDeclined(t)
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, s.open(t, prodPrompt(), "FYNE_THEME=light")) })
	}
	t.Run("hears that programs are not to ask for a code again", func(t *testing.T) {
		p := s.open(t, alicePrompt(), "FYNE_THEME=light")
		must(t, p.Key(timeout(t), "Tab", "Tab", "Return", "Return"))
		p.wantAnswers(t, "never")
		p.agent.end(&creds.Error{Code: creds.CodeDeclined, Message: "the settings refuse it"})
		p.wantEnd(t, "")
	})
}

func consentScenes() []scene {
	press := func(keys ...string) func(*testing.T, *process) {
		return func(t *testing.T, p *process) { must(t, p.Key(timeout(t), keys...)) }
	}
	prod := func(change func(*creds.Prompt)) func(*creds.Prompt) {
		return func(p *creds.Prompt) {
			*p = prodPrompt()
			change(p)
		}
	}
	same := func(*creds.Prompt) {}
	return []scene{
		{name: "consent", width: choiceWidth, prompt: prod(same)},
		{name: "consent-tab", width: choiceWidth, prompt: prod(same), act: press("Tab", "Tab")},
		{name: "consent-sent", width: choiceWidth, prompt: prod(same), act: press("Tab", "Return")},
		{name: "consent-long", width: choiceWidth, prompt: prod(func(p *creds.Prompt) {
			p.Profile, p.Lease = longProfile, 8*time.Hour
			p.Requester.Dir = "~/src/customers/" + longProfile
		})},
		{name: "consent-gone", width: choiceWidth, prompt: prod(same), act: func(_ *testing.T, p *process) { p.agent.stop() }},
		{name: "never", act: press("Tab", "Tab")},
		{name: "never-sure", act: press("Tab", "Tab", "Return")},
		{name: "unknown", prompt: func(p *creds.Prompt) { p.Kind = "of a later version" }},
		{name: "sign-in-never", width: signInWidth, prompt: func(p *creds.Prompt) { *p = corpPrompt() }, act: press("Tab")},
		{name: "sign-in-never-sure", width: signInWidth, prompt: func(p *creds.Prompt) { *p = corpPrompt() }, act: press("Tab", "Return")},
	}
}
