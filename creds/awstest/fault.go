package awstest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Fault is something that goes wrong with a call. Its wait comes first, then
// the first of Reset, Status, Code and Change that is set; a fault with none of
// the four is only slow.
type Fault struct {
	// Times is how many calls it befalls. Zero is all calls until
	// [AWS.ClearFaults].
	Times int
	// Where are parameters that a call must have to be befallen; see [Call].
	Where map[string]string
	// Late lets the call take effect first, as when an answer is lost.
	Late bool

	// Delay is how long the answer takes.
	Delay time.Duration
	// Until, unless nil, holds the answer until it is closed or receives.
	Until <-chan struct{}

	// Reset breaks the connection without an answer.
	Reset bool
	// Status, without a Code, answers with this status and Body as they are.
	Status int
	// Body goes with Status, and is sent Repeat times if that is set.
	Body   string
	Repeat int
	// Code answers with an error in the form of the call's service, with Status
	// or else the one that the code has in the SSO services' models, or 400.
	Code string
	// Message goes with Code.
	Message string

	// Change has the call take effect, and its answer's body made another one.
	Change func(body string) string
	// BreakOff ends an answer to Change in the middle of its body.
	BreakOff bool
}

type pendingFault struct {
	Fault
	action   string
	left     int
	throttle bool // answers as the service does that is asked too often
}

// Fault makes f befall coming calls of the action, such as "AssumeRole", or of
// any action if it is empty. Faults of one action take turns in the order given.
func (a *AWS) Fault(action string, f Fault) {
	a.addFault(&pendingFault{Fault: f, action: action, left: f.Times})
}

func (a *AWS) addFault(f *pendingFault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, f)
}

// Throttle refuses the next n calls of the action as its service does when
// asked too often. STS and IAM say 400 Throttling, the SSO portal 429
// TooManyRequestsException, SSO OIDC 400 SlowDownException. What sign-in says
// is not known: here 400 Throttling.
func (a *AWS) Throttle(action string, n int) {
	if n > 0 {
		a.addFault(&pendingFault{action: action, left: n, throttle: true, Fault: Fault{Times: n}})
	}
}

// ClearFaults forgets all faults to come. Calls already held stay held.
func (a *AWS) ClearFaults() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = nil
}

func (a *AWS) nextFault(c *Call) *pendingFault {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.faults, func(f *pendingFault) bool {
		if f.action != "" && f.action != c.Action {
			return false
		}
		for name, value := range f.Where {
			if c.Params.Get(name) != value {
				return false
			}
		}
		return true
	})
	if i < 0 {
		return nil
	}
	f := a.faults[i]
	if f.Times > 0 {
		if f.left--; f.left == 0 {
			a.faults = slices.Delete(a.faults, i, i+1)
		}
	}
	return f
}

// inject waits as f says and returns its answer or its error; both are nil
// when the call may go on.
func (a *AWS) inject(ctx context.Context, f *pendingFault, x *exchange) (*answer, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	switch {
	case f.Reset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case f.throttle:
		return nil, x.throttled
	case f.Code != "":
		status := f.Status
		if status == 0 {
			status = restStatus(f.Code)
		}
		return nil, refuse(status, f.Code, f.Message)
	case f.Status != 0:
		a.mu.Lock()
		x.call.Code = fmt.Sprint(f.Status)
		a.mu.Unlock()
		ans := a.newAnswer(f.Status, x.id, x.contentType, []byte(f.Body))
		ans.repeat = f.Repeat
		return ans, nil
	}
	return nil, nil
}

// change makes another answer of a good one.
func (f *Fault) change(ans *answer) *answer {
	if f.Change != nil {
		ans.body = []byte(f.Change(string(ans.body)))
	}
	ans.breakOff = f.BreakOff
	return ans
}

func (f *Fault) wait(ctx context.Context) error {
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if f.Until != nil {
		select {
		case <-f.Until:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

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
	// Caller is the ARN that GetCallerIdentity would tell, AccessKeyID the key
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

// record puts a call into the log, without the parameters that are secret.
func (a *AWS) record(service, action string, params url.Values, secret ...string) *Call {
	params = maps.Clone(params)
	for _, name := range secret {
		params.Del(name)
	}
	c := &Call{Service: service, Action: action, Params: params}
	a.mu.Lock()
	defer a.mu.Unlock()
	c.Time = a.now()
	a.calls = append(a.calls, c)
	return c
}

// Calls returns the calls of an action so far, or of all if it is empty, in
// the order in which they arrived.
func (a *AWS) Calls(action string) []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	var calls []Call
	for _, c := range a.calls {
		if action == "" || c.Action == action {
			c := *c
			c.Params = maps.Clone(c.Params)
			calls = append(calls, c)
		}
	}
	return calls
}
