// Package agentapi is daypass's socket: where it is, what can be asked of the agent over
// it, and the client that asks.
//
// The agent, the command line and the windows share it. It links neither the AWS SDK nor
// the keyring nor net/http: credential_process starts the command line once for every
// SDK process, and its cost is a process start.
package agentapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// Options say how to reach the agent.
type Options struct {
	// Start starts the agent when none answers.
	Start bool
	// Surface is where the requests come from; the zero value is
	// [SurfaceProgram].
	Surface creds.Surface
	// Log, unless nil, gets a debug line for each request.
	Log *slog.Logger
	// LogLevel is the log level of an agent that is started, a word of [LogLevels]; ""
	// leaves it to [EnvLog].
	LogLevel string
}

// Client makes requests of the agent. Several goroutines may use it at once.
type Client struct{ line *line }

// Connect reaches the agent of the present user. It returns an [*Error] with
// [CodeNoAgent] if none is running and none was, or could be, started.
func Connect(ctx context.Context, o Options) (*Client, error) {
	dir, err := SocketDir(os.Getenv, runtime.GOOS)
	if err != nil {
		return nil, err
	}
	return ConnectIn(ctx, dir, o)
}

// ConnectIn is [Connect] for an agent whose socket is in the folder dir.
func ConnectIn(ctx context.Context, dir string, o Options) (*Client, error) {
	files, err := LocateFiles(os.Getenv, runtime.GOOS)
	if err != nil {
		return nil, err
	}
	if files, err = files.absolute(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	reach := func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(ctx, dir)
		if o.Start && errors.Is(err, errNobody) {
			o.Log.Debug("no agent is running: starting one")
			return startAndDial(ctx, dir, files, o.LogLevel)
		}
		return conn, err
	}
	conn, err := reach(ctx)
	if err != nil {
		return nil, err
	}
	if o.Surface == "" {
		o.Surface = creds.SurfaceProgram
	}
	headers := [][2]string{
		{HeaderSurface, string(o.Surface)},
		{HeaderConfigFile, files.Config},
		{HeaderCredentialsFile, files.Credentials},
		{HeaderLoginCache, files.LoginCache},
	}
	if within := os.Getenv(creds.EnvWithin); within != "" {
		headers = append(headers, [2]string{HeaderWithin, within})
	}
	return &Client{&line{first: conn, reach: reach, again: o.Start, log: o.Log, headers: headers}}, nil
}

// Close gives up what no request is using.
func (c *Client) Close() {
	if first := c.line.takeFirst(); first != nil {
		_ = first.Close()
	}
}

// dial connects to the agent's socket in dir, a folder that nobody else can have put
// there.
func dial(ctx context.Context, dir string) (net.Conn, error) {
	if err := CheckSocketDir(dir); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, errNobody
		}
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", SocketPath(dir))
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case isNobodyThere(err):
		return nil, errNobody
	}
	return nil, noAgent(lang.Sprintf("the agent cannot be reached: %v", err))
}

// errNobody says that no agent listens at the socket.
var errNobody = noAgent(lang.T("no agent is running"))

func noAgent(message string) *creds.Error {
	return &creds.Error{Code: creds.CodeNoAgent, Message: message}
}

// line is how requests reach the agent.
type line struct {
	reach   func(context.Context) (net.Conn, error)
	headers [][2]string // of every request
	log     *slog.Logger
	// again repeats a request that changes nothing if the agent was just ending.
	again bool

	mu sync.Mutex
	// first is the connection that found the agent, kept for the first request, as even
	// a process start counts here.
	first net.Conn
}

func (l *line) takeFirst() net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	conn := l.first
	l.first = nil
	return conn
}

// send makes one request. The agent's error is returned unchanged.
func (l *line) send(ctx context.Context, method, target string, body []byte) (*answer, error) {
	start := time.Now()
	a, err := l.sendOnce(ctx, method, target, body)
	what, _, _ := strings.Cut(target, "?")
	words := []any{"method", method, "path", what, "ms", time.Since(start).Milliseconds()}
	if err != nil {
		words = append(words, "error", err)
		if known, ok := errors.AsType[*creds.Error](err); ok {
			words = append(words, "code", known.Code)
		}
	}
	l.log.Debug("asked the agent", words...)
	return a, err
}

func (l *line) sendOnce(ctx context.Context, method, target string, body []byte) (*answer, error) {
	r := request{method: method, target: target, headers: l.headers, body: body}
	a, err := l.exchange(ctx, r)
	if err != nil && l.again && method == methodGet && isLost(err) {
		a, err = l.exchange(ctx, r)
	}
	if err != nil {
		return nil, lost(ctx, err)
	}
	if a.code < 300 {
		return a, nil
	}
	defer a.hangUp()
	data, err := a.all()
	if err != nil {
		return nil, lost(ctx, err)
	}
	known := &creds.Error{}
	if err := json.Unmarshal(data, known); err != nil || known.Message == "" {
		return nil, lang.Errorf("the agent answered %s", a.status)
	}
	return nil, known
}

func (l *line) exchange(ctx context.Context, r request) (*answer, error) {
	conn := l.takeFirst()
	if conn == nil {
		var err error
		if conn, err = l.reach(ctx); err != nil {
			return nil, err
		}
	}
	return exchange(ctx, conn, r)
}

// lost says what became of a request without a whole answer.
func lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if answer, ok := errors.AsType[*creds.Error](err); ok {
		return answer
	}
	if isLost(err) {
		return noAgent(lang.T("the agent ended before it had answered"))
	}
	return lang.Errorf("asking the agent: %w", err)
}

// isLost reports whether a request failed because the agent has gone.
func isLost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isHungUp(err)
}
