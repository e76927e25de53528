package awstest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// ErrNothingToApprove says that a code or an address is unknown, expired or decided
// already.
var ErrNothingToApprove = errors.New("nothing waits for approval")

// Approve approves the device code with this user code, as the person would.
// The error is [ErrNothingToApprove].
func (ic *IdentityCenter) Approve(userCode string) error { return ic.decideDevice(userCode, true) }

// Deny is [IdentityCenter.Approve] with the other button.
func (ic *IdentityCenter) Deny(userCode string) error { return ic.decideDevice(userCode, false) }

func (ic *IdentityCenter) decideDevice(userCode string, approve bool) error {
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	d := ic.sso.deviceLocked(ic.region, userCode)
	if d == nil || d.center != ic {
		return fmt.Errorf("user code %s: %w", userCode, ErrNothingToApprove)
	}
	ic.sso.decideLocked(&consent{device: d}, approve)
	return nil
}

// Consent opens an address, approves or denies what the page asks for, and
// returns where the page redirects the browser, "" after a verification page. It uses no
// network.
//
// For a mistake that is reported to the client it returns that redirect. Else the error is
// [ErrNothingToApprove].
func (ic *IdentityCenter) Consent(address string, approve bool) (redirect string, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNothingToApprove, err)
	}
	q := u.Query()
	if q.Has("user_code") {
		return "", ic.decideDevice(q.Get("user_code"), approve)
	}
	ic.sso.mu.Lock()
	defer ic.sso.mu.Unlock()
	c, redirect, err := ic.sso.authorizeLocked(ic.region, q)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrNothingToApprove, err)
	case redirect != "":
		return redirect, nil
	case c.code.center != ic:
		delete(ic.sso.consents, c.token)
		return "", fmt.Errorf("%w: the client is one of %s", ErrNothingToApprove, c.code.center.startURL)
	}
	return ic.sso.decideLocked(c, approve), nil
}

// Visit is a person with a browser who approves: it does what
// [IdentityCenter.Consent] does and follows the redirect to the client's
// loopback port. It returns the redirect.
func (ic *IdentityCenter) Visit(ctx context.Context, address string) (redirect string, err error) {
	return ic.visit(ctx, address, true)
}

// VisitAndDeny is [IdentityCenter.Visit] with the other button.
func (ic *IdentityCenter) VisitAndDeny(ctx context.Context, address string) (redirect string, err error) {
	return ic.visit(ctx, address, false)
}

func (ic *IdentityCenter) visit(ctx context.Context, address string, approve bool) (string, error) {
	redirect, err := ic.Consent(address, approve)
	return redirect, follow(ctx, redirect, err)
}

// follow opens the address of a redirect, if there is one, at the program's loopback port. An
// err ends it at once.
func follow(ctx context.Context, redirect string, err error) error {
	if err != nil || redirect == "" {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, redirect, nil)
	if err != nil {
		return err
	}
	// A browser's connection, which closes with the window.
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(r) // #nosec G704 -- authorizeLocked let only loopback through
	if err != nil {
		return fmt.Errorf("follow the redirect: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("read the client's page: %w", err)
	}
	return nil
}
