package app

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// linked is a window on Fyne's test driver that is joined to a real socket. The
// test's goroutine takes the place of the one with Fyne's loop.
type linked struct {
	*dialog

	link *promptLink
	todo chan func()
}

func openLinked(t *testing.T, id string) *linked {
	t.Helper()
	l := &linked{dialog: &dialog{}, todo: make(chan func())}
	win := testWindow()
	do := func(f func()) {
		select {
		case l.todo <- f:
		case <-t.Context().Done():
		}
	}
	l.link = watchPrompt(t.Context(), func(ctx context.Context) (*agentapi.Client, error) {
		return agentapi.Connect(ctx, agentapi.Options{Surface: creds.SurfaceTray})
	}, id)
	l.codeWindow = l.link.open(t.Context(), loopWindow{win, do, func() { l.closed = true }}, nil).(*codeWindow)
	win.Show()
	go l.link.pump(t.Context(), l.frame())
	return l
}

// patience is how long anything may take on a machine that is busy.
const patience = 3 * time.Minute

// until runs what the window has to do until cond holds.
func (l *linked) until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !cond() {
		select {
		case f := <-l.todo:
			f()
		case <-look.C:
		case <-deadline:
			t.Fatalf("waited %s in vain for %s; the window says %q", patience, what, l.notice.Words)
		}
	}
}

func TestAPromptFromItsQuestionToItsEnd(t *testing.T) {
	agent := startAgent(t, alicePrompt())
	l := openLinked(t, promptID)
	l.until(t, "the prompt", func() bool { return l.win.Title() == "daypass — code for alice" })

	l.typeText("123456")
	l.until(t, "the check", func() bool { return l.state.prompt.Checking })
	agent.change(func(p *creds.Prompt) { p.Checking, p.Refusal = false, "AWS did not accept this code" })
	l.until(t, "the refusal", func() bool { return l.notice.Words == "AWS did not accept this code." })

	l.typeText("654321")
	l.until(t, "the second check", func() bool { return l.state.prompt.Checking })
	agent.end(nil)
	l.until(t, "the end", func() bool { return l.closed })

	answers, cancelled := agent.seen()
	if diff := cmp.Diff([]string{"123456", "654321"}, answers); diff != "" || cancelled {
		t.Errorf("cancelled %v, answers (-want +got)\n%s", cancelled, diff)
	}
	if err := l.link.wait(); err != nil {
		t.Errorf("the end of an answered prompt is an error: %v", err)
	}
}

func TestAClosedWindowIsReportedToTheAgent(t *testing.T) {
	agent := startAgent(t, alicePrompt())
	l := openLinked(t, promptID)
	l.press(fyne.KeyEscape) // At once: the prompt may not be here yet.
	if err := l.link.wait(); err != nil {
		t.Errorf("declining is an error: %v", err)
	}
	if _, cancelled := agent.seen(); !cancelled {
		t.Error("the agent does not know")
	}
}

func TestAnAgentThatIsGone(t *testing.T) {
	gone := "The daypass agent has stopped, so it cannot take an answer. Start daypass again."
	t.Run("before the window opened", func(t *testing.T) {
		t.Setenv("DAYPASS_RUNTIME_DIR", t.TempDir())
		l := openLinked(t, promptID)
		l.until(t, "the last message", func() bool { return l.state.over != "" })
		if l.closed || l.notice.Words == "" {
			t.Errorf("closed %v, the window says %q", l.closed, l.notice.Words)
		}
		if err := l.link.wait(); err == nil {
			t.Error("no error")
		}
	})
	t.Run("while a person types", func(t *testing.T) {
		agent := startAgent(t, alicePrompt())
		l := openLinked(t, promptID)
		l.until(t, "the prompt", func() bool { return l.state.known })
		l.typeText("123")
		agent.stop()
		l.until(t, "the last message", func() bool { return l.notice.Words == gone })
		l.press(fyne.KeyReturn)
		if !l.closed {
			t.Error("Enter did not close the window")
		}
	})
	t.Run("while a code is checked", func(t *testing.T) {
		agent := startAgent(t, alicePrompt())
		l := openLinked(t, promptID)
		l.until(t, "the prompt", func() bool { return l.state.known })
		l.typeText("123456")
		l.until(t, "the check", func() bool { return l.state.prompt.Checking })
		agent.stop()
		l.until(t, "the last message", func() bool { return l.notice.Words == gone })
	})
}

func TestAPromptThatHasEndedBeforeOpensNoQuestion(t *testing.T) {
	startAgent(t, alicePrompt())
	l := openLinked(t, "another")
	l.until(t, "the window to close", func() bool { return l.closed })
	if err := l.link.wait(); !endedBefore(err) {
		t.Errorf("the error is %v", err)
	}
}
