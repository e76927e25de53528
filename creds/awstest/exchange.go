package awstest

import (
	"context"
	"errors"
)

// wire has what all services share.
type wire struct {
	clock  *clock
	calls  *calls
	faults *Faults
}

// exchange is one call, and how its service answers.
type exchange struct {
	id          string
	call        *recorded
	contentType string
	throttled   *refusal                 // the service's answer to too many calls
	refuse      func(e *refusal) *answer // an error in the service's form
}

// exchange answers a call with the result of do, or with the fault that applies. The error
// is one of delivery: the context's, or an injected reset.
func (w *wire) exchange(ctx context.Context, x *exchange, do func() (*answer, error)) (*answer, error) {
	ans, err := w.underFaults(ctx, x, do)
	e, refused := errors.AsType[*refusal](err)
	if !refused {
		return ans, err
	}
	x.call.note(func(c *Call) { c.Code = e.code })
	return x.refuse(e), nil
}

func (w *wire) underFaults(ctx context.Context, x *exchange, do func() (*answer, error)) (*answer, error) {
	f := w.faults.next(x.call)
	if f == nil {
		return do()
	}
	if f.Late {
		ans, err := do()
		if fault, ferr := w.inject(ctx, f, x); fault != nil || ferr != nil {
			return fault, ferr
		}
		return ans, err
	}
	if ans, err := w.inject(ctx, f, x); ans != nil || err != nil {
		return ans, err
	}
	ans, err := do()
	if err != nil {
		return nil, err
	}
	return f.change(ans), nil
}
