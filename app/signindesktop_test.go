//go:build linux

package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

func TestARealSignInWindow(t *testing.T) {
	s := startScreen(t)
	for name, test := range map[string]func(t *testing.T, p *process){
		"opens the page on Enter, and closes on approval": func(t *testing.T, p *process) {
			p.wantBegun(t) // Nothing by itself.
			must(t, p.Key(timeout(t), "Return"))
			p.wantBegun(t, creds.SignInOptions{})
			p.agent.end(nil)
			p.wantEnd(t, "")
		},
		"copies the link to the real clipboard": func(t *testing.T, p *process) {
			p.beginWithCode(t)
			must(t, p.Key(timeout(t), "Return")) // The focus is on Copy link.
			eventually(t, "the link on the clipboard", func() bool { return s.pasted(t) == deviceURL })
		},
		"copies the code that is selected": func(t *testing.T, p *process) {
			p.beginWithCode(t)
			must(t, p.Key(timeout(t), "shift+Tab", "ctrl+c"))
			eventually(t, "the code on the clipboard", func() bool { return s.pasted(t) == "ABCD-EFGH" })
		},
		"declines with Escape before the page is opened": func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "Escape"))
			p.wantEnd(t, "")
			p.wantDeclined(t)
		},
		"declines with Escape while the code is selected": func(t *testing.T, p *process) {
			p.beginWithCode(t)
			must(t, p.Key(timeout(t), "shift+Tab", "Escape"))
			p.wantEnd(t, "")
			p.wantDeclined(t)
		},
		"reports a failure and closes with Enter": func(t *testing.T, p *process) {
			p.beginWithCode(t)
			p.agent.end(&creds.Error{Code: creds.CodeSignInFailed, Message: "the code has expired"})
			s.waitRefused(t, p)
			must(t, p.Key(timeout(t), "Return"))
			p.wantEnd(t, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.open(t, corpPrompt(), "FYNE_THEME=light")
			p.agent.onBegin = beginCorp
			test(t, p)
		})
	}
}

// wantBegun waits until the page was to be opened in these ways.
func (p *process) wantBegun(t *testing.T, want ...creds.SignInOptions) {
	t.Helper()
	eventually(t, "the page", func() bool { return len(p.agent.begun()) >= len(want) })
	if diff := cmp.Diff(want, p.agent.begun()); diff != "" {
		t.Errorf("opened (-want +got)\n%s", diff)
	}
}

// beginWithCode begins the sign-in as another surface may, and waits until the
// window shows it.
func (p *process) beginWithCode(t *testing.T) {
	t.Helper()
	p.begin(t, creds.SignInDeviceCode, nil)
}

func (p *process) begin(t *testing.T, method creds.SignInMethod, more func(*creds.Prompt)) {
	t.Helper()
	p.settles(t)
	p.shows(t, func() {
		p.agent.change(func(prompt *creds.Prompt) {
			in := *prompt.SignIn
			prompt.SignIn = &in
			beginCorp(creds.SignInOptions{Method: method}, prompt)
			if more != nil {
				more(prompt)
			}
		})
	})
}

func signInScenes() []scene {
	const url = "https://a-very-long-name-of-a-company-with-departments.awsapps.com/start-eu-central-1"
	begun := func(method creds.SignInMethod, more func(*creds.Prompt)) func(*testing.T, *process) {
		return func(t *testing.T, p *process) { p.begin(t, method, more) }
	}
	unopened := func(p *creds.Prompt) { p.SignIn.Opened = false }
	list := []scene{
		{name: "ask"},
		{name: "ask-legacy-long", prompt: func(p *creds.Prompt) {
			p.SignIn.Session, p.SignIn.StartURL = url, url
			p.Profile = longProfile
		}},
		{name: "browser", act: begun(creds.SignInBrowser, nil)},
		{name: "browser-unopened", act: begun(creds.SignInBrowser, unopened)},
		{name: "code", act: begun(creds.SignInDeviceCode, nil)},
		{name: "code-selected", act: func(t *testing.T, p *process) {
			p.beginWithCode(t)
			must(t, p.Key(timeout(t), "shift+Tab"))
		}},
		{name: "code-copied", act: func(t *testing.T, p *process) {
			p.beginWithCode(t)
			must(t, p.Key(timeout(t), "Return"))
		}},
		{name: "code-unopened", act: begun(creds.SignInDeviceCode, unopened)},
		{name: "code-note", act: begun(creds.SignInDeviceCode, func(p *creds.Prompt) {
			p.SignIn.Note = "no port on this machine was free for the browser to come back to, so a code is used"
		})},
		{name: "opening", act: func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "Return"))
			p.begin(t, creds.SignInBrowser, func(prompt *creds.Prompt) { prompt.Checking = true })
		}},
		{name: "failed", act: func(t *testing.T, p *process) {
			p.beginWithCode(t)
			p.agent.end(&creds.Error{
				Code:    creds.CodeSignInFailed,
				Message: "the code was not approved within 10 minutes",
			})
		}},
	}
	for i := range list {
		list[i].name = "sign-in-" + list[i].name
	}
	list = append(list, consoleSignInScenes()...)
	for i := range list {
		list[i].width = signInWidth
		ask := list[i].prompt
		list[i].prompt = func(p *creds.Prompt) {
			*p = corpPrompt()
			if ask != nil {
				ask(p)
			}
		}
	}
	return list
}

// consoleSignInScenes are those of a sign-in to the console.
func consoleSignInScenes() []scene {
	ask := func(p *creds.Prompt) { *p = consolePrompt() }
	page := func(more func(*creds.Prompt)) func(*creds.Prompt) {
		return func(p *creds.Prompt) {
			*p = pastedPrompt()
			if more != nil {
				more(p)
			}
		}
	}
	const code = "c3RhdGU9MGY0YmE1ZWMtMmQxYi00YjM0LWI5YzUtNGQ2YjJmMWM4YzU1JmNvZGU9ZXlKamRIa2lPaUpLVjFRaUxDSmxibU1pT2lKQk1qVTJS"
	return []scene{
		{name: "console-ask", prompt: ask},
		{name: "console-first", prompt: func(p *creds.Prompt) {
			ask(p)
			p.SignIn.Identity, p.Requester = "", creds.Requester{Surface: creds.SurfaceTray}
		}},
		{name: "console-long", prompt: func(p *creds.Prompt) {
			ask(p)
			p.Profile, p.SignIn.Identity = longProfile, "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/bob.of.the.long.name@corp.example"
		}},
		{name: "console-browser", prompt: func(p *creds.Prompt) {
			ask(p)
			_ = beginConsole(creds.SignInOptions{}, p)
		}},
		{name: "console-device", prompt: page(nil)},
		{name: "console-pasted", prompt: page(nil), act: func(t *testing.T, p *process) {
			p.settles(t)
			must(t, p.Key(timeout(t), "Tab", "Tab"))
			must(t, p.Type(timeout(t), code))
		}},
		{name: "console-checking", prompt: page(func(p *creds.Prompt) { p.Checking = true })},
		{name: "console-wrong", prompt: page(nil), act: func(t *testing.T, p *process) {
			p.settles(t)
			must(t, p.Key(timeout(t), "Tab", "Tab"))
			must(t, p.Type(timeout(t), "c3RhdGU9MGY0YmE1"))
			must(t, p.Key(timeout(t), "Return"))
			p.wantAnswers(t, "c3RhdGU9MGY0YmE1")
			p.agent.change(func(prompt *creds.Prompt) {
				in := *prompt.SignIn
				in.Note, prompt.Checking, prompt.SignIn = "that is not the code of this page: copy all of it", false, &in
			})
		}},
	}
}
