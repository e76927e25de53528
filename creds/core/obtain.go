package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"daypass/creds"
	"daypass/creds/answers"
	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/creds/secret"
	"daypass/creds/words"
)

const (
	// defaultRole is what AssumeRole gives when nothing else is asked for,
	// and the most that it gives to temporary credentials ("role
	// chaining"):
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
	defaultRole = time.Hour
	// codeStep is how long an MFA device shows one code (RFC 6238).
	codeStep = 30 * time.Second
)

// spentCode is a code that AWS has taken: it takes none twice.
type spentCode struct {
	code secret.Text
	at   time.Time
}

// request returns what AWS is asked for on behalf of a chain. chosen is the
// lifetime that a person wants this once; zero takes that of the profile, or
// else of the settings.
func (m *Manager) request(c profile.Chain, chosen time.Duration) (request, error) {
	r := request{Origin: c.Origin(len(c.Roles))}
	user := c.Base.Name
	switch n := len(c.Roles); {
	case n > 0:
		own, err := c.Roles[n-1].Profile.DurationSeconds()
		if err != nil {
			return r, err
		}
		r.Lifetime, user = cmp.Or(chosen, own, defaultRole), c.Roles[n-1].Profile.Name
	case c.SSOSession != "":
		return r, nil // the permission set decides
	default:
		r.Lifetime = cmp.Or(chosen, time.Duration(m.settings().SessionDuration))
	}
	if user == c.Asked {
		r.Lifetime = m.boundByLease(c.Asked, r.Lifetime)
	}
	return r, nil
}

// obtain returns a session for a chain: one at hand if it lasts, else a new
// one. All who make the same request share a flight, which is always one for a
// new session.
func (m *Manager) obtain(ctx context.Context, c profile.Chain, o RefreshOptions) (session, error) {
	r, err := m.request(c, o.Duration)
	if err != nil {
		return session{}, err
	}
	f := &flight{key: fmt.Sprintf("session %s %s", r.Lifetime, r.Origin), base: c.Base.Name}
	m.mu.Lock()
	if one := m.store.Sessions.get(r); !o.Force && one.lasts(m.client.Now()) && !one.shorter(c, o.Duration) {
		m.mu.Unlock()
		return one, nil
	}
	f = m.needLocked(f, func(ctx context.Context) (session, error) {
		switch {
		case len(c.Roles) > 0:
			return m.roleSession(ctx, c, r, o)
		case c.SSOSession != "":
			return m.ssoSession(ctx, c, r, o)
		}
		return m.userSession(ctx, c, r, o)
	})
	m.mu.Unlock()
	return m.awaitNeeded(ctx, f)
}

// shorter reports whether a session of Identity Center is shorter than a person
// wants it. Whether its permission set still says so is for AWS to answer.
func (s session) shorter(c profile.Chain, chosen time.Duration) bool {
	return len(c.Roles) == 0 && c.SSOSession != "" && s.Expires.Sub(s.Issued) < chosen-time.Minute
}

// roleSession assumes the last role of a chain.
func (m *Manager) roleSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	if len(c.Roles) == 1 && c.SSOSession == "" && (c.MFASerial == "" || r.Lifetime > defaultRole) {
		// Only the long-term key gets more than an hour.
		return m.assumeWithKey(ctx, c, r, o)
	}
	return m.assumeWithSession(ctx, c, r, o)
}

// remember stores a session in memory; [Manager.keep] saves it.
func (m *Manager) remember(one session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	one.AccountID = strings.Clone(one.AccountID) // as with the section that is written
	m.store.Sessions.put(one)
}

// userSession starts a session of the IAM user that a chain starts from. All
// roles of the same user and MFA device share it, and so one code.
func (m *Manager) userSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	var one session
	err := m.withKey(ctx, c, o, func(ctx context.Context, key creds.LongTermKey, serial, code *string) error {
		api, err := m.client.STS(c.Base, c.STSRegion(), key.ID, key.Secret.Reveal(), "")
		if err != nil {
			return err
		}
		out, err := api.GetSessionToken(ctx, &sts.GetSessionTokenInput{
			DurationSeconds: seconds(r.Lifetime), SerialNumber: serial, TokenCode: code,
		})
		if err != nil {
			return m.client.Explain(awscall.PurposeOf(c, false), err)
		}
		account := c.Account()
		if account == "" {
			m.mu.Lock()
			account = m.store.Accounts[c.Base.Name]
			m.mu.Unlock()
		}
		one, err = newSession(r, out.Credentials, m.client.Now(), account)
		if code == nil {
			one.Note = withoutCode
		}
		return m.client.Explain(awscall.PurposeOf(c, false), err)
	})
	if err != nil {
		return session{}, err
	}
	m.remember(one)
	return one, nil
}

// withoutCode is what AWS's tools do not say of a session that was got without an
// MFA code: they fail with an invalid token.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
const withoutCode = "without an MFA code AWS lets this session call no operation of IAM, and of STS only AssumeRole and GetCallerIdentity"

// newSession makes a session of what STS gave, if that can be one.
func newSession(r request, c *types.Credentials, issued time.Time, account string) (session, error) {
	if c == nil {
		return session{}, answers.Missing("credentials")
	}
	one := session{
		request:         r,
		AccessKeyID:     aws.ToString(c.AccessKeyId),
		SecretAccessKey: secret.New(aws.ToString(c.SecretAccessKey)),
		SessionToken:    secret.New(aws.ToString(c.SessionToken)),
		Issued:          issued, Expires: aws.ToTime(c.Expiration), AccountID: account,
	}
	if fault := one.fault(); fault != nil {
		return session{}, fault
	}
	return one, nil
}

// fault returns what keeps a session that was just issued from being one. Its
// texts go into a file of one line a value.
func (s session) fault() error {
	return answers.First(
		answers.Keys(s.AccessKeyID, s.SecretAccessKey.Reveal(), s.SessionToken.Reveal()),
		// A clock may be off by less than is noticed.
		answers.End("the session", s.Expires, s.Issued, creds.MaxSession+time.Hour),
	)
}

func seconds(d time.Duration) *int32 { return aws.Int32(int32(d / time.Second)) }

// withKey calls AWS with the long-term key at the base of a chain and, where
// the chain has an MFA device, with a person's code.
func (m *Manager) withKey(ctx context.Context, c profile.Chain, o RefreshOptions, call func(ctx context.Context, key creds.LongTermKey, serial, code *string) error) error {
	key, err := m.longTermKey(ctx, c.Base, o)
	if err != nil {
		return err
	}
	if c.MFASerial == "" {
		return call(ctx, key, nil, nil)
	}
	if err := m.mayAsk(c.Asked, o); err != nil {
		return err
	}
	m.ask(c.MFASerial, +1)
	defer m.ask(c.MFASerial, -1)
	ask := MFARequest{
		Profile: c.Asked, AccountID: profile.AccountOf(c.MFASerial), Serial: c.MFASerial, Requester: o.Requester,
	}
	return m.settle(ctx, m.cfg.User.MFA(ctx, ask, func(ctx context.Context, typed secret.Text) error {
		digits, ok := creds.MFACode(typed.Reveal())
		if !ok {
			return &creds.Refusal{Message: "A code has six digits."}
		}
		code := secret.New(digits)
		if refusal := m.isSpent(c.MFASerial, code); refusal != nil {
			return refusal
		}
		if err := call(ctx, key, &c.MFASerial, aws.String(digits)); err != nil {
			return m.countRefusal(c.MFASerial, err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.spent[c.MFASerial] = spentCode{code, time.Now()}
		delete(m.refused, c.MFASerial)
		return nil
	}))
}

// countRefusal finds other words for the second refusal of a device's codes in a
// row, and for those after it, where this machine's clock does not explain them.
func (m *Manager) countRefusal(serial string, err error) error {
	var refusal *creds.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refused[serial]++; m.refused[serial] > 1 && refusal.ClockOff == 0 {
		refusal.Message = awscall.RefusedCodes
	}
	return refusal
}

// ask counts the open questions of a device.
func (m *Manager) ask(serial string, change int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asking[serial] += change
	if m.asking[serial] == 0 {
		delete(m.asking, serial)
	}
	m.publish()
}

// isSpent refuses a code that AWS took already: it would only say that it is
// invalid.
func (m *Manager) isSpent(serial string, code secret.Text) *creds.Refusal {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, ok := m.spent[serial]
	now := time.Now()
	// AWS accepts a code one step early or late, so that one may be seen
	// again for three.
	if !ok || last.code != code || now.Sub(last.at) > 3*codeStep {
		return nil
	}
	return &creds.Refusal{
		Message:  "This code has been used already, and each works once. Wait for the next one.",
		Fresh:    last.at.Truncate(codeStep).Add(codeStep),
		ClockOff: m.client.Skew(),
	}
}

// longTermKey returns the key at the base of a chain: the keyring's, else the
// credentials file's.
func (m *Manager) longTermKey(ctx context.Context, base profile.Profile, o RefreshOptions) (creds.LongTermKey, error) {
	m.mu.Lock()
	inKeyring := m.keys[base.Name]
	m.mu.Unlock()
	if !inKeyring {
		return profile.ReadKey(ctx, m.cfg.Files, base)
	}
	return m.keyringKey(ctx, base.Name, o)
}

// keyringKey reads a key from the keyring, which unattended work leaves alone
// while it is locked.
func (m *Manager) keyringKey(ctx context.Context, name string, o RefreshOptions) (creds.LongTermKey, error) {
	if o.unattended {
		if err := m.mustBeOpen(ctx); err != nil {
			return creds.LongTermKey{}, fmt.Errorf("%w: %w", errNeedsPerson, err)
		}
	}
	return m.cfg.Vault.Key(ctx, name)
}

// assumeInput is the AssumeRole call for the last role of a chain.
func (m *Manager) assumeInput(c profile.Chain, lifetime time.Duration) *sts.AssumeRoleInput {
	last := c.Roles[len(c.Roles)-1]
	in := &sts.AssumeRoleInput{
		RoleArn: aws.String(last.ARN), RoleSessionName: aws.String(m.sessionName), DurationSeconds: seconds(lifetime),
	}
	if last.Profile.SessionName != "" {
		in.RoleSessionName = aws.String(last.Profile.SessionName)
	}
	if last.Profile.ExternalID != "" {
		in.ExternalId = aws.String(last.Profile.ExternalID)
	}
	return in
}

// assumeWithKey assumes the only role of a chain with the long-term key, and
// with a code where the chain has an MFA device.
func (m *Manager) assumeWithKey(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	var one session
	err := m.withKey(ctx, c, o, func(ctx context.Context, key creds.LongTermKey, serial, code *string) error {
		in := m.assumeInput(c, r.Lifetime)
		in.SerialNumber, in.TokenCode = serial, code
		var err error
		one, err = m.assume(ctx, c, r, in, key.ID, key.Secret.Reveal(), "")
		return m.client.Explain(awscall.PurposeOf(c, false), err)
	})
	if err != nil {
		return session{}, err
	}
	m.remember(one)
	return one, nil
}

// assumeWithSession assumes the last role of a chain with the session of the
// role before it, or of the user.
func (m *Manager) assumeWithSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	way := o
	way.Duration, way.Force = 0, false
	if len(c.Roles) > 1 {
		// What the role on the way asks for itself is its own affair.
		way.Duration = defaultRole
	}
	for attempt := 0; ; attempt++ {
		source, err := m.source(ctx, c, way)
		if err != nil {
			return session{}, err
		}
		one, note, err := m.assumeOrHour(ctx, c, r, source)
		if err != nil && awscall.IsExpired(err) && attempt == 0 {
			// AWS ended the source's session before its time, say because
			// the key was made anew: once more with a new one.
			m.mu.Lock()
			if m.store.Sessions.get(source.request).AccessKeyID == source.AccessKeyID {
				m.store.Sessions.remove(source.request)
			}
			m.mu.Unlock()
			continue
		}
		if err != nil {
			return session{}, m.client.Explain(awscall.PurposeOf(c, true), err)
		}
		one.Note = note
		m.remember(one)
		return one, nil
	}
}

// source returns what the last role of a chain is assumed with: any session
// that is still usable, as the role's lifetime is its own.
func (m *Manager) source(ctx context.Context, c profile.Chain, o RefreshOptions) (session, error) {
	c.Roles = c.Roles[:len(c.Roles)-1]
	m.mu.Lock()
	one := m.store.Sessions.latest(c.Origin(len(c.Roles)))
	m.mu.Unlock()
	if one.usable(m.client.Now()) {
		return one, nil
	}
	return m.obtain(ctx, c, o)
}

// assumeOrHour takes one hour, and says so, where AWS gives no more.
func (m *Manager) assumeOrHour(ctx context.Context, c profile.Chain, r request, source session) (one session, note string, err error) {
	call := func(d time.Duration) (session, error) {
		return m.assume(ctx, c, r, m.assumeInput(c, d), source.AccessKeyID, source.SecretAccessKey.Reveal(), source.SessionToken.Reveal())
	}
	one, err = call(r.Lifetime)
	if r.Lifetime > defaultRole && awscall.IsChainedLimit(err) {
		one, err = call(defaultRole)
		note = fmt.Sprintf("one hour instead of %s: AWS gives no more to a role that is assumed through another", words.Duration(r.Lifetime))
	}
	return one, note, err
}

// assume makes the call.
func (m *Manager) assume(ctx context.Context, c profile.Chain, r request, in *sts.AssumeRoleInput, id, secretKey, token string) (session, error) {
	last := c.Roles[len(c.Roles)-1]
	p := last.Profile
	p.Endpoints = last.Endpoints
	api, err := m.client.STS(p, c.STSRegion(), id, secretKey, token)
	if err != nil {
		return session{}, err
	}
	out, err := api.AssumeRole(ctx, in)
	if err != nil {
		return session{}, err
	}
	return newSession(r, out.Credentials, m.client.Now(), profile.AccountOf(last.ARN))
}

// needsNobody reports whether a chain can be refreshed without a person. It is
// called with the lock held.
func (m *Manager) needsNobody(c profile.Chain) bool {
	if c.SSOSession != "" {
		f := m.signIns[c.SSOSession]
		return f != nil && f.silent(time.Now())
	}
	if c.MFASerial == "" {
		return true
	}
	if len(c.Roles) == 0 {
		return false
	}
	if len(c.Roles) == 1 {
		if wanted, err := c.Roles[0].Profile.DurationSeconds(); err != nil || wanted > defaultRole {
			return false
		}
	}
	return m.store.Sessions.latest(c.Origin(0)).usable(m.client.Now())
}
