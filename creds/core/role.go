package core

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// defaultRole is how long a role's session lasts by default, and the longest that role
// chaining gives:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const defaultRole = time.Hour

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
	for _, arn := range last.PolicyARNs {
		in.PolicyArns = append(in.PolicyArns, types.PolicyDescriptorType{Arn: aws.String(arn)})
	}
	return in
}

// assumeWithSession assumes the last role of a chain with the session before it, of a
// role or of the user.
func (i *issuer) assumeWithSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	way := o
	way.Duration, way.least, way.Force = 0, 0, false
	if len(c.Roles) > 1 {
		// The duration that the earlier role asks for does not matter here.
		way.Duration = defaultRole
	}
	for attempt := 0; ; attempt++ {
		source, err := i.source(ctx, c, way)
		if err != nil {
			return session{}, err
		}
		one, note, err := i.assumeOrHour(ctx, c, r, source)
		if err != nil && awscall.IsExpired(err) && attempt == 0 {
			// AWS has ended the source's session early, say because the key was
			// replaced: try once more with a new one.
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

// source returns the session that the last role of a chain is assumed with. Any usable
// one will do, as the role has its own lifetime.
func (i *issuer) source(ctx context.Context, c profile.Chain, o RefreshOptions) (session, error) {
	c.Roles = c.Roles[:len(c.Roles)-1]
	if one := i.store.latest(c.Origin(len(c.Roles))); one.usable(i.aws.Now()) {
		return one, nil
	}
	return i.obtain(ctx, c, o)
}

// assumeOrHour takes one hour, with a note, if AWS gives no more.
func (i *issuer) assumeOrHour(ctx context.Context, c profile.Chain, r request, source session) (one session, note string, err error) {
	call := func(d time.Duration) (session, error) {
		return i.assume(ctx, c, r, i.assumeInput(c, d), source.AccessKeyID, source.SecretAccessKey.Reveal(), source.SessionToken.Reveal())
	}
	one, err = call(r.Lifetime)
	if r.Lifetime > defaultRole && awscall.IsChainedLimit(err) {
		one, err = call(defaultRole)
		note = lang.Sprintf("one hour instead of %s: AWS gives no more to a role that is assumed through another", words.Duration(r.Lifetime))
	}
	return one, note, err
}

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
