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
	// "GetSigninToken", "Login" and "Logout".
	Action string
	// Params are the call's parameters, without what is secret: the MFA code,
	// the secrets, codes and tokens of SSO OIDC, and the credentials and tokens of
	// sign-in, for which the query of a redirect_uri goes too.
	Params url.Values
	// Caller is the ARN that GetCallerIdentity would answer, AccessKeyID the key
	// that signed, Region the region signed for. All three are empty if the
	// signature did not hold, or if a [Fault] came before it was looked at.
	// The SSO services are not signed for: there is no AccessKeyID, Caller is the
	// name of the person whose access token the portal took, Region the one whose
	// host was asked, or empty on loopback. Sign-in is not signed for either: Caller
	// and AccessKeyID are those of the credentials, once they were found good.
	Caller, AccessKeyID, Region string
	// Code is the error answered, or empty.
	Code string
}

// calls is the log of the calls that arrived.
type calls struct {
	mu  sync.Mutex
	all []*recorded
}

// recorded is a call in the log, of which more becomes known on its way.
type recorded struct {
	mu   sync.Mutex
	call Call
}

// note adds to what the log has of the call.
func (r *recorded) note(add func(*Call)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	add(&r.call)
}

// of notes whose credentials the call was made with.
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
