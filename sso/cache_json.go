package sso

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"daypass/internal/lang"
	"daypass/internal/secret"
)

// object is a JSON object whose values are read one by one. Unlike in encoding/json, the
// case of names matters, as for all other readers, and unknown values are kept.
type object map[string]json.RawMessage

// parseObject parses a JSON object. Its error has none of the data.
func parseObject(data []byte) (object, error) {
	var o object
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, lang.Error("it is empty")
	case len(data) > maxFile:
		return nil, lang.Error("it is far too large for a token")
	case !utf8.Valid(data):
		return nil, lang.Error("it is not UTF-8")
	case json.Unmarshal(data, &o) != nil || o == nil:
		return nil, lang.Error("it is not a JSON object")
	}
	return o, nil
}

// isToken reports whether the object is a token of Identity Center. Registrations have
// no accessToken, and that of "aws login" is an object.
func (o object) isToken() bool {
	value, ok := o["accessToken"]
	return ok && !bytes.HasPrefix(value, []byte("{"))
}

// take moves a value out of the object. If it is missing or null, to is unchanged.
func (o object) take(key string, to any) error {
	value, ok := o[key]
	if ok && json.Unmarshal(value, to) != nil {
		return lang.Errorf("its %s is of the wrong type", key)
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
		return lang.Errorf("its %s is no time", key)
	}
	*to = at
	return nil
}

// rest returns the values that were not taken.
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

// marshal is json.Marshal without the escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// timeLayout is the form that all tools read.
const timeLayout = "2006-01-02T15:04:05Z"

// parseTime reads the forms that the AWS CLI and SDKs write: with fractions of seconds,
// with offsets, and with "UTC" for "Z" in old files.
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

// parseToken reads a token's file. It empties the object.
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
		return Token{}, lang.Error("its accessToken is empty")
	}
	// The access token is valid though this is missing or wrong.
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

// parseRegistration reads a registration's file. It empties the object.
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
		return Registration{}, lang.Error("it has no clientId or no clientSecret")
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

// foreign returns the origin of a token that is not the session's, as after a change of
// the config file. A token that names no origin is the session's, as for every SDK.
func foreign(s Session, t Token) string {
	switch {
	case t.StartURL != "" && !samePage(t.StartURL, s.StartURL):
		return t.StartURL
	case t.Region != "" && s.Region != "" && t.Region != s.Region:
		return lang.Sprintf("region %s", t.Region)
	}
	return ""
}

// samePage reports whether a token's start URL and the configured one, which people copy
// in several forms, are the same. A vanity URL may lead to any address of AWS.
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

// page parses a start URL, in its right form if it has one.
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
