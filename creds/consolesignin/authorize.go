package consolesignin

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/signin/types"

	"daypass/creds"
	"daypass/internal/answers"
	"daypass/internal/jsoncache"
	"daypass/internal/lang"
	"daypass/internal/signin"
)

// The clients that AWS knows for this sign-in. The browser of the first comes back to this
// machine, that of the second shows a code.
const (
	sameDevice  = "arn:aws:signin:::devtools/same-device"
	crossDevice = "arn:aws:signin:::devtools/cross-device"
)

// Authorize signs a person in, and stores nothing: the token must go to [Client.Keep] or
// [Client.Discard]. It ends at once with the context.
func (c *Client) Authorize(ctx context.Context, s Session, w signin.Way) (Token, error) {
	if w.Show == nil {
		w.Show = func(signin.Page) {}
	}
	// Where there is no browser and nothing can be pasted, the person opens the address.
	if w.Method == "" && w.Open == nil && w.Pasted != nil {
		w.Method = signin.MethodDevice
	}
	token, err := (&flow{client: c, session: s, Way: w}).run(ctx)
	if err != nil {
		return Token{}, s.explain(ctx, s.noSignIn(), err)
	}
	c.log.Info("signed in to AWS's console", "identity", token.ARN, "expires", token.Expires)
	return token, nil
}

// flow is one sign-in under way.
type flow struct {
	client  *Client
	session Session
	signin.Way
	// state and verifier are this attempt's.
	state, verifier string
	// note goes with all pages that have none of their own.
	note string
}

func (f *flow) run(ctx context.Context) (Token, error) {
	if f.Method != signin.MethodDevice {
		token, err := f.browser(ctx)
		switch noBrowser, noPort := errors.Is(err, signin.ErrNoBrowser), errors.Is(err, signin.ErrNoLoopback); {
		case !noBrowser && !noPort:
			return token, err
		case f.Pasted == nil && noBrowser:
			return Token{}, failed(f.session, "%s", strings.TrimSuffix(signin.NoteUnopened(err), "."))
		case f.Pasted == nil:
			return Token{}, failed(f.session, "the browser could not have come back to this machine")
		case noBrowser:
			f.note = lang.Sprintf("%s: open the address yourself, on any machine, and paste the code that the page shows at its end.", signin.NoteUnopened(err))
			f.Open = nil
		default:
			f.note = lang.T("The browser could not have come back to this machine, so paste the code that the page shows at its end.")
		}
		f.client.log.Info("signing in with a pasted code instead", "error", err)
	}
	return f.crossDevice(ctx)
}

// failed is a sign-in that came to nothing.
func failed(s Session, format lang.Text, args ...any) error {
	return say(s.noSignIn(), creds.CodeSignInFailed, nil, "", "%s", lang.Sprintf(format, args...))
}

// browser signs in with a browser that comes back to this machine (RFC 8252).
func (f *flow) browser(ctx context.Context) (Token, error) {
	f.state, f.verifier = newUUID(), signin.Verifier()
	back, err := signin.NewLoopback(ctx, f.client.ports, f.state, f.client.log)
	if err != nil {
		return Token{}, err
	}
	defer back.Close()
	base, err := f.base(ctx)
	if err != nil {
		return Token{}, err
	}
	address, err := f.page(base, sameDevice, back.Redirect)
	if err != nil {
		return Token{}, err
	}
	answer, err := f.AwaitCode(ctx, back, address, f.client.log)
	switch {
	case errors.Is(err, signin.ErrTimeout):
		return Token{}, f.timeout()
	case err != nil:
		return Token{}, err
	case answer.Problem == "access_denied":
		return Token{}, failed(f.session, "it was denied in the browser")
	case answer.Problem != "":
		return Token{}, failed(f.session, "AWS sent the browser back with %s", answer.Problem)
	}
	back.Close() // its page is delivered
	return f.token(ctx, sameDevice, back.Redirect, answer.Code)
}

func (f *flow) timeout() error {
	return failed(f.session, "nobody finished it in the browser within %d minutes", int(signin.CodeLimit.Minutes()))
}

// crossDevice signs in with a browser on any machine, whose page shows a code in the end.
func (f *flow) crossDevice(ctx context.Context) (Token, error) {
	if f.Pasted == nil {
		return Token{}, failed(f.session, "the code of the page can be pasted nowhere")
	}
	f.state, f.verifier = newUUID(), signin.Verifier()
	base, err := f.base(ctx)
	if err != nil {
		return Token{}, err
	}
	redirect := base.JoinPath("v1", "sessions", "confirmation").String()
	address, err := f.page(base, crossDevice, redirect)
	if err != nil {
		return Token{}, err
	}
	code, err := f.awaitPasted(ctx, address)
	if err != nil {
		return Token{}, err
	}
	return f.token(ctx, crossDevice, redirect, code)
}

// awaitPasted shows the page's address, and waits until the right code is pasted.
func (f *flow) awaitPasted(ctx context.Context, address string) (string, error) {
	page := signin.Page{
		Method: signin.MethodDevice, URL: address, Pastes: true, Opening: f.Open != nil, Until: now().Add(signin.CodeLimit), Note: f.note,
	}
	f.Show(page)
	opened := f.Opening(ctx, address, f.client.log)
	limit := time.NewTimer(signin.CodeLimit)
	defer limit.Stop()
	for {
		select {
		case text := <-f.Pasted:
			code, note := pastedCode(text, f.state)
			if note == "" {
				return code, nil
			}
			page.Note = note.String()
		case err := <-opened:
			opened = nil
			page.Opening, page.Opened = false, err == nil
			if err != nil {
				page.Note = lang.Sprintf("%s: open the address yourself, on any machine.", signin.NoteUnopened(err))
			}
		case <-limit.C:
			return "", f.timeout()
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
		f.Show(page)
	}
}

// base is the address of the sign-in service, if it may be opened in a browser.
func (f *flow) base(ctx context.Context) (*url.URL, error) {
	client, at, err := f.client.service(ctx, f.session, f.session.noSignIn(), aws.AnonymousCredentials{}, false)
	if err != nil {
		return nil, err
	}
	if err := signin.CheckURL(at.String(), aws.ToString(client.Options().BaseEndpoint), isAWSPage); err != nil {
		return nil, say(f.session.noSignIn(), creds.CodeSignInFailed, nil, lang.T("Look at the endpoint's URL: one beyond this machine begins with https://."),
			"the address to open is not safe: %v: %.100q", err, signin.WithoutQuery(at.String()))
	}
	return at, nil
}

// awsDomains are the domains of the sign-in page, in all partitions of the SDK.
var awsDomains = []string{
	"signin.aws.amazon.com", "signin.amazonaws.cn", "signin.amazonaws-us-gov.com", "signin-fips.amazonaws-us-gov.com", "signin.amazonaws-eusc.eu",
	"signin.c2shome.ic.gov", "signin.sc2shome.sgov.gov", "signin.csphome.hci.ic.gov", "signin.csphome.adc-e.uk",
}

func isAWSPage(u *url.URL) bool { return isAWSHost(u.Hostname()) }

// awsHosts are those of FIPS and dual stack, under domains where anybody may have a name.
var awsHosts = regexp.MustCompile(`^signin(-fips)?\.[a-z]{2,4}(-[a-z]+)+-\d\.(amazonaws\.(com|com\.cn|eu)|api\.aws|api\.amazonwebservices\.(com\.cn|eu))$`)

func isAWSHost(host string) bool {
	return awsHosts.MatchString(host) || slices.ContainsFunc(awsDomains, func(domain string) bool { return strings.HasSuffix("."+host, "."+domain) })
}

// page is the address to open, with the parameters that the AWS CLI sends.
func (f *flow) page(base *url.URL, client, redirect string) (string, error) {
	at := base.JoinPath("v1", "authorize")
	at.RawQuery = url.Values{
		"response_type": {"code"},
		"client_id":     {client},
		"state":         {f.state},
		// Not the S256 of RFC 7636.
		"code_challenge_method": {"SHA-256"},
		"code_challenge":        {signin.Challenge(f.verifier)},
		"scope":                 {"openid"},
		"redirect_uri":          {redirect},
	}.Encode()
	_, err := signin.ParseURL(at.String())
	return at.String(), err
}

// token trades the browser's code for the token of a new session, with a key of its own.
func (f *flow) token(ctx context.Context, client, redirect, code string) (Token, error) {
	key, err := newKey()
	if err != nil {
		return Token{}, err
	}
	t := Token{clientID: client, region: f.session.Region, ProofKey: key}
	out, err := f.client.exchange(ctx, f.session, f.session.noSignIn(), &t, types.CreateOAuth2TokenRequestBody{
		GrantType: aws.String(grantCode), Code: aws.String(code), CodeVerifier: aws.String(f.verifier), RedirectUri: aws.String(redirect),
	})
	if err != nil {
		return Token{}, err
	}
	if fault := answers.Text(lang.T("ID token"), aws.ToString(out.IdToken)); fault != nil {
		return Token{}, fault
	}
	who, ok := whoIs(*out.IdToken)
	if !ok {
		return Token{}, answers.Wrong(lang.T("an ID token"))
	}
	if fault := answers.Identity(who.Subject); fault != nil {
		return Token{}, fault
	}
	t.ARN, t.AccountID, t.SignedIn = who.Subject, accountOf(who.Subject), who.signedIn()
	other := jsoncache.Object{}
	other.Put("tokenType", cmp.Or(aws.ToString(out.TokenType), kindOfToken))
	other.Put(idToken, *out.IdToken)
	t.other = &other
	return t, nil
}
