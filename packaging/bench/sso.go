//go:build linux

package main

import (
	"context"
	"crypto/sha1" //nolint:gosec // Names of files, not a secret.
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/awstest"
)

const (
	// benchSession is the SSO session of every world that has one.
	benchSession = "bench"
	// rolesEach is how many roles the person has in each account.
	rolesEach = 10
	// portalRate is AWS's quota, in calls a second, and how many calls the
	// stand-in takes at once.
	portalRate = 20
	// mostPause is how long a person's flow of thought lasts without an answer
	// (https://www.nngroup.com/articles/response-times-3-important-limits/).
	mostPause = time.Second
)

// ssoConfig is the session, and profiles for the first of its accounts and
// roles.
func ssoConfig(center *awstest.IdentityCenter, profiles int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n[sso-session %s]\nsso_start_url = %s\nsso_region = %s\nsso_registration_scopes = sso:account:access\n",
		benchSession, center.StartURL(), center.Region())
	for n := range profiles {
		fmt.Fprintf(&text, "\n[profile sso-%05d]\nregion = eu-west-1\nsso_session = %s\nsso_account_id = 9%011d\nsso_role_name = Team-%02d\n",
			n, benchSession, n/rolesEach+1, n%rolesEach+1)
	}
	return text.String()
}

// tokenFile is where the access token of the session is: a file named after it,
// as the AWS CLI has it.
func (w *world) tokenFile() string {
	sum := sha1.Sum([]byte(benchSession)) //nolint:gosec // As above.
	return filepath.Join(w.dir, ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json")
}

// refreshes measures what one sign-in starts.
func (b *bench) refreshes(ctx context.Context) ([]row, error) {
	w, err := b.newWorld(ctx, "corp", home{profiles: b.n.sso + sampleProfiles, sso: b.n.sso})
	if err != nil {
		return nil, err
	}
	defer w.close()
	ours := func(ctx context.Context) (time.Duration, error) { return w.signInAnew(ctx, b.n.sso) }
	plain := func(ctx context.Context) (time.Duration, error) {
		_, took, err := w.timed(ctx, "", "minimalsso", "credentials", w.aws.URL(), w.tokenFile(),
			strconv.Itoa(b.n.sso/rolesEach), strconv.Itoa(rolesEach), filepath.Join(b.dir, "minimal-credentials"))
		return took, err
	}
	took, baseline, err := inTurns(ctx, b.n.signIns, ours, plain)
	if err != nil {
		return nil, err
	}
	what := thousands(b.n.sso) + " SSO profiles, approval to the last one written"
	free := notOver(what, took, baseline, "the same calls and one write", mostPause)
	throttled, err := b.throttled(ctx, w)
	return []row{free, w.calls(b.n.sso), throttled}, err
}

// calls is a row on what the last sign-in asked of AWS and of the person.
func (w *world) calls(profiles int) row {
	met := w.portalCalls == profiles && w.tokens == 1
	return row{
		what: "calls for their credentials and for tokens", ours: fmt.Sprintf("%d and %d", w.portalCalls, w.tokens),
		goal: fmt.Sprintf("%d and 1", profiles), met: &met,
	}
}

// throttled measures the sign-in at AWS's quota, against the time that the quota alone
// takes.
func (b *bench) throttled(ctx context.Context, w *world) (row, error) {
	w.center.Set(awstest.SSOSettings{PortalRate: portalRate})
	defer w.center.Set(awstest.SSOSettings{})
	took, err := w.signInAnew(ctx, b.n.sso)
	if err != nil {
		return row{}, err
	}
	// The bucket is full at first.
	ideal := time.Duration(max(b.n.sso-portalRate, 1)) * time.Second / portalRate
	return compared(fmt.Sprintf("the same at AWS's quota of %d calls/s, none fails", portalRate), took, ideal, "the quota alone", 1.2), nil
}

// signInAnew signs out and in again, and returns how long it takes from the
// person's approval to the end of "daypass sso login", which waits until all
// profiles of the session are written.
func (w *world) signInAnew(ctx context.Context, profiles int) (time.Duration, error) {
	if _, err := os.Stat(w.tokenFile()); err == nil {
		if _, err := w.do(ctx, "", "sso", "logout", benchSession); err != nil {
			return 0, err
		}
	}
	before, tokens := len(w.sample.AWS.Calls("GetRoleCredentials")), len(w.sample.AWS.Calls("CreateToken"))
	out, took, err := w.signIn(ctx)
	if err != nil {
		return 0, err
	}
	w.portalCalls, w.tokens = w.granted(before), len(w.sample.AWS.Calls("CreateToken"))-tokens
	if want := fmt.Sprintf("%d profiles refreshed", profiles); profiles > 1 && !strings.Contains(out, want) {
		return 0, fmt.Errorf("daypass sso login does not say %q but %q", want, out)
	}
	written, err := os.ReadFile(w.credentials())
	if n := strings.Count(string(written), "[sso-"); err == nil && n != profiles {
		err = fmt.Errorf("the credentials file has %d of %d profiles", n, profiles)
	}
	return took, err
}

// granted counts the calls for credentials after the first ones that the portal did not
// throttle.
func (w *world) granted(after int) int {
	n := 0
	for _, c := range w.sample.AWS.Calls("GetRoleCredentials")[after:] {
		if c.Code != throttlingCode {
			n++
		}
	}
	return n
}

const throttlingCode = "TooManyRequestsException"

// signIn signs in with "daypass sso login", in a terminal, as a person who opens
// the address in a browser and approves.
func (w *world) signIn(ctx context.Context) (out string, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	t, err := w.inTerminal(ctx, "daypass", "sso", "login", benchSession, "--device-code=false", "--no-browser")
	if err != nil {
		return "", 0, err
	}
	address, err := w.address(ctx, t)
	if err != nil {
		cancel()
		<-t.ended
		return "", 0, err
	}
	began := time.Now()
	if _, err := w.center.Visit(ctx, address); err != nil {
		cancel()
		<-t.ended
		return "", 0, err
	}
	<-t.ended
	if t.err != nil {
		return "", 0, fmt.Errorf("daypass sso login: %w\n%s", t.err, t.shown.String())
	}
	return t.shown.String(), t.at.Sub(began), nil
}

// address waits for the agent's question and returns the address to open.
func (w *world) address(ctx context.Context, t *terminal) (string, error) {
	for {
		var s creds.Snapshot
		if err := w.ask(ctx, agentapi.Query{Noteworthy: true}.On(agentapi.Snapshot.Path), &s); err != nil {
			return "", err
		}
		i := slices.IndexFunc(s.Prompts, func(p creds.Prompt) bool { return p.SignIn != nil && p.SignIn.URL != "" })
		if i >= 0 {
			return s.Prompts[i].SignIn.URL, nil
		}
		select {
		case <-t.ended:
			return "", errors.Join(fmt.Errorf("daypass sso login asked nothing: %s", t.shown.String()), t.err)
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
