package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
	"daypass/internal/safely"
	"daypass/internal/secret"
	"daypass/internal/signin"
)

// hush must not appear anywhere.
const hush = "hush-hush"

// journal is a log to look into.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) log() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

// holds fails unless a panic is in the log, with its stack and without its value.
func (j *journal) holds(t *testing.T, of string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.text.String()
	for _, part := range []string{"a panic was caught", of, "type=string", "panic_test.go"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in the log:\n%s", part, text)
		}
	}
	if strings.Contains(text, hush) {
		t.Errorf("the value is in the log:\n%s", text)
	}
}

func wantPanic(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*safely.Panic](err); !ok || strings.Contains(err.Error(), hush) {
		t.Errorf("got %v", err)
	}
}

func TestARequestThatPanicsIsAnsweredAndTheNextOneIsServed(t *testing.T) {
	var logged journal
	a := New(Config{Log: logged.log()})
	for name, tc := range map[string]struct {
		serve func(w http.ResponseWriter, r *http.Request) error
		whole bool
	}{
		"before it has answered": {func(http.ResponseWriter, *http.Request) error { panic(hush) }, true},
		"with a header set": {func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set(agentapi.HeaderRegion, "eu-west-1")
			panic(hush)
		}, true},
		"in the middle of its answer": {func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, `{"access_key_id":`)
			_ = http.NewResponseController(w).Flush()
			panic(hush)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(a.handler(route{method: http.MethodGet, path: "/work", anyFiles: true, serve: tc.serve}))
			defer server.Close()
			for range 2 {
				resp, err := http.Get(server.URL)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if !tc.whole {
					if err == nil {
						t.Errorf("half an answer looks whole: %s", body)
					}
					continue
				}
				var e creds.Error
				if err != nil || json.Unmarshal(body, &e) != nil || e.Code != creds.CodeInternal || resp.StatusCode != http.StatusInternalServerError ||
					!strings.Contains(e.Message, "a fault in daypass itself") || strings.Contains(e.Message, hush) {
					t.Errorf("%v: %s %s", err, resp.Status, body)
				}
			}
			logged.holds(t, "/work")
		})
	}
}

func TestAWindowThatPanicsLeavesItsPromptOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged journal
		var opened atomic.Int32
		b := NewBroker(Desktop{Window: func(context.Context, string, func()) error {
			opened.Add(1)
			panic(hush)
		}}, logged.log())
		defer b.Close()
		d := &desk{Broker: b}
		ended := d.ask(t.Context(), creds.SurfaceProgram, "work", "123456")
		id := d.only(t).ID
		if _, err := b.Show(id); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if opened.Load() < 2 {
			t.Error("the window was not opened again")
		}
		d.give(t, id, "123456")
		if err := <-ended; err != nil {
			t.Error(err)
		}
		logged.holds(t, "the window of a prompt")
	})
}

func TestAnAnswerThatPanicsEndsItsPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged journal
		d := newDesk(t)
		d.log = logged.log()
		ended := make(chan error, 1)
		go func() {
			ended <- d.Ask(t.Context(), creds.Prompt{Kind: creds.PromptMFA, Profile: "work", Device: phone}, func(context.Context, creds.AnswerRequest) error { panic(hush) })
		}()
		d.give(t, d.only(t).ID, "123456")
		wantPanic(t, <-ended)
		d.none(t)
		logged.holds(t, "the MFA code of")
		// The next question is still asked.
		next := d.ask(t.Context(), creds.SurfaceTray, "work", "123456")
		d.give(t, d.only(t).ID, "123456")
		if err := <-next; err != nil {
			t.Error(err)
		}
	})
}

func TestASignInThatPanicsEndsItsPromptAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged journal
		d := newDesk(t)
		d.log = logged.log()
		err := d.SignIn(t.Context(), core.SignInRequest{
			Kind: creds.PromptSSO, About: creds.SignIn{Session: corp}, Requester: creds.Requester{Surface: creds.SurfaceTray},
		}, func(context.Context, signin.Way) error { panic(hush) })
		wantPanic(t, err)
		d.none(t)
		logged.holds(t, "the sign-in")
	})
}

func TestACodeIsNeitherLoggedNorShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged journal
		d := newDesk(t)
		d.log = logged.log()
		ended := make(chan error, 1)
		go func() {
			ended <- d.SignIn(t.Context(), core.SignInRequest{
				Kind: creds.PromptConsole, About: creds.SignIn{Identity: alice}, Options: code, Requester: creds.Requester{Surface: tray},
			}, func(_ context.Context, way signin.Way) error {
				way.Show(signin.Page{Method: way.Method, URL: "https://x", Pastes: true})
				panic(<-way.Pasted)
			})
		}()
		p := d.only(t)
		if err := d.Answer(p.ID, creds.AnswerRequest{Answer: secret.New(hush)}); err != nil {
			t.Fatal(err)
		}
		wantPanic(t, <-ended)
		d.none(t)
		logged.holds(t, "the sign-in")
	})
}

func TestAPageThatPanicsWhenItIsOpenedAgainIsSaidToBeClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged journal
		b := NewBroker(Desktop{
			Window: func(ctx context.Context, _ string, _ func()) error { <-ctx.Done(); return nil },
			Browse: func(context.Context, SignInPage) error { panic(hush) },
		}, logged.log())
		defer b.Close()
		d := &desk{Broker: b}
		approve := make(chan error)
		ended := make(chan error, 1)
		go func() {
			ended <- b.SignIn(t.Context(), core.SignInRequest{
				Kind: creds.PromptSSO, About: creds.SignIn{Session: corp}, Requester: creds.Requester{Surface: creds.SurfaceTray},
			}, func(_ context.Context, way signin.Way) error {
				way.Show(signin.Page{Method: signin.MethodBrowser, URL: "https://corp.awsapps.com/page", Opened: true})
				return <-approve
			})
		}()
		id := d.only(t).ID
		if err := b.Begin(id, creds.SignInOptions{}); err != nil {
			t.Fatal(err)
		}
		if note := d.only(t).SignIn.Note; !strings.Contains(note, "No browser could be opened") {
			t.Errorf("the note is %q", note)
		}
		close(approve)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		logged.holds(t, "the opening of a page")
	})
}

func TestALoopOfTheAgentThatPanicsGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged journal
		a := New(Config{Log: logged.log()})
		var runs atomic.Int32
		a.keep("a watch", func(ctx context.Context) {
			if runs.Add(1) == 1 {
				panic(hush)
			}
			<-ctx.Done()
		})
		time.Sleep(time.Minute)
		if n := runs.Load(); n != 2 {
			t.Errorf("it ran %d times", n)
		}
		a.end()
		a.work.Wait()
		logged.holds(t, "a watch")
	})
}
