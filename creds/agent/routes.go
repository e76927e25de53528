package agent

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// bodyLimit is the size of the largest request: an import that names each of
// ten thousand roles.
const bodyLimit = 1 << 20

// route is one endpoint that is served.
type route struct {
	method   string
	path     string
	anyFiles bool
	secret   bool
	serve    func(http.ResponseWriter, *http.Request) error
}

// call is what a handler knows about a request besides its body.
type call struct {
	agentapi.Query
	surface creds.Surface
	pid     int
	within  string
}

// by describes who makes the request. For a program it reads /proc.
func (c call) by() creds.Requester {
	by := requester(c.pid, c.surface)
	by.Within = c.within
	return by
}

func newCall(r *http.Request) (call, error) {
	q, err := agentapi.ReadQuery(r.PathValue("id"), r.URL.Query())
	pid, _ := r.Context().Value(peerKey{}).(int)
	return call{q, surface(r), pid, r.Header.Get(agentapi.HeaderWithin)}, err
}

// answers serves an endpoint with one answer.
func answers[In, Out any](e agentapi.Endpoint[In, Out], do func(context.Context, call, In) (Out, error)) route {
	return route{e.Method, e.Path, e.AnyFiles, e.Secret, func(w http.ResponseWriter, r *http.Request) error {
		c, err := newCall(r)
		if err != nil {
			return err
		}
		var in In
		if _, none := any(in).(agentapi.Nothing); !none {
			if err := readJSON(w, r, &in); err != nil {
				return err
			}
		}
		ctx := r.Context()
		if c.surface == creds.SurfaceUnattended {
			ctx = core.Unattended(ctx)
		}
		out, err := do(ctx, c, in)
		if err != nil {
			return err
		}
		if found, ok := any(out).(creds.Credentials); ok {
			w.Header().Set(agentapi.HeaderRegion, found.Region)
		}
		return writeJSON(w, http.StatusOK, out)
	}}
}

// streams serves a stream with the values of a channel.
func streams[T any](s agentapi.Stream[T], watch func(context.Context, call) (<-chan T, error)) route {
	return route{http.MethodGet, s.Path, false, false, func(w http.ResponseWriter, r *http.Request) error {
		c, err := newCall(r)
		if err != nil {
			return err
		}
		values, err := watch(r.Context(), c)
		if err != nil {
			return err
		}
		return stream(w, r, values, s.Last)
	}}
}

// after calls done when the request is over, whatever its outcome.
func (r route) after(done func()) route {
	serve := r.serve
	r.serve = func(w http.ResponseWriter, req *http.Request) error {
		defer done()
		return serve(w, req)
	}
	return r
}

// done is the answer that only says whether something was done.
func done(err error) (agentapi.Nothing, error) { return agentapi.Nothing{}, err }

func (a *Agent) mux() http.Handler {
	mux := http.NewServeMux()
	for _, r := range slices.Concat(
		a.table(), a.profiles.routes(), a.questions.routes(), a.sessions.routes(), a.consoles.routes(), a.choices.routes(), a.display.routes(), a.custody.routes(),
	) {
		mux.Handle(r.method+" "+r.path, a.handler(r))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, badRequest("the agent does not know this request; it may be of another version"))
	})
	return mux
}

// handler serves a route. A panic ends only the request.
func (a *Agent) handler(r route) http.Handler {
	handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		a.idle.begin()
		defer a.idle.done()
		start := time.Now()
		reply := &reply{ResponseWriter: w}
		err := safely.Do(a.cfg.Log, "the request "+r.path, func() error {
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
	if r.secret {
		return apart(handler)
	}
	return handler
}

func (a *Agent) logRequest(req *http.Request, r route, start time.Time, err error) {
	if !a.cfg.Log.Enabled(req.Context(), slog.LevelDebug) {
		return // describing the caller reads /proc
	}
	code := creds.Code("")
	if err != nil {
		code = creds.AsError(err).Code
	}
	pid, _ := req.Context().Value(peerKey{}).(int)
	a.cfg.Log.Debug("request", "method", r.method, "path", r.path, "requester", requester(pid, surface(req)).String(),
		"pid", pid, "ms", time.Since(start).Milliseconds(), "code", code, "error", err)
}

// reply knows whether any of it has been written.
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

func badRequest(format lang.Text, args ...any) error {
	return &creds.Error{Code: creds.CodeBadRequest, Message: lang.Sprintf(format, args...)}
}

// checkFiles refuses a client whose environment names other AWS files than the agent's:
// its answers would be from the wrong ones.
func (a *Agent) checkFiles(r *http.Request) error {
	for _, f := range []struct{ name, theirs, ours string }{
		{"config", r.Header.Get(agentapi.HeaderConfigFile), a.cfg.Files.Config},
		{"credentials", r.Header.Get(agentapi.HeaderCredentialsFile), a.cfg.Files.Credentials},
	} {
		if f.theirs == "" {
			return badRequest("the request does not say which AWS %s file it is about", f.name)
		}
		if !sameFile(f.theirs, f.ours) {
			return &creds.Error{Code: creds.CodeConfigMismatch, Message: lang.Sprintf(
				"the running agent works on the AWS %s file %s, and here it is %s", f.name, f.ours, f.theirs)}
		}
	}
	// Clients of an earlier version do not say it, and neither side may know it.
	theirs, ours := r.Header.Get(agentapi.HeaderLoginCache), a.cfg.Files.LoginCache
	if theirs != "" && ours != "" && !sameFile(theirs, ours) {
		return &creds.Error{Code: creds.CodeConfigMismatch, Message: lang.Sprintf(
			"the running agent works on the console sign-ins in %s, and here they are in %s", ours, theirs)}
	}
	return nil
}

// sameFile reports whether two paths lead to one file or folder, existing or not.
func sameFile(x, y string) bool {
	x, y = filepath.Clean(x), filepath.Clean(y)
	for x != y {
		xInfo, xErr := os.Stat(x) //nolint:gosec // the owner names it, and learns only whether it is the same
		yInfo, yErr := os.Stat(y)
		switch {
		case xErr == nil && yErr == nil:
			return os.SameFile(xInfo, yInfo)
		case !errors.Is(xErr, os.ErrNotExist) || !errors.Is(yErr, os.ErrNotExist), filepath.Base(x) != filepath.Base(y):
			return false
		}
		// Neither is there yet, and both would be made in the same folder or not.
		x, y = filepath.Dir(x), filepath.Dir(y)
	}
	return true
}

// surface returns where a request says it comes from.
func surface(r *http.Request) creds.Surface {
	switch s := creds.Surface(r.Header.Get(agentapi.HeaderSurface)); s {
	case creds.SurfaceTray, creds.SurfaceWindow, creds.SurfaceTerminal, creds.SurfaceUnattended:
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
	data, ok := value.(agentapi.Text)
	if !ok {
		var err error
		if data, err = json.Marshal(value); err != nil {
			return err
		}
	}
	if err := http.NewResponseController(w).SetWriteDeadline(deadline()); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(data))) // or it goes in chunks
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
			if last != nil && last(v) {
				return nil
			}
		}
	}
}
