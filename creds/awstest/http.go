package awstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// maxBody is far above any request that the SDKs make.
const maxBody = 1 << 20

// answer is a whole HTTP answer.
type answer struct {
	status int
	header http.Header
	body   []byte
	// repeat is how often the body is sent, 0 for once.
	repeat int
	// breakOff ends it in the middle.
	breakOff bool
}

// reader returns the body to send, and its declared length.
func (a *answer) reader() (io.Reader, int64) {
	whole := int64(len(a.body))
	switch {
	case a.repeat > 0:
		return &repeated{what: a.body, left: a.repeat}, whole * int64(a.repeat)
	case a.breakOff:
		return io.MultiReader(bytes.NewReader(a.body[:len(a.body)/2]), broken{}), whole
	}
	return bytes.NewReader(a.body), whole
}

// repeated reads the same data several times.
type repeated struct {
	what []byte
	at   int
	left int
}

func (r *repeated) Read(p []byte) (n int, err error) {
	for n < len(p) && r.left > 0 {
		copied := copy(p[n:], r.what[r.at:])
		n += copied
		if r.at += copied; r.at == len(r.what) {
			r.at = 0
			r.left--
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// broken is where a connection breaks.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// serve answers r, or returns why to break the connection.
func (a *AWS) serve(r *http.Request) (*answer, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxBody)); err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
	}
	host, _ := endpoint(hostOf(r))
	for _, s := range a.services {
		if answers := s.route(host, r); answers != nil {
			return answers(r, body)
		}
	}
	return a.wire.newAnswer(http.StatusNotFound, mintRequestID(), "text/xml", nil), nil
}

// service is a part of AWS that answers requests.
type service interface {
	// route returns what answers a request, or nil if it is for another service.
	// The host is a service's, as [endpoint] has it, or empty on loopback.
	route(host string, r *http.Request) handler
}

// handler answers a request with this body. The error is one of delivery: the context's,
// or an injected reset.
type handler func(r *http.Request, body []byte) (*answer, error)

func (w *wire) newAnswer(status int, id, contentType string, body []byte) *answer {
	return &answer{
		status: status,
		header: http.Header{
			"Content-Type":     {contentType},
			"Date":             {w.clock.now().UTC().Format(http.TimeFormat)},
			"X-Amzn-Requestid": {id},
		},
		body: body,
	}
}

// ServeHTTP answers as AWS.
func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ans, err := a.serve(r)
	if err != nil {
		reset(w)
		return
	}
	for name, values := range ans.header {
		w.Header()[name] = values
	}
	body, length := ans.reader()
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	w.WriteHeader(ans.status)
	// The client may be gone. A body that is shorter than declared breaks the
	// connection.
	_, _ = io.Copy(w, body)
}

// reset closes the connection under w with a TCP RST where it can.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http then breaks the connection
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it, Close ends the stream in good order
	}
	_ = conn.Close()
}

// Transport returns a RoundTripper that answers in the caller's goroutine,
// without a network. At AWS's own hosts only the service and the region of the host
// answer.
func (a *AWS) Transport() http.RoundTripper { return transport{a} }

type transport struct{ aws *AWS }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	ans, err := t.aws.serve(r)
	if err != nil {
		return nil, err
	}
	body, length := ans.reader()
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", ans.status, http.StatusText(ans.status)),
		StatusCode: ans.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        ans.header,
		Body:          io.NopCloser(body),
		ContentLength: length,
		Request:       r,
	}, nil
}

// ErrNotLoopback is returned for an address that others can reach.
var ErrNotLoopback = errors.New("not a loopback address")

// Server answers on a loopback port.
type Server struct {
	listener net.Listener
	http     *http.Server
	done     chan struct{}
}

// Listen serves a on a loopback address, as [Serve] does.
func (a *AWS) Listen(ctx context.Context, addr string) (*Server, error) { return Serve(ctx, addr, a) }

// Serve serves h, an AWS or what wraps one, on a loopback address such as
// "127.0.0.1:0". For any other it returns [ErrNotLoopback], as its secrets are not
// protected. The context is for the listening only: [Server.Close] ends the server.
func Serve(ctx context.Context, addr string, h http.Handler) (*Server, error) {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if !ap.Addr().IsLoopback() {
		return nil, fmt.Errorf("listen on %s: %w", addr, ErrNotLoopback)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Server{
		listener: l,
		http:     &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second},
		done:     make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // ErrServerClosed, for a listener of our own
	}()
	return s, nil
}

// URL returns the endpoint, such as http://127.0.0.1:4566.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close ends the server and every connection. Calls delayed by a [Fault] end too.
func (s *Server) Close() error {
	err := s.http.Close()
	<-s.done
	return err
}
