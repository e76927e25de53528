package core

import (
	"context"
	"time"

	"daypass/creds"
	"daypass/creds/consolesignin"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// use returns a profile's credentials for a command or a shell; see [Manager.Use].
func (r *refresher) use(ctx context.Context, in creds.UseRequest, o RefreshOptions) (creds.UseReply, error) {
	o.Duration, o.least, o.keeps, o.SignIn = in.Duration, in.MinTTL, in.Keeps, in.SignInOptions
	now, err := r.prepare(ctx, in.Profile, o.Requester)
	if err != nil {
		return creds.UseReply{}, err
	}
	if o.Duration, err = r.durationFor(now.whole, o); err != nil {
		return creds.UseReply{}, err
	}
	if in.WithoutMFA {
		return r.useWithoutMFA(ctx, in.Profile, o)
	}
	var got creds.Credentials
	if o.Duration == 0 && !byPerson(o.Requester.Surface) {
		got, err = r.credentials(ctx, in.Profile, o)
	} else {
		got, err = r.refreshed(ctx, in.Profile, o)
	}
	if err != nil {
		return creds.UseReply{}, err
	}
	return r.useReply(in.Profile, got, o)
}

// byPerson reports whether a person waits where a request was made.
func byPerson(s creds.Surface) bool {
	return s == creds.SurfaceTerminal || s == creds.SurfaceTray || s == creds.SurfaceWindow
}

// refreshed returns credentials after a refresh such as a login makes.
func (r *refresher) refreshed(ctx context.Context, name string, o RefreshOptions) (creds.Credentials, error) {
	one, err := r.refresh(ctx, name, o)
	if err != nil && !needsNoFile(one, err, r.aws.Now()) {
		return creds.Credentials{}, err
	}
	now, err := r.holding(name)
	return r.forProgram(now, one), err
}

// needsNoFile reports whether credentials were obtained and not written, on a full disk say: for
// those who take them out of the AWS files they are good all the same.
func needsNoFile(one session, err error, now time.Time) bool {
	return creds.AsError(err).Code == creds.CodeFile && one.usable(now)
}

// useReply returns credentials with what goes with them into an environment. It fails if AWS
// gave them for less than was needed.
func (r *refresher) useReply(name string, got creds.Credentials, o RefreshOptions) (creds.UseReply, error) {
	now, err := r.holding(name)
	if err != nil {
		return creds.UseReply{}, err
	}
	if now.session.AccessKeyID == got.AccessKeyID && !r.lastsFor(now, o.least) {
		return creds.UseReply{}, creds.Errorf(creds.CodeBadRequest, "profile %q has credentials for %s, not %s, and AWS gives no others now",
			name, words.Duration(time.Until(got.Expires).Round(time.Minute)), words.Duration(o.least))
	}
	reply := creds.UseReply{
		Credentials: got, Region: got.Region, MFA: now.chain.MFASerial != "",
		Variables: r.files.set().Profiles[name].Variables(),
	}
	reply.Status, err = r.view.status(name)
	return reply, err
}

// lastsFor reports whether what a profile has lasts as long as somebody needs, its lease
// included.
func (r *refresher) lastsFor(now holding, least time.Duration) bool {
	if least == 0 {
		return true
	}
	lease := now.held.Lease
	return now.session.lastsFor(r.aws.Now(), least) &&
		(lease.IsZero() || time.Until(lease) >= min(least, r.choices.leaseOf(now.chain.Asked)-time.Minute))
}

// wouldProlong reports whether a program needs a sensitive profile for longer than it is
// unlocked: no program unlocks it again by itself.
func (r *refresher) wouldProlong(now holding, o RefreshOptions) bool {
	return o.Requester.Surface.IsProgram() && r.choices.leaseOf(now.chain.Asked) > 0 && !r.lastsFor(now, o.least)
}

// durationFor returns the duration to ask AWS for, so that credentials can last as long as
// they must; zero is the profile's own. It refuses what cannot be, before anybody is asked.
func (r *refresher) durationFor(c profile.Chain, o RefreshOptions) (time.Duration, error) {
	if o.least == 0 {
		return o.Duration, nil
	}
	if o.least < 0 {
		return 0, creds.Errorf(creds.CodeBadRequest, "credentials cannot last %s", words.Duration(o.least))
	}
	if o.Duration > 0 && o.Duration < o.least {
		return 0, creds.Errorf(creds.CodeBadRequest, "a session of %s cannot last %s", words.Duration(o.Duration), words.Duration(o.least))
	}
	if err := r.canLast(c, o.least); err != nil {
		return 0, err
	}
	own, err := r.request(c, o.Duration)
	if err != nil || own.Lifetime == 0 || own.Lifetime >= o.least {
		return o.Duration, err
	}
	return o.least, nil
}

// canLast refuses what a chain's credentials can never last.
func (r *refresher) canLast(c profile.Chain, least time.Duration) error {
	wanted, n := words.Duration(least), len(c.Roles)
	lease := r.choices.leaseOf(c.Asked)
	switch {
	case lease > 0 && least > lease:
		return creds.Errorf(creds.CodeBadRequest, "profile %q is sensitive and unlocked for %s at a time, so that no credentials of it last %s", c.Asked, words.Duration(lease), wanted)
	case n > 0 && (n > 1 || sourceOf(c).givesRole(c)) && least > defaultRole:
		return creds.Errorf(creds.CodeBadRequest, "the role of profile %q is assumed through another, for which AWS gives one hour at most, not %s", c.Asked, wanted)
	case n > 0 && least > creds.MaxRole:
		return creds.Errorf(creds.CodeBadRequest, "a role's session lasts 12 hours at most, not %s", wanted)
	case n > 0:
		return nil
	}
	if from, ok := sourceOf(c).(limited); ok {
		if most, why := from.most(r.owners, c); least > most {
			return creds.Errorf(creds.CodeBadRequest, "profile %q has no credentials that last %s: %s", c.Asked, wanted, why)
		}
	}
	return nil
}

// limited is a [source] of which it is known how long credentials of its own last at most, and
// why.
type limited interface {
	most(o *owners, c profile.Chain) (most time.Duration, why string)
}

func (longTermKey) most(*owners, profile.Chain) (time.Duration, string) {
	return creds.MaxSession, lang.T("AWS gives a user 36 hours at most")
}

func (consoleSignIn) most(*owners, profile.Chain) (time.Duration, string) {
	return consolesignin.Lifetime - time.Minute, lang.T("what a sign-in to the console gives lasts 15 minutes, and is renewed a minute before")
}

// most is what the permission set gave last, as nothing else says what it gives.
func (portalRole) most(o *owners, c profile.Chain) (time.Duration, string) {
	if last := o.store.latest(c.Origin(0)); !last.Expires.IsZero() {
		given := last.Expires.Sub(last.Issued).Round(time.Minute)
		return given, lang.Sprintf("its permission set in Identity Center gives %s", words.Duration(given))
	}
	return creds.MaxRole, lang.T("a permission set of Identity Center gives 12 hours at most")
}

// useWithoutMFA returns what can be had without a person: a session that is at hand or needs
// nobody, or else what the user's key is given without a code. The latter is not written to
// the credentials file, where a session with a code may be.
func (r *refresher) useWithoutMFA(ctx context.Context, name string, o RefreshOptions) (creds.UseReply, error) {
	o.unattended = true
	now, err := r.holding(name)
	if err != nil {
		return creds.UseReply{}, err
	}
	if r.choices.leaseOf(name) > 0 {
		return creds.UseReply{}, creds.Errorf(creds.CodeDeclined, "profile %q is sensitive, and only a person unlocks it", name)
	}
	r.touch(name)
	c := now.whole
	if r.needsNobody(c) {
		one, err := r.issuer.obtain(ctx, c, o)
		if err != nil {
			return creds.UseReply{}, err
		}
		return r.replyOf(now, c, one)
	}
	if one := r.store.latest(c.Origin(len(c.Roles))); one.usable(r.aws.Now()) && one.lastsFor(r.aws.Now(), o.least) {
		return r.replyOf(now, c, one)
	}
	if c.Source != creds.KindUser || len(c.Roles) > 0 && !c.MFAOfSource {
		return creds.UseReply{}, creds.Errorf(creds.CodeNobodyToAsk, "profile %q needs a person, and nobody is to be asked: %s", name, r.missing(c))
	}
	alone := c.WithKeyAlone()
	one, err := r.issuer.obtain(ctx, alone, o)
	if err != nil {
		return creds.UseReply{}, r.mayWantCode(alone, err, o)
	}
	return r.replyOf(now, alone, one)
}

// missing says what a person would be asked for.
func (o *owners) missing(c profile.Chain) string {
	if c.MFASerial != "" {
		return lang.Sprintf("the MFA code of %s is missing", c.MFASerial)
	}
	return lang.T("the sign-in is missing")
}

// replyOf returns a session of a chain, which the profile may not have.
func (r *refresher) replyOf(now holding, c profile.Chain, one session) (creds.UseReply, error) {
	now.chain, now.held = c, held{}
	got := r.forProgram(now, one)
	reply := creds.UseReply{
		Credentials: got, Region: got.Region, MFA: c.MFASerial != "",
		Variables: r.files.set().Profiles[c.Asked].Variables(),
	}
	var err error
	if reply.Status, err = r.view.status(c.Asked); reply.Status.Note == "" || !reply.MFA {
		reply.Status.Note = one.Note
	}
	return reply, err
}
