package answers

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"daypass/internal/lang"
)

// Limit is how much of an answer is read. The longest that AWS gives is a list
// of 100 accounts, some 20 kB.
const Limit = 4 << 20

// ErrTooLong ends the reading of an answer that is longer.
var ErrTooLong = lang.Error("the answer is longer than any of AWS's")

// Client is an HTTP client whose answers end at [Limit], so that no server can fill the
// memory.
type Client struct {
	// HTTP makes the requests.
	HTTP aws.HTTPClient
	// Seen, unless nil, is called with every answer before it is read.
	Seen func(*http.Response)
}

// Do sends a request.
func (c Client) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.HTTP.Do(r)
	if err != nil {
		return resp, err
	}
	if c.Seen != nil {
		c.Seen(resp)
	}
	resp.Body = &bounded{ReadCloser: resp.Body, left: Limit}
	return resp, nil
}

type bounded struct {
	io.ReadCloser
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		// Only another read shows whether there is more.
		if n, err := b.ReadCloser.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, ErrTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// Stay returns a client that follows no redirects, and a function that frees it: Go sends
// the address of the first request to the target of a redirect. A nil client is the
// SDK's default; one of an unknown type is returned unchanged.
func Stay(client aws.HTTPClient) (staying aws.HTTPClient, done func()) {
	stop := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	switch known := client.(type) {
	case nil:
		return Stay(awshttp.NewBuildableClient())
	case Client:
		known.HTTP, done = Stay(known.HTTP)
		return known, done
	case *http.Client:
		own := *known
		own.CheckRedirect = stop
		return &own, func() {}
	case *awshttp.BuildableClient:
		// Each call makes a transport of its own.
		t := known.GetTransport()
		return &http.Client{Transport: t, CheckRedirect: stop}, t.CloseIdleConnections
	}
	return client, func() {}
}
