package agentapi

import (
	"context"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// An Endpoint is one thing that can be asked of the agent. In is the request's body and
// Out the answer's, both as JSON. A request that changes nothing is a GET, every other
// one a POST.
type Endpoint[In, Out any] struct {
	Method string
	// Path has {id} in place of a prompt's ID, as the patterns of net/http do.
	Path string
	// AnyFiles endpoints also answer clients with other AWS files than the agent's.
	AnyFiles bool
	// Secret endpoints have secrets in the request or in the answer.
	Secret bool
}

// A Stream answers with one JSON value a line for as long as the connection lasts,
// or until the last one.
type Stream[T any] struct {
	Path string
	// Last reports whether nothing comes after a value; nil if there is no last one.
	Last func(T) bool
}

const (
	methodGet  = "GET"
	methodPost = "POST"
)

// Text is an answer that is JSON already.
type Text []byte

// Nothing is an empty request or answer.
type Nothing struct{}

func get[Out any](path string) Endpoint[Nothing, Out] {
	return Endpoint[Nothing, Out]{Method: methodGet, Path: path}
}

func post[In, Out any](path string) Endpoint[In, Out] {
	return Endpoint[In, Out]{Method: methodPost, Path: path}
}

func (e Endpoint[In, Out]) secret() Endpoint[In, Out] {
	e.Secret = true
	return e
}

func (e Endpoint[In, Out]) anyFiles() Endpoint[In, Out] {
	e.AnyFiles = true
	return e
}

// Query is what a request is about, besides its body.
type Query struct {
	// ID is the prompt's, in the path.
	ID string
	// Profile is the name of one, Session a [creds.Session.ID].
	Profile, Session string
	// Noteworthy leaves out of a snapshot the profiles that there is nothing to say
	// about: ten thousand are 2.4 MB of JSON, which takes longer than everything else in
	// status.
	Noteworthy bool
	// Wait is how long to wait for a person; zero leaves it to the agent.
	Wait time.Duration
}

// The parameters of a query, and the one value of "only".
const (
	queryProfile    = "profile"
	querySession    = "session"
	queryOnly       = "only"
	queryWait       = "wait"
	onlyNoteworthy  = "noteworthy"
	placeOfPromptID = "{id}"
)

// On adds the query to a path.
func (q Query) On(path string) string {
	path = strings.Replace(path, placeOfPromptID, url.PathEscape(q.ID), 1)
	values := url.Values{}
	if q.Profile != "" {
		values.Set(queryProfile, q.Profile)
	}
	if q.Session != "" {
		values.Set(querySession, q.Session)
	}
	if q.Noteworthy {
		values.Set(queryOnly, onlyNoteworthy)
	}
	if q.Wait > 0 {
		values.Set(queryWait, q.Wait.String())
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// ReadQuery reads what [Query.On] wrote.
func ReadQuery(id string, values url.Values) (Query, error) {
	q := Query{
		ID: id, Profile: values.Get(queryProfile), Session: values.Get(querySession),
		Noteworthy: values.Get(queryOnly) == onlyNoteworthy,
	}
	if text := values.Get(queryWait); text != "" {
		var err error
		if q.Wait, err = time.ParseDuration(text); err != nil || q.Wait <= 0 {
			return q, &creds.Error{Code: creds.CodeBadRequest, Message: lang.Sprintf("%q is no time to wait", text)}
		}
	}
	return q, nil
}

// on returns the endpoint with the query in its path.
func (e Endpoint[In, Out]) on(q Query) Endpoint[In, Out] {
	e.Path = q.On(e.Path)
	return e
}

func (s Stream[T]) on(q Query) Stream[T] {
	s.Path = q.On(s.Path)
	return s
}

// ask makes one request and returns its answer.
func (e Endpoint[In, Out]) ask(ctx context.Context, c *Client, in In) (out Out, err error) {
	out, _, err = e.askWithRegion(ctx, c, in)
	return out, err
}

// do is ask where the answer says only that it was done.
func (e Endpoint[In, Out]) do(ctx context.Context, c *Client, in In) error {
	_, err := e.ask(ctx, c, in)
	return err
}

// askWithRegion is ask that also returns the region in the answer's header.
func (e Endpoint[In, Out]) askWithRegion(ctx context.Context, c *Client, in In) (out Out, region string, err error) {
	var body []byte
	if _, none := any(in).(Nothing); !none {
		if body, err = json.Marshal(in); err != nil {
			return out, "", err
		}
	}
	a, err := c.line.send(ctx, e.Method, e.Path, body)
	if err != nil {
		return out, "", err
	}
	defer a.hangUp()
	data, err := a.all()
	if err != nil {
		return out, "", lost(ctx, err)
	}
	switch out := any(&out).(type) {
	case *Nothing:
	case *Text:
		*out = data
	default:
		err = unmarshal(data, out)
	}
	return out, a.region, err
}

func unmarshal(data []byte, out any) error {
	if err := json.Unmarshal(data, out); err != nil {
		return lang.Errorf("reading the agent's answer: %w", err)
	}
	return nil
}

// watch calls each with every value of the answer, and returns nil after the last.
func (s Stream[T]) watch(ctx context.Context, c *Client, each func(T)) error {
	a, err := c.line.send(ctx, methodGet, s.Path, nil)
	if err != nil {
		return err
	}
	defer a.hangUp()
	one := &io.LimitedReader{R: a.body}
	for values := json.NewDecoder(one); ; {
		one.N = mostBody
		var value T
		if err := values.Decode(&value); err != nil {
			if one.N == 0 {
				err = errTooLong
			}
			return lost(ctx, err)
		}
		each(value)
		if s.Last != nil && s.Last(value) {
			return nil
		}
	}
}
