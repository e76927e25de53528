package core

import (
	"cmp"
	"context"
	"path/filepath"
	"time"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/console"
	"daypass/creds/profile"
	"daypass/internal/cmdline"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/words"
)

// personsProgram is a person's own program that prints credentials. A long-term key of it
// gets a session, and is stored nowhere; temporary credentials are used as they are.
type personsProgram struct{ longTermKey }

func (personsProgram) decides() string { return lang.T("the program") }

func (personsProgram) session(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error) {
	return i.programSession(ctx, c, r, o)
}

// role is assumed with the base's session even where a longer one needs the key itself:
// whether there is one is not known before the program has run.
func (personsProgram) role(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error) {
	return i.assumeWithSession(ctx, c, r, o)
}

func (personsProgram) needsNobody(o *owners, c profile.Chain) bool {
	if len(c.Roles) > 0 && o.store.latest(c.Origin(0)).usable(o.aws.Now()) {
		return true
	}
	return o.mayRun(c.Asked, true) && (c.MFASerial == "" || o.answersItself(c))
}

func (personsProgram) explain(e explainer, c profile.Chain, _ error) []creds.ExplainedLink {
	name := ""
	if argv, err := cmdline.Split(c.Base.CredentialProcess()); err == nil && len(argv) > 0 {
		name = filepath.Base(argv[0])
	}
	return []creds.ExplainedLink{
		{
			Kind: creds.LinkKey, Profile: c.Base.Name, Title: lang.Sprintf("credentials that %s prints", name),
			Detail: c.Base.Setting("credential_process"),
		},
		{
			Kind: creds.LinkSession, Profile: c.Base.Name, Title: lang.Sprintf("session of %s", c.Base.Name),
			Detail: c.MFASerial, Expires: e.sessionEnd(c.Origin(0)),
		},
	}
}

// console runs the program again, as AWS gives the console to an IAM user's key and to
// temporary credentials in different ways.
func (personsProgram) console(ctx context.Context, cs *consoles, now holding, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	c := now.chain
	if cs.asker.wantsConsent(now, o.Refresh.Requester) {
		if err := cs.asker.consent(ctx, c.Asked, c, o.Refresh); err != nil {
			return ConsoleLink{}, err
		}
	}
	keys, err := cs.runForKeys(ctx, c, o.Refresh.Requester)
	if err != nil {
		return ConsoleLink{}, err
	}
	if keys.token.IsZero() {
		return cs.userConsole(ctx, c, creds.LongTermKey{ID: keys.id, Secret: keys.secret}, o, link, login)
	}
	return cs.roleConsole(ctx, c, o, link, login)
}

func (personsProgram) partition(c profile.Chain) (partition.Partition, error) {
	return longTermKey{}.partition(c)
}

// programSession gets what a program prints, or a session with it.
func (i *issuer) programSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	if !i.mayRun(c.Asked, o.unattended) {
		return session{}, errNeedsPerson
	}
	keys, err := i.runForKeys(ctx, c, o.Requester)
	if err != nil {
		return session{}, err
	}
	if keys.token.IsZero() {
		return i.keySession(ctx, c, r, o, creds.LongTermKey{ID: keys.id, Secret: keys.secret}, keys.account)
	}
	now := i.aws.Now()
	one := session{
		request: r, AccessKeyID: keys.id, SecretAccessKey: keys.secret, SessionToken: keys.token,
		Issued: now, Expires: keys.expires, AccountID: cmp.Or(keys.account, c.Account()),
	}
	if keys.expires.IsZero() {
		one.Expires = now.Add(endless)
		one.Note = lang.Sprintf("the program does not say when its credentials end, so it is asked again after %s", words.Duration(endless))
	}
	if fault := one.fault(); fault != nil {
		return session{}, i.aws.Explain(awscall.PurposeOf(c, false), fault)
	}
	if got := one.Expires.Sub(now); o.Duration > 0 && got < o.Duration-time.Minute && len(c.Roles) == 0 {
		one.addNote(lang.Sprintf("%s instead of %s: the program decides", words.Duration(got), words.Duration(o.Duration)))
	}
	i.store.put(one)
	return one, nil
}
