// Package awstest is a strict, stateful AWS in one process, in the spirit of
// net/http/httptest: STS, IAM and IAM Identity Center (SSO OIDC, its pages in the
// browser, and the access portal) as the AWS SDKs and the AWS CLI see them, the sign-in to
// the console with a page in its place, and the sign-in service of "aws login".
//
// A lenient stand-in proves little, so this one checks what AWS checks: signatures with
// the real secret, MFA codes by RFC 6238 and only once each, durations, role chaining and
// trust conditions. Every refusal has AWS's own code, message, status and shape. What is
// not modelled is refused as NotImplemented, never silently accepted.
//
// Build a world, then connect clients, in process or over loopback:
//
//	aws := awstest.New()
//	alice := aws.IAM.Account("111111111111").User("alice")
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
	"sync/atomic"
	"time"
)

// AWS is a whole AWS: its services, each with its own state and lock, the injected faults
// and the recorded calls. Its methods, and those of the values it returns, are safe for
// concurrent use.
//
// A new service is a type with its own lock, a field here and an entry in the
// services that [New] lists. Locks are taken downwards: a service may call IAM
// while it holds its own lock, and IAM calls no other service.
type AWS struct {
	// IAM has the accounts, their identities and every issued credential. STS uses the
	// same.
	IAM *IAM
	// SSO has the instances of IAM Identity Center: OIDC with its pages, and the portal.
	SSO *SSO
	// Console is the sign-in to the console, and its page.
	Console *Console
	// SignIn is the sign-in service, which "aws login" uses, with its page.
	SignIn *SignIn
	// Faults are injected into coming calls.
	Faults *Faults

	wire     *wire
	services []service // in the order in which they are offered a request
}

// New returns an AWS without accounts.
func New() *AWS {
	w := &wire{clock: &clock{}, calls: &calls{}, faults: &Faults{}}
	iam := newIAM(w.clock)
	sso := newSSO(w, iam)
	console := newConsole(w, iam)
	signIn := newSignIn(w, iam)
	return &AWS{
		IAM: iam, SSO: sso, Console: console, SignIn: signIn, Faults: w.faults, wire: w,
		services: []service{
			sso, console, signIn, sso.oidc(), portal{sso}.service(), signIn.tokens(), signIn.oauth(),
			&queryServices{wire: w, iam: iam, all: []*queryService{sts{iam}.service(), iam.service()}},
		},
	}
}

// Now returns the time by AWS's clock: this machine's plus the skew.
func (a *AWS) Now() time.Time { return a.wire.clock.now() }

// Skew sets how far AWS's clock is ahead of this machine's, or behind it when
// d is negative. Date headers, signature checks, MFA codes and expiries follow.
func (a *AWS) Skew(d time.Duration) { a.wire.clock.skew.Store(int64(d)) }

// Calls returns the calls of an action so far, or of all if it is empty, in
// the order in which they arrived.
func (a *AWS) Calls(action string) []Call { return a.wire.calls.of(action) }

// clock is AWS's clock. The zero value agrees with this machine's.
type clock struct{ skew atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.skew.Load())) }
