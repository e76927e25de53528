package sso

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"daypass/internal/jsoncache"
	"daypass/internal/lang"
)

var (
	// ErrNoToken says that the cache has no token for a session.
	ErrNoToken = lang.Error("no token in the cache")
	// ErrNoRegistration says that the cache has no registration that could be
	// used again.
	ErrNoRegistration = lang.Error("no registration in the cache")
	// ErrDamaged is what every [Damaged] wraps.
	ErrDamaged = lang.Error("damaged file in the token cache")
)

// Damaged is the error of a file of the cache that cannot be read. It is reported once
// for a file that was set aside.
type Damaged jsoncache.Damage

// Error names the fault, and where the file is now.
func (d *Damaged) Error() string {
	if d.Aside == "" {
		return lang.Sprintf("the token cache file %s cannot be used (%s), nor be set aside: %v", d.Path, d.Why, d.Err)
	}
	return lang.Sprintf("the token cache file %s could not be used (%s) and was set aside as %s", d.Path, d.Why, d.Aside)
}

// Unwrap returns [ErrDamaged].
func (d *Damaged) Unwrap() error { return ErrDamaged }

// expiryMargin is how long a registration must still be valid to be used again: the AWS
// CLI's _EXPIRY_WINDOW (awscli/botocore/utils.py).
const expiryMargin = 15 * time.Minute

// Cache is the token cache that daypass shares with the AWS CLI and SDKs. They have it at
// ~/.aws/sso/cache, and no setting moves it. A Cache may be used concurrently.
type Cache struct{ files jsoncache.Folder }

// NewCache returns the cache in a folder, which need not exist yet.
func NewCache(dir string, log *slog.Logger) *Cache {
	return &Cache{jsoncache.Folder{
		Dir: dir, Log: cmp.Or(log, slog.New(slog.DiscardHandler)),
		Damaged: func(d jsoncache.Damage) error { return (*Damaged)(&d) },
	}}
}

// Dir returns the folder.
func (c *Cache) Dir() string { return c.files.Dir }

// Token returns the token of a session, expired or not. It returns [ErrNoToken] if there
// is none, or only one of another start URL or region, and a [Damaged] for a file that
// cannot be read.
func (c *Cache) Token(ctx context.Context, s Session) (Token, error) {
	all, err := c.tokens(ctx, s)
	if len(all) == 0 {
		return Token{}, err
	}
	return slices.MaxFunc(all, func(a, b Token) int { return a.Expires.Compare(b.Expires) }), nil
}

// tokens returns the tokens in the files of a session, and why others are missing.
func (c *Cache) tokens(ctx context.Context, s Session) (all []Token, why error) {
	for _, text := range s.texts() {
		t, err := c.tokenIn(ctx, s, tokenNameOf(text))
		if err == nil {
			all = append(all, t)
		} else if why == nil || errors.Is(why, ErrNoToken) {
			why = err
		}
	}
	return all, why
}

func (c *Cache) tokenIn(ctx context.Context, s Session, name string) (Token, error) {
	file, err := c.files.Load(ctx, name)
	switch {
	case errors.Is(err, ErrDamaged):
		return Token{}, lang.Errorf("%w; sign in to %q again", err, s.ID())
	case err != nil:
		return Token{}, err
	case file == nil:
		return Token{}, lang.Errorf("%w for %q", ErrNoToken, s.ID())
	case !isToken(file.Object):
		// It may be the cache of "aws login", whose accessToken is an object. It
		// is not daypass's to set aside.
		return Token{}, lang.Errorf("%w for %q: %s is another kind of file", ErrNoToken, s.ID(), file.Path)
	}
	t, err := parseToken(file.Object)
	if err != nil {
		return Token{}, lang.Errorf("%w; sign in to %q again", c.files.SetAside(file, err.Error()), s.ID())
	}
	if why := foreign(s, t); why != "" {
		return Token{}, lang.Errorf("%w for %q: the one in %s is of %s; sign in again", ErrNoToken, s.ID(), file.Path, why)
	}
	if t.StartURL == "" {
		t.StartURL = s.StartURL
	}
	if t.Region == "" {
		t.Region = s.Region
	}
	return t, nil
}

// StoreToken replaces a session's token in the cache.
func (c *Cache) StoreToken(ctx context.Context, s Session, t Token) error {
	if t.IsZero() || t.Expires.IsZero() {
		return lang.Errorf("store the token of %q: it lacks the access token or when that expires", s.ID())
	}
	if t.StartURL == "" {
		t.StartURL = s.StartURL
	}
	if t.Region == "" {
		t.Region = s.Region
	}
	var failed error
	for _, text := range s.texts() {
		if s.Legacy() && len(s.Spellings) > 0 {
			t.StartURL = text
		}
		failed = errors.Join(failed, c.files.Store(ctx, tokenNameOf(text), formatToken(t)))
	}
	return failed
}

// RemoveToken removes a session's token from the cache, if there is one.
func (c *Cache) RemoveToken(ctx context.Context, s Session) error {
	var failed error
	for _, text := range s.texts() {
		failed = errors.Join(failed, c.files.Remove(ctx, tokenNameOf(text)))
	}
	return failed
}

// Registration returns the registration of a session, with its name and scopes, that
// allows the given grants; without grants, the one that the AWS CLI makes for the
// device flow. It returns [ErrNoRegistration] if none is valid for another 15 minutes.
func (c *Cache) Registration(ctx context.Context, s Session, grantTypes []string) (Registration, error) {
	var damaged error
	for _, name := range []string{registrationName(s), ownRegistrationName(s, grantTypes)} {
		r, err := c.registration(ctx, name)
		switch {
		case errors.Is(err, ErrDamaged):
			damaged = err // the other file may be usable
		case err != nil && !errors.Is(err, ErrNoRegistration):
			return Registration{}, err
		case err == nil && r.allows(grantTypes):
			return r, nil
		}
	}
	if damaged != nil {
		return Registration{}, damaged
	}
	return Registration{}, lang.Errorf("%w for %q", ErrNoRegistration, s.ID())
}

// StoreRegistration puts a session's registration in the cache.
//
// The AWS CLI has one file for a name and scopes. It uses only a registration of its own
// kind of flow from there, and overwrites the other kind. To avoid a new registration
// at each change of flows or tools, daypass keeps a valid one of the other kind and
// writes its own to a file that only daypass reads.
func (c *Cache) StoreRegistration(ctx context.Context, s Session, r Registration) error {
	if r.ClientID == "" || r.ClientSecret.IsZero() || r.Expires.IsZero() {
		return lang.Errorf("store the registration of %q: it lacks the client's ID or secret, or when they expire", s.ID())
	}
	name := registrationName(s)
	if there, err := c.registration(ctx, name); err == nil && there.forBrowser() != r.forBrowser() {
		name = ownRegistrationName(s, r.GrantTypes)
	}
	return c.files.Store(ctx, name, formatRegistration(r))
}

// RemoveRegistration removes a session's registrations, of all grants, from the cache.
func (c *Cache) RemoveRegistration(ctx context.Context, s Session) error {
	return errors.Join(
		c.files.Remove(ctx, registrationName(s)),
		c.files.Remove(ctx, ownRegistrationName(s, nil)),
		c.files.Remove(ctx, ownRegistrationName(s, []string{authorizationCode})),
	)
}

// registration reads one file, and returns ErrNoRegistration if its registration expires
// too soon.
func (c *Cache) registration(ctx context.Context, name string) (Registration, error) {
	file, err := c.files.Load(ctx, name)
	if err != nil {
		return Registration{}, err
	}
	if file == nil {
		return Registration{}, ErrNoRegistration
	}
	r, err := parseRegistration(file.Object)
	if err != nil {
		return Registration{}, c.files.SetAside(file, err.Error())
	}
	if time.Until(r.Expires) < expiryMargin {
		return Registration{}, ErrNoRegistration
	}
	return r, nil
}

const authorizationCode = "authorization_code"

// forBrowser reports whether a registration is for the browser's flow: it names the
// authorization code grant. All others are for the device flow.
func (r Registration) forBrowser() bool { return slices.Contains(r.GrantTypes, authorizationCode) }

// allows reports whether a registration may be used for the grants. Without grants of its
// own it is not for a browser; with some it is for no others.
func (r Registration) allows(grantTypes []string) bool {
	if len(grantTypes) == 0 || len(r.GrantTypes) == 0 {
		return r.forBrowser() == slices.Contains(grantTypes, authorizationCode)
	}
	for _, grant := range grantTypes {
		if !slices.Contains(r.GrantTypes, grant) {
			return false
		}
	}
	return true
}
