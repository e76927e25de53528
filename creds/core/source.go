package core

import (
	"context"
	"time"

	"daypass/creds"
	"daypass/creds/console"
	"daypass/creds/profile"
	"daypass/internal/partition"
)

// source is how the core treats what chains start from: a long-term key, an account and
// role of Identity Center, or a sign-in to the console. What the settings say about it is in [profile.Chain].
type source interface {
	// lifetime returns how long a session of the source's own should last; zero where
	// AWS accepts none. chosen is a person's wish, zero for none.
	lifetime(o *owners, chosen time.Duration) time.Duration
	// decides says who decides how long a session lasts where AWS accepts no lifetime.
	decides() string
	// session gets a session of the source's own.
	session(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error)
	// role gets a session of the only role of a chain.
	role(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error)
	// givesRole reports whether the source's own credentials are a role's, so that a
	// role assumed with them is behind another.
	givesRole(c profile.Chain) bool
	// needsNobody reports whether a chain can be refreshed without a person.
	needsNobody(o *owners, c profile.Chain) bool
	// leastLeft returns how long credentials of the source's own must last at least to be
	// handed out, where AWS gives such short ones that they are always being renewed; zero
	// elsewhere.
	leastLeft() time.Duration
	// waits reports whether the silent renewal of a profile waits for that of what its
	// source is signed in with.
	waits(o *owners, is holding, now time.Time) bool
	// renewsUnused reports whether profiles are renewed even if nobody has asked for
	// them for long.
	renewsUnused() bool
	// explain returns the steps of an explanation up to the first role. unread is why
	// it is not known whether the keyring holds a key, or nil.
	explain(e explainer, c profile.Chain, unread error) []creds.ExplainedLink
	// console makes a link to the console for a profile without a role.
	console(ctx context.Context, cs *consoles, now holding, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error)
	// partition returns the one that a chain without a role is in.
	partition(c profile.Chain) (partition.Partition, error)
	// portal returns the access portal's address that people return to from the console;
	// "" if there is none.
	portal(c profile.Chain) string
}

// sources are those of the kinds that have one.
var sources = map[creds.Kind]source{creds.KindUser: longTermKey{}, creds.KindSSO: portalRole{}, creds.KindConsole: consoleSignIn{}, creds.KindProcess: personsProgram{}}

// sourceOf returns the source that a chain starts from. If that is not known, the
// profile may still have a long-term key.
func sourceOf(c profile.Chain) source {
	if s, ok := sources[c.Source]; ok {
		return s
	}
	return sources[creds.KindUser]
}
