package awstest

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// consoleCookie is the name of the cookie that identifies a browser.
	consoleCookie = "aws-stand-in-console"
	// maxConsoles is how many identities a browser may have at once.
	// https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/multisession.html
	maxConsoles = 5
)

// Console is the sign-in to the console, and the page that replaces the console.
type Console struct {
	*wire
	iam *IAM

	mu           sync.Mutex // guards all below, and all that is reached from there
	multiSession bool
	tokens       map[string]*signinToken
	browsers     map[string]*browser // by cookie
}

func newConsole(w *wire, iam *IAM) *Console {
	return &Console{wire: w, iam: iam, tokens: map[string]*signinToken{}, browsers: map[string]*browser{}}
}

// route takes a browser's requests for the sign-in and for the console. The
// console's hosts have nothing but its page, which on loopback is at /console.
func (c *Console) route(host string, r *http.Request) handler {
	switch {
	case (host == "" || host == "signin") && (r.URL.Path == "/federation" || r.URL.Path == "/oauth"):
		return c.signin
	case host == "console", host == "" && r.URL.Path == "/console":
		return c.page
	}
	return nil
}

// browser is one person's browser, or one profile of it.
type browser struct {
	consoles []*consoleSession // in the order of their logins
}

// consoleSession is one identity signed in to the console.
type consoleSession struct {
	key   *key
	ends  time.Time
	label string // what begins its hosts when there may be several
}

// MultiSession sets whether browsers may have several identities at once, as a person may
// choose in the console. By default it is off: a login as another identity requires a
// logout first.
func (c *Console) MultiSession(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.multiSession = on
}

// in returns the current sessions in the partition, or in all if it is empty.
func (b *browser) in(partition string, now time.Time) []*consoleSession {
	if b == nil {
		return nil
	}
	b.consoles = slices.DeleteFunc(b.consoles, func(s *consoleSession) bool { return !now.Before(s.ends) })
	var out []*consoleSession
	for _, s := range b.consoles {
		if partition == "" || s.key.account().partition == partition {
			out = append(out, s)
		}
	}
	return out
}

// login follows a link to the console. The link works once, unless it led only to the
// advice to log out first.
func (c *Console) login(r *signinRequest) (*reply, error) {
	t := c.tokens[r.Get("SigninToken")]
	if t == nil || !r.now.Before(t.expires) || t.session == 0 && !r.now.Before(t.key.expires) ||
		!r.loopback() && r.host.partition != t.key.account().partition {
		return nil, refuse(http.StatusBadRequest, codeInvalidToken,
			"The credentials in your login link were invalid. Please contact your administrator.")
	}
	r.call.of(t.key)
	to, host, ok := parseDestination(r.Get("Destination"))
	if !ok || host.partition != t.key.account().partition {
		return nil, refuse(http.StatusBadRequest, codeInvalidDestination, "Invalid Destination parameter")
	}
	b := c.browsers[r.browser]
	s := &consoleSession{key: t.key, ends: t.key.expires, label: t.key.account().id + "-" + strings.ToLower(mintID("", 8))}
	if t.session > 0 {
		s.ends = r.now.Add(t.session)
	}
	if err := c.mayLogInLocked(s, b.in(host.partition, r.now)); err != nil {
		return nil, err
	}
	delete(c.tokens, r.Get("SigninToken"))
	rep := &reply{}
	if b == nil {
		b = &browser{}
		r.browser = mintURLText(24)
		c.browsers[r.browser] = b
		rep.cookie = &http.Cookie{ // #nosec G124 -- loopback speaks http, where a browser drops what is Secure
			Name: consoleCookie, Value: r.browser, Path: "/", Domain: r.host.domain,
			Secure: r.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		}
	}
	b.consoles = slices.DeleteFunc(b.consoles, func(other *consoleSession) bool { return other.key.principal() == s.key.principal() })
	b.consoles = append(b.consoles, s)
	if c.multiSession && host.label == "" {
		to.Host = s.label + "." + to.Host
	}
	rep.location = r.toConsole(to)
	return rep, nil
}

// mayLogInLocked refuses a second identity, or with multi-session support a sixth one. A
// new login as the same user or role replaces the earlier session.
func (c *Console) mayLogInLocked(s *consoleSession, live []*consoleSession) error {
	others := slices.DeleteFunc(live, func(other *consoleSession) bool { return other.key.principal() == s.key.principal() })
	switch {
	case len(others) == 0:
		return nil
	case !c.multiSession:
		return refuse(http.StatusBadRequest, codeLogOutFirst,
			"You must first log out before logging into a different AWS account.")
	case len(others) >= maxConsoles:
		return refuse(http.StatusBadRequest, codeLogOutFirst, "You can sign in to up to 5 sessions. Sign out of one first.")
	}
	return nil
}

// parseDestination takes the address of a page of the console apart.
func parseDestination(raw string) (*url.URL, browserHost, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.User != nil {
		return nil, browserHost{}, false
	}
	host, ok := parseBrowserHost(u.Host)
	return u, host, ok && host.service == "console"
}

// toConsole is where the browser is redirected for a page of the console: to AWS's host,
// or to the page on this server if the request came to it, so that nothing is sent to
// AWS.
func (r *signinRequest) toConsole(u *url.URL) string {
	if r.loopback() {
		return "/console?" + url.Values{"dest": {u.String()}}.Encode()
	}
	return u.String()
}

// signOut ends the browser's sessions and redirects it. With several sessions AWS does not
// redirect, according to aws-vault's instructions for its --autologout.
func (c *Console) signOut(r *signinRequest) (*reply, error) {
	next := ""
	if r.Has("redirect_uri") {
		var ok bool
		if next, ok = r.afterLogout(r.Get("redirect_uri")); !ok || c.multiSession {
			return nil, refuse(http.StatusBadRequest, "InvalidRedirect", "Invalid redirect_uri parameter")
		}
	}
	if b := c.browsers[r.browser]; b != nil {
		b.consoles = slices.DeleteFunc(b.consoles, func(s *consoleSession) bool {
			return r.loopback() || s.key.account().partition == r.host.partition
		})
	}
	if next != "" {
		return &reply{location: next}, nil
	}
	return &reply{view: &signinView{Title: "Signed out", Text: "You have signed out of the console."}}, nil
}

// afterLogout returns where the browser is redirected after a logout, "" where
// redirect_uri is ignored: in the partition aws at every host but
// that of us-east-1, says https://github.com/Versent/saml2aws/issues/707.
// An address that is no page of the partition's sign-in or console is an error.
func (r *signinRequest) afterLogout(raw string) (next string, ok bool) {
	if u, host, ok := parseDestination(raw); ok {
		return r.heeded(r.toConsole(u)), r.loopback() || host.partition == r.host.partition
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Path != "/federation" {
		return "", false
	}
	host, ours := parseBrowserHost(u.Host)
	switch {
	case r.loopback() && (ours && u.Scheme == "https" || isLoopback(u)):
		return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String(), true
	case ours && u.Scheme == "https" && host.partition == r.host.partition:
		return r.heeded(raw), true
	}
	return "", false
}

func (r *signinRequest) heeded(next string) string {
	if r.host.partition == "aws" && (r.host.region != "us-east-1" || !r.host.named) {
		return ""
	}
	return next
}

// isLoopback reports whether u is at a server such as this one.
func isLoopback(u *url.URL) bool {
	if u.Hostname() == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback()
}

// sessionLabel is the first part of the hosts of one session of several.
var sessionLabel = regexp.MustCompile(`^\d{12}-[a-z0-9]{8}$`)

// page replaces every page of the console: it shows the identity and the parts of the
// address.
func (c *Console) page(r *http.Request, _ []byte) (*answer, error) {
	if r.Method != http.MethodGet {
		return c.html(http.StatusMethodNotAllowed, signinTemplate, signinView{Title: "Only GET is modelled"}), nil
	}
	raw, signOut := r.URL.Query().Get("dest"), "/oauth?Action=logout"
	if h, ok := parseBrowserHost(hostOf(r)); ok {
		signOut = "https://signin." + h.domain + signOut
		raw = (&url.URL{Scheme: "https", Host: hostOf(r), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}).String()
	}
	cookie := ""
	if set, err := r.Cookie(consoleCookie); err == nil {
		cookie = set.Value
	}
	to, host, ok := parseDestination(raw)
	if raw != "" && !ok {
		return c.html(http.StatusBadRequest, signinTemplate, signinView{Title: "Invalid address", Text: "This is no page of the console: " + raw}), nil
	}
	c.mu.Lock()
	s := c.sessionLocked(cookie, host)
	if s == nil {
		c.mu.Unlock()
		return c.html(http.StatusForbidden, signinTemplate, signinView{Title: "Sign in", Text: "You are not signed in, or your session has ended."}), nil
	}
	v := viewConsole(s, to, host)
	c.mu.Unlock()
	if v == nil {
		return c.html(http.StatusBadRequest, signinTemplate, signinView{Title: "Invalid region parameter", Text: raw}), nil
	}
	v.SignOut = signOut
	return c.html(http.StatusOK, consoleTemplate, v), nil
}

// sessionLocked returns the browser's session that a console's host names, or the last one
// if it names none; or nil.
func (c *Console) sessionLocked(cookie string, host browserHost) *consoleSession {
	live := c.browsers[cookie].in(host.partition, c.clock.now())
	if sessionLabel.MatchString(host.label) {
		live = slices.DeleteFunc(live, func(s *consoleSession) bool { return s.label != host.label })
	}
	if len(live) == 0 {
		return nil
	}
	return live[len(live)-1]
}
