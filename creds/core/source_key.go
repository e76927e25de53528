package core

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/console"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/secret"
)

// longTermKey is the key of an IAM user.
type longTermKey struct{}

func (longTermKey) lifetime(o *owners, chosen time.Duration) time.Duration {
	return cmp.Or(chosen, time.Duration(o.choices.settings().SessionDuration))
}

func (longTermKey) decides() string { return "" } // a person does

func (longTermKey) session(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error) {
	return i.userSession(ctx, c, r, o)
}

func (longTermKey) role(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error) {
	if c.MFASerial == "" || r.Lifetime > defaultRole {
		// Only the long-term key gets more than an hour.
		return i.assumeWithKey(ctx, c, r, o)
	}
	return i.assumeWithSession(ctx, c, r, o)
}

func (longTermKey) givesRole(profile.Chain) bool { return false }

func (longTermKey) needsNobody(o *owners, c profile.Chain) bool {
	switch {
	case c.MFASerial == "":
		return true
	case o.answersItself(c):
		return true
	case len(c.Roles) == 0:
		return false
	case len(c.Roles) == 1 && !throughSession(c):
		return false
	}
	return o.store.latest(c.Origin(0)).usable(o.aws.Now())
}

func (longTermKey) leastLeft() time.Duration { return 0 }

func (longTermKey) waits(*owners, holding, time.Time) bool { return false }

func (longTermKey) renewsUnused() bool { return false }

func (longTermKey) explain(e explainer, c profile.Chain, unread error) []creds.ExplainedLink {
	b := c.Base
	key := creds.ExplainedLink{Kind: creds.LinkKey, Profile: b.Name, Title: lang.Sprintf("long-term key of %s", b.Name)}
	switch {
	case unread != nil:
		key.Missing = unread.Error()
	case e.keyName(b) != "":
		key.Detail = lang.T("in the keyring")
	case b.KeyFile() != "":
		key.Detail = lang.Sprintf("in %s, in the clear", b.KeyFile())
	default:
		key.Detail = lang.T("in the credentials file, in the clear")
	}
	links := []creds.ExplainedLink{key}
	if len(c.Roles) == 1 && !throughSession(c) {
		if c.MFASerial != "" {
			// Assumed with a code, straight from the key.
			links[0].Title += lang.T(", with an MFA code")
		}
		return links
	}
	session := creds.ExplainedLink{
		Kind: creds.LinkSession, Profile: b.Name, Title: lang.Sprintf("session of %s", b.Name), Expires: e.sessionEnd(c.Origin(0)),
	}
	if c.MFASerial != "" {
		session.Title, session.Detail = lang.Sprintf("MFA session of %s", b.Name), c.MFASerial
	}
	return append(links, session)
}

// throughSession reports whether the only role of a chain is assumed with its user's
// session, and not straight with the key.
func throughSession(c profile.Chain) bool {
	wanted, err := c.Roles[0].Profile.DurationSeconds()
	return c.MFASerial != "" && err == nil && cmp.Or(wanted, defaultRole) <= defaultRole
}

func (longTermKey) console(ctx context.Context, cs *consoles, now holding, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	c := now.chain
	if cs.asker.wantsConsent(now, o.Refresh.Requester) {
		if err := cs.asker.consent(ctx, c.Asked, c, o.Refresh); err != nil {
			return ConsoleLink{}, err
		}
	}
	key, err := cs.issuer.longTermKey(ctx, c.Base, o.Refresh)
	if err != nil {
		return ConsoleLink{}, err
	}
	return cs.userConsole(ctx, c, key, o, link, login)
}

func (longTermKey) partition(c profile.Chain) (partition.Partition, error) {
	if c.MFASerial != "" && profile.AccountOf(c.MFASerial) != "" {
		return console.PartitionOfARN(c.MFASerial)
	}
	return console.PartitionOf(cmp.Or(c.Region, profile.PartitionRegion("")))
}

func (longTermKey) portal(profile.Chain) string { return "" }

// userSession starts a session of the IAM user that a chain starts from. All roles of
// the same user and MFA device share it, and with it one code.
func (i *issuer) userSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	key, err := i.longTermKey(ctx, c.Base, o)
	if err != nil {
		return session{}, err
	}
	return i.keySession(ctx, c, r, o, key, "")
}

// keySession starts a session with a key. account is the one that it is known to belong
// to, or "".
func (i *issuer) keySession(ctx context.Context, c profile.Chain, r request, o RefreshOptions, key creds.LongTermKey, account string) (session, error) {
	var one session
	err := i.withCode(ctx, c, o, func(ctx context.Context, serial, code *string) error {
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
		one, err = newSession(r, out.Credentials, i.aws.Now(), cmp.Or(c.Account(), account, i.store.nameBook().account(c.Base.Name)))
		if code == nil {
			one.Note = lang.T(withoutCode)
		}
		return i.aws.Explain(awscall.PurposeOf(c, false), err)
	})
	if err != nil {
		return session{}, err
	}
	i.keep(one, o)
	return one, nil
}

// withoutCode is what AWS's tools do not say about a session without an MFA code: they
// fail with an invalid token.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
const withoutCode = "without an MFA code AWS lets this session call no operation of IAM, and of STS only AssumeRole and GetCallerIdentity"

// withCode calls AWS with a code if the chain has an MFA device: one that a program
// prints, or a person's.
func (i *issuer) withCode(ctx context.Context, c profile.Chain, o RefreshOptions, call func(ctx context.Context, serial, code *string) error) error {
	if c.MFASerial == "" {
		return call(ctx, nil, nil)
	}
	try := func(ctx context.Context, digits string) error {
		code := secret.New(digits)
		if refusal := i.questions.checkCode(c.MFASerial, code, i.aws.Skew()); refusal != nil {
			return refusal
		}
		if err := call(ctx, &c.MFASerial, aws.String(digits)); err != nil {
			return i.countRefusal(c.MFASerial, err)
		}
		i.questions.accepted(c.MFASerial, code)
		return nil
	}
	answered, why := i.askProgram(ctx, c, o, try)
	if answered {
		return why
	}
	ask := creds.Prompt{
		Kind: creds.PromptMFA, Profile: c.Asked, AccountID: profile.AccountOf(c.MFASerial), Device: c.MFASerial, Requester: o.Requester,
	}
	if err := i.asker.mayAsk(c.Asked, ask, o); err != nil {
		return whyUnanswered(why, err)
	}
	defer i.asker.asking(c.MFASerial)()
	if why != nil {
		ask.Refusal = creds.AsError(why).Message
	}
	err := i.asker.settle(ctx, i.cfg.User.Ask(ctx, ask, func(ctx context.Context, typed creds.AnswerRequest) error {
		digits, ok := creds.MFACode(typed.Answer.Reveal())
		if !ok {
			return &creds.Refusal{Message: lang.T("A code has six digits.")}
		}
		return try(ctx, digits)
	}))
	if creds.CodeOf(err) == creds.CodeNobodyToAsk {
		return whyUnanswered(why, err)
	}
	return err
}

// whyUnanswered is the error of a code that nobody can be asked for, after what is wrong
// with the program that prints codes; why is nil if there is none.
func whyUnanswered(why, err error) error {
	switch {
	case why == nil:
		return err
	case creds.CodeOf(err) == creds.CodeNobodyToAsk:
		return creds.Errorf(creds.CodeNobodyToAsk, "%s; and nobody can be asked for a code instead", strings.TrimSuffix(creds.AsError(why).Message, "."))
	}
	return why
}

// askProgram answers the question for a code with what a program prints, if there is one
// that may be run. If it has not answered, a person has to, and the error says what is
// wrong with the program; nil if there is none.
func (i *issuer) askProgram(ctx context.Context, c profile.Chain, o RefreshOptions, try func(ctx context.Context, digits string) error) (answered bool, err error) {
	line, setting := i.codeProgram(c)
	if line == "" || o.SignIn.HasCode || !i.mayRun(c.Asked, o.unattended) {
		return false, nil
	}
	// Two at the same time would have the same code, and AWS takes it once.
	done, err := i.questions.turn(ctx, c.MFASerial)
	if err != nil {
		return true, err
	}
	defer done()
	for attempt := 0; ; attempt++ {
		digits, err := i.readCode(ctx, line, setting, c, o.Requester)
		if err != nil {
			return ctx.Err() != nil, err
		}
		err = try(ctx, digits)
		refusal, refused := errors.AsType[*creds.Refusal](err)
		switch {
		case !refused:
			return true, err
		case !refusal.Fresh.IsZero() && attempt == 0:
			// Not AWS has refused it: it was used before.
			if err := sleepUntil(ctx, refusal.Fresh); err != nil {
				return true, err
			}
		default:
			return false, creds.Errorf(creds.CodeMFARefused, "%s: its code is refused: %s", setting, refusal.Message)
		}
	}
}

func sleepUntil(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// countRefusal gives another message from the second refusal of a device's codes in a
// row, unless this machine's clock explains them.
func (i *issuer) countRefusal(serial string, err error) error {
	var refusal *creds.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	if i.questions.countRefusal(serial) > 1 && refusal.ClockOff == 0 {
		refusal.Message = lang.T(awscall.RefusedCodes)
	}
	return refusal
}

// keep stores a session, unless it is that of a key that is stored nowhere.
func (i *issuer) keep(one session, o RefreshOptions) {
	if o.key == nil {
		i.store.put(one)
	}
}

// longTermKey returns the key at the base of a chain: the request's own, or from the
// keyring, or else from the credentials file.
func (i *issuer) longTermKey(ctx context.Context, base profile.Profile, o RefreshOptions) (creds.LongTermKey, error) {
	if o.key != nil {
		return *o.key, nil
	}
	name := i.keyName(base)
	if name == "" {
		return profile.ReadKey(ctx, i.cfg.Files, base)
	}
	return i.keeper.key(ctx, name, o)
}

// assumeWithKey assumes the only role of a chain with the long-term key, and
// with a code where the chain has an MFA device.
func (i *issuer) assumeWithKey(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	key, err := i.longTermKey(ctx, c.Base, o)
	if err != nil {
		return session{}, err
	}
	var one session
	err = i.withCode(ctx, c, o, func(ctx context.Context, serial, code *string) error {
		in := i.assumeInput(c, r.Lifetime)
		in.SerialNumber, in.TokenCode = serial, code
		var err error
		one, err = i.assume(ctx, c, r, in, key.ID, key.Secret.Reveal(), "")
		return i.aws.Explain(awscall.PurposeOf(c, false), err)
	})
	if err != nil {
		return session{}, err
	}
	i.keep(one, o)
	return one, nil
}

// userConsole makes credentials for the console: AWS accepts an IAM user's session there
// only if GetFederationToken gave it, to the long-term key.
func (cs *consoles) userConsole(ctx context.Context, c profile.Chain, key creds.LongTermKey, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	api, err := cs.aws.STS(c.Base, c.STSRegion(), key.ID, key.Secret.Reveal(), "")
	if err != nil {
		return ConsoleLink{}, err
	}
	cs.refresher.touch(c.Asked)
	federated, err := api.GetFederationToken(ctx, &sts.GetFederationTokenInput{
		Name: aws.String(console.FederationName(c.Base.Name)), Policy: aws.String(console.AllowAll),
		DurationSeconds: seconds(cmp.Or(link.boundConsole(o.Duration, creds.MaxConsole, cs.consoleLimit(c.Asked)), creds.MaxConsole)),
	})
	if err != nil {
		return ConsoleLink{}, cs.explainFederation(c, err)
	}
	got, err := newSession(request{}, federated.Credentials, cs.aws.Now(), "")
	who := ""
	if federated.FederatedUser != nil {
		who = aws.ToString(federated.FederatedUser.Arn)
	}
	if err = cmp.Or(err, answers.Identity(who)); err != nil {
		return ConsoleLink{}, cs.aws.Explain(purposeOfConsole(c), err)
	}
	login.AccessKeyID, login.SecretAccessKey, login.SessionToken = got.AccessKeyID, got.SecretAccessKey, got.SessionToken
	link.AccountID, link.Identity = profile.AccountOf(who), roleName(who)
	link.Until = got.Expires.Add(cs.aws.FarOff())
	if c.MFASerial != "" {
		link.note(lang.T("AWS takes no MFA code for an IAM user's console session, so that what the user may do with MFA alone is denied there; a role has no such limit"))
	}
	return cs.federate(ctx, c, link, login)
}

// explainFederation says what AWS allows if it denies GetFederationToken.
func (cs *consoles) explainFederation(c profile.Chain, err error) error {
	asking := purposeOfConsole(c)
	explained := cs.aws.Explain(asking, err)
	if creds.AsError(explained).Code == creds.CodeDenied {
		return creds.Errorf(creds.CodeDenied, "%s: AWS lets an IAM user in only by sts:GetFederationToken, which takes no MFA code, "+
			"and denies that to this user; use a profile with a role, which the user may assume with MFA", asking.Subject)
	}
	return explained
}

// purposeOfConsole is [awscall.PurposeOf] for the console of an IAM user.
func purposeOfConsole(c profile.Chain) awscall.Purpose {
	a := awscall.PurposeOf(c, false)
	a.Subject = lang.Sprintf("no console for profile %q", c.Asked)
	return a
}
