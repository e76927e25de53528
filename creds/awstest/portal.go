package awstest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// portal models the AWS access portal, which gives lists and role credentials for an access
// token. It uses the state of OIDC, under its lock.
// https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/
type portal struct{ *SSO }

func (p portal) service() *restService {
	page := []string{"max_result", "next_token"}
	return &restService{
		wire: p.wire,
		mu:   &p.mu,
		name: "sso",
		host: "portal.sso",
		operations: []restOperation{
			{name: "ListAccounts", method: http.MethodGet, path: "/assignment/accounts", texts: page, do: p.signedIn(p.listAccounts)},
			{
				name: "ListAccountRoles", method: http.MethodGet, path: "/assignment/roles",
				texts: append([]string{"account_id"}, page...), do: p.signedIn(p.listAccountRoles),
			},
			{
				name: "GetRoleCredentials", method: http.MethodGet, path: "/federation/credentials",
				texts: []string{"account_id", "role_name"}, do: p.signedIn(p.getRoleCredentials),
			},
			{name: "Logout", method: http.MethodPost, path: "/logout", do: p.signedIn(p.logout)},
		},
		throttled: tooManyRequests(),
		namespace: portalNamespace,
		// As seen in https://github.com/jonathanmorley/oktaws/issues/512.
		errorBody: func(e *refusal) any {
			return struct {
				Message string `json:"message"`
				Type    string `json:"__type"`
			}{e.message, "com.amazonaws.switchboard.portal#" + e.code}
		},
	}
}

const portalNamespace = "http://internal.amazon.com/coral/com.amazonaws.switchboard.portal/"

func tooManyRequests() *refusal {
	return &refusal{http.StatusTooManyRequests, "TooManyRequestsException", "HTTP 429 Unknown Code"}
}

// signedIn wraps an operation for the person of the access token. The rate is counted before
// the token is checked, as refused calls count too.
func (p portal) signedIn(do func(*restRequest, *session) (any, error)) func(*restRequest) (any, error) {
	return func(r *restRequest) (any, error) {
		t := p.access[r.bearer]
		if t == nil || r.region != "" && r.region != t.session.center.region {
			return nil, unauthorized()
		}
		if !t.session.center.bucket.take(time.Now()) {
			return nil, tooManyRequests()
		}
		if !r.now.Before(t.expires) || t.session.over(r.now) {
			return nil, unauthorized()
		}
		r.call.note(func(c *Call) { c.Caller = t.session.person })
		if !t.session.mayListAccounts() {
			return nil, noAccess()
		}
		return do(r, t.session)
	}
}

func unauthorized() error {
	return restRefuse("UnauthorizedException", "Session token not found or invalid")
}

func noAccess() error { return restRefuse("ForbiddenException", "No access") }

func (p portal) listAccounts(r *restRequest, s *session) (any, error) {
	from, to, next, err := pageOf(r, "accounts", len(s.center.assignments), s.center.settings.PageSize)
	if err != nil {
		return nil, err
	}
	type account struct {
		ID    string `json:"accountId"`
		Name  string `json:"accountName"`
		Email string `json:"emailAddress"`
	}
	out := struct {
		NextToken   *string   `json:"nextToken"`
		AccountList []account `json:"accountList"`
	}{next, []account{}}
	for _, as := range s.center.assignments[from:to] {
		name, email := as.acct.shown()
		out.AccountList = append(out.AccountList, account{as.acct.id, name, email})
	}
	return out, nil
}

func (p portal) listAccountRoles(r *restRequest, s *session) (any, error) {
	as, err := p.assignedLocked(r, s)
	if err != nil {
		return nil, err
	}
	from, to, next, err := pageOf(r, as.acct.id, len(as.sets), s.center.settings.PageSize)
	if err != nil {
		return nil, err
	}
	type role struct {
		Name      string `json:"roleName"`
		AccountID string `json:"accountId"`
	}
	out := struct {
		NextToken *string `json:"nextToken"`
		RoleList  []role  `json:"roleList"`
	}{next, []role{}}
	for _, set := range as.sets[from:to] {
		out.RoleList = append(out.RoleList, role{set, as.acct.id})
	}
	return out, nil
}

// assignedLocked returns the person's assignment in the requested account. An account
// without assignments is not found, one of other persons is forbidden.
func (p portal) assignedLocked(r *restRequest, s *session) (*assignment, error) {
	if err := r.require("account_id"); err != nil {
		return nil, err
	}
	id := r.Get("account_id")
	if as := s.center.byAccount[id]; as != nil {
		return as, nil
	}
	if !p.iam.knows(id) {
		return nil, restRefuse("ResourceNotFoundException", fmt.Sprintf("Account %s is not found", id))
	}
	return nil, noAccess()
}

func (p portal) getRoleCredentials(r *restRequest, s *session) (any, error) {
	if err := r.require("role_name"); err != nil {
		return nil, err
	}
	as, err := p.assignedLocked(r, s)
	if err != nil {
		return nil, err
	}
	set := r.Get("role_name")
	if !as.has(set) {
		return nil, noAccess()
	}
	k := p.iam.newSession(key{role: s.center.Role(as.acct, set), session: s.person}, s.center.roleSessionLocked(set))
	type credentials struct {
		AccessKeyID     string `json:"accessKeyId"`
		SecretAccessKey string `json:"secretAccessKey"`
		SessionToken    string `json:"sessionToken"`
		Expiration      int64  `json:"expiration"` // milliseconds since 1970
	}
	return struct {
		RoleCredentials credentials `json:"roleCredentials"`
	}{credentials{k.id, k.secret, k.token, k.expires.UnixMilli()}}, nil
}

// logout ends the session on AWS's side. Issued role credentials
// live on: https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_Logout.html
func (p portal) logout(_ *restRequest, s *session) (any, error) {
	s.ended = true
	return nil, nil
}

// pageOf returns the bounds of the page asked for among n entries of a list,
// and the token of the next page, if there is one.
func pageOf(r *restRequest, list string, n, size int) (from, to int, next *string, err error) {
	if raw := r.Get("max_result"); raw != "" {
		most, err := strconv.Atoi(raw)
		if err != nil || most < 1 || most > 100 { // MaxResultType of the model
			return 0, 0, nil, restRefuse("InvalidRequestException", "max_result must be between 1 and 100")
		}
		size = min(size, most)
	}
	if token := r.Get("next_token"); token != "" {
		plain, err := base64.RawURLEncoding.DecodeString(token)
		of, at, _ := strings.Cut(string(plain), "@")
		from, aerr := strconv.Atoi(at)
		if err != nil || aerr != nil || of != list || from < 0 {
			return 0, 0, nil, restRefuse("InvalidRequestException", "next_token is not one of this list")
		}
		return pageFrom(list, min(from, n), n, size)
	}
	return pageFrom(list, 0, n, size)
}

func pageFrom(list string, from, n, size int) (int, int, *string, error) {
	to := min(from+size, n)
	if to == n {
		return from, to, nil, nil
	}
	next := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s@%d", list, to))
	return from, to, &next, nil
}

// bucket is a token bucket; one without a rate is unlimited.
type bucket struct {
	rate   float64 // per second
	burst  float64
	tokens float64
	filled time.Time
}

func newBucket(rate float64, burst int) bucket {
	size := max(float64(burst), 1)
	return bucket{rate: rate, burst: size, tokens: size}
}

// take takes a token, if there is one at now. Time is this machine's, so that
// skewing AWS's clock changes no rate.
func (b *bucket) take(now time.Time) bool {
	if b.rate <= 0 {
		return true
	}
	if !b.filled.IsZero() {
		b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.filled).Seconds())
	}
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
