//go:build linux

package app

import (
	"bytes"
	"strings"
	"testing"

	"daypass/creds"
)

func TestARealWindow(t *testing.T) {
	s := startScreen(t)
	for name, test := range map[string]func(t *testing.T, p *process){
		"takes six digits and closes when they are accepted": func(t *testing.T, p *process) {
			must(t, p.Type(timeout(t), "123456"))
			p.wantAnswers(t, "123456")
			p.agent.end(nil)
			p.wantEnd(t, "")
		},
		"takes another code after a refusal": func(t *testing.T, p *process) {
			must(t, p.Type(timeout(t), "123456"))
			p.wantAnswers(t, "123456")
			p.refuse(t, nil)
			s.waitRefused(t, p)
			must(t, p.Type(timeout(t), "654321"))
			p.wantAnswers(t, "123456", "654321")
			p.agent.end(nil)
			p.wantEnd(t, "")
		},
		"takes a code from the clipboard": func(t *testing.T, p *process) {
			s.offer(t, "123 456\n")
			must(t, p.Key(timeout(t), "ctrl+v"))
			p.wantAnswers(t, "123456")
		},
		"declines with Escape": func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "Escape"))
			p.wantEnd(t, "")
			p.wantDeclined(t)
		},
		"declines with Tab and Enter": func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "Tab", "Return"))
			p.wantEnd(t, "")
			p.wantDeclined(t)
		},
		"declines when the window manager closes it": func(t *testing.T, p *process) {
			must(t, p.Key(timeout(t), "alt+F4"))
			p.wantEnd(t, "")
			p.wantDeclined(t)
		},
		"says that the agent is gone, and closes with Enter": func(t *testing.T, p *process) {
			must(t, p.Type(timeout(t), "12"))
			p.agent.stop()
			s.waitRefused(t, p)
			must(t, p.Type(timeout(t), "3456")) // Must not close it.
			must(t, p.Key(timeout(t), "Return"))
			p.wantEnd(t, "the agent ended before it had answered")
		},
		"closes when another surface has the answer": func(t *testing.T, p *process) {
			p.agent.end(nil)
			p.wantEnd(t, "")
		},
		"is small, in the middle, above others and called daypass": func(t *testing.T, p *process) {
			props := s.call(t, "xprop", "-id", p.ID, "-len", "100", "-f", "_NET_WM_ICON", "32c",
				"WM_CLASS", "_NET_WM_STATE", "_NET_WM_NAME", "_NET_WM_ICON")
			for _, want := range []string{
				`"daypass", "daypass"`, "_NET_WM_STATE_ABOVE", "daypass — code for alice", "= 256, 256",
			} {
				if !strings.Contains(props, want) {
					t.Errorf("the window's properties lack %s:\n%s", want, props)
				}
			}
			box := s.box(t, p.Window)
			if box.Dx() > 420 || box.Dy() > 380 {
				t.Errorf("the window is %v", box.Size())
			}
			if middle := box.Min.Add(box.Max).Div(2); abs(middle.X-640) > 40 || abs(middle.Y-500) > 60 {
				t.Errorf("the window's middle is at %v, the screen's at (640,500)", middle)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, s.open(t, alicePrompt(), "FYNE_THEME=light")) })
	}
	t.Run("does not open for a prompt that has ended", func(t *testing.T) {
		p := &process{agent: newAgent(t, alicePrompt()), errors: &bytes.Buffer{}}
		p.ended = s.start(t, p, "another")
		p.wantEnd(t, "there is no such prompt")
	})
	t.Run("says so where there is no screen", func(t *testing.T) {
		p := &process{agent: newAgent(t, alicePrompt()), errors: &bytes.Buffer{}}
		p.ended = s.start(t, p, promptID, "DISPLAY=")
		p.wantEnd(t, "daypass-ui: no window can be shown")
	})
	t.Run("says so where there is no OpenGL", func(t *testing.T) {
		p := &process{agent: newAgent(t, alicePrompt()), errors: &bytes.Buffer{}}
		p.ended = s.start(t, p, promptID, "LIBGL_DRIVERS_PATH=/nonexistent", "LIBGL_ALWAYS_INDIRECT=1", "__GLX_VENDOR_LIBRARY_NAME=none")
		p.wantEnd(t, "daypass-ui: no window can be shown: the screen has no OpenGL 2.1 to draw with\n")
	})
	for _, locale := range []string{"LANG=C.UTF-8", "LANG=C", "LANG=POSIX", "LANG=", "LC_ALL=C"} {
		t.Run("has nothing to say of the locale "+locale, func(t *testing.T) {
			p := s.open(t, alicePrompt(), "FYNE_THEME=light", "LANGUAGE=", locale)
			p.agent.end(nil)
			p.wantEnd(t, "")
			if p.errors.Len() > 0 {
				t.Errorf("daypass-ui said %q", p.errors)
			}
		})
	}
	t.Run("takes a passphrase with Enter", func(t *testing.T) {
		p := s.open(t, creds.Prompt{Kind: creds.PromptPassphrase})
		must(t, p.Type(timeout(t), "correct horse"))
		must(t, p.Key(timeout(t), "Return"))
		p.wantAnswers(t, "correct horse")
		p.agent.end(nil)
		p.wantEnd(t, "")
	})
}

func abs(n int) int { return max(n, -n) }
