package sso

import (
	"context"
	"crypto/subtle"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"

	"daypass/creds/localpage"
)

// callbackPath is the AWS CLI's: what is registered is shared with it.
const callbackPath = "/oauth/callback"

// redirectURI is where the browser comes back to. It is registered without a
// port, for any is allowed on loopback (RFC 8252 §7.3).
func redirectURI(port string) string {
	host := "127.0.0.1"
	if port != "" {
		host += ":" + port
	}
	return "http://" + host + callbackPath
}

// listenLoopback binds a port that only this machine reaches, unlike the AWS
// CLI, which binds all interfaces.
func listenLoopback(ctx context.Context) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
}

// answer is what the browser brought: a code, or AWS's name of a problem.
type answer struct{ code, problem string }

// loopback waits for the browser to come back. It takes one answer, the first
// that knows the state; whatever else knocks is turned away and ends nothing.
type loopback struct {
	answers  chan answer
	redirect string
	host     string
	state    string
	server   *http.Server
	done     chan struct{}
	closing  sync.Once

	mu       sync.Mutex
	answered bool
}

func newLoopback(ctx context.Context, listen func(context.Context) (net.Listener, error), state string) (*loopback, error) {
	listener, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	l := &loopback{
		answers: make(chan answer, 1), redirect: redirectURI(port), host: "127.0.0.1:" + port,
		state: state, done: make(chan struct{}),
	}
	l.server = &http.Server{
		Handler:           l,
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      10 * time.Second,
		MaxHeaderBytes:    32 << 10,
		// Its lines name what strangers sent.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(l.done)
		_ = l.server.Serve(listener) // ErrServerClosed, for a listener of our own
	}()
	return l, nil
}

// close stops listening. The page of an answer is delivered first.
func (l *loopback) close() {
	l.closing.Do(func() {
		l.mu.Lock()
		answered := l.answered
		l.mu.Unlock()
		if answered {
			// Not for ever: a browser keeps connections open that it never uses.
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_ = l.server.Shutdown(ctx) // Close ends what is left.
		}
		_ = l.server.Close()
		<-l.done
	})
}

// problemName is what RFC 6749 §4.1.2.1 and its extensions name problems by.
var problemName = regexp.MustCompile(`^[a-z_]{1,40}$`)

// ServeHTTP answers the browser.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host != l.host:
		// A page elsewhere has had its name point to this machine ("DNS
		// rebinding").
		turnAway(w, http.StatusMisdirectedRequest)
	case r.URL.Path != callbackPath:
		turnAway(w, http.StatusNotFound)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		turnAway(w, http.StatusMethodNotAllowed)
	default:
		l.callback(w, r)
	}
}

func (l *loopback) callback(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	state, once := only(query, "state")
	if err != nil || !once || subtle.ConstantTimeCompare([]byte(state), []byte(l.state)) != 1 {
		turnAway(w, http.StatusBadRequest)
		return
	}
	code, hasCode := only(query, "code")
	problem, hasProblem := only(query, "error")
	if hasCode == hasProblem || hasProblem && !problemName.MatchString(problem) {
		turnAway(w, http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	first := !l.answered
	l.answered = true
	l.mu.Unlock()
	switch {
	case !first:
		turnAway(w, http.StatusGone)
		return
	case hasProblem:
		localpage.Write(w, http.StatusOK, "Not signed in", "daypass has been told so. You can close this tab.")
	default:
		localpage.Write(w, http.StatusOK, "Approved", "daypass takes it from here. You can close this tab.")
	}
	l.answers <- answer{code, problem}
}

// only returns a parameter that is there once and says something.
func only(query url.Values, name string) (string, bool) {
	values := query[name]
	if len(values) != 1 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

func turnAway(w http.ResponseWriter, status int) {
	localpage.Write(w, status, http.StatusText(status), "This is not what daypass waits for. A sign-in that is under way goes on.")
}
