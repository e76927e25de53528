package browsers

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"daypass/internal/lang"
	"daypass/internal/localpage"
	"daypass/internal/secret"
)

// Lifetime is how long the link to a console waits for the browser: one that starts
// cold on a slow machine, or asks which profile to use, takes a while.
const Lifetime = time.Minute

// Handoff passes a secret address to a browser.
//
// Every user of the machine can read a program's arguments: on Linux in /proc unless it
// is mounted with hidepid, on macOS by ps. So the browser is given an address of this
// machine, which answers once, with a redirect to the real one. A program that reads it
// from the arguments may be quicker than the browser, so programs of other users but
// root are refused; see [localpage.Port]. macOS and the BSDs do not say which user a
// connection belongs to: there another user's program that looks at the right moment
// can win, and the browser's page then says so.
type Handoff struct {
	// Address is what the browser is given. It is worthless once Taken is closed or
	// the lifetime is over.
	Address string

	url   secret.Text
	path  string
	port  *localpage.Port
	stop  context.CancelFunc
	taken chan struct{}
	ended chan struct{}
	first atomic.Bool

	mu     sync.Mutex
	denied error
}

// NewHandoff listens on the loopback interface. The Handoff ends by itself after
// a lifetime, and sooner if ctx ends. Only http and https addresses are passed
// on. Errors do not hold the address. A nil log discards.
func NewHandoff(ctx context.Context, url secret.Text, lifetime time.Duration, log *slog.Logger) (*Handoff, error) {
	return newHandoff(ctx, url, lifetime, localpage.Config{Log: log})
}

func newHandoff(ctx context.Context, address secret.Text, lifetime time.Duration, config localpage.Config) (*Handoff, error) {
	if err := checkAddress(address.Reveal()); err != nil {
		return nil, err
	}
	listener, err := localpage.Listen(ctx)
	if err != nil {
		return nil, lang.Errorf("the address cannot be handed to a browser: %w", err)
	}
	h := &Handoff{url: address, path: "/" + rand.Text(), taken: make(chan struct{}), ended: make(chan struct{})}
	config.Path, config.Answer, config.Stranger = h.path, h.hand, h.deny
	h.port = localpage.Serve(listener, config)
	h.Address = "http://" + h.port.Host + h.path
	ctx, h.stop = context.WithTimeout(ctx, lifetime)
	go h.end(ctx)
	return h, nil
}

// end waits for the Handoff's end. A page that is on its way is delivered.
func (h *Handoff) end(ctx context.Context) {
	defer close(h.ended)
	<-ctx.Done()
	h.stop()
	h.port.Close(time.Second)
}

// Taken is closed when the browser has got the real address. Until the lifetime is
// over, further requests are answered that it was used.
func (h *Handoff) Taken() <-chan struct{} { return h.taken }

// Ended is closed when the port is closed.
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

func (h *Handoff) deny(why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.denied = why
}

// checkAddress refuses what a browser would not open as a page of the web, such as
// javascript: and file:.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" ||
		strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return lang.Error("what is to be opened is no address of a web page")
	}
	return nil
}

// hand answers the browser.
func (h *Handoff) hand(w http.ResponseWriter, _ *http.Request) (away int) {
	if !h.first.CompareAndSwap(false, true) {
		localpage.Write(w, http.StatusGone, http.StatusText(http.StatusGone), lang.T("The link was good for one time. Open the page from daypass again. "+
			"If you see this at the first time, another program on this machine was quicker."))
		return 0
	}
	localpage.Secure(w.Header())
	w.Header().Set("Location", h.url.Reveal())
	w.WriteHeader(http.StatusSeeOther)
	_ = http.NewResponseController(w).Flush() // The browser may be gone.
	close(h.taken)
	return 0
}
