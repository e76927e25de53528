package core

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/consolesignin"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/sso"
)

// clients reach AWS.
type clients struct {
	aws     *awscall.Client
	sso     *sso.Client
	console *consolesignin.Client
}

// custodians know of long-term keys: which there are, and what is being done with them.
type custodians struct {
	keyring *keyring
	journal *journal
}

// owners hold the core's state. Each has its own lock, which it does not hold while it
// calls another. Flows act on what the owners say.
type owners struct {
	cfg Config
	clients

	back    *background
	choices *choices
	files   *awsFiles
	custodians
	store      *store
	activity   *activity
	problems   *problems
	questions  *questions
	departures *departures
	signIns    *signIns
	logins     *logins
	flights    *flights[about, session]
	view       *view
}

func newOwners(cfg Config) *owners {
	o := &owners{
		cfg:        cfg,
		clients:    clients{aws: awscall.New(cfg.AWS, cfg.Log)},
		back:       newBackground(cfg.Log),
		choices:    newChoices(cfg.Settings),
		files:      newAWSFiles(cfg.Files),
		custodians: custodians{keyring: newKeyring(), journal: newJournal(filepath.Join(cfg.StateDir, "custody.json"))},
		activity:   newActivity(),
		problems:   newProblems(),
		questions:  newQuestions(),
		departures: newDepartures(),
		signIns:    newSignIns(),
		logins:     newLogins(),
	}
	o.store = newStore(o.files)
	o.replan()
	o.sso = sso.NewClient(o.aws.Config(), cfg.Tokens, cfg.Log)
	o.console = consolesignin.NewClient(o.aws.Config(), cfg.Logins, cfg.Log)
	o.flights = newFlights[about, session](o.back)
	o.view = newView(o)
	return o
}

// about says what a flight is about.
type about struct {
	// profile is the one being refreshed; "" for an intermediate session.
	profile string
	// base is the profile whose key the chain starts from.
	base string
	// signIn is the ID of the SSO session that is signed in to, or "".
	signIn string
	// login names the console sign-in that is made, as [loginKey] does, or "".
	login string
	// request and asked are what the flight of a profile does.
	request request
	asked   RefreshOptions
}

// replan has the files read by what the person has chosen now, and by the recipes. Of
// several at the same time the last to look is right.
func (o *owners) replan() {
	for plan := o.plan(); ; {
		o.files.follow(plan)
		now := o.plan()
		if now.Equal(plan) {
			return
		}
		plan = now
	}
}

func (o *owners) plan() *profile.Plan {
	chosen := o.choices.settings()
	return &profile.Plan{
		Layout:  profile.LayoutSettings{Layout: chosen.Layout, LongTermSuffix: chosen.LongTermSuffix, DerivedSuffix: chosen.DerivedSuffix},
		Recipes: o.store.recipes(),
		Folder:  profile.FolderSettings{Path: keysFolder(chosen.KeysFolder), Accounts: chosen.Accounts, User: loginName()},
		Keys:    o.keyring.names(),
	}
}

// named returns the name of the profile that a name means; see [profile.Set.Named].
func (o *owners) named(name string) string {
	if of := o.files.set().Named(name); of != name {
		return of
	}
	return o.store.derivedFrom(name)
}

// keyName returns the name under which the keyring holds a profile's long-term key, ""
// if it holds none.
func (o *owners) keyName(p profile.Profile) string {
	for _, name := range p.KeyNames() {
		if o.keyring.has(name) {
			return name
		}
	}
	return ""
}

// learnKeys notes which long-term keys profiles have, by their access key IDs, and reports
// whether that is news. What is known by the name of such a profile is known by its key
// from now on.
func (o *owners) learnKeys(ids map[string]string) (news bool) {
	for name, id := range ids {
		news = o.keyring.set(name, id) || news
	}
	if !news {
		return false
	}
	byBase := map[string]string{}
	for _, p := range o.files.set().Profiles {
		name := o.keyName(p)
		if id, learned := ids[name]; learned && name != "" {
			byBase[p.Name] = id
		}
	}
	o.store.moveOrigins(byBase)
	return true
}

// forgetKeyOf notes that the keyring has no long-term key for a profile any more.
func (o *owners) forgetKeyOf(name string) {
	o.keyring.remove(name)
	o.store.forgetBase(o.files.set().Named(name))
}

// resolver returns what the files and the keyring say.
func (o *owners) resolver() profile.Resolver {
	return profile.Resolver{
		ByName:   o.files.set().Profiles,
		Named:    o.named,
		HasKey:   o.keyring.has,
		KeyID:    o.keyring.keyID,
		Endpoint: o.aws.EndpointName,
		KeyAlone: o.choices.goesByKeyAlone,
		Console:  o.choices.signsInToConsole,
		Ours:     o.store.isOurs,
		Unread:   o.unread(),

		IsDaypass: isDaypass,
	}
}

// errUnread marks the errors of profiles whose key may be in a keyring that has
// not been read.
var errUnread = lang.Error("the keyring has not been read yet")

// unreadError is why the keyring has not been read.
type unreadError struct{ why creds.Error }

func (e *unreadError) Error() string { return e.why.Message }

func (e *unreadError) Unwrap() []error { return []error{errUnread, &e.why} }

// isUnread reports whether an error is one of a keyring that has not been read.
func isUnread(err error) bool { return errors.Is(err, errUnread) }

// unread returns why the keyring has not been read, nil if it has.
func (o *owners) unread() error {
	if o.keyring.known() {
		return nil
	}
	if problem := o.problems.get(topicKeyring); problem != nil {
		return &unreadError{*problem}
	}
	return &unreadError{creds.Error{Code: creds.CodeKeyringLocked, Message: errUnread.Error()}}
}

// holding is what a profile has now.
type holding struct {
	chain profile.Chain
	// whole is the chain with the MFA code that it needs. chain is without it if the
	// profile holds what its key alone was given.
	whole profile.Chain
	// own is the profile's own request to AWS.
	own request
	// session is the chain's. It may have ended, and is the zero value if there is none.
	session session
	held    held
	// inFile reports whether the credentials file holds credentials that the chain gave,
	// under the profile's name or a derived one.
	inFile bool
}

// by returns the chain that leads to an origin, and whether one does.
func (h holding) by(origin string) (profile.Chain, bool) {
	if h.whole.Origin(len(h.whole.Roles)) == origin {
		return h.whole, true
	}
	alone := h.whole.WithKeyAlone()
	return alone, h.whole.MFAOfSource && alone.Origin(len(alone.Roles)) == origin
}

// isWritten reports whether the file holds the credentials of this session, not of the
// one before.
func (h holding) isWritten() bool {
	return h.inFile && h.held.Written.AccessKeyID == h.session.AccessKeyID
}

// leastLeft returns how long a chain's credentials must last at least to be handed out;
// zero leaves that to their lifetime.
func leastLeft(c profile.Chain) time.Duration {
	if len(c.Roles) > 0 {
		return 0
	}
	return sourceOf(c).leastLeft()
}

// leastFor is leastLeft for who wishes for credentials that last so long: where AWS gives
// all credentials one short lifetime, the wish is for what is left of it.
func leastFor(c profile.Chain, wish time.Duration) time.Duration {
	least := leastLeft(c)
	if least == 0 {
		return 0
	}
	return max(least, min(wish, consolesignin.Lifetime-time.Minute))
}

// holding returns what a profile has. Every decision on that must ask here: the profile
// and the credentials file may have changed since the profile was given something.
func (o *owners) holding(name string) (holding, error) {
	return o.holdingBy(o.resolver(), name)
}

// holdingBy is holding with the resolver of many profiles.
func (o *owners) holdingBy(r profile.Resolver, name string) (holding, error) {
	c, err := r.Resolve(name)
	given, isHeld, inFile := o.store.heldInFile(name)
	h := holding{chain: c, whole: c, held: given}
	if err != nil {
		return h, err
	}
	if alone, ok := h.by(given.Origin); ok && !o.store.latest(c.Origin(len(c.Roles))).usable(o.aws.Now()) {
		c, h.chain = alone, alone
	}
	if h.own, err = o.request(c, 0); err != nil {
		return h, err
	}
	h.session = o.store.session(h.own)
	isHeld = isHeld && given.Origin == h.own.Origin
	if one := o.store.session(given.request); isHeld && (one.usable(o.aws.Now()) || h.session.Expires.IsZero()) {
		h.session = one // with the lifetime chosen for it
	}
	h.inFile = isHeld && inFile && !given.isOver(time.Now())
	return h, nil
}

// request returns what to ask AWS for. chosen is the lifetime that a person wants this
// time; zero takes the profile's, or else the settings'.
func (o *owners) request(c profile.Chain, chosen time.Duration) (request, error) {
	r := request{Origin: c.Origin(len(c.Roles))}
	of := c.Base.Name
	switch n := len(c.Roles); {
	case n > 0:
		own, err := c.Roles[n-1].Profile.DurationSeconds()
		if err != nil {
			return r, err
		}
		r.Lifetime, of = cmp.Or(chosen, own, defaultRole), c.Roles[n-1].Profile.Name
	default:
		r.Lifetime = sourceOf(c).lifetime(o, chosen)
	}
	if (of == c.Asked || c.Wanted != "") && r.Lifetime > 0 {
		r.Lifetime = o.choices.boundByLease(c.Asked, r.Lifetime)
	}
	return r, nil
}

// needsNobody reports whether a chain can be refreshed without a person.
func (o *owners) needsNobody(c profile.Chain) bool { return sourceOf(c).needsNobody(o, c) }

// reread reads the AWS files if they have changed.
func (o *owners) reread() {
	// Not a caller's context: one that is cancelled would look like a broken file.
	changed, err := o.files.look(o.back.life)
	if o.back.isOver() {
		return
	}
	if news := o.noteFiles(err); news || changed {
		o.view.publishAll()
	}
}

// republish rereads the files even if they look unchanged, and publishes a snapshot.
func (o *owners) republish() {
	if err := o.files.lookAgain(o.back.life); !o.back.isOver() {
		o.noteFiles(err)
	}
	o.view.publishAll()
}

// noteFiles records what is wrong with the AWS files, or that nothing is, and reports
// whether that is news.
func (o *owners) noteFiles(err error) (news bool) {
	files := o.files.set()
	news = o.problems.set(topicFiles, err)
	news = o.problems.set(topicDisagree, files.Disagree) || news
	return o.problems.set(topicExposed, files.Exposed) || news
}

// note records the problem of a topic; nil if there is none.
func (o *owners) note(topic string, err error) {
	if o.problems.set(topic, err) {
		o.view.publish()
	}
}

// keysFolder returns the path of the folder of keys, "" for none.
func keysFolder(chosen string) string {
	home, err := os.UserHomeDir()
	below, inHome := strings.CutPrefix(chosen, "~/")
	switch {
	case chosen == creds.NoFolder, err != nil && (chosen == "" || inHome):
		return ""
	case chosen == "":
		return filepath.Join(home, creds.KeysFolder)
	case inHome:
		return filepath.Join(home, below)
	}
	return filepath.Clean(chosen)
}

// loginName returns the person's name on this machine, "" if it is not known.
func loginName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	// Windows has DOMAIN\name.
	return u.Username[strings.LastIndexByte(u.Username, '\\')+1:]
}

// sessionName names role sessions in CloudTrail if the profile does not: the person's
// login name, in the characters that AWS allows.
func sessionName() string {
	name := strings.Map(func(r rune) rune {
		if r < 128 && (r == '_' || strings.ContainsRune("+=,.@-", r) || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
			return r
		}
		return '-'
	}, loginName())
	if len(name) < 2 {
		name = "daypass"
	}
	return name[:min(len(name), 64)]
}

// errNeedsPerson ends unattended work.
var errNeedsPerson = lang.Error("a person is needed")

// unaskedError is why a request failed that nobody is to be asked for. Whoever has joined
// its work, and may be asked, tries again.
type unaskedError struct{ why *creds.Error }

func (e unaskedError) Error() string { return e.why.Error() }

func (e unaskedError) Unwrap() []error { return []error{errNeedsPerson, e.why} }

// needsPerson returns the error of unattended work that would have to ask a person.
func needsPerson(why error) error { return fmt.Errorf("%w: %w", errNeedsPerson, why) }
