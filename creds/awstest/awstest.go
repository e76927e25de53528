// Package awstest is a strict, stateful AWS in one process, in the spirit of
// net/http/httptest: STS, IAM and IAM Identity Center (SSO OIDC, its pages in the
// browser, and the access portal) as the AWS SDKs and the AWS CLI see them, and
// the sign-in to the console with a page that stands for it.
//
// A lenient stand-in proves little, so this one judges what AWS judges.
// Signatures are checked with the real secret, MFA codes by RFC 6238 and only
// once each, durations, role chaining and trust conditions as the service does,
// and every refusal has AWS's own code, sentence, status and shape. What is
// not modelled is refused as NotImplemented, never quietly accepted.
//
// Build a world, then let clients in, in process or over loopback:
//
//	aws := awstest.New()
//	alice := aws.Account("111111111111").User("alice")
//	phone := alice.MFA("phone")
//	id, secret := alice.AccessKey()
//	client := &http.Client{Transport: aws.Transport()}
//
// Time is package time's, so all of it runs in a testing/synctest bubble:
// [AWS.Transport] answers in the caller's goroutine and starts none.
//
// The package is for tests and for the demo only. It holds secrets in the
// clear and must be linked into nothing that ships.
package awstest

import (
	"sync"
	"time"
)

// AWS is a whole AWS: accounts, their identities, every credential given out,
// the faults to come and the calls made. Its methods, and those of all that it
// hands out, may be called from many goroutines at once.
type AWS struct {
	services     []*service
	restServices []*restService

	mu       sync.Mutex // guards all below and all that hangs from it
	skew     time.Duration
	accounts map[string]*Account
	keys     map[string]*key // by access key id, long-term and temporary
	faults   []*pendingFault
	calls    []*Call

	centers  []*IdentityCenter // in the order they were made
	clients  map[string]*client
	devices  map[string]*deviceGrant // by device code
	consents map[string]*consent     // by the page's own token
	codes    map[string]*authCode
	access   map[string]*accessToken
	renewals map[string]*refreshToken

	multiSession bool
	signinTokens map[string]*signinToken
	browsers     map[string]*browser // by cookie
}

// New returns an AWS without accounts.
func New() *AWS {
	return &AWS{
		services:     []*service{newSTS(), newIAM()},
		restServices: []*restService{newOIDC(), newPortal()},
		accounts:     map[string]*Account{},
		keys:         map[string]*key{},
		clients:      map[string]*client{},
		devices:      map[string]*deviceGrant{},
		consents:     map[string]*consent{},
		codes:        map[string]*authCode{},
		access:       map[string]*accessToken{},
		renewals:     map[string]*refreshToken{},
		signinTokens: map[string]*signinToken{},
		browsers:     map[string]*browser{},
	}
}

// Now returns the time by AWS's clock: this machine's plus the skew.
func (a *AWS) Now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now()
}

func (a *AWS) now() time.Time { return time.Now().Add(a.skew) }

// Skew sets how far AWS's clock is ahead of this machine's, or behind it when
// d is negative. Date headers, signature checks, MFA codes and expiries follow.
func (a *AWS) Skew(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.skew = d
}
