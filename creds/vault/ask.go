package vault

import (
	"context"
	"errors"
	"os/exec"
	"strings"

	"github.com/99designs/keyring"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// do is [ask] for an operation without an answer.
func (v *Vault) do(ctx context.Context, operation func(*access) error) error {
	_, err := ask(ctx, v, func(a *access) (struct{}, error) { return struct{}{}, operation(a) })
	return err
}

// ask runs one operation on the open keyring in its own goroutine, as no backend knows a
// context: a prompt that nobody answers must not hold up the agent. The operation keeps
// its turn until it really returns. That may be when nobody waits any more, so it hands
// over its answer and writes nowhere else.
func ask[T any](ctx context.Context, v *Vault, operation func(*access) (T, error)) (T, error) {
	var none T
	name, err := v.choose(ctx)
	if err != nil {
		return none, err
	}
	if name == string(keyring.FileBackend) {
		// A person may take longer than a keyring, so this comes before the limit
		// begins, and outside of the turn that others wait for.
		if err := filesOf(v).unlockFile(ctx); err != nil {
			return none, explain(keyring.FileBackend, err)
		}
	}
	v.mu.Lock()
	a := v.access
	v.mu.Unlock()

	ctx, cancel := context.WithTimeoutCause(ctx, v.cfg.Patience, errKeyringSlow)
	defer cancel()
	select {
	case <-a.turn:
	case <-ctx.Done():
		return none, v.gaveUp(ctx, a)
	}
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { a.turn <- struct{}{} }()
		if now := v.movedTo(); now != "" {
			name = now // while this waited for its turn
		}
		value, err := run(ctx, a, keyring.BackendType(name), operation)
		done <- answer{value, err}
	}()
	select {
	case got := <-done:
		if got.err != nil && ctx.Err() != nil {
			return none, v.gaveUp(ctx, a)
		}
		return got.value, got.err
	case <-ctx.Done():
		return none, v.gaveUp(ctx, a)
	}
}

// run opens the keyring if it has to and runs an operation on it. Its caller has the
// turn.
func run[T any](ctx context.Context, a *access, backend keyring.BackendType, operation func(*access) (T, error)) (value T, err error) {
	defer func() {
		err = explain(backend, err)
		if err != nil && !errors.Is(err, ErrNoItem) && !errors.Is(err, ErrDamagedItem) {
			// The next operation reconnects if the connection broke, say because the
			// keyring's daemon was restarted.
			a.ring = nil
		}
	}()
	value, err = safely.Get(a.vault.cfg.Log, "an operation of the keyring", func() (T, error) {
		if err := a.ready(ctx, backend); err != nil {
			return value, err
		}
		if ctx.Err() != nil {
			// The person took too long to unlock it. The caller has been answered that
			// nothing was done.
			return value, context.Cause(ctx)
		}
		return operation(a)
	})
	if _, broke := errors.AsType[*safely.Panic](err); broke {
		// go-libsecret takes a prompt's result for an object's path, and panics if it is
		// none. A service need not send a path if a person closes the prompt or the bus
		// goes away.
		err = errPromptEnded
	}
	return value, err
}

var (
	errKeyringSlow = lang.Error("the keyring did not answer in time")
	errPromptEnded = lang.Error("what it asked was not answered")
)

// gaveUp says why an operation was not waited for, and abandons one that hangs.
func (v *Vault) gaveUp(ctx context.Context, hanging *access) error {
	if !errors.Is(context.Cause(ctx), errKeyringSlow) {
		return context.Cause(ctx)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.access == hanging {
		v.access = v.newAccess()
	}
	return &creds.Error{
		Code:    creds.CodeKeyringLocked,
		Message: lang.Sprintf("the keyring did not answer within %s; it may be waiting to be unlocked", v.cfg.Patience),
		Advice:  lang.T("Look for the keyring's own window, unlock it there, and try again."),
	}
}

// ErrLocked returns the error of a key in a locked keyring.
func ErrLocked() error {
	return &creds.Error{Code: creds.CodeKeyringLocked, Message: lang.T("the keyring is locked")}
}

// explain turns a backend's error into one that says what a person can do. The Secret
// Service's own code for a locked keyring, IsLocked, is lost in the library if there is
// a sentence.
func explain(backend keyring.BackendType, err error) error {
	var known *creds.Error
	switch {
	case err == nil || errors.Is(err, ErrNoItem) || errors.Is(err, ErrDamagedItem) || errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errKeyringSlow):
		return err
	}
	if backend == keyring.PassBackend && errors.As(err, new(*exec.ExitError)) {
		return explainPass()
	}
	for _, words := range []string{"IsLocked", "locked collection", "locked object", "locked item"} {
		if strings.Contains(err.Error(), words) {
			return ErrLocked()
		}
	}
	return &creds.Error{
		Code: creds.CodeKeyringUnavailable, Message: lang.Sprintf("the keyring (%s) cannot be used: %v", backend, err),
	}
}
