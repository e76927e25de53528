package sso

import (
	"bytes"
	"errors"
	"net/url"
	"strings"

	"daypass/internal/jsoncache"
	"daypass/internal/lang"
)

// isToken reports whether an object is a token of Identity Center. Registrations have
// no accessToken, and that of "aws login" is an object.
func isToken(o jsoncache.Object) bool {
	value, ok := o["accessToken"]
	return ok && !bytes.HasPrefix(value, []byte("{"))
}

// parseToken reads a token's file. It empties the object.
func parseToken(o jsoncache.Object) (Token, error) {
	var t Token
	if err := errors.Join(
		o.TakeSecret("accessToken", &t.AccessToken),
		o.TakeTime("expiresAt", &t.Expires),
		o.Take("startUrl", &t.StartURL),
		o.Take("region", &t.Region),
		o.TakeSecret("refreshToken", &t.RefreshToken),
		o.Take("clientId", &t.Registration.ClientID),
		o.TakeSecret("clientSecret", &t.Registration.ClientSecret),
	); err != nil {
		return Token{}, oneLine(err)
	}
	if t.IsZero() {
		return Token{}, lang.Error("its accessToken is empty")
	}
	// The access token is valid though this is missing or wrong.
	kept := o["registrationExpiresAt"]
	if o.TakeTime("registrationExpiresAt", &t.Registration.Expires) != nil && kept != nil {
		o["registrationExpiresAt"] = kept
	}
	t.other = o.Rest()
	return t, nil
}

func formatToken(t Token) jsoncache.Object {
	o := jsoncache.With(t.other)
	o.Put("startUrl", t.StartURL)
	o.Put("region", t.Region)
	o.Put("accessToken", t.AccessToken)
	o.Put("expiresAt", t.Expires)
	o.Put("refreshToken", t.RefreshToken)
	o.Put("clientId", t.Registration.ClientID)
	o.Put("clientSecret", t.Registration.ClientSecret)
	o.Put("registrationExpiresAt", t.Registration.Expires)
	return o
}

// parseRegistration reads a registration's file. It empties the object.
func parseRegistration(o jsoncache.Object) (Registration, error) {
	var r Registration
	if err := errors.Join(
		o.Take("clientId", &r.ClientID),
		o.TakeSecret("clientSecret", &r.ClientSecret),
		o.TakeTime("expiresAt", &r.Expires),
		o.Take("scopes", &r.Scopes),
		o.Take("grantTypes", &r.GrantTypes),
	); err != nil {
		return Registration{}, oneLine(err)
	}
	if r.ClientID == "" || r.ClientSecret.IsZero() {
		return Registration{}, lang.Error("it has no clientId or no clientSecret")
	}
	r.other = o.Rest()
	return r, nil
}

func formatRegistration(r Registration) jsoncache.Object {
	o := jsoncache.With(r.other)
	o.Put("clientId", r.ClientID)
	o.Put("clientSecret", r.ClientSecret)
	o.Put("expiresAt", r.Expires)
	o.Put("scopes", r.Scopes)
	o.Put("grantTypes", r.GrantTypes)
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
