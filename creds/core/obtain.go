package core

import (
	"context"
	"errors"
	"fmt"
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
)

// issuer gets sessions from AWS.
type issuer struct {
	*owners
	asker       asker
	keeper      *keeper
	signer      *signer
	sessionName string
}

// obtain returns a session for a chain: one at hand if it lasts, else a new
// one. All who make the same request share a flight, which is always one for a
// new session.
func (i *issuer) obtain(ctx context.Context, c profile.Chain, o RefreshOptions) (session, error) {
	r, err := i.request(c, o.Duration)
	if err != nil {
		return session{}, err
	}
	atHand := func() (session, bool) {
		one := i.store.session(r)
		return one, !o.Force && one.lasts(i.aws.Now()) && !one.shorter(c, o.Duration)
	}
	if one, ok := atHand(); ok {
		return one, nil
	}
	key := fmt.Sprintf("session %s %s", r.Lifetime, r.Origin)
	one, _, err := i.flights.need(ctx, key, about{base: c.Base.Name}, func(ctx context.Context) (session, error) {
		if one, ok := atHand(); ok {
			return one, nil // of a flight that ended just now
		}
		switch {
		case len(c.Roles) > 0:
			return i.roleSession(ctx, c, r, o)
		case c.SSOSession != "":
			return i.ssoSession(ctx, c, r, o)
		}
		return i.userSession(ctx, c, r, o)
	})
	return one, err
}

// shorter reports whether a session of Identity Center is shorter than a person
// wants it. Whether its permission set still says so is for AWS to answer.
func (s session) shorter(c profile.Chain, chosen time.Duration) bool {
	return len(c.Roles) == 0 && c.SSOSession != "" && s.Expires.Sub(s.Issued) < chosen-time.Minute
}

// roleSession assumes the last role of a chain.
func (i *issuer) roleSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	if len(c.Roles) == 1 && c.SSOSession == "" && (c.MFASerial == "" || r.Lifetime > defaultRole) {
		// Only the long-term key gets more than an hour.
		return i.assumeWithKey(ctx, c, r, o)
	}
	return i.assumeWithSession(ctx, c, r, o)
}

// userSession starts a session of the IAM user that a chain starts from. All
// roles of the same user and MFA device share it, and so one code.
func (i *issuer) userSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	var one session
	err := i.withKey(ctx, c, o, func(ctx context.Context, key creds.LongTermKey, serial, code *string) error {
		api, err := i.aws.STS(c.Base, c.STSRegion(), key.ID, key.Secret.Reveal(), "")
		if err != nil {
			return err
		}
		out, err := api.GetSessionToken(ctx, &sts.GetSessionTokenInput{
			DurationSeconds: seconds(r.Lifetime), SerialNumber: serial, TokenCode: code,
		})
		if err != nil {
			return i.aws.Explain(awscall.PurposeOf(c, false), err)
		}
		account := c.Account()
		if account == "" {
			account = i.store.account(c.Base.Name)
		}
		one, err = newSession(r, out.Credentials, i.aws.Now(), account)
		if code == nil {
			one.Note = withoutCode
		}
		return i.aws.Explain(awscall.PurposeOf(c, false), err)
	})
	if err != nil {
		return session{}, err
	}
	i.store.put(one)
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
func (i *issuer) withKey(ctx context.Context, c profile.Chain, o RefreshOptions, call func(ctx context.Context, key creds.LongTermKey, serial, code *string) error) error {
	key, err := i.longTermKey(ctx, c.Base, o)
	if err != nil {
		return err
	}
	if c.MFASerial == "" {
		return call(ctx, key, nil, nil)
	}
	if err := i.asker.mayAsk(c.Asked, o); err != nil {
		return err
	}
	defer i.asker.asking(c.MFASerial)()
	ask := MFARequest{
		Profile: c.Asked, AccountID: profile.AccountOf(c.MFASerial), Serial: c.MFASerial, Requester: o.Requester,
	}
	return i.asker.settle(ctx, i.cfg.User.MFA(ctx, ask, func(ctx context.Context, typed secret.Text) error {
		digits, ok := creds.MFACode(typed.Reveal())
		if !ok {
			return &creds.Refusal{Message: "A code has six digits."}
		}
		code := secret.New(digits)
		if refusal := i.questions.checkCode(c.MFASerial, code, i.aws.Skew()); refusal != nil {
			return refusal
		}
		if err := call(ctx, key, &c.MFASerial, aws.String(digits)); err != nil {
			return i.countRefusal(c.MFASerial, err)
		}
		i.questions.accepted(c.MFASerial, code)
		return nil
	}))
}

// countRefusal finds other words for the second refusal of a device's codes in a
// row, and for those after it, where this machine's clock does not explain them.
func (i *issuer) countRefusal(serial string, err error) error {
	var refusal *creds.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	if i.questions.countRefusal(serial) > 1 && refusal.ClockOff == 0 {
		refusal.Message = awscall.RefusedCodes
	}
	return refusal
}

// longTermKey returns the key at the base of a chain: the keyring's, else the
// credentials file's.
func (i *issuer) longTermKey(ctx context.Context, base profile.Profile, o RefreshOptions) (creds.LongTermKey, error) {
	if !i.keyring.has(base.Name) {
		return profile.ReadKey(ctx, i.cfg.Files, base)
	}
	return i.keeper.key(ctx, base.Name, o.unattended)
}

// assumeInput is the AssumeRole call for the last role of a chain.
func (i *issuer) assumeInput(c profile.Chain, lifetime time.Duration) *sts.AssumeRoleInput {
	last := c.Roles[len(c.Roles)-1]
	in := &sts.AssumeRoleInput{
		RoleArn: aws.String(last.ARN), RoleSessionName: aws.String(i.sessionName), DurationSeconds: seconds(lifetime),
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
func (i *issuer) assumeWithKey(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	var one session
	err := i.withKey(ctx, c, o, func(ctx context.Context, key creds.LongTermKey, serial, code *string) error {
		in := i.assumeInput(c, r.Lifetime)
		in.SerialNumber, in.TokenCode = serial, code
		var err error
		one, err = i.assume(ctx, c, r, in, key.ID, key.Secret.Reveal(), "")
		return i.aws.Explain(awscall.PurposeOf(c, false), err)
	})
	if err != nil {
		return session{}, err
	}
	i.store.put(one)
	return one, nil
}

// assumeWithSession assumes the last role of a chain with the session of the
// role before it, or of the user.
func (i *issuer) assumeWithSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	way := o
	way.Duration, way.Force = 0, false
	if len(c.Roles) > 1 {
		// What the role on the way asks for itself is its own affair.
		way.Duration = defaultRole
	}
	for attempt := 0; ; attempt++ {
		source, err := i.source(ctx, c, way)
		if err != nil {
			return session{}, err
		}
		one, note, err := i.assumeOrHour(ctx, c, r, source)
		if err != nil && awscall.IsExpired(err) && attempt == 0 {
			// AWS ended the source's session before its time, say because
			// the key was made anew: once more with a new one.
			i.store.discard(source)
			continue
		}
		if err != nil {
			return session{}, i.aws.Explain(awscall.PurposeOf(c, true), err)
		}
		one.Note = note
		i.store.put(one)
		return one, nil
	}
}

// source returns what the last role of a chain is assumed with: any session
// that is still usable, as the role's lifetime is its own.
func (i *issuer) source(ctx context.Context, c profile.Chain, o RefreshOptions) (session, error) {
	c.Roles = c.Roles[:len(c.Roles)-1]
	if one := i.store.latest(c.Origin(len(c.Roles))); one.usable(i.aws.Now()) {
		return one, nil
	}
	return i.obtain(ctx, c, o)
}

// assumeOrHour takes one hour, and says so, where AWS gives no more.
func (i *issuer) assumeOrHour(ctx context.Context, c profile.Chain, r request, source session) (one session, note string, err error) {
	call := func(d time.Duration) (session, error) {
		return i.assume(ctx, c, r, i.assumeInput(c, d), source.AccessKeyID, source.SecretAccessKey.Reveal(), source.SessionToken.Reveal())
	}
	one, err = call(r.Lifetime)
	if r.Lifetime > defaultRole && awscall.IsChainedLimit(err) {
		one, err = call(defaultRole)
		note = fmt.Sprintf("one hour instead of %s: AWS gives no more to a role that is assumed through another", words.Duration(r.Lifetime))
	}
	return one, note, err
}

// assume makes the call.
func (i *issuer) assume(ctx context.Context, c profile.Chain, r request, in *sts.AssumeRoleInput, id, secretKey, token string) (session, error) {
	last := c.Roles[len(c.Roles)-1]
	p := last.Profile
	p.Endpoints = last.Endpoints
	api, err := i.aws.STS(p, c.STSRegion(), id, secretKey, token)
	if err != nil {
		return session{}, err
	}
	out, err := api.AssumeRole(ctx, in)
	if err != nil {
		return session{}, err
	}
	return newSession(r, out.Credentials, i.aws.Now(), profile.AccountOf(last.ARN))
}
