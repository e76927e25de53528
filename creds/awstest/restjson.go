package awstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// restService speaks AWS's REST-JSON protocol: the path selects the operation, JSON or the
// query string has the parameters, the answer is JSON.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
type restService struct {
	*wire
	mu         sync.Locker // held while an operation runs
	name       string      // "sso-oidc", "sso" or "signin"
	host       string      // the first part of its hosts' names
	operations []restOperation
	// throttled is its answer to too many calls.
	throttled *refusal
	// exception is the error's name in x-amzn-ErrorType, unless it is the code.
	exception func(code string) string
	// namespace follows the name there.
	namespace string
	// errorBody is the body of a refusal.
	errorBody func(e *refusal) any
}

// restOperation is one operation of a service.
type restOperation struct {
	name, method, path string
	// query is what the address of a POST must have.
	query string
	// texts and lists are the parameters modelled, with one value and with many;
	// a request with another one is refused.
	texts, lists []string
	// secret are the parameters kept out of the log.
	secret []string
	// do answers a call, with the service's lock held. A nil result is an answer
	// without a body.
	do func(*restRequest) (any, error)
}

// restRequest is a call as an operation sees it.
type restRequest struct {
	url.Values
	region string // that of AWS's own host, or empty on loopback
	origin string // where the caller found the server, such as http://127.0.0.1:4566
	bearer string
	http   *http.Request
	body   []byte
	call   *recorded
	now    time.Time
}

// route handles all requests to the service's own host, and on loopback those with the path
// of one of its operations. Unknown operations are refused.
func (s *restService) route(host string, r *http.Request) handler {
	if host != "" && host != s.host {
		return nil
	}
	ours := host == s.host
	op := &restOperation{do: func(*restRequest) (any, error) {
		return nil, restRefuse("UnknownOperationException", "")
	}}
	for i, o := range s.operations {
		if o.path == r.URL.Path {
			ours = true
			if o.method == r.Method {
				op = &s.operations[i]
			}
		}
	}
	if !ours {
		return nil
	}
	return func(r *http.Request, body []byte) (*answer, error) { return s.answer(op, r, body) }
}

// answer answers one call.
func (s *restService) answer(op *restOperation, r *http.Request, body []byte) (*answer, error) {
	params, err := op.parse(r, body)
	id := mintRequestID()
	call := s.record(s.name, op.name, params, op.secret...)
	x := &exchange{
		id: id, call: call, contentType: "application/json", throttled: s.throttled,
		refuse: func(e *refusal) *answer { return s.jsonError(id, e) },
	}
	return s.exchange(r.Context(), x, func() (*answer, error) {
		if err != nil {
			return nil, err
		}
		result, err := s.perform(op, r, body, params, call)
		if err != nil {
			return nil, err
		}
		return s.newAnswer(http.StatusOK, id, "application/json", marshal(result)), nil
	})
}

func (s *restService) perform(op *restOperation, r *http.Request, body []byte, params url.Values, call *recorded) (any, error) {
	_, region := endpoint(hostOf(r))
	call.note(func(c *Call) { c.Region = region })
	s.mu.Lock()
	defer s.mu.Unlock()
	return op.do(&restRequest{
		Values: params, region: region, origin: origin(r), bearer: r.Header.Get("x-amz-sso_bearer_token"),
		http: r, body: body, call: call, now: s.clock.now(),
	})
}

// origin is the scheme and the host that r was sent to.
func origin(r *http.Request) string {
	if r.TLS != nil || r.URL.Scheme == "https" {
		return "https://" + hostOf(r)
	}
	return "http://" + hostOf(r)
}

// parse reads the parameters from the JSON body of a POST and from the query
// string of a GET, and refuses those that are not modelled.
func (op *restOperation) parse(r *http.Request, body []byte) (url.Values, error) {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return url.Values{}, restRefuse("InvalidRequestException", "the query string is malformed")
	}
	if r.Method == http.MethodPost {
		if r.URL.RawQuery != op.query {
			return url.Values{}, restNotModelled(r.URL.RawQuery, op)
		}
		if params, err = op.parseBody(r, body); err != nil {
			return url.Values{}, err
		}
	}
	for name, values := range params {
		switch {
		case slices.Contains(op.lists, name):
		case !slices.Contains(op.texts, name):
			return params, restNotModelled(name, op)
		case len(values) > 1:
			return params, restRefuse("InvalidRequestException", name+" is given more than once")
		}
	}
	return params, nil
}

func (op *restOperation) parseBody(r *http.Request, body []byte) (url.Values, error) {
	params := url.Values{}
	if len(bytes.TrimSpace(body)) == 0 {
		return params, nil
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		return params, restRefuse("InvalidRequestException", "the body is not said to be JSON")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return params, restRefuse("InvalidRequestException", "the body is no JSON object")
	}
	for name, raw := range fields {
		var err error
		if slices.Contains(op.lists, name) {
			var values []string
			err = json.Unmarshal(raw, &values)
			params[name] = values
		} else {
			var value *string
			if err = json.Unmarshal(raw, &value); err == nil && value != nil {
				params.Set(name, *value)
			}
		}
		if err != nil {
			return params, restRefuse("InvalidRequestException", name+" has the wrong type")
		}
	}
	return params, nil
}

func restNotModelled(name string, op *restOperation) error {
	return restRefuse("NotImplemented", fmt.Sprintf("parameter %s of %s is not modelled", name, op.name))
}

// require refuses a request without one of the parameters.
func (r *restRequest) require(names ...string) error {
	for _, name := range names {
		if r.Get(name) == "" {
			return restRefuse("InvalidRequestException", name+" is missing")
		}
	}
	return nil
}

// restRefuse is a refusal with the status that the code has.
func restRefuse(code, message string) error { return refuse(restStatus(code), code, message) }

// restStatus is an error's httpError in the models of SSO OIDC, of the portal and of the
// sign-in service. ForbiddenException is in no model, but the portal answers it:
// https://github.com/fwdcloudsec/granted/pull/276.
func restStatus(code string) int {
	switch code {
	case "InvalidClientException", "UnauthorizedException":
		return http.StatusUnauthorized
	case "ForbiddenException":
		return http.StatusForbidden
	case "ResourceNotFoundException", "UnknownOperationException":
		return http.StatusNotFound
	case "TooManyRequestsException", "TooManyRequestsError":
		return http.StatusTooManyRequests
	case "InternalServerException":
		return http.StatusInternalServerError
	case "NotImplemented":
		return http.StatusNotImplemented
	}
	return http.StatusBadRequest
}

func (s *restService) jsonError(id string, e *refusal) *answer {
	ans := s.newAnswer(e.status, id, "application/json", marshal(s.errorBody(e)))
	name := e.code
	if s.exception != nil {
		name = s.exception(name)
	}
	if s.namespace != "" {
		name += ":" + s.namespace
	}
	ans.header.Set("X-Amzn-Errortype", name)
	return ans
}

// marshal is v as JSON, or nothing for nil.
func marshal(v any) []byte {
	if v == nil {
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // only a result type that JSON cannot hold
		panic(errors.Join(errors.New("awstest: unencodable answer"), err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// oauthError is the error code of OAuth 2.0 for an exception of SSO OIDC:
// authorization_pending for AuthorizationPendingException. The API reference
// lists them; only InternalServerException's is an exception.
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors
func oauthError(exception string) string {
	if exception == "InternalServerException" {
		return "server_error"
	}
	var b strings.Builder
	for i, c := range strings.TrimSuffix(exception, "Exception") {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
