package browsers

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"daypass/creds/localpage"
	"daypass/creds/secret"
)

// Lifetime is for how long a Handoff waits for the browser: one that is started
// from cold on a slow machine, or asks which profile to use, takes a while.
const Lifetime = time.Minute

// Handoff passes a secret address to a browser.
//
// A program's arguments can be read by every user of the machine: on Linux in
// /proc unless it is mounted with hidepid, on macOS by ps. So the browser is
// given an address of this machine, which answers once, with a redirect to the
// real one. Who reads it from the arguments may still be quicker than the
// browser, so on Linux a program of another user (but root) is turned away.
// Elsewhere the system does not tell whose a connection is: on Windows others
// cannot read arguments unless they are administrators; on macOS a program of
// another user that looks at the right moment can win, which the browser's page
// then says.
type Handoff struct {
	// Address is what the browser is given. It is worth nothing once Taken is
	// closed and when Lifetime is over.
	Address string

	url    secret.Text
	path   string
	host   string
	local  netip.AddrPort
	owns   func(local, remote netip.AddrPort) error
	server *http.Server
	stop   context.CancelFunc
	taken  chan struct{}
	ended  chan struct{}
	first  atomic.Bool

	mu     sync.Mutex
	denied error
}

// NewHandoff listens on the loopback interface. The Handoff ends by itself after
// Lifetime, and sooner if ctx ends. Only http and https addresses are passed on.
// Errors do not hold the address.
func NewHandoff(ctx context.Context, url secret.Text) (*Handoff, error) {
	return newHandoff(ctx, url, Lifetime, peerIsOwn)
}

func newHandoff(ctx context.Context, address secret.Text, lifetime time.Duration, owns func(local, remote netip.AddrPort) error) (*Handoff, error) {
	if err := checkAddress(address.Reveal()); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the address cannot be handed to a browser: %w", err)
	}
	local := listener.Addr().(*net.TCPAddr).AddrPort()
	h := &Handoff{
		url: address, path: "/" + rand.Text(), host: local.String(), local: local, owns: owns,
		taken: make(chan struct{}), ended: make(chan struct{}),
	}
	h.Address = "http://" + h.host + h.path
	h.server = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      10 * time.Second,
		MaxHeaderBytes:    64 << 10,
		// Its lines name what strangers sent.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = h.server.Serve(listener) }() // ErrServerClosed, for a listener of our own
	ctx, h.stop = context.WithTimeout(ctx, lifetime)
	go h.end(ctx)
	return h, nil
}

// end waits for the Handoff's end. A page that is on its way is delivered, but
// not for ever: browsers keep connections open that they never use.
func (h *Handoff) end(ctx context.Context) {
	defer close(h.ended)
	<-ctx.Done()
	h.stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = h.server.Shutdown(grace) // Close ends what is left.
	_ = h.server.Close()
}

// Taken is closed when the browser has got the real address. Until Lifetime is
// over, who asks again is told that it was used.
func (h *Handoff) Taken() <-chan struct{} { return h.taken }

// Ended is closed when nothing answers any more.
func (h *Handoff) Ended() <-chan struct{} { return h.ended }

// Close ends the Handoff.
func (h *Handoff) Close() {
	h.stop()
	<-h.ended
}

// Denied returns why the last request that knew the address was refused, or nil.
func (h *Handoff) Denied() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.denied
}

// checkAddress refuses what a browser would not open as a page of the web,
// among it javascript: and file:.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" ||
		strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return errors.New("what is to be opened is no address of a web page")
	}
	return nil
}

// ServeHTTP answers the browser.
func (h *Handoff) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Host != h.host:
		// A page elsewhere has had its name point to this machine ("DNS
		// rebinding").
		turnAway(w, http.StatusMisdirectedRequest, "This is not what daypass waits for.")
	case subtle.ConstantTimeCompare([]byte(r.URL.Path), []byte(h.path)) != 1:
		turnAway(w, http.StatusNotFound, "This is not what daypass waits for.")
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		turnAway(w, http.StatusMethodNotAllowed, "This is not what daypass waits for.")
	default:
		h.hand(w, r)
	}
}

func (h *Handoff) hand(w http.ResponseWriter, r *http.Request) {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err == nil {
		err = h.owns(h.local, remote)
	}
	if err != nil {
		h.mu.Lock()
		h.denied = err
		h.mu.Unlock()
		turnAway(w, http.StatusForbidden, "The page opens only for the user who asked for it.")
		return
	}
	if !h.first.CompareAndSwap(false, true) {
		turnAway(w, http.StatusGone, "The link was good for one time. Open the page from daypass again. "+
			"If you see this at the first time, another program on this machine was quicker.")
		return
	}
	localpage.Secure(w.Header())
	w.Header().Set("Location", h.url.Reveal())
	w.WriteHeader(http.StatusSeeOther)
	_ = http.NewResponseController(w).Flush() // The browser may be gone.
	close(h.taken)
}

func turnAway(w http.ResponseWriter, status int, text string) {
	localpage.Write(w, status, http.StatusText(status), text)
}
