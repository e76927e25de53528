package core

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// newKeyPatience bounds how long AWS may refuse a key that it has just made: IAM gives its
// other parts of it a few seconds later, and says that this may take longer.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
const newKeyPatience = 2 * time.Minute

// hand signs calls about an IAM user's keys: with one of them, or with an MFA session of it
// where a policy demands that.
type hand struct {
	*owners
	issuer *issuer
	// chain is what the key makes without a role.
	chain profile.Chain
	o     RefreshOptions
	// asking is the context of whoever can be asked for a code.
	asking context.Context //nolint:containedctx // the calls go on when nobody waits for them any more
	key    creds.LongTermKey
	// session is an MFA session of the user's, the zero value if none is at hand.
	session session
	// keyFirst has the key tried before the session that is at hand.
	keyFirst bool
	// fresh is until when AWS may not know the key yet.
	fresh time.Time
}

// hand returns one for the long-term key of a chain.
func (cu rotator) hand(asking context.Context, c profile.Chain, key creds.LongTermKey, o RefreshOptions) *hand {
	h := &hand{owners: cu.owners, issuer: cu.issuer, chain: c.WithoutRoles(), o: o, asking: asking, key: key}
	if one := cu.store.latest(h.chain.Origin(0)); h.chain.MFASerial != "" && one.usable(cu.aws.Now()) {
		h.session = one
	}
	return h
}

// with returns a hand that signs with another key of the same user. The session that is at
// hand serves it where the key alone may not: so one code is enough.
func (h *hand) with(key creds.LongTermKey) *hand {
	other := *h
	other.key, other.keyFirst = key, true
	return &other
}

// call makes a call to IAM. subject begins the sentence about its failure.
func (h *hand) call(ctx context.Context, subject string, do func(context.Context, *iam.Client) error) error {
	if h.session.usable(h.aws.Now()) && !h.keyFirst {
		ended, err := h.bySession(ctx, subject, do)
		if creds.CodeOf(err) != creds.CodeDenied && !ended || ctx.Err() != nil {
			return err
		}
		if h.keyFirst = true; ended {
			h.session = session{}
		}
	}
	err := h.byKey(ctx, subject, do)
	if creds.CodeOf(err) != creds.CodeDenied || h.chain.MFASerial == "" {
		return err
	}
	if !h.session.usable(h.aws.Now()) {
		one, why := h.issuer.obtain(h.asking, h.chain, h.o)
		if why != nil {
			if errors.Is(why, errNeedsPerson) && creds.CodeOf(err) == creds.CodeDenied {
				return needsPerson(err)
			}
			return why
		}
		h.session = one
	}
	_, err = h.bySession(ctx, subject, do)
	return err
}

func (h *hand) purpose(subject string, temporary bool) awscall.Purpose {
	a := awscall.PurposeOf(h.chain, temporary)
	a.Subject = subject
	return a
}

// bySession makes a call with the session. ended is set if AWS does not take that any more.
func (h *hand) bySession(ctx context.Context, subject string, do func(context.Context, *iam.Client) error) (ended bool, err error) {
	one := h.session
	api, err := h.aws.IAM(h.chain.Base, h.chain.STSRegion(), one.AccessKeyID, one.SecretAccessKey.Reveal(), one.SessionToken.Reveal())
	if err != nil {
		return false, err
	}
	err = do(ctx, api)
	return awscall.IsExpired(err), h.aws.Explain(h.purpose(subject, true), err)
}

func (h *hand) byKey(ctx context.Context, subject string, do func(context.Context, *iam.Client) error) error {
	api, err := h.aws.IAM(h.chain.Base, h.chain.STSRegion(), h.key.ID, h.key.Secret.Reveal(), "")
	if err != nil {
		return err
	}
	return h.aws.Explain(h.purpose(subject, false), h.patiently(ctx, func() error { return do(ctx, api) }))
}

// patiently repeats a call while AWS may not know the key yet that signs it.
func (h *hand) patiently(ctx context.Context, call func() error) error {
	wait := time.Second
	for {
		err := call()
		if !awscall.IsUnknownKey(err) || time.Now().Add(wait).After(h.fresh) {
			return err
		}
		if sleepUntil(ctx, time.Now().Add(wait)) != nil {
			return ctx.Err()
		}
		wait = min(2*wait, 8*time.Second)
	}
}

// identity asks STS who the key belongs to, which every policy allows.
func (h *hand) identity(ctx context.Context, subject string) (arn string, err error) {
	api, err := h.aws.STS(h.chain.Base, h.chain.STSRegion(), h.key.ID, h.key.Secret.Reveal(), "")
	if err != nil {
		return "", err
	}
	err = h.patiently(ctx, func() error {
		out, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return err
		}
		arn = aws.ToString(out.Arn)
		return answers.IdentityIn(arn, aws.ToString(out.Account))
	})
	return arn, h.aws.Explain(h.purpose(subject, false), err)
}

// list returns the user's keys.
func (h *hand) list(ctx context.Context, subject string) (keys []creds.UserKey, err error) {
	err = h.call(ctx, subject, listing(&keys))
	return keys, err
}

// listing is the call that lists a user's keys.
func listing(keys *[]creds.UserKey) func(context.Context, *iam.Client) error {
	return func(ctx context.Context, api *iam.Client) error {
		out, err := api.ListAccessKeys(ctx, &iam.ListAccessKeysInput{})
		if err != nil {
			return err
		}
		*keys = nil
		if len(out.AccessKeyMetadata) == 0 || out.IsTruncated {
			return answers.Missing(lang.T("list of the user's keys")) // the one that asks is among them
		}
		for _, k := range out.AccessKeyMetadata {
			id := aws.ToString(k.AccessKeyId)
			if !answers.IsKeyID(id) {
				return answers.Wrong(lang.T("an access key ID"))
			}
			switch k.Status {
			case types.StatusTypeActive, types.StatusTypeInactive:
			default:
				return answers.Missing(lang.T("status of a key"))
			}
			*keys = append(*keys, creds.UserKey{ID: id, Active: k.Status == types.StatusTypeActive, Created: aws.ToTime(k.CreateDate)})
		}
		return nil
	}
}

// lastUsed returns when a key was last used. Where AWS denies that, it is unknown.
func (h *hand) lastUsed(ctx context.Context, subject, id string) (use creds.KeyUse, err error) {
	err = h.call(ctx, subject, func(ctx context.Context, api *iam.Client) error {
		out, err := api.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id})
		if err != nil {
			return err
		}
		if out.AccessKeyLastUsed == nil {
			return answers.Missing(lang.T("last use of the key"))
		}
		use = creds.KeyUse{At: aws.ToTime(out.AccessKeyLastUsed.LastUsedDate)}
		if !use.At.IsZero() {
			use.Service, use.Region = notNone(out.AccessKeyLastUsed.ServiceName), notNone(out.AccessKeyLastUsed.Region)
		}
		return errors.Join(answers.Label(lang.T("name of a service"), use.Service), answers.Label(lang.T("region"), use.Region))
	})
	if creds.CodeOf(err) == creds.CodeDenied && !errors.Is(err, errNeedsPerson) {
		return creds.KeyUse{Unknown: true}, nil
	}
	return use, err
}

// notNone is a value of AWS's, "" where that says that there is none.
func notNone(value *string) string {
	if text := aws.ToString(value); text != "N/A" {
		return text
	}
	return ""
}

// unclear marks the errors of calls of which it is not known whether AWS has carried them
// out.
type unclear struct{ error }

func (u unclear) Unwrap() error { return u.error }

// create makes a key. AWS is asked once: after an answer that got lost, a second call would
// make a second key.
func (h *hand) create(ctx context.Context, subject string) (key creds.LongTermKey, created time.Time, err error) {
	mayBeMade := false
	err = h.call(ctx, subject, func(ctx context.Context, api *iam.Client) error {
		for attempt := 0; ; attempt++ {
			out, err := api.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{}, func(o *iam.Options) { o.Retryer = aws.NopRetryer{} })
			if refused, ok := errors.AsType[smithy.APIError](err); ok && isThrottled(refused) && attempt < 4 {
				if err := sleepUntil(ctx, time.Now().Add(time.Second<<attempt)); err != nil {
					return err
				}
				continue
			}
			mayBeMade = err != nil && !isRefusal(err)
			if refused, ok := errors.AsType[smithy.APIError](err); ok && refused.ErrorCode() == "LimitExceeded" {
				return errNoRoom
			}
			if err != nil {
				return err
			}
			mayBeMade = true
			if out.AccessKey == nil {
				return answers.Missing(lang.T("access key"))
			}
			key = creds.LongTermKey{ID: aws.ToString(out.AccessKey.AccessKeyId), Secret: secret.New(aws.ToString(out.AccessKey.SecretAccessKey))}
			created = aws.ToTime(out.AccessKey.CreateDate)
			if !answers.IsKeyID(key.ID) {
				return answers.Missing(lang.T("access key ID"))
			}
			return answers.Text(lang.T("secret access key"), key.Secret.Reveal())
		}
	})
	if err != nil && mayBeMade {
		err = unclear{err}
	}
	return key, created, err
}

// errNoRoom is AWS's refusal of a third key.
var errNoRoom = &creds.Error{Code: creds.CodeKeyChoice, Message: lang.T("AWS allows a user two access keys")}

// isRefusal reports whether AWS itself has refused a call, and so not carried it out.
func isRefusal(err error) bool {
	refused, ok := errors.AsType[smithy.APIError](err)
	return ok && refused.ErrorCode() != "UnknownError" && refused.ErrorFault() != smithy.FaultServer &&
		refused.ErrorCode() != "ServiceFailure" && refused.ErrorCode() != "InternalFailure"
}

func isThrottled(refused smithy.APIError) bool {
	switch refused.ErrorCode() {
	case "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException":
		return true
	}
	return false
}

// setActive makes a key active or inactive.
func (h *hand) setActive(ctx context.Context, subject, id string, active bool) error {
	status := types.StatusTypeInactive
	if active {
		status = types.StatusTypeActive
	}
	return h.call(ctx, subject, func(ctx context.Context, api *iam.Client) error {
		_, err := api.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{AccessKeyId: &id, Status: status})
		return err
	})
}

// remove deletes a key. One that is gone already is no error.
func (h *hand) remove(ctx context.Context, subject, id string) error {
	return h.call(ctx, subject, func(ctx context.Context, api *iam.Client) error {
		_, err := api.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{AccessKeyId: &id})
		if refused, ok := errors.AsType[smithy.APIError](err); ok && strings.HasPrefix(refused.ErrorCode(), "NoSuchEntity") {
			return nil
		}
		return err
	})
}
