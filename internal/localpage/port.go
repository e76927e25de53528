package localpage

import (
	"bufio"
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"daypass/internal/lang"
	"daypass/internal/peers"
	"daypass/internal/safely"
)

// Listen binds a free port that only this machine can reach.
func Listen(ctx context.Context) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp4", "127.0.0.1:0")
}

// Port serves this user's browser. Other users of the machine can reach it too. Where
// the system says which user a connection belongs to, others are refused at once, and
// take nothing that the browser needs.
type Port struct {
	// Host is the address and the port: 127.0.0.1:12345.
	Host string

	config  Config
	server  *http.Server
	served  chan struct{}
	closing sync.Once
	warned  sync.Once
	work    sync.WaitGroup

	mu     sync.Mutex
	closed bool
	// strangers are the connections of other users that are being answered.
	strangers map[net.Conn]struct{}
}

// Config is what a [Port] does.
type Config struct {
	// Path is the one that is served; any other is not found.
	Path string
	// Answer answers a request for it, by GET and to the right host; or it writes
	// nothing and returns the status to refuse the request with.
	Answer func(w http.ResponseWriter, r *http.Request) (refusal int)
	// Away is added to the text of a refusal, after "This is not what daypass waits
	// for."; it may be empty.
	Away string
	// Stranger, unless nil, is called with the reason when another user's request for
	// the path was refused.
	Stranger func(error)
	// Own returns an error for a connection that is not this user's. Nil asks the
	// system.
	Own func(net.Conn) error
	Log *slog.Logger
}

const (
	// mostStrangers are answered at a time, and each has strangerLimit to send its
	// request. Further ones are disconnected.
	mostStrangers = 16
	strangerLimit = 2 * time.Second
	// maxRequest is how much a stranger may send.
	maxRequest = 8 << 10
)

// Serve begins to answer. The listener becomes the Port's.
func Serve(listener net.Listener, c Config) *Port {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p := &Port{
		Host: listener.Addr().String(), config: c, served: make(chan struct{}), strangers: map[net.Conn]struct{}{},
	}
	if c.Own == nil {
		p.config.Own = p.own
	}
	p.server = &http.Server{
		Handler:           http.HandlerFunc(p.answer),
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      10 * time.Second,
		MaxHeaderBytes:    64 << 10,
		// Its lines would repeat what strangers sent.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(p.served)
		safely.Run(c.Log, "the port for the browser", func() { _ = p.server.Serve(door{listener, p}) }) // ErrServerClosed, for a listener of our own
	}()
	return p
}

// own asks the system whether a connection is this user's.
func (p *Port) own(conn net.Conn) error {
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return err
	}
	remote, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return err
	}
	return peers.Own(local, remote, p.config.Log)
}

// door accepts this user's connections only.
type door struct {
	net.Listener
	port *Port
}

// Accept waits for the next connection of this user's.
func (d door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		stranger := safely.Do(d.port.config.Log, "the look at a connection", func() error { return d.port.config.Own(conn) })
		if stranger == nil {
			return conn, nil
		}
		d.port.turnAway(conn, stranger)
	}
}

// turnAway answers another user in the background.
func (p *Port) turnAway(conn net.Conn, why error) {
	p.warned.Do(func() {
		p.config.Log.Warn("a connection to the port for the browser was refused, as any more will be", "reason", why)
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.strangers) == mostStrangers {
		_ = conn.Close()
		return
	}
	p.strangers[conn] = struct{}{}
	p.work.Go(func() {
		safely.Run(p.config.Log, "the answer to a stranger", func() { p.answerStranger(conn, why) })
		_ = conn.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.strangers, conn)
	})
}

// answerStranger answers one request of another user.
func (p *Port) answerStranger(conn net.Conn, why error) {
	if conn.SetDeadline(time.Now().Add(strangerLimit)) != nil {
		return
	}
	r, err := http.ReadRequest(bufio.NewReader(io.LimitReader(conn, maxRequest)))
	if err != nil {
		return
	}
	if p.config.Stranger != nil && p.isPath(r) {
		p.config.Stranger(why)
	}
	w := &plain{header: http.Header{}, to: conn}
	Write(w, http.StatusForbidden, lang.T("Not for you"), lang.T("This page is for the user of this machine who asked for it, and for nobody else."))
}

// plain writes an answer to a connection that no server handles.
type plain struct {
	header http.Header
	to     io.Writer
}

func (w *plain) Header() http.Header { return w.header }

func (w *plain) WriteHeader(status int) {
	_, _ = fmt.Fprintf(w.to, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status)) // it may be gone
	_ = w.header.Write(w.to)
	_, _ = io.WriteString(w.to, "\r\n")
}

func (w *plain) Write(data []byte) (int, error) { return w.to.Write(data) }

func (p *Port) isPath(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(r.URL.Path), []byte(p.config.Path)) == 1
}

// answer answers the browser, or a page in it.
func (p *Port) answer(w http.ResponseWriter, r *http.Request) {
	err := safely.Do(p.config.Log, "the answer to the browser", func() error {
		switch {
		case r.Host != p.Host:
			// DNS rebinding: a foreign page's host name points to this machine.
			p.refuse(w, http.StatusMisdirectedRequest)
		case !p.isPath(r):
			p.refuse(w, http.StatusNotFound)
		case r.Method != http.MethodGet:
			w.Header().Set("Allow", http.MethodGet)
			p.refuse(w, http.StatusMethodNotAllowed)
		default:
			if refusal := p.config.Answer(w, r); refusal != 0 {
				p.refuse(w, refusal)
			}
		}
		return nil
	})
	if err != nil {
		Write(w, http.StatusInternalServerError, lang.T("Something broke"), lang.T("That is a fault in daypass itself. Start again from there."))
	}
}

// refuse answers a request that is not the expected one.
func (p *Port) refuse(w http.ResponseWriter, status int) {
	text := lang.T("This is not what daypass waits for.")
	if p.config.Away != "" {
		text += " " + p.config.Away
	}
	Write(w, status, http.StatusText(status), text)
}

// Close closes the port at once, or waits up to grace for answers that are being sent:
// browsers keep connections open that they never use.
func (p *Port) Close(grace time.Duration) {
	p.closing.Do(func() {
		p.mu.Lock()
		p.closed = true
		for conn := range p.strangers {
			_ = conn.Close()
		}
		p.mu.Unlock()
		if grace > 0 {
			ctx, cancel := context.WithTimeout(context.Background(), grace)
			defer cancel()
			_ = p.server.Shutdown(ctx) // Close ends what is left.
		}
		_ = p.server.Close()
		<-p.served
		p.work.Wait()
	})
}
