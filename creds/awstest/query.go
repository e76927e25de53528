package awstest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// queryService speaks AWS's query protocol: it gets a form and answers XML.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
type queryService struct {
	mu      sync.Locker // held while an action runs
	name    string
	version string
	xmlns   string
	actions map[string]action
}

// action is one operation of a service.
type action struct {
	// params are those modelled; a request with another one is refused.
	params []string
	// do answers an authenticated call, with the service's lock held. A nil result
	// is an answer without a Result element.
	do func(*request) (any, error)
}

// request is an authenticated call as an action sees it.
type request struct {
	url.Values
	caller *key
	now    time.Time
}

// refusal is an error answer.
type refusal struct {
	status        int
	code, message string
}

func (e *refusal) Error() string { return e.code + ": " + e.message }

func refuse(status int, code, message string) error {
	return &refusal{status, code, message}
}

func validation(message string) error {
	return refuse(http.StatusBadRequest, "ValidationError", message)
}

func denied(message string) error {
	return refuse(http.StatusForbidden, "AccessDenied", message)
}

// queryServices are all that speak the query protocol. A form's Version selects one of
// them.
type queryServices struct {
	*wire
	iam *IAM // knows who signed
	all []*queryService
}

func (q *queryServices) route(_ string, r *http.Request) handler {
	if r.URL.Path != "/" && r.URL.Path != "" {
		return nil
	}
	return q.query
}

// query answers one call.
func (q *queryServices) query(r *http.Request, body []byte) (*answer, error) {
	id := mintRequestID()
	form, svc, err := q.parse(r, body)
	call := q.record(svc.name, form.Get("Action"), form, "Action", "Version", "TokenCode")
	name := form.Get("Action")
	act, known := svc.actions[name]
	switch {
	case err != nil:
	case name == "":
		err = refuse(http.StatusBadRequest, "MissingAction", "Missing Action")
	case !known:
		err = refuse(http.StatusBadRequest, "InvalidAction",
			fmt.Sprintf("Could not find operation %s for version %s", name, form.Get("Version")))
	}
	x := &exchange{
		id: id, call: call, contentType: "text/xml",
		throttled: &refusal{http.StatusBadRequest, "Throttling", "Rate exceeded"},
		refuse:    func(e *refusal) *answer { return q.xmlError(svc, id, e) },
	}
	return q.exchange(r.Context(), x, func() (*answer, error) {
		if err != nil {
			return nil, err
		}
		result, err := q.perform(r, body, svc, act, form, call)
		if err != nil {
			return nil, err
		}
		return q.newAnswer(http.StatusOK, id, "text/xml", svc.result(name, id, result)), nil
	})
}

// parse reads the form and finds the service by its Version; without one it is the first
// service. A service's own host serves only that service.
func (q *queryServices) parse(r *http.Request, body []byte) (url.Values, *queryService, error) {
	svc := q.all[0]
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || media != "application/x-www-form-urlencoded" {
		return nil, svc, refuse(http.StatusNotImplemented, "NotImplemented", "only a form sent by POST is modelled")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, svc, refuse(http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error.")
	}
	host, _ := endpoint(hostOf(r))
	for _, s := range q.all {
		if s.version == form.Get("Version") && (host == "" || host == s.name) {
			return form, s, nil
		}
	}
	return form, svc, refuse(http.StatusBadRequest, "InvalidAction",
		fmt.Sprintf("Could not find operation %s for version %s", form.Get("Action"), form.Get("Version")))
}

// perform authenticates the caller and does the action.
func (q *queryServices) perform(r *http.Request, body []byte, svc *queryService, act action, form url.Values, call *recorded) (any, error) {
	sig, err := readSignature(r)
	if err != nil {
		return nil, err
	}
	k, err := q.iam.authenticate(sig, svc.name, body)
	if err != nil {
		return nil, err
	}
	call.note(func(c *Call) { c.Caller, c.AccessKeyID, c.Region = k.arn(), k.id, sig.region })
	for name := range form {
		if name != "Action" && name != "Version" && !slices.Contains(act.params, name) {
			return nil, refuse(http.StatusNotImplemented, "NotImplemented",
				fmt.Sprintf("parameter %s of %s is not modelled", name, form.Get("Action")))
		}
	}
	svc.mu.Lock()
	defer svc.mu.Unlock()
	return act.do(&request{Values: form, caller: k, now: q.clock.now()})
}

// result is the XML of a successful answer.
func (s *queryService) result(action, id string, result any) []byte {
	var b bytes.Buffer
	enc := xml.NewEncoder(&b)
	root := xml.StartElement{
		Name: xml.Name{Local: action + "Response"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: s.xmlns}},
	}
	meta := struct {
		RequestID string `xml:"RequestId"`
	}{id}
	err := enc.EncodeToken(root)
	if result != nil {
		err = errors.Join(err, enc.EncodeElement(result, xml.StartElement{Name: xml.Name{Local: action + "Result"}}))
	}
	err = errors.Join(err,
		enc.EncodeElement(meta, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}}),
		enc.EncodeToken(root.End()), enc.Close())
	if err != nil { // only a result type that XML cannot hold
		panic(err)
	}
	return b.Bytes()
}

type errorResponse struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Xmlns     string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func (w *wire) xmlError(svc *queryService, id string, e *refusal) *answer {
	out := errorResponse{Xmlns: svc.xmlns, Type: "Sender", Code: e.code, Message: e.message, RequestID: id}
	if e.status >= 500 {
		out.Type = "Receiver"
	}
	body, err := xml.Marshal(out)
	if err != nil { // strings alone always marshal
		panic(err)
	}
	return w.newAnswer(e.status, id, "text/xml", body)
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// checker collects the mistakes in a request's parameters, as AWS reports all of them in
// one message.
type checker struct {
	form  url.Values
	wrong []string
}

func (c *checker) fail(value, name, constraint string) {
	c.wrong = append(c.wrong, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s",
		value, strings.ToLower(name[:1])+name[1:], constraint))
}

func (c *checker) require(name string) {
	if !c.form.Has(name) {
		c.fail("null", name, "Member must not be null")
	}
}

// text checks a parameter, if it is there, against the model's length and
// pattern; max 0 is no bound.
func (c *checker) text(name string, least, most int, pattern *regexp.Regexp) {
	if !c.form.Has(name) {
		return
	}
	value := c.form.Get(name)
	quoted := "'" + value + "'"
	switch {
	case len(value) < least:
		c.fail(quoted, name, fmt.Sprintf("Member must have length greater than or equal to %d", least))
	case len(value) > most:
		c.fail(quoted, name, fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
	if !pattern.MatchString(value) {
		shown := strings.TrimSuffix(strings.TrimPrefix(pattern.String(), "^"), "$")
		c.fail(quoted, name, "Member must satisfy regular expression pattern: "+shown)
	}
}

// seconds reads a duration, or the fallback where there is none.
func (c *checker) seconds(name string, least, most, fallback int) time.Duration {
	n := fallback
	if c.form.Has(name) {
		var err error
		if n, err = strconv.Atoi(c.form.Get(name)); err != nil {
			c.wrong = append(c.wrong, fmt.Sprintf("Value '%s' at '%s' is no integer", c.form.Get(name), name))
			return 0
		}
	}
	switch quoted := fmt.Sprintf("'%d'", n); {
	case n < least:
		c.fail(quoted, name, fmt.Sprintf("Member must have value greater than or equal to %d", least))
	case n > most:
		c.fail(quoted, name, fmt.Sprintf("Member must have value less than or equal to %d", most))
	}
	return time.Duration(n) * time.Second
}

func (c *checker) err() error {
	if len(c.wrong) == 0 {
		return nil
	}
	plural := ""
	if len(c.wrong) > 1 {
		plural = "s"
	}
	return validation(fmt.Sprintf("%d validation error%s detected: %s", len(c.wrong), plural, strings.Join(c.wrong, "; ")))
}
