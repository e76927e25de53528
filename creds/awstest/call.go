package awstest

import (
	"maps"
	"net/url"
	"sync"
	"time"
)

// Call is one call that arrived, refused ones included.
type Call struct {
	// Time is when it arrived, by AWS's clock.
	Time time.Time
	// Service is "sts", "iam", "sso-oidc", "sso", which is the portal, or "signin".
	Service string
	// Action is the operation, such as "GetSessionToken". Those of sign-in are
	// "GetSigninToken", "Login", "Logout", "CreateOAuth2Token", which has a grantType, and
	// "RevokeOAuth2TokenWithIAM".
	Action string
	// Params are the call's parameters without secrets: without the MFA code, the
	// secrets, codes and tokens of SSO OIDC and of sign-in, the credentials of sign-in, and
	// the query of a redirect_uri.
	Params url.Values
	// Caller is the ARN that GetCallerIdentity would return, AccessKeyID the key that
	// signed, Region the region signed for. All three are empty if the signature is
	// wrong, or if a [Fault] came before it was checked. Calls of the SSO services have
	// no signature: AccessKeyID is empty, Caller is the name of the person whose access
	// token the portal accepted, Region that of the host, or empty on loopback. Calls of
	// sign-in have none either, all but RevokeOAuth2TokenWithIAM: Caller and AccessKeyID
	// are those of the credentials that came, if they are valid, or that were issued.
	Caller, AccessKeyID, Region string
	// Code is the answer's error code, or empty.
	Code string
}

// calls is the log of the calls that arrived.
type calls struct {
	mu  sync.Mutex
	all []*recorded
}

// recorded is a call in the log, completed while it is handled.
type recorded struct {
	mu   sync.Mutex
	call Call
}

// note completes the call in the log.
func (r *recorded) note(add func(*Call)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	add(&r.call)
}

// of notes the owner of the credentials that the call used.
func (r *recorded) of(k *key) {
	r.note(func(c *Call) { c.Caller, c.AccessKeyID = k.arn(), k.id })
}

func (r *recorded) copy() Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.call
	c.Params = maps.Clone(c.Params)
	return c
}

// record puts a call into the log, without the parameters that are secret.
func (w *wire) record(service, action string, params url.Values, secret ...string) *recorded {
	params = maps.Clone(params)
	for _, name := range secret {
		params.Del(name)
	}
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	r := &recorded{call: Call{Time: w.clock.now(), Service: service, Action: action, Params: params}}
	w.calls.all = append(w.calls.all, r)
	return r
}

// of returns the calls of an action, or all if it is empty.
func (cs *calls) of(action string) []Call {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	var found []Call
	for _, r := range cs.all {
		if action == "" || r.call.Action == action { // which does not change
			found = append(found, r.copy())
		}
	}
	return found
}
