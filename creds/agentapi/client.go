// Package agentapi is daypass's socket: where it is, what is asked of the agent over
// it, and the client that asks.
//
// It is shared by the agent, the command line and the windows, and links neither the
// AWS SDK nor the keyring: credential_process starts the command line once for every
// SDK process, and its cost is a process start.
package agentapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"daypass/creds"
)

// Options say how to reach the agent.
type Options struct {
	// Start starts the agent when none answers.
	Start bool
	// Surface is where the requests come from; the zero value stands for
	// [SurfaceProgram].
	Surface creds.Surface
	// Log, unless nil, gets a line of each request, at the level of debug.
	Log *slog.Logger
	// LogLevel is what an agent that is started logs, a word of [LogLevels]; ""
	// leaves it to [EnvLog].
	LogLevel string
}

// Client makes requests of the agent. It may be used by several goroutines at
// once.
type Client struct {
	http    *http.Client
	surface creds.Surface
	files   Files
	log     *slog.Logger
	// again repeats a request, if it changes nothing, that met an agent just
	// as it ended.
	again bool
}

// Connect reaches the agent of the present user. It returns an [*Error] with
// [CodeNoAgent] when none is running and none was, or could be, started.
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
	return &Client{
		http:  &http.Client{Transport: transport(conn, reach)},
		files: files, surface: o.Surface, again: o.Start, log: o.Log,
	}, nil
}

// transport returns one whose first request travels over first.
func transport(first net.Conn, reach func(context.Context) (net.Conn, error)) *http.Transport {
	var mu sync.Mutex
	return &http.Transport{
		// One process start is the unit of cost here: the connection that
		// showed the agent to be there is used, not dialled again.
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			mu.Lock()
			conn := first
			first = nil
			mu.Unlock()
			if conn != nil {
				return conn, nil
			}
			return reach(ctx)
		},
		DisableCompression: true,
	}
}

// Close gives up the connections that no request is using.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// dial connects to the agent's socket in dir, which must be a folder that
// nobody else can have put there.
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
	return nil, noAgent(fmt.Sprintf("the agent cannot be reached: %v", err))
}

// errNobody says that nothing listens where the agent would.
var errNobody = noAgent("no agent is running")

func noAgent(message string) *creds.Error {
	return &creds.Error{Code: creds.CodeNoAgent, Message: message}
}

// call makes one request and reads its answer into out unless that is nil. It
// returns the answer's header.
func (c *Client) call(ctx context.Context, method, path string, in, out any) (http.Header, error) {
	resp, err := c.send(ctx, method, path, in)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if out == nil {
		// Read to the end, or the connection cannot be used again.
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.Header, nil
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, c.lost(ctx, err)
	}
	if err := json.Unmarshal(data, out); err != nil {
		return nil, fmt.Errorf("reading the agent's answer: %w", err)
	}
	return resp.Header, nil
}

// stream makes one request and calls each with a decoder that stands before
// each value of its answer, until each says that it was the last.
func (c *Client) stream(ctx context.Context, path string, each func(*json.Decoder) (last bool, err error)) error {
	resp, err := c.send(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	values := json.NewDecoder(resp.Body)
	for {
		last, err := each(values)
		if err != nil {
			return c.lost(ctx, err)
		}
		if last {
			return nil
		}
	}
}

// send makes one request. The error that the agent answers with is returned as
// it is.
func (c *Client) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	start := time.Now()
	resp, err := c.sendOnce(ctx, method, path, in)
	what, _, _ := strings.Cut(path, "?")
	words := []any{"method", method, "path", what, "ms", time.Since(start).Milliseconds()}
	if err != nil {
		words = append(words, "error", err)
		if known, ok := errors.AsType[*creds.Error](err); ok {
			words = append(words, "code", known.Code)
		}
	}
	c.log.Debug("asked the agent", words...)
	return resp, err
}

func (c *Client) sendOnce(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://daypass"+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set(HeaderSurface, string(c.surface))
	req.Header.Set(HeaderConfigFile, c.files.Config)
	req.Header.Set(HeaderCredentialsFile, c.files.Credentials)
	resp, err := c.http.Do(req)
	if err != nil && c.again && method == http.MethodGet && isLost(err) {
		resp, err = c.http.Do(req)
	}
	if err != nil {
		return nil, c.lost(ctx, err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }()
	answer := &creds.Error{}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, c.lost(ctx, err)
	}
	if err := json.Unmarshal(data, answer); err != nil || answer.Message == "" {
		return nil, fmt.Errorf("the agent answered %s", resp.Status)
	}
	return nil, answer
}

// lost says what became of a request that got no whole answer.
func (c *Client) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if answer, ok := errors.AsType[*creds.Error](err); ok {
		return answer
	}
	if isLost(err) {
		return noAgent("the agent ended before it had answered")
	}
	return fmt.Errorf("asking the agent: %w", err)
}

// isLost reports whether a request failed because the agent has gone.
func isLost(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isHungUp(err)
}
