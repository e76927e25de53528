package awstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// signinTokenLife is how long a link to the console is valid.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
const signinTokenLife = 15 * time.Minute

// The codes of sign-in's refusals are only for [Call.Code]: AWS answers with pages, and
// with the same text for all wrong credentials.
const (
	codeInvalidCredentials = "InvalidCredentials"
	codeInvalidDuration    = "InvalidSessionDuration"
	codeInvalidToken       = "InvalidSigninToken"
	codeInvalidDestination = "InvalidDestination"
	codeLogOutFirst        = "LogOutFirst"
)

// signinOperation is what the sign-in endpoint does for an Action.
type signinOperation struct {
	name, path, action string
	params             []string
	do                 func(*signinRequest) (*reply, error) // with the lock held
}

// signinOperations model the federation endpoint, and the logout.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
func (c *Console) operations() []signinOperation {
	return []signinOperation{
		{"GetSigninToken", "/federation", "getSigninToken", []string{"Session", "SessionDuration"}, c.getSigninToken},
		{"Login", "/federation", "login", []string{"Issuer", "Destination", "SigninToken"}, c.login},
		{"Logout", "/oauth", "logout", []string{"redirect_uri"}, c.signOut},
	}
}

// signinRequest is a call as an operation sees it.
type signinRequest struct {
	url.Values
	host    browserHost // the zero value on loopback
	secure  bool        // by https
	browser string      // the cookie's value
	call    *recorded
	now     time.Time
}

// loopback reports whether the request did not come to a host of AWS's.
func (r *signinRequest) loopback() bool { return r.host.service == "" }

// reply is a good answer, of which one field is set beside the cookie.
type reply struct {
	json     any
	location string
	view     *signinView
	cookie   *http.Cookie
}

// signinToken is a link to the console that was not followed yet.
type signinToken struct {
	key     *key
	session time.Duration // SessionDuration, or zero
	expires time.Time
}

// signin answers one call of the sign-in endpoint.
func (c *Console) signin(r *http.Request, _ []byte) (*answer, error) {
	q, op, err := c.parse(r)
	call := c.record("signin", op.name, loggable(q), "Action", "Session", "SigninToken")
	x := &exchange{
		id: mintRequestID(), call: call, contentType: "text/html; charset=utf-8",
		throttled: &refusal{http.StatusBadRequest, "Throttling", "Rate exceeded"},
		refuse:    c.refusal,
	}
	return c.exchange(r.Context(), x, func() (*answer, error) {
		if err != nil {
			return nil, err
		}
		rep, err := c.perform(op, r, q, call)
		if err != nil {
			return nil, err
		}
		return c.answer(rep), nil
	})
}

// parse reads the query string, and refuses what is not modelled.
func (c *Console) parse(r *http.Request) (url.Values, *signinOperation, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	op := &signinOperation{name: q.Get("Action")}
	if err != nil {
		return url.Values{}, op, refuse(http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error.")
	}
	operations := c.operations()
	i := slices.IndexFunc(operations, func(o signinOperation) bool { return o.path == r.URL.Path && o.action == q.Get("Action") })
	if i >= 0 {
		op = &operations[i]
	}
	switch {
	case i < 0:
		return q, op, refuse(http.StatusBadRequest, "InvalidAction", "Invalid Action parameter")
	case r.Method != http.MethodGet:
		return q, op, refuse(http.StatusNotImplemented, "NotImplemented", "only GET is modelled")
	}
	for name, values := range q {
		switch {
		case name != "Action" && !slices.Contains(op.params, name):
			return q, op, refuse(http.StatusNotImplemented, "NotImplemented", fmt.Sprintf("parameter %s of %s is not modelled", name, op.name))
		case len(values) > 1:
			return q, op, refuse(http.StatusBadRequest, "InvalidParameter", name+" is given more than once")
		}
	}
	return q, op, nil
}

// loggable is q without the query of redirect_uri, which holds the secret link of the login
// after a logout.
func loggable(q url.Values) url.Values {
	out := url.Values{}
	for name, values := range q {
		out[name] = slices.Clone(values)
	}
	for i, raw := range out["redirect_uri"] {
		u, err := url.Parse(raw)
		if err != nil {
			u = &url.URL{}
		}
		u.RawQuery, u.Fragment, u.User = "", "", nil
		out["redirect_uri"][i] = u.String()
	}
	return out
}

func (c *Console) perform(op *signinOperation, r *http.Request, q url.Values, call *recorded) (*reply, error) {
	req := &signinRequest{Values: q, secure: r.TLS != nil || r.URL.Scheme == "https", call: call}
	req.host, _ = parseBrowserHost(hostOf(r))
	if cookie, err := r.Cookie(consoleCookie); err == nil {
		req.browser = cookie.Value
	}
	call.note(func(c *Call) { c.Region = req.host.region })
	c.mu.Lock()
	defer c.mu.Unlock()
	req.now = c.clock.now()
	return op.do(req)
}

func (c *Console) answer(rep *reply) *answer {
	var ans *answer
	switch {
	case rep.location != "":
		ans = c.found(rep.location)
	case rep.view != nil:
		ans = c.html(http.StatusOK, signinTemplate, rep.view)
	default:
		ans = c.newAnswer(http.StatusOK, mintRequestID(), "application/json", marshal(rep.json))
		ans.header.Set("Cache-Control", "no-store")
	}
	if rep.cookie != nil {
		ans.header.Set("Set-Cookie", rep.cookie.String())
	}
	return ans
}

func (c *Console) refusal(e *refusal) *answer {
	v := signinView{Title: fmt.Sprintf("HTTP Status %d - %s", e.status, e.message)}
	switch e.code {
	case codeInvalidCredentials, codeInvalidDuration:
		v.Text = "The request sent by the client was syntactically incorrect."
	case codeInvalidToken:
		v = signinView{Title: "Amazon Web Services Sign In", Text: e.message}
	case codeLogOutFirst:
		v = signinView{Title: "Amazon Web Services Sign In", Text: e.message, LogOut: true}
	}
	return c.html(e.status, signinTemplate, v)
}

// getSigninToken trades temporary credentials for a sign-in token. It refuses those of
// GetSessionToken, and accepts a SessionDuration only for a role that was assumed with a
// long-term key or came from Identity Center. AWS's guide allows only such roles to log in
// at all, but this page says otherwise:
// https://aws.amazon.com/premiumsupport/knowledge-center/invalid-credentials-parameter/
func (c *Console) getSigninToken(r *signinRequest) (*reply, error) {
	k := c.sessionKey(r.Get("Session"))
	switch {
	case k == nil, !r.now.Before(k.expires), k.role == nil && k.federated == "",
		!r.loopback() && r.host.partition != k.account().partition:
		return nil, invalidCredentials(codeInvalidCredentials)
	}
	r.call.of(k)
	t := &signinToken{key: k, expires: r.now.Add(signinTokenLife)}
	if r.Has("SessionDuration") {
		n, err := strconv.Atoi(r.Get("SessionDuration"))
		if err != nil || n < 900 || n > 43200 || k.chained || k.federated != "" {
			return nil, invalidCredentials(codeInvalidDuration)
		}
		t.session = time.Duration(n) * time.Second
	}
	token := mintURLText(330)
	c.tokens[token] = t
	return &reply{json: struct{ SigninToken string }{token}}, nil
}

// sessionKey returns the temporary credentials that the JSON holds, or nil.
func (c *Console) sessionKey(text string) *key {
	var s struct {
		ID     string `json:"sessionId"`
		Secret string `json:"sessionKey"`
		Token  string `json:"sessionToken"`
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return nil
	}
	return c.iam.session(s.ID, s.Secret, s.Token)
}

// invalidCredentials is AWS's answer to wrong credentials and durations alike:
// https://github.com/99designs/aws-vault/issues/77.
func invalidCredentials(code string) error {
	return refuse(http.StatusBadRequest, code, "Invalid credentials parameter")
}
