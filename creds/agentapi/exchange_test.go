package agentapi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readWhole reads an answer and its body.
func readWhole(r io.Reader) (*answer, string, error) {
	a, err := readAnswer(bufio.NewReaderSize(r, mostLine))
	if err != nil {
		return nil, "", err
	}
	data, err := a.all()
	return a, string(data), err
}

func TestAnAnswerIsReadInEveryFormThatItMayHave(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		code   int
		status string
		region string
		body   string
	}{
		"with its length":                     {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", 200, "200 OK", "", "hello"},
		"empty":                               {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "200 OK", "", ""},
		"in chunks":                           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, "200 OK", "", "hello"},
		"in chunks with extensions and more":  {"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5 ;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", 200, "200 OK", "", "hello"},
		"with a region, in any letters":       {"HTTP/1.1 200 OK\r\ndaypass-REGION: \t eu-west-1 \r\nContent-Length: 2\r\n\r\n{}", 200, "200 OK", "eu-west-1", "{}"},
		"with a code and no words":            {"HTTP/1.1 503\r\nContent-Length: 1\r\n\r\nx", 503, "503", "", "x"},
		"with the same length twice":          {"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 404, "404 Not Found", "", "x"},
		"with an empty header and some other": {"HTTP/1.1 200 OK\r\nDate:\r\nX: a:b\r\nContent-Length: 1\r\n\r\nx", 200, "200 OK", "", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []io.Reader{strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text))} {
				a, body, err := readWhole(from)
				if err != nil {
					t.Fatal(err)
				}
				if a.code != test.code || a.status != test.status || a.region != test.region || body != test.body {
					t.Errorf("got %d %q, region %q, body %q", a.code, a.status, a.region, body)
				}
			}
		})
	}
}

func TestAnAnswerThatIsNotWholeOrNotAnAnswerIsRefused(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"none":                              {"", io.EOF},
		"broken off in the first line":      {"HTTP/1.1 20", io.ErrUnexpectedEOF},
		"broken off behind the first line":  {ok, io.ErrUnexpectedEOF},
		"broken off in the headers":         {ok + "Content-Len", io.ErrUnexpectedEOF},
		"broken off in the body":            {ok + "Content-Length: 5\r\n\r\nhell", io.ErrUnexpectedEOF},
		"broken off before the body":        {ok + "Content-Length: 5\r\n\r\n", io.ErrUnexpectedEOF},
		"broken off before the first chunk": {ok + "Transfer-Encoding: chunked\r\n\r\n", io.ErrUnexpectedEOF},
		"broken off in a chunk":             {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", io.ErrUnexpectedEOF},
		"broken off between chunks":         {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", io.ErrUnexpectedEOF},
		"broken off before its very end":    {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", io.ErrUnexpectedEOF},
		"another protocol":                  {"SSH-2.0-OpenSSH\r\n", errNonsense},
		"another HTTP":                      {"HTTP/1.0 200\r\nContent-Length: 0\r\n\r\n", errNonsense},
		"a code of two digits":              {"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n", errNonsense},
		"a code that goes on":               {"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n", errNonsense},
		"a signed code":                     {"HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n", errNonsense},
		"no length":                         {ok + "\r\nhello", errNonsense},
		"a length and chunks":               {ok + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", errNonsense},
		"two lengths":                       {ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nhe", errNonsense},
		"a negative length":                 {ok + "Content-Length: -1\r\n\r\n", errNonsense},
		"a signed length":                   {ok + "Content-Length: +1\r\n\r\nx", errNonsense},
		"a length beyond numbers":           {ok + "Content-Length: 99999999999999999999\r\n\r\n", errNonsense},
		"another encoding":                  {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", errNonsense},
		"a folded header":                   {ok + "X: a\r\n b: c\r\nContent-Length: 0\r\n\r\n", errNonsense},
		"a header without a colon":          {ok + "nonsense\r\nContent-Length: 0\r\n\r\n", errNonsense},
		"a header without a name":           {ok + ": x\r\nContent-Length: 0\r\n\r\n", errNonsense},
		"lines without CR":                  {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", errNonsense},
		"a chunk that is longer than said":  {ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n", errNonsense},
		"a chunk whose size is no number":   {ok + "Transfer-Encoding: chunked\r\n\r\nx\r\nhello\r\n0\r\n\r\n", errNonsense},
		"a chunk of a negative size":        {ok + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", errNonsense},
		"an endless first line":             {"HTTP/1.1 200 " + strings.Repeat("x", mostLine), errNonsense},
		"an endless header":                 {ok + "X: " + strings.Repeat("x", mostLine), errNonsense},
		"endless headers":                   {ok + strings.Repeat("X: y\r\n", 10*mostHeaders), errNonsense},
		"endless trailers":                  {ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", 10*mostHeaders), errNonsense},
		"a body that is too long":           {ok + "Content-Length: " + strconv.Itoa(mostBody+1) + "\r\n\r\nx", errTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			if _, body, err := readWhole(strings.NewReader(test.text)); !errors.Is(err, test.want) {
				t.Errorf("got %q and %v, want %v", body, err, test.want)
			}
		})
	}
	t.Run("chunks that are too many", func(t *testing.T) {
		size := strconv.FormatInt(1<<20, 16) + "\r\n"
		chunk := size + strings.Repeat("x", 1<<20) + "\r\n"
		_, _, err := readWhole(io.MultiReader(strings.NewReader(ok+"Transfer-Encoding: chunked\r\n\r\n"), strings.NewReader(strings.Repeat(chunk, mostBody>>20+1))))
		if !errors.Is(err, errTooLong) {
			t.Errorf("got %v", err)
		}
	})
}

// What net/http reads of a request is what was meant.
func TestARequestIsReadByNetHTTPAsItWasMeant(t *testing.T) {
	text := request{
		method: methodPost, target: "/prompts/a%2Fb/answer?profile=x+y",
		headers: [][2]string{{HeaderSurface, "terminal"}, {HeaderConfigFile, "/home/ä b/config"}}, body: []byte(`{"a":1}`),
	}.text()
	got, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"POST", "/prompts/a/b/answer", "x y", "terminal", "/home/ä b/config", `{"a":1}`}
	if diff := cmp.Diff(want, []string{
		got.Method, got.URL.Path, got.URL.Query().Get("profile"), got.Header.Get(HeaderSurface), got.Header.Get(HeaderConfigFile), string(body),
	}); diff != "" || !got.Close || got.ContentLength != int64(len(body)) {
		t.Errorf("%s\n%s", diff, text)
	}
}

// An agent that says nothing, or goes on forever, is given up when the context ends, and
// so is the connection.
func TestAnExchangeHangsUpWithItsContext(t *testing.T) {
	for name, said := range map[string]string{
		"nothing is said":     "",
		"the headers stop":    "HTTP/1.1 200 OK\r\nCont",
		"the body stops":      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
		"the stream is quiet": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer theirs.Close()
			ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, nil)
			defer cancel()
			go func() {
				_, _ = http.ReadRequest(bufio.NewReader(theirs))
				_, _ = io.WriteString(theirs, said)
			}()
			a, err := exchange(ctx, ours, request{method: methodGet, target: "/hello"})
			if err == nil {
				_, err = a.all()
			}
			if err == nil || ctx.Err() == nil {
				t.Errorf("got %v, while the context says %v", err, ctx.Err())
			}
			if _, err := theirs.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("the connection is still open: %v", err)
			}
		})
	}
}

// What is read as whole, net/http reads in the same way.
func FuzzAnswer(f *testing.F) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDaypass-Region: r\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		a, body, err := readWhole(bytes.NewReader(text))
		if err != nil {
			return
		}
		if len(body) > len(text) {
			t.Fatalf("%d bytes were read of %d", len(body), len(text))
		}
		theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
		if err != nil {
			return // what net/http refuses beyond this is no danger here
		}
		data, err := io.ReadAll(theirs.Body)
		if err != nil || theirs.StatusCode == http.StatusNoContent || theirs.StatusCode == http.StatusNotModified {
			return
		}
		if string(data) != body || theirs.StatusCode != a.code || theirs.Header.Get(HeaderRegion) != a.region && len(theirs.Header.Values(HeaderRegion)) == 1 {
			t.Errorf("ours is %d %q %q, net/http's %d %q %q", a.code, a.region, body, theirs.StatusCode, theirs.Header.Get(HeaderRegion), data)
		}
	})
}
