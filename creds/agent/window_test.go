package agent_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/credstest"
)

// TestWhereNoWindowCanBeShownEveryRequestOfAProgramSaysSoAtOnce has programs ask
// in each way that may need a person, and then a person in a terminal.
func TestWhereNoWindowCanBeShownEveryRequestOfAProgramSaysSoAtOnce(t *testing.T) {
	h := newHouseIn(t, false, ".", func(h *house, home string) {
		credstest.Write(t, filepath.Join(home, "config"), h.Config()+"\n"+h.SSO.Config())
	})
	broken := errors.New("there is no screen")
	h.broken.Store(&broken)
	c := h.connect(t, creds.SurfaceProgram)
	for name, ask := range map[string]func(context.Context) error{
		"for credentials": func(ctx context.Context) error { _, err := c.Credentials(ctx, "alice", 0); return err },
		"for a login": func(ctx context.Context) error {
			_, err := c.Login(ctx, creds.LoginRequest{Profile: "alice"})
			return err
		},
		"for the console": func(ctx context.Context) error {
			_, err := c.Console(ctx, creds.ConsoleRequest{Profile: "dev-readonly"})
			return err
		},
		"for a sign-in": func(ctx context.Context) error {
			_, err := c.SSOLogin(ctx, creds.SSOLoginRequest{Session: awstest.SampleSession})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			// Far below the 50 seconds that a program would wait for a person.
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			defer stop()
			said := wantCode(t, ask(ctx), creds.CodeNobodyToAsk)
			if want := "is needed, and no window can be shown: there is no screen"; !strings.Contains(said.Message, want) {
				t.Errorf("it says %q, not %q", said.Message, want)
			}
		})
	}

	person := h.connect(t, creds.SurfaceTerminal)
	done := make(chan error, 1)
	go func() {
		_, err := person.Login(t.Context(), creds.LoginRequest{Profile: "alice"})
		done <- err
	}()
	var id string
	ctx, stop := context.WithCancel(t.Context())
	_ = person.WatchPrompts(ctx, "alice", func(prompts []creds.Prompt) {
		if len(prompts) > 0 {
			id = prompts[0].ID
			stop()
		}
	})
	h.answer(t, person, id)
	if err := <-done; err != nil {
		t.Errorf("the terminal could not answer: %v", err)
	}
	if _, err := c.Credentials(t.Context(), "alice", 0); err != nil {
		t.Errorf("the program's next try: %v", err)
	}
}

// TestAClickInTheWindowIsAPersonsAndSaidToBe asks as the windows, the tray and a
// program do.
func TestAClickInTheWindowIsAPersonsAndSaidToBe(t *testing.T) {
	h := newHouse(t, false)
	for surface, want := range map[creds.Surface]string{
		creds.SurfaceWindow: "you, in the window",
		creds.SurfaceTray:   "you, in the tray",
	} {
		c := h.connect(t, surface)
		ended := make(chan error, 1)
		go func() {
			_, err := c.Login(t.Context(), creds.LoginRequest{Profile: "alice", Force: true})
			ended <- err
		}()
		h.window(t)
		p := h.broker.Prompts()[0]
		if got := p.Requester.String(); got != want {
			t.Errorf("it is asked for by %q, want %q", got, want)
		}
		if err := c.CancelPrompt(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		wantCode(t, <-ended, creds.CodeDeclined)
		// A program is left alone now; a person is asked again, in the next turn.
		_, err := h.connect(t, creds.SurfaceProgram).Credentials(t.Context(), "alice", 0)
		wantCode(t, err, creds.CodeDeclined)
	}
}
