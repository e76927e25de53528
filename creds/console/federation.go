package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/secret"
)

const (
	// LinkLife is how long a link can be followed:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html.
	LinkLife = 15 * time.Minute

	// maxAnswer is far above what a token needs, which has some 1,000 bytes.
	maxAnswer = 64 << 10
	// attempts bounds the calls while AWS fails for a moment. A person waits, so they
	// are few.
	attempts       = 4
	firstBackOff   = 250 * time.Millisecond
	attemptTimeout = 10 * time.Second
	longest        = 20 * time.Second // all attempts
)

// Federation makes links to the console. Its zero value calls AWS.
type Federation struct {
	// Client makes the calls; nil is one with the SDK's defaults.
	Client aws.HTTPClient
	// Endpoint replaces AWS's own: that of AWS_ENDPOINT_URL_SIGNIN.
	Endpoint string
}

// Login says who goes where.
type Login struct {
	// The credentials are temporary: a role's, or GetFederationToken's. Those
	// of GetSessionToken are refused.
	AccessKeyID     string
	SecretAccessKey secret.Text
	SessionToken    secret.Text
	// Partition is the one that the credentials are of.
	Partition partition.Partition
	// Destination is from [Destination].
	Destination string
	// Issuer is the address of a page to sign in on again, or "". It must be an
	// address: AWS shows it as a link when the console session has ended.
	Issuer string
	// Duration of the console session; zero leaves it to AWS. It is refused
	// for a role that was assumed through another, and for GetFederationToken's
	// credentials, whose session ends with them.
	Duration time.Duration
	// LogoutFirst ends the session that the browser has first. It fails in
	// browsers with multi-session support on.
	LogoutFirst bool
}

// Link returns a link that signs in whoever follows it, for [LinkLife]. Errors are
// sentences for people, of the kinds above, and hold no secret.
func (f Federation) Link(ctx context.Context, l Login) (secret.Text, error) {
	if l.Duration != 0 && (l.Duration < creds.MinConsole || l.Duration > creds.MaxConsole) {
		return secret.Text{}, &failure{ErrRefused, lang.Sprintf("a console session lasts from 15 minutes to 12 hours, not %v", l.Duration)}
	}
	base, err := f.base(l.Partition)
	if err != nil {
		return secret.Text{}, err
	}
	token, err := f.token(ctx, base, l)
	if err != nil {
		return secret.Text{}, err
	}
	query := url.Values{"Action": {"login"}, "Destination": {l.Destination}, "SigninToken": {token.Reveal()}}
	if l.Issuer != "" {
		query.Set("Issuer", l.Issuer)
	}
	link := base + "/federation?" + query.Encode()
	if l.LogoutFirst {
		// Escaped whole, or what follows the first "&" is lost.
		link = base + "/oauth?" + url.Values{"Action": {"logout"}, "redirect_uri": {link}}.Encode()
	}
	return secret.New(link), nil
}

// base is what the addresses of sign-in begin with.
func (f Federation) base(p partition.Partition) (string, error) {
	if f.Endpoint == "" {
		if p.Signin == "" {
			return "", lang.Error("a link to the console needs a partition")
		}
		return "https://" + p.Signin, nil
	}
	u, err := url.Parse(f.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", &failure{ErrRefused, lang.T("AWS_ENDPOINT_URL_SIGNIN is not the URL of an endpoint, such as https://signin.example.com")}
	}
	// Unlike other requests to AWS, these contain the secret key.
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return "", &failure{ErrRefused, lang.T("AWS_ENDPOINT_URL_SIGNIN would send credentials unencrypted; use https")}
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// token trades the credentials for a token. AWS's own examples and the most used tools
// do so with GET. Others use POST, which AWS does not document.
func (f Federation) token(ctx context.Context, base string, l Login) (secret.Text, error) {
	session, err := json.Marshal(map[string]string{
		"sessionId": l.AccessKeyID, "sessionKey": l.SecretAccessKey.Reveal(), "sessionToken": l.SessionToken.Reveal(),
	})
	if err != nil {
		return secret.Text{}, lang.Error("the credentials are no text")
	}
	q := url.Values{"Action": {"getSigninToken"}, "Session": {string(session)}}
	if l.Duration > 0 {
		q.Set("SessionDuration", strconv.FormatInt(int64(l.Duration/time.Second), 10))
	}
	client, done := answers.Stay(f.Client)
	defer done()
	limited, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for n := range attempts {
		if n > 0 && pause(limited, firstBackOff<<(n-1)) != nil {
			break
		}
		var again bool
		var token secret.Text
		if token, again, err = ask(limited, client, base+"/federation?"+q.Encode(), l); !again {
			return token, err
		}
	}
	if ctx.Err() != nil {
		return secret.Text{}, ctx.Err()
	}
	return secret.Text{}, err
}

// pause waits for d, plus or minus a quarter.
func pause(ctx context.Context, d time.Duration) error {
	d += time.Duration(rand.Int64N(int64(d)/2)) - d/4 //nolint:gosec // it only spreads the calls
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// ask asks once, and reports whether to ask again.
func ask(ctx context.Context, client aws.HTTPClient, address string, l Login) (token secret.Text, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return secret.Text{}, false, &failure{ErrUnreachable, lang.T("the address of the sign-in to the console makes no sense")}
	}
	r.Header.Set("Accept", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return secret.Text{}, true, &failure{ErrUnreachable, lang.Sprintf("the sign-in to the console at %s cannot be reached: %s; check the network", r.URL.Host, cause(err, l))}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return secret.Text{}, true, &failure{ErrUnreachable, lang.Sprintf("the answer of the sign-in to the console at %s broke off: %s", r.URL.Host, cause(err, l))}
	}
	return judge(resp.StatusCode, body, r.URL.Host, l.Duration > 0)
}

// judge reads an answer. AWS answers refusals with a page of HTML. Its answer to too
// many calls is not documented; "Rate exceeded" is what its other old services say.
func judge(status int, body []byte, host string, duration bool) (token secret.Text, again bool, err error) {
	var given struct{ SigninToken string }
	throttled := status == http.StatusTooManyRequests || status == http.StatusBadRequest && strings.Contains(string(body), "Rate exceeded")
	switch {
	case throttled:
		return secret.Text{}, true, &failure{ErrUnreachable, lang.T("AWS takes no more sign-ins to the console for the moment; wait a little and try again")}
	case status >= http.StatusInternalServerError:
		return secret.Text{}, true, &failure{ErrUnreachable, lang.Sprintf("the sign-in to the console at %s fails (HTTP %d); try again later", host, status)}
	case status == http.StatusBadRequest && duration:
		return secret.Text{}, false, &failure{ErrDuration, lang.T("AWS refused to open the console for so long with these credentials; leave the duration to AWS")}
	case status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden:
		return secret.Text{}, false, &failure{ErrRefused, lang.Sprintf("AWS refused to open the console with these credentials (HTTP %d); refresh the profile and try again", status)}
	case status != http.StatusOK:
		return secret.Text{}, false, &failure{ErrUnreachable, lang.Sprintf("%s answered the sign-in to the console with HTTP %d; is there a proxy in between?", host, status)}
	}
	if json.Unmarshal(body, &given) != nil || answers.Text("token", given.SigninToken) != nil {
		return secret.Text{}, false, &failure{ErrUnreachable, lang.Sprintf("%s answered the sign-in to the console with something else than AWS does; is there a proxy in between?", host)}
	}
	return secret.New(given.SigninToken), false, nil
}

// cause returns what went wrong, without the address, which holds the secrets.
func cause(err error, l Login) string {
	var own *url.Error
	for errors.As(err, &own) {
		err = own.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return lang.T("it does not answer")
	}
	text := err.Error()
	for _, s := range []secret.Text{l.SecretAccessKey, l.SessionToken} {
		if s := s.Reveal(); s != "" && (strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s))) {
			return lang.T("the request failed")
		}
	}
	return cmp.Or(text, lang.T("the request failed"))
}
