//go:build linux

package app

import (
	"fmt"
	"testing"

	"daypass/creds/agentapi"
)

// TestARealHealthWindow mends with the keyboard alone, and looks again with the mouse.
func TestARealHealthWindow(t *testing.T) {
	s := startScreen(t)
	p := s.openSeeded(t, nil, "daypass — health", []string{"health"}, "FYNE_THEME=light")
	p.wantSaid(t, agentapi.Health.Path+" {}")
	p.settles(t)
	p.shows(t, func() { must(t, p.Key(timeout(t), "Down", "Down")) })
	p.shows(t, func() { must(t, p.Key(timeout(t), "Return")) })
	p.wantSaid(t, agentapi.Health.Path+` {"fix":["modes//home/alice/.aws/credentials"]}`)
	p.settles(t) // while it looks, the buttons do nothing
	box := s.box(t, p.Window)
	looked := func() (n int) {
		for _, call := range p.agent.data.said() {
			if call == agentapi.Health.Path+" {}" {
				n++
			}
		}
		return n
	}
	before := looked()
	// "Look again" is left of "Close" in the lower right corner.
	p.click(t, box.Max.X-framePadding-84-10-50, box.Max.Y-framePadding-18)
	eventually(t, "another look", func() bool { return looked() > before })
	p.settles(t)
	must(t, p.Key(timeout(t), "Escape"))
	p.wantEnd(t, "")
}

// click moves the pointer to a place on the screen, as a hand does, and clicks when the
// window has noticed.
func (p *process) click(t *testing.T, x, y int) {
	t.Helper()
	for _, step := range []int{30, 0} {
		p.screen.call(t, "xdotool", "mousemove", fmt.Sprint(x-step), fmt.Sprint(y))
		p.settles(t)
	}
	must(t, p.screen.Screen.Click(timeout(t), x, y, 1))
	p.settles(t)
}
