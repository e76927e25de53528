package agent

import (
	"bytes"
	"io"
	"net/http"
)

// apart gives answers of their own to requests with secrets in them or in the answer.
func apart(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &ownAnswer{ResponseWriter: w, status: http.StatusOK}
		handler.ServeHTTP(answer, r)
		answer.send()
	})
}

// ownAnswer is an answer that leaves no secrets in the server's buffers. The server
// reuses these uncleared for other connections, and the next one may be a window's,
// which stays open for hours. So the connection is taken from the server, with the
// buffers that the request was read into, and closed after the answer.
type ownAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// Unwrap is for [http.ResponseController].
func (a *ownAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// WriteHeader notes the status.
func (a *ownAnswer) WriteHeader(status int) { a.status = status }

// Write notes a part of the body.
func (a *ownAnswer) Write(part []byte) (int, error) { return a.body.Write(part) }

// send writes the answer, whose reader may have gone.
func (a *ownAnswer) send() {
	answer := http.Response{
		StatusCode: a.status, ProtoMajor: 1, ProtoMinor: 1, Header: a.Header(), Close: true,
		ContentLength: int64(a.body.Len()), Body: io.NopCloser(&a.body),
	}
	conn, _, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err != nil {
		return // it has gone
	}
	defer func() { _ = conn.Close() }()
	var text bytes.Buffer
	if answer.Write(&text) == nil && conn.SetWriteDeadline(deadline()) == nil {
		_, _ = conn.Write(text.Bytes())
	}
}
