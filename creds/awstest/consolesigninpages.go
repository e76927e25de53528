package awstest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"
)

const (
	authorizePath    = "/v1/authorize"
	confirmationPath = "/v1/sessions/confirmation"
)

// route takes a browser's requests for the pages of the sign-in.
func (s *SignIn) route(host string, r *http.Request) handler {
	switch {
	case host != "" && host != "signin":
	case r.URL.Path == authorizePath:
		return s.authorizePage
	case r.URL.Path == confirmationPath:
		return s.confirmationPage
	}
	return nil
}

// codeRequest is what a client asks of the page.
type codeRequest struct {
	client      string
	region      string // of the page's host, empty on loopback
	redirectURI string
	challenge   string
	state       string
}

// codeConsent is a page that waits for a button.
type codeConsent struct {
	codeRequest
	token   string // the page's own, which its form must send
	expires time.Time
}

// authorizeLocked checks a request at base, the scheme and the host of the page. It returns
// the consent to ask for, or the redirect with an error. A pageError means that the address
// to redirect to is not the client's.
func (s *SignIn) authorizeLocked(base string, q url.Values) (*codeConsent, string, error) {
	known := []string{"response_type", "client_id", "state", "code_challenge_method", "scope", "redirect_uri", "code_challenge"}
	for name, values := range q {
		if !slices.Contains(known, name) || len(values) != 1 {
			return nil, "", pageError("The parameter " + name + " is not modelled, or given more than once.")
		}
	}
	c := codeConsent{codeRequest: codeRequest{
		client: q.Get("client_id"), redirectURI: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), state: q.Get("state"),
	}}
	host := ""
	if u, err := url.Parse(base); err == nil {
		host = u.Host
	}
	_, c.region = endpoint(host)
	switch c.client {
	case clientSameDevice:
		if !isLoopbackCallback(c.redirectURI) {
			return nil, "", pageError("The application wants you sent back to an address that is not on your computer.")
		}
	case clientCrossDevice:
		if c.redirectURI != base+confirmationPath {
			return nil, "", pageError("The application wants you sent on to a page that does not show the code.")
		}
	default:
		return nil, "", pageError("The application that sent you here is unknown.")
	}
	wrong := ""
	challenge, err := parts.DecodeString(c.challenge)
	switch {
	case q.Get("response_type") != "code":
		wrong = "unsupported_response_type"
	case q.Get("scope") != "openid":
		wrong = "invalid_scope"
	case c.state == "", q.Get("code_challenge_method") != "SHA-256", err != nil, len(challenge) != sha256.Size:
		wrong = "invalid_request"
	}
	if wrong != "" {
		return nil, callback(c.redirectURI, url.Values{"error": {wrong}, "state": {c.state}}), nil
	}
	c.token, c.expires = mintURLText(24), s.clock.now().Add(consentLife)
	s.consents[c.token] = &c
	return &c, "", nil
}

// isLoopbackCallback reports whether u is the address of a program on the person's own
// computer.
func isLoopbackCallback(u string) bool {
	parsed, err := url.Parse(u)
	if err != nil {
		return false
	}
	address, port := parsed.Host, parsed.Port()
	host := parsed.Hostname()
	_, err = netip.ParseAddrPort("127.0.0.1:" + port)
	return err == nil && (host == "127.0.0.1" || host == "localhost") && u == "http://"+address+"/oauth/callback"
}

// decideLocked records the decision of an identity, nil for a denial, and returns where the
// browser is redirected. It works once.
func (s *SignIn) decideLocked(c *codeConsent, who *ConsoleIdentity) (redirect string) {
	delete(s.consents, c.token)
	if who == nil || !s.iam.allows(&who.owner, actionAuthorize) {
		return callback(c.redirectURI, url.Values{"error": {"access_denied"}, "state": {c.state}})
	}
	code := mintURLText(64)
	s.codes[code] = &signInCode{codeRequest: c.codeRequest, who: who, expires: s.clock.now().Add(s.settings.AuthCode)}
	return callback(c.redirectURI, url.Values{"code": {code}, "state": {c.state}})
}

// offeredLocked returns the identities that the browser has at a region.
func (s *SignIn) offeredLocked(region string) []*ConsoleIdentity {
	return slices.DeleteFunc(slices.Clone(s.identities), func(id *ConsoleIdentity) bool { return !id.at(region) })
}

// authorizePage lets the person choose who the program may act as.
func (s *SignIn) authorizePage(r *http.Request, body []byte) (*answer, error) {
	switch r.Method {
	case http.MethodGet:
		return s.askPage(r), nil
	case http.MethodPost:
		return s.decisionPage(body), nil
	}
	return s.page(http.StatusMethodNotAllowed, signInPage{Title: "Only GET and POST are modelled"}), nil
}

func (s *SignIn) askPage(r *http.Request) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, redirect, err := s.authorizeLocked(origin(r), r.URL.Query())
	switch {
	case err != nil:
		return s.page(http.StatusBadRequest, signInPage{Title: "Request not valid", Text: err.Error()})
	case redirect != "":
		return s.redirect(redirect)
	}
	offered := s.offeredLocked(c.region)
	if len(offered) == 0 {
		delete(s.consents, c.token)
		return s.page(http.StatusForbidden, signInPage{Title: "Sign in", Text: "Nobody is signed in to the console in this browser."})
	}
	return s.page(http.StatusOK, viewSignIn(c, offered))
}

// decisionPage takes the form's button.
func (s *SignIn) decisionPage(body []byte) *answer {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return s.page(http.StatusBadRequest, signInPage{Title: "Request not valid", Text: "The form is malformed."})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.consents[form.Get("token")]
	if c == nil || !s.clock.now().Before(c.expires) {
		return s.page(http.StatusBadRequest, signInPage{Title: "Page expired", Text: "This page has expired, or was answered before. Start again in the application."})
	}
	var who *ConsoleIdentity
	switch form.Get("decision") {
	case "deny":
	case "allow":
		offered := s.offeredLocked(c.region)
		i := slices.IndexFunc(offered, func(id *ConsoleIdentity) bool { return id.ARN() == form.Get("identity") })
		if i < 0 {
			return s.page(http.StatusBadRequest, signInPage{Title: "Request not valid", Text: "Nobody of this name is signed in to the console in this browser."})
		}
		who = offered[i]
	default:
		return s.page(http.StatusBadRequest, signInPage{Title: "Request not valid", Text: "The form has no such button."})
	}
	return s.redirect(s.decideLocked(c, who))
}

func (s *SignIn) redirect(to string) *answer {
	ans := s.page(http.StatusSeeOther, signInPage{Title: "Continue in the application"})
	ans.header.Set("Location", to)
	return ans
}

// confirmationPage shows the code that the person takes to the program on another machine.
func (s *SignIn) confirmationPage(r *http.Request, _ []byte) (*answer, error) {
	q := r.URL.Query()
	if q.Get("error") != "" {
		return s.page(http.StatusForbidden, signInPage{Title: "Access denied", Text: "The application gets no access. You can close this window."}), nil
	}
	_, region := endpoint(hostOf(r))
	s.mu.Lock()
	code := s.codes[q.Get("code")]
	wrong := code == nil || code.client != clientCrossDevice || code.spent || code.region != region || code.state != q.Get("state")
	s.mu.Unlock()
	if wrong {
		return s.page(http.StatusBadRequest, signInPage{Title: "Request not valid", Text: "There is no such code."}), nil
	}
	return s.page(http.StatusOK, signInPage{
		Title: "Authorization code", Text: "Copy this code into the application that asks for it.", Code: pasted(q),
	}), nil
}

// pasted is the code that a person copies from the page that a redirect leads to.
func pasted(q url.Values) string {
	return base64.StdEncoding.EncodeToString([]byte("state=" + url.QueryEscape(q.Get("state")) + "&code=" + url.QueryEscape(q.Get("code"))))
}
