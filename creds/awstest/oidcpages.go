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

// page returns what answers a browser's request, or nil if it is for no page.
// The verification page is all that AWS's host device.sso has; on loopback it
// is at /device. The console's hosts have nothing but the console's page, which
// on loopback is at /console.
func page(host string, r *http.Request) func(*AWS, *http.Request, []byte) (*answer, error) {
	switch {
	case host == "device.sso" && (r.URL.Path == "/" || r.URL.Path == ""), host == "" && r.URL.Path == "/device":
		return (*AWS).devicePage
	case (host == "" || host == "oidc") && r.URL.Path == "/authorize":
		return (*AWS).authorizePage
	case (host == "" || host == "signin") && (r.URL.Path == "/federation" || r.URL.Path == "/oauth"):
		return (*AWS).signin
	case host == "console", host == "" && r.URL.Path == "/console":
		return (*AWS).consolePage
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

func (a *AWS) newConsent(c consent) *consent {
	c.token, c.expires = mintURLText(24), a.now().Add(consentLife)
	a.consents[c.token] = &c
	return &c
}

// decide takes the consent's decision, and returns where the browser goes from
// there, which after a device code is nowhere. It works once.
func (a *AWS) decide(c *consent, approve bool) (redirect string) {
	delete(a.consents, c.token)
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
	c.code.person, c.code.expires = c.code.center.person, a.now().Add(c.code.center.settings.AuthCode)
	a.codes[code] = c.code
	return callback(c.code.redirectURI, url.Values{"code": {code}, "state": {c.state}})
}

func callback(uri string, query url.Values) string { return uri + "?" + query.Encode() }

// pageError is what a page says where there is nothing to decide.
type pageError string

func (e pageError) Error() string { return string(e) }

// authorize judges a request of the authorization code grant. It returns the
// consent to ask for, or where the browser goes back to with an error. A
// pageError means that it can be sent nowhere: who asks is not known to be
// whom the person would be sent to (RFC 6749, section 4.1.2.1).
func (a *AWS) authorize(region string, q url.Values) (*consent, string, error) {
	c := a.clients[q.Get("client_id")]
	switch {
	case c == nil, region != "" && c.region != "" && region != c.region:
		return nil, "", pageError("The application that sent you here is not registered.")
	case !a.now().Before(c.expires):
		return nil, "", pageError("The registration of the application that sent you here has expired.")
	case !c.redirectsTo(q.Get("redirect_uri")):
		return nil, "", pageError("The application that sent you here did not register the address it wants you sent back to.")
	}
	asked := strings.Fields(q.Get("scopes") + " " + q.Get("scope")) // the AWS CLI says scopes, RFC 6749 scope
	foreign := slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(c.scopes, s) })
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
	return a.newConsent(consent{state: q.Get("state"), code: &authCode{
		client: c, center: c.center, redirectURI: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), scopes: asked,
	}}), "", nil
}

// device returns the device code that waits with this user code, which people
// type in lower case and without its hyphen too.
func (a *AWS) device(region, userCode string) *deviceGrant {
	plain := func(s string) string {
		return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(s))
	}
	for _, d := range a.devices {
		if plain(d.userCode) == plain(userCode) && d.state == pending && a.now().Before(d.expires) &&
			(region == "" || region == d.center.region) {
			return d
		}
	}
	return nil
}

// authorizePage is /authorize, which asks the person, and takes the button.
func (a *AWS) authorizePage(r *http.Request, body []byte) (*answer, error) {
	_, region := endpoint(hostOf(r))
	if r.Method == http.MethodPost {
		return a.button(r, body)
	}
	a.mu.Lock()
	c, redirect, err := a.authorize(region, r.URL.Query())
	a.mu.Unlock()
	switch {
	case err != nil:
		return a.show(http.StatusBadRequest, view{Title: "Request refused", Text: err.Error()}), nil
	case redirect != "":
		return a.found(redirect), nil
	}
	return a.show(http.StatusOK, view{
		Title: "Authorize request", Token: c.token, Action: r.URL.Path,
		Client: c.code.client.name, Scopes: c.code.scopes, StartURL: c.code.center.startURL,
	}), nil
}

// devicePage is the verification page: it asks for the code unless the address
// has it, shows it to be compared, and takes the button.
func (a *AWS) devicePage(r *http.Request, body []byte) (*answer, error) {
	_, region := endpoint(hostOf(r))
	if r.Method == http.MethodPost {
		return a.button(r, body)
	}
	ask := view{Title: "Enter the code", Action: r.URL.Path, AskCode: true}
	userCode := r.URL.Query().Get("user_code")
	if userCode == "" {
		return a.show(http.StatusOK, ask), nil
	}
	a.mu.Lock()
	d := a.device(region, userCode)
	if d == nil {
		a.mu.Unlock()
		ask.Text = "No application waits with the code " + userCode + ". It may have expired."
		return a.show(http.StatusNotFound, ask), nil
	}
	c := a.newConsent(consent{device: d})
	a.mu.Unlock()
	return a.show(http.StatusOK, view{
		Title: "Authorize request", Token: c.token, Action: r.URL.Path,
		Client: d.client.name, Scopes: d.client.scopes, StartURL: d.center.startURL, UserCode: d.userCode,
	}), nil
}

// button takes what the form of a page sent.
func (a *AWS) button(r *http.Request, body []byte) (*answer, error) {
	form, err := url.ParseQuery(string(body))
	decision := form.Get("decision")
	gone := view{Title: "Request refused", Text: "This page is out of date. Start again from the application."}
	if err != nil || r.Method != http.MethodPost || decision != "approve" && decision != "deny" {
		return a.show(http.StatusBadRequest, gone), nil
	}
	a.mu.Lock()
	c := a.consents[form.Get("token")]
	// A device code may have been decided on in another window.
	if c == nil || !a.now().Before(c.expires) || c.device != nil && c.device.state != pending {
		a.mu.Unlock()
		return a.show(http.StatusBadRequest, gone), nil
	}
	redirect := a.decide(c, decision == "approve")
	a.mu.Unlock()
	switch {
	case redirect != "":
		return a.found(redirect), nil
	case decision == "approve":
		return a.show(http.StatusOK, view{Title: "Request approved", Text: "You can close this window and go back to the application."}), nil
	}
	return a.show(http.StatusOK, view{Title: "Request denied", Text: "The application was given nothing. You can close this window."}), nil
}

func (a *AWS) found(location string) *answer {
	ans := a.newAnswer(http.StatusFound, mintRequestID(), "text/plain; charset=utf-8", nil)
	ans.header.Set("Location", location)
	ans.header.Set("Cache-Control", "no-store")
	return ans
}
