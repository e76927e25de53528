package awstest

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Fault is an injected failure of a call. Its wait comes first, then the first of Reset,
// Status, Code and Change that is set; a fault without these is only slow.
type Fault struct {
	// Times is how many calls it applies to; zero is all calls until [Faults.Clear].
	Times int
	// Where are parameters that a call must have for the fault to apply; see [Call].
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
	// or else the one that the code has in the SSO services' models, or 400. The sign-in
	// service's codes are those inside its exceptions, such as TOKEN_EXPIRED.
	Code string
	// Message goes with Code.
	Message string

	// Change replaces the body of the answer; the call takes effect.
	Change func(body string) string
	// BreakOff ends an answer to Change in the middle of its body.
	BreakOff bool
}

// Faults are injected into coming calls.
type Faults struct {
	mu      sync.Mutex
	pending []*pendingFault
}

type pendingFault struct {
	Fault
	action   string
	left     int
	throttle bool // answers as the service does to too many calls
}

// Add applies f to coming calls of the action, such as "AssumeRole", or of any action if it
// is empty. Faults of one action apply in the order in which they were added.
func (fs *Faults) Add(action string, f Fault) {
	fs.add(&pendingFault{Fault: f, action: action, left: f.Times})
}

func (fs *Faults) add(f *pendingFault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.pending = append(fs.pending, f)
}

// Throttle refuses the next n calls of the action as its service does after too many
// calls. STS and IAM answer 400 Throttling, the SSO portal 429 TooManyRequestsException,
// SSO OIDC 400 SlowDownException, the sign-in service 429 TooManyRequestsError. The answer of
// the console's federation is unknown: here it is 400 Throttling.
func (fs *Faults) Throttle(action string, n int) {
	if n > 0 {
		fs.add(&pendingFault{action: action, left: n, throttle: true, Fault: Fault{Times: n}})
	}
}

// Clear removes all faults. Calls that are being delayed stay delayed.
func (fs *Faults) Clear() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.pending = nil
}

// next returns the fault that applies to a call, or nil, and counts it.
func (fs *Faults) next(call *recorded) *pendingFault {
	c := call.copy()
	fs.mu.Lock()
	defer fs.mu.Unlock()
	i := slices.IndexFunc(fs.pending, func(f *pendingFault) bool {
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
	f := fs.pending[i]
	if f.Times > 0 {
		if f.left--; f.left == 0 {
			fs.pending = slices.Delete(fs.pending, i, i+1)
		}
	}
	return f
}

// inject waits as f says and returns its answer or its error; both are nil if the call
// continues.
func (w *wire) inject(ctx context.Context, f *pendingFault, x *exchange) (*answer, error) {
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
		x.call.note(func(c *Call) { c.Code = fmt.Sprint(f.Status) })
		ans := w.newAnswer(f.Status, x.id, x.contentType, []byte(f.Body))
		ans.repeat = f.Repeat
		return ans, nil
	}
	return nil, nil
}

// change alters a good answer.
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
