package agentapi

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"daypass/internal/lang"
)

// The wire is HTTP/1.1, so that curl can ask the agent and a socket can be forwarded.
// The client has its own few lines for it: net/http brings crypto/tls, and starting the
// two takes longer than everything else in "daypass credential-process". Each request
// has its own connection: a new one to a socket of the same machine costs less than
// finding out whether an old one is still good, and it outlives no agent.

// The limits of an answer.
const (
	mostHeaders = 100
	// mostLine is the size of the buffer that holds one line.
	mostLine = 8 << 10
	// mostBody is about twenty times the snapshot of ten thousand profiles.
	mostBody = 64 << 20
)

// errNonsense is an answer that is not the agent's.
var errNonsense = lang.Error("the answer is not in the form that daypass reads")

// request is one question to the agent.
type request struct {
	method, target string
	headers        [][2]string
	body           []byte
}

// text returns the request as it crosses the socket.
func (r request) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: daypass\r\nConnection: close\r\n", r.method, r.target)
	for _, h := range r.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	if r.body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(r.body))
	}
	b.WriteString("\r\n")
	b.Write(r.body)
	return b.Bytes()
}

// exchange makes one request over conn. conn is closed by the answer's hangUp, when ctx
// ends, or when the exchange fails.
func exchange(ctx context.Context, conn net.Conn, r request) (*answer, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	hangUp := func() {
		stop()
		_ = conn.Close()
	}
	_, errWrite := conn.Write(r.text())
	// An agent that refuses a long request answers before it has read all of it.
	a, err := readAnswer(bufio.NewReaderSize(conn, mostLine))
	if err != nil {
		hangUp()
		return nil, cmp.Or(errWrite, err)
	}
	a.hangUp = hangUp
	return a, nil
}

// answer is what the agent says to a request.
type answer struct {
	code   int
	status string // the code and its words
	region string
	body   *body
	// hangUp must be called when no more of the answer is wanted.
	hangUp func()
}

// all returns the whole body.
func (a *answer) all() ([]byte, error) {
	if a.body.last {
		data := make([]byte, a.body.left)
		_, err := io.ReadFull(a.body, data)
		return data, unexpected(err)
	}
	var data bytes.Buffer
	if _, err := data.ReadFrom(io.LimitReader(a.body, mostBody+1)); err != nil {
		return nil, err
	}
	if data.Len() > mostBody {
		return nil, errTooLong
	}
	return data.Bytes(), nil
}

var errTooLong = lang.Errorf("the answer is longer than %d bytes", mostBody)

// readAnswer reads an answer up to its body. The error is [io.EOF] if there is
// none, and [io.ErrUnexpectedEOF] if it breaks off.
func readAnswer(from *bufio.Reader) (*answer, error) {
	line, err := readLine(from)
	if err != nil {
		return nil, err
	}
	a := &answer{body: &body{from: from}}
	version, status, _ := strings.Cut(line, " ")
	digits, _, _ := strings.Cut(status, " ")
	if a.code, err = strconv.Atoi(digits); err != nil || len(digits) != 3 || a.code < 200 || version != "HTTP/1.1" {
		return nil, errNonsense
	}
	a.status = status
	length := int64(-1)
	for range mostHeaders {
		line, err := readLine(from)
		if err != nil {
			return nil, unexpected(err)
		}
		if line == "" {
			return a, a.begin(length)
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, errNonsense
		}
		value = strings.Trim(value, " \t")
		switch strings.ToLower(name) {
		case "content-length":
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil || length >= 0 && int64(n) != length {
				return nil, errNonsense
			}
			length = int64(n)
		case "transfer-encoding":
			if !strings.EqualFold(value, "chunked") {
				return nil, errNonsense
			}
			a.body.chunked = true
		case strings.ToLower(HeaderRegion):
			a.region = value
		}
	}
	return nil, errNonsense
}

// begin starts the body. Its length is -1 unless the answer says it.
func (a *answer) begin(length int64) error {
	switch {
	case a.body.chunked == (length >= 0): // said twice, or not at all
		return errNonsense
	case length > mostBody:
		return errTooLong
	case !a.body.chunked:
		a.body.left, a.body.last = length, true
	}
	return nil
}

// body is an answer's body, which ends with [io.EOF] if it is whole.
type body struct {
	from    *bufio.Reader
	left    int64 // of this chunk; of all where there are none
	last    bool  // nothing comes after left
	chunked bool
	begun   bool // a chunk was read
}

// Read reads on.
func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 && !b.last {
		if err := b.nextChunk(); err != nil {
			return 0, unexpected(err)
		}
	}
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, unexpected(err)
}

// nextChunk reads up to the next chunk, or past the last one.
func (b *body) nextChunk() error {
	if b.begun {
		if line, err := readLine(b.from); err != nil || line != "" {
			return cmp.Or(err, errNonsense)
		}
	}
	b.begun = true
	line, err := readLine(b.from)
	if err != nil {
		return err
	}
	digits, _, _ := strings.Cut(line, ";")
	n, err := strconv.ParseUint(strings.Trim(digits, " \t"), 16, 62)
	if err != nil {
		return errNonsense
	}
	if b.left, b.last = int64(n), n == 0; !b.last {
		return nil
	}
	for range mostHeaders {
		if line, err := readLine(b.from); err != nil || line == "" {
			return err
		}
	}
	return errNonsense
}

// readLine reads a line and its end, CR and LF.
func readLine(from *bufio.Reader) (string, error) {
	line, err := from.ReadSlice('\n')
	switch {
	case err == nil:
	case errors.Is(err, bufio.ErrBufferFull):
		return "", errNonsense
	case errors.Is(err, io.EOF) && len(line) > 0:
		return "", io.ErrUnexpectedEOF
	default:
		return "", err
	}
	text, ok := strings.CutSuffix(string(line), "\r\n")
	if !ok {
		return "", errNonsense
	}
	return text, nil
}

// unexpected is for an error where more has to come.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
