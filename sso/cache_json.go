package sso

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"daypass/internal/secret"
)

// object is a JSON object whose values are read one by one: a name that
// encoding/json would match in any case must be exact here, as for all other
// readers, and what is not known must stay.
type object map[string]json.RawMessage

// parseObject returns why data is no JSON object, without showing any of it.
func parseObject(data []byte) (object, error) {
	var o object
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("it is empty")
	case len(data) > maxFile:
		return nil, errors.New("it is far too large for a token")
	case !utf8.Valid(data):
		return nil, errors.New("it is not UTF-8")
	case json.Unmarshal(data, &o) != nil || o == nil:
		return nil, errors.New("it is not a JSON object")
	}
	return o, nil
}

// isToken reports whether the object claims to be a token of Identity Center.
// Registrations have no accessToken, and that of "aws login" is an object.
func (o object) isToken() bool {
	value, ok := o["accessToken"]
	return ok && !bytes.HasPrefix(value, []byte("{"))
}

// take reads a value and takes it from the object. Missing ones and null leave
// to as it is.
func (o object) take(key string, to any) error {
	value, ok := o[key]
	if ok && json.Unmarshal(value, to) != nil {
		return fmt.Errorf("its %s is of the wrong type", key)
	}
	delete(o, key)
	return nil
}

func (o object) takeSecret(key string, to *secret.Text) error {
	var text string
	err := o.take(key, &text)
	*to = secret.New(text)
	return err
}

// takeTime reads a time that must be there.
func (o object) takeTime(key string, to *time.Time) error {
	var text string
	if err := o.take(key, &text); err != nil {
		return err
	}
	at, ok := parseTime(text)
	if !ok {
		return fmt.Errorf("its %s is no time", key)
	}
	*to = at
	return nil
}

// rest returns what was not taken.
func (o object) rest() *object {
	if len(o) == 0 {
		return nil
	}
	return &o
}

// with returns a new object to add known fields to.
func with(other *object) object {
	if other == nil {
		return object{}
	}
	return maps.Clone(*other)
}

// put adds a value, unless it is empty.
func (o object) put(key string, value any) {
	switch v := value.(type) {
	case secret.Text:
		value = v.Reveal()
	case time.Time:
		value = ""
		if !v.IsZero() {
			value = v.UTC().Format(timeLayout)
		}
	case []string:
		if len(v) == 0 {
			return
		}
	}
	if value == "" {
		return
	}
	raw, err := marshal(value)
	if err != nil {
		panic(err) // Text and lists of text always can be.
	}
	o[key] = raw
}

// marshal is json.Marshal without the escapes for HTML, which nobody else
// writes.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// timeLayout is what everybody reads.
const timeLayout = "2006-01-02T15:04:05Z"

// parseTime reads what the AWS CLI and SDKs write and have written: fractions of
// seconds, offsets, and "UTC" in place of "Z" in old files.
func parseTime(text string) (time.Time, bool) {
	if rest, old := strings.CutSuffix(text, "UTC"); old {
		text = rest + "Z"
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			// To the second and in UTC, as it would be written.
			at = at.UTC().Truncate(time.Second)
			return at, !at.IsZero() && at.Year() >= 1 && at.Year() <= 9999
		}
	}
	return time.Time{}, false
}

// parseToken reads a token's file. It takes the object apart.
func parseToken(o object) (Token, error) {
	var t Token
	if err := errors.Join(
		o.takeSecret("accessToken", &t.AccessToken),
		o.takeTime("expiresAt", &t.Expires),
		o.take("startUrl", &t.StartURL),
		o.take("region", &t.Region),
		o.takeSecret("refreshToken", &t.RefreshToken),
		o.take("clientId", &t.Registration.ClientID),
		o.takeSecret("clientSecret", &t.Registration.ClientSecret),
	); err != nil {
		return Token{}, oneLine(err)
	}
	if t.IsZero() {
		return Token{}, errors.New("its accessToken is empty")
	}
	// One that is missing or makes no sense takes nothing from the access
	// token, which is good without.
	kept := o["registrationExpiresAt"]
	if o.takeTime("registrationExpiresAt", &t.Registration.Expires) != nil && kept != nil {
		o["registrationExpiresAt"] = kept
	}
	t.other = o.rest()
	return t, nil
}

func formatToken(t Token) object {
	o := with(t.other)
	o.put("startUrl", t.StartURL)
	o.put("region", t.Region)
	o.put("accessToken", t.AccessToken)
	o.put("expiresAt", t.Expires)
	o.put("refreshToken", t.RefreshToken)
	o.put("clientId", t.Registration.ClientID)
	o.put("clientSecret", t.Registration.ClientSecret)
	o.put("registrationExpiresAt", t.Registration.Expires)
	return o
}

// parseRegistration reads a registration's file. It takes the object apart.
func parseRegistration(o object) (Registration, error) {
	var r Registration
	if err := errors.Join(
		o.take("clientId", &r.ClientID),
		o.takeSecret("clientSecret", &r.ClientSecret),
		o.takeTime("expiresAt", &r.Expires),
		o.take("scopes", &r.Scopes),
		o.take("grantTypes", &r.GrantTypes),
	); err != nil {
		return Registration{}, oneLine(err)
	}
	if r.ClientID == "" || r.ClientSecret.IsZero() {
		return Registration{}, errors.New("it has no clientId or no clientSecret")
	}
	r.other = o.rest()
	return r, nil
}

func formatRegistration(r Registration) object {
	o := with(r.other)
	o.put("clientId", r.ClientID)
	o.put("clientSecret", r.ClientSecret)
	o.put("expiresAt", r.Expires)
	o.put("scopes", r.Scopes)
	o.put("grantTypes", r.GrantTypes)
	return o
}

// oneLine makes one sentence of joined errors.
func oneLine(err error) error {
	return errors.New(strings.ReplaceAll(err.Error(), "\n", ", "))
}

// foreign says where a token is from if it is not from the session, as after the
// config file was changed. A token that names neither is taken for the session's,
// as by every SDK.
func foreign(s Session, t Token) string {
	switch {
	case t.StartURL != "" && !samePage(t.StartURL, s.StartURL):
		return t.StartURL
	case t.Region != "" && s.Region != "" && t.Region != s.Region:
		return "region " + t.Region
	}
	return ""
}

// samePage compares a token's start URL with the configured one by what matters:
// people copy them in several forms. Where a vanity URL leads is not known
// here, but to AWS.
func samePage(token, configured string) bool {
	if token == configured {
		return true
	}
	u, v := page(token), page(configured)
	if u == nil || v == nil {
		return false
	}
	if vanity := v.Hostname() != "" && !isAWSHost(v.Hostname()); vanity && isAWSHost(u.Hostname()) {
		return true
	}
	return u.Host == v.Host && strings.TrimRight(u.Path, "/") == strings.TrimRight(v.Path, "/")
}

// page is where a start URL leads, by its right form if it has one.
func page(start string) *url.URL {
	start = strings.TrimSpace(start)
	if right, err := StartURL(start); err == nil {
		start = right
	}
	u, err := url.Parse(start)
	if err != nil {
		return nil
	}
	u.Host = strings.ToLower(u.Host)
	return u
}
