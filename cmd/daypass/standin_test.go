package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/secret"
)

// hostile is a name of everything that a shell, a terminal, TOML or an address
// could take for something else.
const hostile = "a b&#+%\"'=,:;$(x)`\\.é😀\x1b[2J\n- "

// standIn answers as an agent does, with what a test gives it, and keeps what it
// was asked for.
type standIn struct {
	profiles  []creds.Status
	bookmarks []creds.Bookmark
	places    []creds.ConsolePlace
	visits    []creds.Visit
	settings  creds.SettingsReply
	console   creds.ConsoleReply
	chain     creds.Explanation
	note      string // of every change of the bookmarks
	headless  bool
	refusal   *creds.Error // of every request that changes something

	mu    sync.Mutex
	asked []any
}

// begin makes it the agent of this test's commands.
func (a *standIn) begin(t *testing.T) *standIn {
	t.Helper()
	// A socket's address is short, and the folders of tests are long.
	dir, err := os.MkdirTemp("", "daypass")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", agentapi.SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: a.routes()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
		_ = os.RemoveAll(dir)
	})
	t.Setenv("DAYPASS_RUNTIME_DIR", dir)
	t.Setenv("AWS_CONFIG_FILE", dir+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", dir+"/credentials")
	t.Setenv("AWS_PROFILE", "")
	return a
}

func (a *standIn) routes() http.Handler {
	mux := http.NewServeMux()
	gives := func(path string, value func(*http.Request) any) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { answer(w, value(r)) })
	}
	gives(agentapi.Greeting.Path, func(*http.Request) any { return agentapi.Hello{Headless: a.headless} })
	gives(agentapi.Snapshot.Path, func(*http.Request) any { return creds.Snapshot{Profiles: a.profiles} })
	gives(agentapi.Bookmarks.Path, func(*http.Request) any {
		return creds.Bookmarks{Bookmarks: a.bookmarks, TOML: "[[bookmark]]\nname = \"\x1b\"\n"}
	})
	gives(agentapi.Places.Path, func(*http.Request) any { return a.places })
	gives(agentapi.Visits.Path, func(*http.Request) any { return a.visits })
	gives(agentapi.Settings.Path, func(*http.Request) any { return a.settings })
	profile := func(r *http.Request) (creds.Status, *creds.Error) {
		name := r.URL.Query().Get("profile")
		for _, s := range a.profiles {
			if s.Name == name {
				return s, nil
			}
		}
		return creds.Status{}, &creds.Error{Code: creds.CodeNoProfile, Message: "there is no profile " + name}
	}
	gives(agentapi.Status.Path, func(r *http.Request) any {
		s, err := profile(r)
		if err != nil {
			return err
		}
		return s
	})
	gives(agentapi.Explain.Path, func(r *http.Request) any {
		if _, err := profile(r); err != nil {
			return err
		}
		return a.chain
	})
	does := func(path string, into func() any, then func(any) any) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			request := into()
			if r.ContentLength > 0 {
				if err := json.NewDecoder(r.Body).Decode(request); err != nil {
					http.Error(w, err.Error(), http.StatusBadRequest)
					return
				}
			}
			a.mu.Lock()
			a.asked = append(a.asked, request)
			a.mu.Unlock()
			if a.refusal != nil {
				answer(w, a.refusal)
				return
			}
			answer(w, then(request))
		})
	}
	does(agentapi.Console.Path, func() any { return &creds.ConsoleRequest{} }, func(any) any { return a.console })
	does(agentapi.Bookmarks.Path, func() any { return &creds.BookmarksRequest{} }, func(r any) any {
		a.change(r.(*creds.BookmarksRequest))
		return creds.Bookmarks{Bookmarks: a.bookmarks, Note: a.note}
	})
	does(agentapi.Visits.Path, func() any { return &creds.VisitsRequest{} }, func(any) any { return struct{}{} })
	does(agentapi.Settings.Path, func() any { return &creds.SettingsRequest{} }, func(r any) any {
		for _, c := range r.(*creds.SettingsRequest).Changes {
			if c.Key == "start_at_login" {
				a.settings.StartsAtLogin = c.Value == true
			}
		}
		return a.settings
	})
	does(agentapi.Show.Path, func() any { return &struct{ Show bool }{true} }, func(any) any { return struct{}{} })
	return mux
}

// change does to the bookmarks what the answers of the commands are made of.
func (a *standIn) change(r *creds.BookmarksRequest) {
	if r.Put == nil {
		return
	}
	was := r.Put.Name
	if r.Was != "" {
		was = r.Was
	}
	for i, b := range a.bookmarks {
		if b.Name == was {
			a.bookmarks[i] = *r.Put
			return
		}
	}
	a.bookmarks = append(a.bookmarks, *r.Put)
}

func answer(w http.ResponseWriter, value any) {
	if failed, ok := value.(*creds.Error); ok {
		w.WriteHeader(http.StatusConflict)
		value = failed
	}
	_ = json.NewEncoder(w).Encode(value)
}

// outcomeOf is what a command line has come to.
type outcomeOf struct {
	Code  int
	Out   string
	Err   string
	Asked []any
}

// runs runs a command line against the stand-in.
func (a *standIn) runs(t *testing.T, stdin string, args ...string) outcomeOf {
	t.Helper()
	a.mu.Lock()
	a.asked = nil
	a.mu.Unlock()
	var out, complaint bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(stdin), &out, &complaint)
	a.mu.Lock()
	defer a.mu.Unlock()
	return outcomeOf{Code: code, Out: out.String(), Err: complaint.String(), Asked: a.asked}
}

// is checks the whole of an outcome.
func (o outcomeOf) is(t *testing.T, want outcomeOf) {
	t.Helper()
	if diff := cmp.Diff(want, o, cmp.Comparer(func(a, b secret.Text) bool { return a.Reveal() == b.Reveal() })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// says checks the exit status and all that is said on stderr, and that nothing was
// asked for or printed.
func (o outcomeOf) says(t *testing.T, code int, complaint string) {
	t.Helper()
	o.is(t, outcomeOf{Code: code, Err: complaint})
}
