package awstest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// consentLife is how long a page may stay open before its buttons are dead.
const consentLife = 10 * time.Minute

// route takes a browser's requests for OIDC's pages. The verification page is all
// that AWS's host device.sso has; on loopback it is at /device.
func (s *SSO) route(host string, r *http.Request) handler {
	switch {
	case host == "device.sso" && (r.URL.Path == "/" || r.URL.Path == ""), host == "" && r.URL.Path == "/device":
		return s.devicePage
	case (host == "" || host == "oidc") && r.URL.Path == "/authorize":
		return s.authorizePage
	}
	return nil
}

// consent is a page that was shown and waits for its button. One of device and
// code is set.
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

// decideLocked takes the consent's decision, and returns where the browser goes from
// there, which after a device code is nowhere. It works once.
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

// pageError is what a page says where there is nothing to decide.
type pageError string

func (e pageError) Error() string { return string(e) }

// authorizeLocked judges a request of the authorization code grant. It returns the
// consent to ask for, or where the browser goes back to with an error. A
// pageError means that it can be sent nowhere: who asks is not known to be
// whom the person would be sent to (RFC 6749, section 4.1.2.1).
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

// deviceLocked returns the device code that waits with this user code, which people
// type in lower case and without its hyphen too.
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

// authorizePage is /authorize, which asks the person, and takes the button.
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
// has it, shows it to be compared, and takes the button.
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

// button takes what the form of a page sent.
func (s *SSO) button(r *http.Request, body []byte) (*answer, error) {
	form, err := url.ParseQuery(string(body))
	decision := form.Get("decision")
	gone := view{Title: "Request refused", Text: "This page is out of date. Start again from the application."}
	if err != nil || r.Method != http.MethodPost || decision != "approve" && decision != "deny" {
		return s.show(http.StatusBadRequest, gone), nil
	}
	s.mu.Lock()
	c := s.consents[form.Get("token")]
	// A device code may have been decided on in another window.
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

// found sends a browser on.
func (w *wire) found(location string) *answer {
	ans := w.newAnswer(http.StatusFound, mintRequestID(), "text/plain; charset=utf-8", nil)
	ans.header.Set("Location", location)
	ans.header.Set("Cache-Control", "no-store")
	return ans
}
