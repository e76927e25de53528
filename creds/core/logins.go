package core

import (
	"maps"
	"slices"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/consolesignin"
	"daypass/creds/profile"
)

// login is what is known about one console sign-in.
type login struct {
	// token is what the login cache holds; has is false if it holds none.
	token consolesignin.Token
	has   bool
	// at is where it was last made or renewed; the zero value if this agent did not do that.
	at consolesignin.Session
	// over is set when AWS has ended the sign-in, and a person must sign in anew.
	over     bool
	renewing bool
	// failed is why it is over, or why the last silent renewal failed.
	failed *creds.Error
	// failures counts the silent renewals that failed in a row. The next one is tried no
	// earlier than retry.
	failures int
	retry    time.Time
	// leaving is set while it is being signed out of.
	leaving bool
	// missing is since when the token's file is gone, while another program may still be
	// replacing it.
	missing time.Time
	// owed are the profiles that are to be given credentials as soon as there are any:
	// another program's sign-out took theirs, say. giving are those that it is being done
	// for.
	owed, giving map[string]bool
}

// lives reports whether the token may still be renewed.
func (l *login) lives(now time.Time) bool {
	ends := l.token.Ends()
	return !l.token.RefreshToken.IsZero() && (ends.IsZero() || ends.After(now))
}

// isSilent reports whether the sign-in can do without a person.
func (l *login) isSilent(now time.Time) bool {
	return l.has && l.missing.IsZero() && !l.over && (l.token.Expires.After(now) || l.lives(now))
}

// isRenewed forgets failures, as there is a usable token now.
func (l *login) isRenewed() { l.over, l.failed, l.failures, l.retry = false, nil, 0, time.Time{} }

// logins holds what is known about console sign-ins, by the ARNs of who is signed in.
type logins struct {
	mu sync.Mutex
	of map[string]*login
	// cacheRead is when the login cache was last read, and readFor for whom.
	cacheRead time.Time
	readFor   map[string][]consolesignin.Session
}

func newLogins() *logins { return &logins{of: map[string]*login{}} }

// get returns what is known of a sign-in.
func (l *logins) get(arn string) login {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.of[arn]; f != nil {
		return *f
	}
	return login{}
}

// change changes what is known of a sign-in.
func (l *logins) change(arn string, change func(f *login)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.of[arn]
	if f == nil {
		f = &login{}
		l.of[arn] = f
	}
	change(f)
}

// isSilent reports whether a sign-in can do without a person.
func (l *logins) isSilent(arn string) bool {
	f := l.get(arn)
	return f.isSilent(time.Now())
}

// hurry makes failed renewals due at once. One that is under way may still fail for the
// reason that is gone: the pause after it is short.
func (l *logins) hurry() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.of {
		if f.failures > 0 {
			f.failures, f.retry = 0, time.Time{}
		}
	}
}

// owe records that profiles are to be given credentials of a sign-in.
func (l *logins) owe(arn string, names ...string) {
	l.change(arn, func(f *login) { f.owed = with(f.owed, names...) })
}

// giveOwed returns the profiles that are owed something. From now on they are being given
// it.
func (l *logins) giveOwed(arn string) (names []string) {
	l.change(arn, func(f *login) {
		names = slices.Sorted(maps.Keys(f.owed))
		f.owed, f.giving = nil, with(f.giving, names...)
	})
	return names
}

// isGiving reports whether a profile is still to be given something.
func (l *logins) isGiving(arn, name string) bool { return l.get(arn).giving[name] }

// gave records that a profile was given what it was owed, or could not be.
func (l *logins) gave(arn, name string) {
	l.change(arn, func(f *login) { f.giving = without(f.giving, name) })
}

// leave keeps profiles from being given what they were owed.
func (l *logins) leave(names ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.of {
		f.owed, f.giving = without(f.owed, names...), without(f.giving, names...)
	}
}

// with and without return changed copies: whoever has the set may be reading it.
func with(set map[string]bool, names ...string) map[string]bool {
	all := make(map[string]bool, len(set)+len(names))
	maps.Copy(all, set)
	for _, name := range names {
		all[name] = true
	}
	return all
}

func without(set map[string]bool, names ...string) map[string]bool {
	rest := maps.Clone(set)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// startReading notes that the login cache is read for these.
func (l *logins) startReading(all map[string][]consolesignin.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cacheRead, l.readFor = time.Now(), all
}

// wereRead reports whether the login cache was read for all of these.
func (l *logins) wereRead(all map[string][]consolesignin.Session) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for arn := range all {
		if _, known := l.readFor[arn]; !known {
			return false
		}
	}
	return true
}

// readAt returns when the login cache was read last.
func (l *logins) readAt() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cacheRead
}

// loginKey names the sign-in that a base profile needs: by who signs in, or, as long as
// that may be anybody, by the profile.
func loginKey(arn, base string) string {
	if arn != "" {
		return arn
	}
	return "profile " + base
}

// aboutLogin is the key of questions about a console sign-in; see [loginKey].
func aboutLogin(key string) string { return "console sign-in " + key }

// topicLogin is the topic of the file of a console sign-in.
func topicLogin(arn string) string { return "7 login " + arn }

// placesOf returns where to ask AWS for a sign-in, the likeliest first. AWS renews one only
// in the region that it was made in, and the login cache does not say which that is:
// https://github.com/aws/aws-cli/issues/10613.
func (o *owners) placesOf(of consolesignin.Session) []consolesignin.Session {
	all := []consolesignin.Session{of}
	if at := o.logins.get(of.ARN).at; at.ARN != "" {
		all = []consolesignin.Session{at, of}
	}
	var distinct []consolesignin.Session
	for _, one := range append(all, o.view.consoleLogins()[of.ARN]...) {
		one.Profile = of.Profile
		if !slices.Contains(distinct, one) {
			distinct = append(distinct, one)
		}
	}
	return distinct
}

// loginOf returns what a profile says of its sign-in.
func (o *owners) loginOf(base profile.Profile) consolesignin.Session {
	arn := base.LoginSession()
	region := base.Region
	if region == "" {
		region = profile.PartitionRegion(arn)
	}
	return consolesignin.Session{ARN: arn, Region: region, Endpoint: o.aws.SigninURL(base.Endpoints), Profile: base.Name}
}
