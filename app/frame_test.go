package app

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// framed is a larger window on Fyne's test driver that is joined to a real
// socket. The test's goroutine takes the place of the one with Fyne's loop.
type framed struct {
	*frame

	sso    *testSSO
	todo   chan func()
	closed bool
}

func openFramed(t *testing.T, sso func(*testSSO)) *framed {
	t.Helper()
	return openFramedOn(t, func(a *testAgent) {
		if sso != nil {
			sso(a.sso)
		}
	})
}

func openFramedOn(t testing.TB, prepare func(*testAgent)) *framed {
	t.Helper()
	agent := startAgent(t, corpPrompt())
	prepare(agent)
	client, err := agentapi.Connect(t.Context(), agentapi.Options{Surface: creds.SurfaceTray})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	f := &framed{sso: agent.sso, todo: make(chan func())}
	do := func(g func()) {
		select {
		case f.todo <- g:
		case <-ctx.Done():
		}
	}
	f.frame = &frame{ctx: ctx, client: client, loopWindow: loopWindow{testWindow(), do, func() { f.closed = true }}}
	f.win.Show()
	return f
}

// until runs what the window has to do until cond holds.
func (f *framed) until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !cond() {
		select {
		case g := <-f.todo:
			g()
		case <-look.C:
		case <-deadline:
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}

func (f *framed) press(key fyne.KeyName) {
	ev := &fyne.KeyEvent{Name: key}
	if on := f.win.Canvas().Focused(); on != nil {
		on.TypedKey(ev)
		return
	}
	f.win.Canvas().OnTypedKey()(ev)
}
