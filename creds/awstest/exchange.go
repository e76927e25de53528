package awstest

import (
	"context"
	"errors"
)

// exchange is one call on its way through, and how its service answers.
type exchange struct {
	id          string
	call        *Call
	contentType string
	throttled   *refusal                 // what the service says when asked too often
	refuse      func(e *refusal) *answer // an error in the service's form
}

// exchange answers a call with what do says or with the fault that befalls it.
// The error is only ever one of delivery: the context's, or a reset on demand.
func (a *AWS) exchange(ctx context.Context, x *exchange, do func() (*answer, error)) (*answer, error) {
	ans, err := a.underFaults(ctx, x, do)
	e, refused := errors.AsType[*refusal](err)
	if !refused {
		return ans, err
	}
	a.mu.Lock()
	x.call.Code = e.code
	a.mu.Unlock()
	return x.refuse(e), nil
}

func (a *AWS) underFaults(ctx context.Context, x *exchange, do func() (*answer, error)) (*answer, error) {
	f := a.nextFault(x.call)
	if f == nil {
		return do()
	}
	if f.Late {
		ans, err := do()
		if fault, ferr := a.inject(ctx, f, x); fault != nil || ferr != nil {
			return fault, ferr
		}
		return ans, err
	}
	if ans, err := a.inject(ctx, f, x); ans != nil || err != nil {
		return ans, err
	}
	ans, err := do()
	if err != nil {
		return nil, err
	}
	return f.change(ans), nil
}
