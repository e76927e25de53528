package signin

import (
	"context"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync/atomic"
	"time"

	"daypass/internal/lang"
	"daypass/internal/localpage"
)

// callbackPath is the AWS CLI's, which shares the registration at Identity Center.
const callbackPath = "/oauth/callback"

// RedirectURI is where the browser returns to at a host, or a host with a port.
func RedirectURI(host string) string { return "http://" + host + callbackPath }

// Answer is the browser's answer: a code, or AWS's name of a problem.
type Answer struct{ Code, Problem string }

// Loopback waits for the browser to return. It accepts one answer, the first with the
// right state, and refuses all other requests without ending. If the system can say
// whose the connection is, it must be the user's own: another user who has seen the
// state could end the sign-in, or send a code of their own and have the user signed in
// as somebody else.
type Loopback struct {
	// Answers gets the answer.
	Answers chan Answer
	// Redirect is the port's address.
	Redirect string
	state    string
	port     *localpage.Port
	answered atomic.Bool
}

// Ports is how the loopback port is bound and whose connections it accepts. A nil Listen
// binds a port of 127.0.0.1, a nil Own accepts the user's own; tests have a port in memory.
type Ports struct {
	Listen func(context.Context) (net.Listener, error)
	Own    func(net.Conn) error
}

// ErrNoLoopback says that no port could be bound.
var ErrNoLoopback = lang.Error("no port could be bound on 127.0.0.1")

// NewLoopback binds a port, before the browser gets its address. Its error is an
// [ErrNoLoopback], or the cause of the context's end.
func NewLoopback(ctx context.Context, ports Ports, state string, log *slog.Logger) (*Loopback, error) {
	// Unlike the AWS CLI, which binds all interfaces.
	listen := ports.Listen
	if listen == nil {
		listen = localpage.Listen
	}
	listener, err := listen(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoLoopback, err)
	}
	l := &Loopback{
		Answers: make(chan Answer, 1), Redirect: RedirectURI(listener.Addr().String()), state: state,
	}
	l.port = localpage.Serve(listener, localpage.Config{
		Path: callbackPath, Answer: l.callback, Away: lang.T("A sign-in that is under way goes on."), Own: ports.Own, Log: log,
	})
	return l, nil
}

// Close stops listening. The page of an answer is delivered first.
func (l *Loopback) Close() {
	var grace time.Duration
	if l.answered.Load() {
		grace = time.Second
	}
	l.port.Close(grace)
}

// problemName is what RFC 6749 §4.1.2.1 and its extensions name problems by.
var problemName = regexp.MustCompile(`^[a-z_]{1,40}$`)

// callback answers the browser.
func (l *Loopback) callback(w http.ResponseWriter, r *http.Request) (away int) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	state, once := only(query, "state")
	if err != nil || !once || subtle.ConstantTimeCompare([]byte(state), []byte(l.state)) != 1 {
		return http.StatusBadRequest
	}
	code, hasCode := only(query, "code")
	problem, hasProblem := only(query, "error")
	if hasCode == hasProblem || hasProblem && !problemName.MatchString(problem) {
		return http.StatusBadRequest
	}
	switch {
	case l.answered.Swap(true):
		return http.StatusGone
	case hasProblem:
		localpage.Write(w, http.StatusOK, lang.T("Not signed in"), lang.T("daypass knows. You can close this tab."))
	default:
		localpage.Write(w, http.StatusOK, "Approved", lang.T("daypass takes it from here. You can close this tab."))
	}
	l.Answers <- Answer{code, problem}
	return 0
}

// only returns a parameter that is there once and not empty.
func only(query url.Values, name string) (string, bool) {
	values := query[name]
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}
