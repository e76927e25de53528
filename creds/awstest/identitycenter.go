package awstest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// SSO is IAM Identity Center: its instances, OIDC with its pages in the browser,
// and the access portal.
type SSO struct {
	*wire
	iam *IAM

	mu       sync.Mutex        // guards all below, and all that is reached from there
	centers  []*IdentityCenter // in the order they were made
	clients  map[string]*client
	devices  map[string]*deviceGrant // by device code
	consents map[string]*consent     // by the page's own token
	codes    map[string]*authCode
	access   map[string]*accessToken
	renewals map[string]*refreshToken
}

func newSSO(w *wire, iam *IAM) *SSO {
	return &SSO{
		wire: w, iam: iam,
		clients:  map[string]*client{},
		devices:  map[string]*deviceGrant{},
		consents: map[string]*consent{},
		codes:    map[string]*authCode{},
		access:   map[string]*accessToken{},
		renewals: map[string]*refreshToken{},
	}
}

// IdentityCenter is one instance of IAM Identity Center: a start URL in a
// region, the accounts and permission sets that one person has there, and the
// sessions of that person.
type IdentityCenter struct {
	sso         *SSO
	region      string
	startURL    string
	person      string
	settings    SSOSettings
	bucket      bucket
	assignments []*assignment            // in the order they were made
	byAccount   map[string]*assignment   // by account id
	roles       map[string]time.Duration // session durations by permission set, where not an hour
	sessions    []*session
}

// assignment is what the person has in one account.
type assignment struct {
	acct *Account
	sets []string // permission sets, in the order assigned
}

func (as *assignment) has(set string) bool { return slices.Contains(as.sets, set) }

// SSOSettings are how an [IdentityCenter] behaves. Zero is the default.
type SSOSettings struct {
	// Session is how long after a sign-in refresh tokens are valid: 8 h.
	Session time.Duration
	// AccessToken is how long a renewable access token is valid: 1 h. Others are valid
	// for the whole session.
	AccessToken time.Duration
	// DeviceCode is how long a device code may wait for the person: 10 min.
	DeviceCode time.Duration
	// AuthCode is how long an authorization code may wait for its client: 1 min.
	AuthCode time.Duration
	// Registration is how long the registration of a client is valid: 90 days.
	Registration time.Duration
	// Interval is how long a client must wait from poll to poll: 1 s. Answers
	// have whole seconds. AWS does answer one second, not RFC 8628's default of five:
	// https://github.com/aws/aws-cli/issues/5878 has a client poll by it.
	Interval time.Duration
	// PageSize is how many accounts or roles a page has at most: 100, which is also
	// AWS's limit.
	PageSize int
	// PortalRate is how many calls a second the portal answers before it says
	// TooManyRequestsException: no limit. AWS's quota is about 20.
	PortalRate float64
	// PortalBurst is how many calls it accepts at once: those of one second.
	PortalBurst int
}

func (s SSOSettings) withDefaults() SSOSettings {
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&s.Session, 8 * time.Hour},
		{&s.AccessToken, time.Hour},
		{&s.DeviceCode, 10 * time.Minute},
		{&s.AuthCode, time.Minute},
		{&s.Registration, 90 * 24 * time.Hour},
		{&s.Interval, time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	if s.PageSize == 0 {
		s.PageSize = 100
	}
	if s.PortalBurst == 0 {
		s.PortalBurst = int(s.PortalRate)
	}
	return s
}

// IdentityCenter returns the instance with this start URL, such as
// https://d-abc123.awsapps.com/start, in the region, making it if it is new.
// Its person is called alice and has no assignments.
func (s *SSO) IdentityCenter(region, startURL string) *IdentityCenter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ic := s.centerLocked(region, startURL); ic != nil {
		return ic
	}
	ic := &IdentityCenter{
		sso: s, region: region, startURL: startURL, person: "alice",
		settings: SSOSettings{}.withDefaults(), byAccount: map[string]*assignment{}, roles: map[string]time.Duration{},
	}
	s.centers = append(s.centers, ic)
	return ic
}

// centerLocked returns the instance with the start URL in the region, or in any
// region if that is empty, as it is on loopback. Start URLs end in /start, /start/ or
// /start#/.
func (s *SSO) centerLocked(region, startURL string) *IdentityCenter {
	bare := func(u string) string {
		u, _, _ = strings.Cut(u, "#")
		return strings.TrimSuffix(u, "/")
	}
	for _, ic := range s.centers {
		if (region == "" || ic.region == region) && bare(ic.startURL) == bare(startURL) {
			return ic
		}
	}
	return nil
}

// StartURL returns the start URL as it was given.
func (ic *IdentityCenter) StartURL() string { return ic.startURL }

// Region returns the region that the instance is in.
func (ic *IdentityCenter) Region() string { return ic.region }

// Person sets the name of the person for coming sign-ins, which is the session name of
// role credentials. It returns ic.
func (ic *IdentityCenter) Person(name string) *IdentityCenter {
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	ic.person = name
	return ic
}

// Set replaces all settings. Issued tokens and codes keep their times. It returns ic.
func (ic *IdentityCenter) Set(s SSOSettings) *IdentityCenter {
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	ic.settings = s.withDefaults()
	ic.bucket = newBucket(ic.settings.PortalRate, ic.settings.PortalBurst)
	return ic
}

// RoleSession sets how long role credentials of the permission set are valid, from 1 to 12
// hours. One hour is the default. It returns ic.
func (ic *IdentityCenter) RoleSession(permissionSet string, d time.Duration) *IdentityCenter {
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	ic.roles[permissionSet] = min(max(d, time.Hour), 12*time.Hour)
	return ic
}

func (ic *IdentityCenter) roleSessionLocked(set string) time.Duration {
	if d, ok := ic.roles[set]; ok {
		return d
	}
	return time.Hour
}

// Assign gives the person the permission sets in the account, which from now on
// has this name and email address in the portal. Earlier assignments stay.
func (ic *IdentityCenter) Assign(acct *Account, name, email string, permissionSets ...string) {
	acct.show(name, email)
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	as := ic.byAccount[acct.id]
	if as == nil {
		as = &assignment{acct: acct}
		ic.byAccount[acct.id] = as
		ic.assignments = append(ic.assignments, as)
	}
	for _, set := range permissionSets {
		if !as.has(set) {
			as.sets = append(as.sets, set)
		}
		ic.Role(acct, set)
	}
}

// Unassign removes the person's permission sets in the account, or all if none is named.
// Issued role credentials stay valid.
func (ic *IdentityCenter) Unassign(acct *Account, permissionSets ...string) {
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	as := ic.byAccount[acct.id]
	if as == nil {
		return
	}
	as.sets = slices.DeleteFunc(as.sets, func(set string) bool {
		return len(permissionSets) == 0 || slices.Contains(permissionSets, set)
	})
	if len(as.sets) == 0 {
		delete(ic.byAccount, acct.id)
		ic.assignments = slices.DeleteFunc(ic.assignments, func(other *assignment) bool { return other == as })
	}
}

// Role returns the role that the permission set has in the account:
// AWSReservedSSO_NAME_ and 16 hexadecimal digits, always the same ones.
// The path has the region, except us-east-1:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
func (ic *IdentityCenter) Role(acct *Account, permissionSet string) *Role {
	sum := sha256.Sum256([]byte(ic.startURL + "\n" + acct.id + "\n" + permissionSet))
	name := "AWSReservedSSO_" + permissionSet + "_" + hex.EncodeToString(sum[:8])
	path := "/aws-reserved/sso.amazonaws.com/"
	if ic.region != "us-east-1" {
		path += ic.region + "/"
	}
	return acct.reservedRole(path, name)
}

// Populate adds accounts to the person, each with some permission sets: the accounts 900000000001, 900000000002, …, called workload-0001, …,
// with the sets Team-01, Team-02, ….
func (ic *IdentityCenter) Populate(accounts, rolesPerAccount int) {
	sets := make([]string, rolesPerAccount)
	for i := range sets {
		sets[i] = fmt.Sprintf("Team-%02d", i+1)
	}
	for i := range accounts {
		name := fmt.Sprintf("workload-%04d", i+1)
		ic.Assign(ic.sso.iam.Account(fmt.Sprintf("9%011d", i+1)), name, name+"@example.com", sets...)
	}
}

// EndSessions ends every session, as an administrator would: access tokens are
// unauthorized from now on and refresh tokens invalid grants.
func (ic *IdentityCenter) EndSessions() {
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	for _, s := range ic.sessions {
		s.ended = true
	}
	ic.sessions = nil
}

// ExpireRegistrations expires every client registered in the instance's region, or on
// loopback.
func (ic *IdentityCenter) ExpireRegistrations() {
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	for _, c := range ic.sso.clients {
		if c.region == "" || c.region == ic.region {
			c.expires = ic.sso.clock.now()
		}
	}
}
