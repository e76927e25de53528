package awstest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// consentLife is how long the buttons of an open page work.
const consentLife = 10 * time.Minute

// route handles a browser's requests for OIDC's pages. AWS's host device.sso has only the
// verification page, which is at /device on loopback.
func (s *SSO) route(host string, r *http.Request) handler {
	switch {
	case host == "device.sso" && (r.URL.Path == "/" || r.URL.Path == ""), host == "" && r.URL.Path == "/device":
		return s.devicePage
	case (host == "" || host == "oidc") && r.URL.Path == "/authorize":
		return s.authorizePage
	}
	return nil
}

// consent is a page that waits for a button. Either device or code is set.
type consent struct {
	token   string // the page's own, which its form must send
	expires time.Time
	device  *deviceGrant
	code    *authCode // that the client gets if the person approves
	state   string    // goes back to the client with the code
}

func (s *SSO) newConsentLocked(c consent) *consent {
	c.token, c.expires = mintURLText(24), s.clock.now().Add(consentLife)
	s.consents[c.token] = &c
	return &c
}

// decideLocked records the decision, and returns where the browser is redirected, "" after
// a device code. It works once.
func (s *SSO) decideLocked(c *consent, approve bool) (redirect string) {
	delete(s.consents, c.token)
	if d := c.device; d != nil {
		d.state, d.person = refused, d.center.person
		if approve {
			d.state = approved
		}
		return ""
	}
	if !approve {
		return callback(c.code.redirectURI, url.Values{"error": {"access_denied"}, "state": {c.state}})
	}
	code := mintURLText(64)
	c.code.person, c.code.expires = c.code.center.person, s.clock.now().Add(c.code.center.settings.AuthCode)
	s.codes[code] = c.code
	return callback(c.code.redirectURI, url.Values{"code": {code}, "state": {c.state}})
}

func callback(uri string, query url.Values) string { return uri + "?" + query.Encode() }

// pageError is the text of a page that shows an error.
type pageError string

func (e pageError) Error() string { return string(e) }

// authorizeLocked checks a request of the authorization code grant. It returns the consent
// to ask for, or the redirect with an error. A pageError means that the redirect URI is
// not known to be the client's (RFC 6749, section 4.1.2.1).
func (s *SSO) authorizeLocked(region string, q url.Values) (*consent, string, error) {
	c := s.clients[q.Get("client_id")]
	switch {
	case c == nil, region != "" && c.region != "" && region != c.region:
		return nil, "", pageError("The application that sent you here is not registered.")
	case !s.clock.now().Before(c.expires):
		return nil, "", pageError("The registration of the application that sent you here has expired.")
	case !c.redirectsTo(q.Get("redirect_uri")):
		return nil, "", pageError("The application that sent you here did not register the address it wants you sent back to.")
	}
	asked := strings.Fields(q.Get("scopes") + " " + q.Get("scope")) // the AWS CLI says scopes, RFC 6749 scope
	foreign := slices.ContainsFunc(asked, func(scope string) bool { return !slices.Contains(c.scopes, scope) })
	if len(asked) == 0 { // RFC 6749, section 3.3: the server has a default
		asked = c.scopes
	}
	wrong := ""
	switch {
	case !c.may(grantCode):
		wrong = "unauthorized_client"
	case q.Get("response_type") != "code":
		wrong = "unsupported_response_type"
	case foreign:
		wrong = "invalid_scope"
	case q.Get("state") == "", q.Get("code_challenge_method") != "S256", len(q.Get("code_challenge")) != 43:
		wrong = "invalid_request"
	}
	if wrong != "" {
		return nil, callback(q.Get("redirect_uri"), url.Values{"error": {wrong}, "state": {q.Get("state")}}), nil
	}
	return s.newConsentLocked(consent{state: q.Get("state"), code: &authCode{
		client: c, center: c.center, redirectURI: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), scopes: asked,
	}}), "", nil
}

// deviceLocked returns the pending device code of a user code, which people may type in
// lower case and without its hyphen.
func (s *SSO) deviceLocked(region, userCode string) *deviceGrant {
	plain := func(s string) string {
		return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(s))
	}
	for _, d := range s.devices {
		if plain(d.userCode) == plain(userCode) && d.state == pending && s.clock.now().Before(d.expires) &&
			(region == "" || region == d.center.region) {
			return d
		}
	}
	return nil
}

// authorizePage is /authorize, which asks the person, and handles the button.
func (s *SSO) authorizePage(r *http.Request, body []byte) (*answer, error) {
	_, region := endpoint(hostOf(r))
	if r.Method == http.MethodPost {
		return s.button(r, body)
	}
	s.mu.Lock()
	c, redirect, err := s.authorizeLocked(region, r.URL.Query())
	s.mu.Unlock()
	switch {
	case err != nil:
		return s.show(http.StatusBadRequest, view{Title: "Request refused", Text: err.Error()}), nil
	case redirect != "":
		return s.found(redirect), nil
	}
	return s.show(http.StatusOK, view{
		Title: "Authorize request", Token: c.token, Action: r.URL.Path,
		Client: c.code.client.name, Scopes: c.code.scopes, StartURL: c.code.center.startURL,
	}), nil
}

// devicePage is the verification page: it asks for the code unless the address
// has it, shows it for comparison, and handles the button.
func (s *SSO) devicePage(r *http.Request, body []byte) (*answer, error) {
	_, region := endpoint(hostOf(r))
	if r.Method == http.MethodPost {
		return s.button(r, body)
	}
	ask := view{Title: "Enter the code", Action: r.URL.Path, AskCode: true}
	userCode := r.URL.Query().Get("user_code")
	if userCode == "" {
		return s.show(http.StatusOK, ask), nil
	}
	s.mu.Lock()
	d := s.deviceLocked(region, userCode)
	if d == nil {
		s.mu.Unlock()
		ask.Text = "No application waits with the code " + userCode + ". It may have expired."
		return s.show(http.StatusNotFound, ask), nil
	}
	c := s.newConsentLocked(consent{device: d})
	s.mu.Unlock()
	return s.show(http.StatusOK, view{
		Title: "Authorize request", Token: c.token, Action: r.URL.Path,
		Client: d.client.name, Scopes: d.client.scopes, StartURL: d.center.startURL, UserCode: d.userCode,
	}), nil
}

// button handles the form of a page.
func (s *SSO) button(r *http.Request, body []byte) (*answer, error) {
	form, err := url.ParseQuery(string(body))
	decision := form.Get("decision")
	gone := view{Title: "Request refused", Text: "This page is out of date. Start again from the application."}
	if err != nil || r.Method != http.MethodPost || decision != "approve" && decision != "deny" {
		return s.show(http.StatusBadRequest, gone), nil
	}
	s.mu.Lock()
	c := s.consents[form.Get("token")]
	// Another window may have decided on the device code.
	if c == nil || !s.clock.now().Before(c.expires) || c.device != nil && c.device.state != pending {
		s.mu.Unlock()
		return s.show(http.StatusBadRequest, gone), nil
	}
	redirect := s.decideLocked(c, decision == "approve")
	s.mu.Unlock()
	switch {
	case redirect != "":
		return s.found(redirect), nil
	case decision == "approve":
		return s.show(http.StatusOK, view{Title: "Request approved", Text: "You can close this window and go back to the application."}), nil
	}
	return s.show(http.StatusOK, view{Title: "Request denied", Text: "The application was given nothing. You can close this window."}), nil
}

// found redirects a browser.
func (w *wire) found(location string) *answer {
	ans := w.newAnswer(http.StatusFound, mintRequestID(), "text/plain; charset=utf-8", nil)
	ans.header.Set("Location", location)
	ans.header.Set("Cache-Control", "no-store")
	return ans
}
