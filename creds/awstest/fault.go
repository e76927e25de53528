package awstest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Fault is something that goes wrong with a call. Its wait comes first, then
// the first of Reset, Status and Code that is set; a fault with none of the
// three is only slow.
type Fault struct {
	// Times is how many calls it befalls. Zero is all calls until
	// [AWS.ClearFaults].
	Times int
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
	// Body goes with Status.
	Body string
	// Code answers with an error in AWS's form, with Status or else 400.
	Code string
	// Message goes with Code.
	Message string
}

type pendingFault struct {
	Fault
	action string
	left   int
}

// Fault makes f befall coming calls of the action, such as "AssumeRole", or of
// any action if it is empty. Faults of one action take turns in the order given.
func (a *AWS) Fault(action string, f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, &pendingFault{Fault: f, action: action, left: f.Times})
}

// Throttle refuses the next n calls of the action as STS does when asked too
// often: 400, Throttling, "Rate exceeded".
func (a *AWS) Throttle(action string, n int) {
	if n > 0 {
		a.Fault(action, Fault{Times: n, Code: "Throttling", Message: "Rate exceeded"})
	}
}

// ClearFaults forgets all faults to come. Calls already held stay held.
func (a *AWS) ClearFaults() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = nil
}

func (a *AWS) nextFault(action string) *Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.faults, func(f *pendingFault) bool { return f.action == "" || f.action == action })
	if i < 0 {
		return nil
	}
	f := a.faults[i]
	if f.Times > 0 {
		if f.left--; f.left == 0 {
			a.faults = slices.Delete(a.faults, i, i+1)
		}
	}
	return &f.Fault
}

// inject waits as f says and returns its answer or its error; both are nil
// when the call may go on.
func (a *AWS) inject(ctx context.Context, f *Fault, svc *service, id string, call *Call) (*answer, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	switch {
	case f.Reset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case f.Code != "":
		status := f.Status
		if status == 0 {
			status = http.StatusBadRequest
		}
		return a.errorAnswer(svc, id, call, refuse(status, f.Code, f.Message)), nil
	case f.Status != 0:
		a.mu.Lock()
		call.Code = fmt.Sprint(f.Status)
		a.mu.Unlock()
		return a.newAnswer(f.Status, id, []byte(f.Body)), nil
	}
	return nil, nil
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
	// Service is "sts" or "iam".
	Service string
	// Action is the operation, such as "GetSessionToken".
	Action string
	// Params are the call's parameters, without the MFA code.
	Params url.Values
	// Caller is the ARN that GetCallerIdentity would tell, AccessKeyID the key
	// that signed, Region the region signed for. All three are empty if the
	// signature did not hold, or if a [Fault] came before it was looked at.
	Caller, AccessKeyID, Region string
	// Code is the error answered, or empty.
	Code string
}

// record puts a call into the log.
func (a *AWS) record(svc *service, form url.Values) *Call {
	params := maps.Clone(form)
	for _, name := range []string{"Action", "Version", "TokenCode"} {
		params.Del(name)
	}
	c := &Call{Service: svc.name, Action: form.Get("Action"), Params: params}
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
