package core

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// issuer gets sessions from AWS.
type issuer struct {
	*owners
	asker       asker
	keeper      *keeper
	signer      *signer
	console     *consoleSigner
	sessionName string
}

// obtain returns a session for a chain: a stored one if it lasts, else a new one. Equal
// requests share one flight, which always gets a new session.
func (i *issuer) obtain(ctx context.Context, c profile.Chain, o RefreshOptions) (session, error) {
	if creds.IsWithin(o.Requester.Within, c.Base.Name) {
		return session{}, errCircle(c) // it might join the flight that waits for it
	}
	r, err := i.request(c, o.Duration)
	if err != nil {
		return session{}, err
	}
	atHand := func() (session, bool) {
		one := i.store.session(r)
		return one, !o.Force && one.lasts(i.aws.Now(), leastFor(c, max(o.Duration, o.least))) && one.lastsFor(i.aws.Now(), o.least) && !one.shorter(o.Duration)
	}
	if one, ok := atHand(); ok {
		return one.asWanted(o.Duration, sourceOf(c)), nil
	}
	key := o.flightKey(fmt.Sprintf("session %s %s", r.Lifetime, r.Origin))
	one, _, err := i.flights.need(ctx, key, about{base: c.Base.Name}, func(ctx context.Context) (session, error) {
		if one, ok := atHand(); ok {
			return one, nil // from a flight that has just ended
		}
		switch len(c.Roles) {
		case 0:
			return sourceOf(c).session(ctx, i, c, r, o)
		case 1:
			return sourceOf(c).role(ctx, i, c, r, o)
		}
		return i.assumeWithSession(ctx, c, r, o)
	})
	if err != nil {
		return session{}, err
	}
	return one.asWanted(o.Duration, sourceOf(c)), nil
}

// shorter reports whether the session is shorter than the person wants, where AWS
// accepts no lifetime. Only AWS can say whether that is still its limit.
func (s session) shorter(chosen time.Duration) bool {
	return s.Lifetime == 0 && s.Expires.Sub(s.Issued) < chosen-time.Minute
}

// asWanted returns the session, with a note if it is shorter than the person wants.
func (s session) asWanted(duration time.Duration, from source) session {
	if s.shorter(duration) {
		lifetime := s.Expires.Sub(s.Issued).Round(time.Minute)
		s.Note = lang.Sprintf("%s instead of %s: %s decides", words.Duration(lifetime), words.Duration(duration), from.decides())
	}
	return s
}

// newSession makes a session of STS's answer, if that is valid.
func newSession(r request, c *types.Credentials, issued time.Time, account string) (session, error) {
	if c == nil {
		return session{}, answers.Missing(lang.T("credentials"))
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

// fault returns what is wrong with a session that was just issued. Its texts are written
// to a file with one value a line.
func (s session) fault() error {
	return cmp.Or(
		answers.Keys(s.AccessKeyID, s.SecretAccessKey.Reveal(), s.SessionToken.Reveal()),
		// Allows for a clock that is off by less than is noticed.
		answers.End(lang.T("the session"), s.Expires, s.Issued, creds.MaxSession+time.Hour),
	)
}

func seconds(d time.Duration) *int32 { return aws.Int32(int32(d / time.Second)) }
