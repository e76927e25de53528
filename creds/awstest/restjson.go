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
	"time"
)

// restService is one that speaks AWS's REST-JSON protocol: a path says what is
// asked, JSON or the query string go in, JSON comes out.
// https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
type restService struct {
	name       string // "sso-oidc" or "sso"
	host       string // the first part of its hosts' names
	operations []restOperation
	// throttled is what it says when asked too often.
	throttled *refusal
	// namespace is what it puts behind the error's name in x-amzn-ErrorType.
	namespace string
	// errorBody is the body of a refusal.
	errorBody func(e *refusal) any
}

// restOperation is one operation of a service.
type restOperation struct {
	name, method, path string
	// texts and lists are the parameters modelled, with one value and with many;
	// a request with another one is refused.
	texts, lists []string
	// secret are the parameters kept out of the log.
	secret []string
	// do answers a call, holding AWS.mu. A nil result is an answer without a body.
	do func(*AWS, *restRequest) (any, error)
}

// restRequest is a call as an operation sees it.
type restRequest struct {
	url.Values
	region string // that of AWS's own host, or empty on loopback
	origin string // where the caller found the server, such as http://127.0.0.1:4566
	bearer string
	call   *Call
	now    time.Time
}

// restOperation returns the operation that r asks for of the service whose host
// it is, or of any service on loopback. The operation is nil where a service's
// own host has no such thing; the service is nil where the request is for no
// REST service at all.
func (a *AWS) restOperation(host string, r *http.Request) (*restService, *restOperation) {
	for _, svc := range a.restServices {
		if host != "" && host != svc.host {
			continue
		}
		for i, op := range svc.operations {
			if op.path == r.URL.Path && op.method == r.Method {
				return svc, &svc.operations[i]
			}
		}
		if host == svc.host || slices.ContainsFunc(svc.operations, func(op restOperation) bool { return op.path == r.URL.Path }) {
			return svc, nil
		}
	}
	return nil, nil
}

// rest answers one call of a REST-JSON service. The error is only ever one of
// delivery: the context's, or a reset on demand.
func (a *AWS) rest(svc *restService, op *restOperation, r *http.Request, body []byte) (*answer, error) {
	if op == nil {
		op = &restOperation{do: func(*AWS, *restRequest) (any, error) {
			return nil, restRefuse("UnknownOperationException", "")
		}}
	}
	params, err := op.parse(r, body)
	id := mintRequestID()
	call := a.record(svc.name, op.name, params, op.secret...)
	x := &exchange{
		id: id, call: call, contentType: "application/json", throttled: svc.throttled,
		refuse: func(e *refusal) *answer { return a.jsonError(svc, id, e) },
	}
	return a.exchange(r.Context(), x, func() (*answer, error) {
		if err != nil {
			return nil, err
		}
		result, err := a.performREST(op, r, params, call)
		if err != nil {
			return nil, err
		}
		return a.newAnswer(http.StatusOK, id, "application/json", marshal(result)), nil
	})
}

func (a *AWS) performREST(op *restOperation, r *http.Request, params url.Values, call *Call) (any, error) {
	_, region := endpoint(hostOf(r))
	a.mu.Lock()
	defer a.mu.Unlock()
	call.Region = region
	return op.do(a, &restRequest{
		Values: params, region: region, origin: origin(r), bearer: r.Header.Get("x-amz-sso_bearer_token"),
		call: call, now: a.now(),
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
		for name := range params {
			return url.Values{}, restNotModelled(name, op)
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

// restStatus is an error's httpError in the models of SSO OIDC and of the
// portal. ForbiddenException is in no model, but is what the portal answers:
// https://github.com/fwdcloudsec/granted/pull/276.
func restStatus(code string) int {
	switch code {
	case "InvalidClientException", "UnauthorizedException":
		return http.StatusUnauthorized
	case "ForbiddenException":
		return http.StatusForbidden
	case "ResourceNotFoundException", "UnknownOperationException":
		return http.StatusNotFound
	case "TooManyRequestsException":
		return http.StatusTooManyRequests
	case "InternalServerException":
		return http.StatusInternalServerError
	case "NotImplemented":
		return http.StatusNotImplemented
	}
	return http.StatusBadRequest
}

func (a *AWS) jsonError(svc *restService, id string, e *refusal) *answer {
	ans := a.newAnswer(e.status, id, "application/json", marshal(svc.errorBody(e)))
	ans.header.Set("X-Amzn-Errortype", e.code+":"+svc.namespace)
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
// states them one by one, and only InternalServerException's does not follow.
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
