package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/safely"
)

// bodyLimit is the size of the largest request: an import that names each of
// ten thousand roles.
const bodyLimit = 1 << 20

// route is one thing that can be asked of the agent.
type route struct {
	method  string
	pattern string
	serve   func(http.ResponseWriter, *http.Request) error
	// anyFiles routes are open to clients with other AWS files, too.
	anyFiles bool
}

func (a *Agent) table() []route {
	return []route{
		{http.MethodGet, agentapi.PathHello, a.hello, true},
		{http.MethodGet, agentapi.PathSnapshot, a.snapshot, false},
		{http.MethodGet, agentapi.PathWatch, a.watch, false},
		{http.MethodGet, agentapi.PathStatus, a.status, false},
		{http.MethodGet, agentapi.PathCredentials, a.credentials, false},
		{http.MethodPost, agentapi.PathLogin, a.login, false},
		{http.MethodPost, agentapi.PathLogout, a.logout, false},
		{http.MethodPost, agentapi.PathAdd, a.add, false},
		{http.MethodGet, agentapi.PathPrompts, a.watchPrompts, false},
		{http.MethodGet, agentapi.PathPrompt, a.watchPrompt, false},
		{http.MethodPost, agentapi.PathPromptAnswer, a.answerPrompt, false},
		{http.MethodPost, agentapi.PathPromptCancel, a.cancelPrompt, false},
		{http.MethodPost, agentapi.PathPromptBegin, a.beginSignIn, false},
		{http.MethodPost, agentapi.PathSSOAdd, a.ssoAdd, false},
		{http.MethodPost, agentapi.PathSSOLogin, a.ssoLogin, false},
		{http.MethodPost, agentapi.PathSSOLogout, a.ssoLogout, false},
		{http.MethodGet, agentapi.PathSSOAccounts, a.ssoAccounts, false},
		{http.MethodPost, agentapi.PathSSOImport, a.ssoImport, false},
		{http.MethodPost, agentapi.PathSSOMigrate, a.ssoMigrate, false},
		{http.MethodPost, agentapi.PathConsole, a.openPage, false},
		{http.MethodGet, agentapi.PathBookmarks, a.bookmarks, false},
		{http.MethodPost, agentapi.PathBookmarks, a.changeBookmarks, false},
		{http.MethodGet, agentapi.PathPlaces, a.listPlaces, false},
		{http.MethodGet, agentapi.PathVisits, a.visits, false},
		{http.MethodPost, agentapi.PathVisits, a.changeVisits, false},
		{http.MethodGet, agentapi.PathExplain, a.explain, false},
		{http.MethodGet, agentapi.PathSettings, a.settings, false},
		{http.MethodPost, agentapi.PathSettings, a.changeSettings, false},
		{http.MethodPost, agentapi.PathShow, a.show, true},
		{http.MethodPost, agentapi.PathWindow, a.showWindow, false},
		{http.MethodPost, agentapi.PathUnlock, a.unlock, false},
		{http.MethodPost, agentapi.PathStop, a.stop, true},
	}
}

func (a *Agent) routes() http.Handler {
	mux := http.NewServeMux()
	for _, r := range a.table() {
		mux.Handle(r.method+" "+r.pattern, a.handler(r))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, badRequest("the agent does not know this request; it may be of another version"))
	})
	return apart(mux)
}

// handler serves a route. A panic ends the request alone.
func (a *Agent) handler(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		a.idle.begin()
		defer a.idle.done()
		start := time.Now()
		reply := &reply{ResponseWriter: w}
		err := safely.Do(a.cfg.Log, "the request "+r.pattern, func() error {
			if !r.anyFiles {
				if err := a.checkFiles(req); err != nil {
					return err
				}
			}
			req.Body = http.MaxBytesReader(w, req.Body, bodyLimit)
			return r.serve(reply, req)
		})
		// The pattern, not the path: no name of a profile is worth logging
		// for every time that a program asks.
		a.logRequest(req, r, start, err)
		switch _, broke := errors.AsType[*safely.Panic](err); {
		case err == nil:
		case broke && reply.begun:
			// Half an answer must not look like a whole one.
			panic(http.ErrAbortHandler) // net/http's own way to break off
		default:
			writeError(reply, err)
		}
	})
}

func (a *Agent) logRequest(req *http.Request, r route, start time.Time, err error) {
	if !a.cfg.Log.Enabled(req.Context(), slog.LevelDebug) {
		return // who asks costs a look into /proc
	}
	code := creds.Code("")
	if err != nil {
		code = creds.AsError(err).Code
	}
	a.cfg.Log.Debug("request", "method", r.method, "path", r.pattern, "requester", requester(req.Context(), surface(req)).String(),
		"pid", req.Context().Value(peerKey{}), "ms", time.Since(start).Milliseconds(), "code", code, "error", err)
}

// reply knows whether something of it has been written.
type reply struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader begins the answer.
func (r *reply) WriteHeader(status int) {
	r.begun = true
	r.ResponseWriter.WriteHeader(status)
}

// Write begins the answer, or goes on with it.
func (r *reply) Write(data []byte) (int, error) {
	r.begun = true
	return r.ResponseWriter.Write(data)
}

// Unwrap is for [http.ResponseController].
func (r *reply) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func badRequest(format string, args ...any) error {
	return &creds.Error{Code: creds.CodeBadRequest, Message: fmt.Sprintf(format, args...)}
}

// checkFiles refuses a client whose environment names other AWS files than the
// agent's: it would be answered from the wrong ones.
func (a *Agent) checkFiles(r *http.Request) error {
	for _, f := range []struct{ name, theirs, ours string }{
		{"config", r.Header.Get(agentapi.HeaderConfigFile), a.cfg.Files.Config},
		{"credentials", r.Header.Get(agentapi.HeaderCredentialsFile), a.cfg.Files.Credentials},
	} {
		if f.theirs == "" {
			return badRequest("the request does not say which AWS %s file it is about", f.name)
		}
		if !sameFile(f.theirs, f.ours) {
			return &creds.Error{Code: creds.CodeConfigMismatch, Message: fmt.Sprintf(
				"the running agent works on the AWS %s file %s, and here it is %s", f.name, f.ours, f.theirs)}
		}
	}
	return nil
}

// sameFile reports whether two paths lead to one file, existing or not.
func sameFile(x, y string) bool {
	if filepath.Clean(x) == filepath.Clean(y) {
		return true
	}
	xInfo, err := os.Stat(x)
	if err != nil {
		return false
	}
	yInfo, err := os.Stat(y)
	return err == nil && os.SameFile(xInfo, yInfo)
}

// surface returns where a request says that it comes from.
func surface(r *http.Request) creds.Surface {
	switch s := creds.Surface(r.Header.Get(agentapi.HeaderSurface)); s {
	case creds.SurfaceTray, creds.SurfaceWindow, creds.SurfaceTerminal:
		return s
	case creds.SurfaceProgram:
	}
	return creds.SurfaceProgram
}

// readJSON reads a request's body.
func readJSON(w http.ResponseWriter, r *http.Request, out any) error {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(deadline()); err != nil {
		return err
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return badRequest("the request is longer than %d bytes", bodyLimit)
		}
		return badRequest("the request broke off")
	}
	// From here on the server reads only to see whether the client is there.
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	if err := json.Unmarshal(data, out); err != nil {
		// The decoder's error may quote what it could not read.
		return badRequest("the request is not in the form that the agent reads")
	}
	return nil
}

// writeJSON answers with a value.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err := http.NewResponseController(w).SetWriteDeadline(deadline()); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // a client that has gone needs no answer
	return nil
}

func writeError(w http.ResponseWriter, err error) {
	e := creds.AsError(err)
	_ = writeJSON(w, httpStatus(e.Code), e)
}

// stream answers with one line for each value, until one is the last, the
// values end, or the client or the agent goes.
func stream[T any](w http.ResponseWriter, r *http.Request, values <-chan T, last func(T) bool) error {
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "application/x-ndjson")
	lines := json.NewEncoder(w)
	for {
		select {
		case <-r.Context().Done():
			return nil
		case v, ok := <-values:
			if !ok {
				return nil
			}
			if control.SetWriteDeadline(deadline()) != nil || lines.Encode(v) != nil || control.Flush() != nil {
				return nil
			}
			if last(v) {
				return nil
			}
		}
	}
}

func never[T any](T) bool { return false }
