package sso

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"

	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/signin"
)

const (
	// pollEvery is the default interval (RFC 8628 §3.2), and what each slow_down adds
	// to it (§3.5).
	pollEvery = 5 * time.Second
	// pollLimit is how long one question may take.
	pollLimit = 20 * time.Second
	// pollSlowest is the pause when AWS cannot be reached.
	pollSlowest = 30 * time.Second
	// deviceLimit is the default lifetime of a code, and longestDevice far more than
	// AWS gives.
	deviceLimit   = 10 * time.Minute
	longestDevice = 24 * time.Hour
)

// device signs in with the device authorization grant (RFC 8628).
func (f *flow) device(ctx context.Context) (Token, error) {
	reg, err := f.registered(ctx, nil)
	if err != nil {
		return Token{}, err
	}
	asked := now()
	start, err := f.client.region(f.session).oidc.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
		ClientId: aws.String(reg.ClientID), ClientSecret: aws.String(reg.ClientSecret.Reveal()), StartUrl: aws.String(f.issuer),
	})
	if err != nil {
		return Token{}, err
	}
	lasts, interval := cmp.Or(time.Duration(start.ExpiresIn)*time.Second, deviceLimit), cmp.Or(time.Duration(start.Interval)*time.Second, pollEvery)
	if fault := cmp.Or(
		answers.Text(lang.T("device code"), aws.ToString(start.DeviceCode)), answers.Text(lang.T("code to compare"), aws.ToString(start.UserCode)),
		answers.Lifetime(lang.T("the code"), int64(lasts/time.Second), longestDevice),
	); fault != nil {
		return Token{}, fault
	}
	if interval < 0 || interval > lasts {
		return Token{}, answers.Wrong(lang.T("a pause between questions"))
	}
	address, err := f.verification(start)
	if err != nil {
		return Token{}, err
	}
	p := &poll{flow: f, reg: reg, code: aws.ToString(start.DeviceCode), interval: interval}
	p.page = signin.Page{Method: signin.MethodDevice, URL: address, Opening: f.Open != nil, Code: aws.ToString(start.UserCode), Until: asked.Add(lasts)}
	f.show(p.page)
	p.opened = f.Opening(ctx, address, f.client.log)
	return p.wait(ctx)
}

// verification returns the address to open, with the code in it if AWS gives one, so that
// people compare the code and do not type it.
func (f *flow) verification(start *ssooidc.StartDeviceAuthorizationOutput) (string, error) {
	address := aws.ToString(start.VerificationUriComplete)
	if address == "" {
		address = aws.ToString(start.VerificationUri)
	}
	if address == "" {
		return "", answers.Missing(lang.T("address to sign in at"))
	}
	return f.client.checked(f.session, address)
}

// poll asks AWS whether the person has approved.
type poll struct {
	*flow
	reg      Registration
	code     string
	page     signin.Page
	opened   <-chan error
	interval time.Duration
	// outage is the pause while AWS cannot be reached, else zero.
	outage time.Duration
}

// wait asks until there is an answer, or until the code expires.
func (p *poll) wait(ctx context.Context) (Token, error) {
	for {
		if err := p.pause(ctx); err != nil {
			return Token{}, err
		}
		out, err := p.ask(ctx)
		if err == nil {
			token := p.token(p.reg)
			return token, token.take(out)
		}
		if ctx.Err() != nil {
			return Token{}, context.Cause(ctx)
		}
		if err := p.judge(err); err != nil {
			return Token{}, err
		}
		// By the wall clock: the machine may have slept.
		if !now().Before(p.page.Until) {
			return Token{}, p.expired(err)
		}
	}
}

// pause waits until the next question is due, and shows when the browser is open.
func (p *poll) pause(ctx context.Context) error {
	// The last question comes when the code expires, so that a late approval counts.
	timer := time.NewTimer(min(max(p.interval, p.outage), max(time.Until(p.page.Until), 0)))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return nil
		case err := <-p.opened:
			p.opened = nil
			p.page.Opening, p.page.Opened = false, err == nil
			if err != nil && p.note == "" {
				p.note = lang.Sprintf("%s: open the address yourself, on any machine.", signin.NoteUnopened(err))
			}
			p.show(p.page)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (p *poll) ask(ctx context.Context) (*ssooidc.CreateTokenOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, pollLimit)
	defer cancel()
	return p.client.region(p.session).oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: aws.String(p.reg.ClientID), ClientSecret: aws.String(p.reg.ClientSecret.Reveal()),
		GrantType: aws.String(grantDevice), DeviceCode: aws.String(p.code),
	})
}

// judge returns nil if the person may still approve, else why not.
func (p *poll) judge(err error) error {
	switch {
	case is[*types.AuthorizationPendingException](err):
		p.reached()
	case is[*types.SlowDownException](err):
		p.interval += pollEvery
		p.reached()
	case is[*types.ExpiredTokenException](err):
		return p.expired(err)
	case is[*types.AccessDeniedException](err):
		return failure(ErrDenied, err, "no sign-in to %q: it was denied in the browser", p.session.ID())
	case is[*types.InvalidGrantException](err):
		return failure(ErrAWS, err, "no sign-in to %q: AWS does not know its code any more; start again", p.session.ID())
	case unreachable(err):
		p.lost(err)
	default:
		return err
	}
	return nil
}

func (p *poll) expired(cause error) error {
	return failure(ErrTimeout, cause, "no sign-in to %q: the code %s expired before it was approved", p.session.ID(), p.page.Code)
}

// lost shows that AWS cannot be reached, and asks less often.
func (p *poll) lost(err error) {
	if p.outage == 0 {
		// Explained, because the error may quote an answer.
		p.client.log.Warn("the sign-in waits", "reason", explain(context.Background(), lang.T("no answer"), p.session, err))
		p.outage = p.interval
		p.page.Note = lang.T("AWS cannot be reached just now; daypass keeps trying.")
		p.show(p.page)
	}
	p.outage = min(2*p.outage, pollSlowest)
}

// reached clears the note that lost shows.
func (p *poll) reached() {
	if p.outage == 0 {
		return
	}
	p.outage, p.page.Note = 0, ""
	p.show(p.page)
}
