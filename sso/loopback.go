package sso

import (
	"context"
	"crypto/subtle"
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

// callbackPath is the AWS CLI's, which shares the registration.
const callbackPath = "/oauth/callback"

// redirectURI is where the browser returns to. It is registered without a port, because
// any is allowed on loopback (RFC 8252 §7.3).
func redirectURI(host string) string { return "http://" + host + callbackPath }

// answer is the browser's answer: a code, or AWS's name of a problem.
type answer struct{ code, problem string }

// loopback waits for the browser to return. It accepts one answer, the first with the
// right state, and refuses all other requests without ending. If the system can say
// whose the connection is, it must be the user's own: another user who has seen the
// state could end the sign-in, or send a code of their own and have the user signed in
// as somebody else.
type loopback struct {
	answers  chan answer
	redirect string
	state    string
	port     *localpage.Port
	answered atomic.Bool
}

// ports is how the loopback port is bound and whose connections it accepts; tests have one
// in memory.
type ports struct {
	listen func(context.Context) (net.Listener, error)
	own    func(net.Conn) error
}

func newLoopback(ctx context.Context, ports ports, state string, log *slog.Logger) (*loopback, error) {
	// Unlike the AWS CLI, which binds all interfaces.
	listener, err := ports.listen(ctx)
	if err != nil {
		return nil, err
	}
	l := &loopback{
		answers: make(chan answer, 1), redirect: redirectURI(listener.Addr().String()), state: state,
	}
	l.port = localpage.Serve(listener, localpage.Config{
		Path: callbackPath, Answer: l.callback, Away: lang.T("A sign-in that is under way goes on."), Own: ports.own, Log: log,
	})
	return l, nil
}

// close stops listening. The page of an answer is delivered first.
func (l *loopback) close() {
	var grace time.Duration
	if l.answered.Load() {
		grace = time.Second
	}
	l.port.Close(grace)
}

// problemName is what RFC 6749 §4.1.2.1 and its extensions name problems by.
var problemName = regexp.MustCompile(`^[a-z_]{1,40}$`)

// callback answers the browser.
func (l *loopback) callback(w http.ResponseWriter, r *http.Request) (away int) {
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
	l.answers <- answer{code, problem}
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
