package core

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/consolesignin"
	"daypass/creds/profile"
	"daypass/internal/safely"
	"daypass/sso"
)

// view makes the snapshots that everybody watches from what the owners hold.
type view struct {
	*owners
	feed *Feed[creds.Snapshot]
	// due gets a value after each snapshot, as something else may be due then.
	due chan struct{}

	// making is held while a snapshot is made. Nobody who has news waits for it.
	making sync.Mutex
	// base is what is known about profiles, without their facts.
	base *base

	mu sync.Mutex
	// stale is set while base differs from what the owners say.
	stale bool
	// waiting is set while a snapshot is to be made, now or soon.
	waiting bool
	// published is when the last snapshot was made, and cost how long it took.
	published time.Time
	cost      time.Duration
}

// base is the part of a snapshot that depends on the files, the keyring and the
// settings.
type base struct {
	files    *profile.Set
	profiles []creds.Status // sorted by name
	// usersOf lists the profiles that use each SSO session.
	usersOf map[string][]string
	// logins are the console sign-ins that profiles start from, by the ARNs of who signs in:
	// one for each region and endpoint.
	logins map[string][]consolesignin.Session
}

func newView(o *owners) *view {
	return &view{
		owners: o, feed: NewFeed(creds.Snapshot{}), due: make(chan struct{}, 1),
		base: &base{files: o.files.set()}, stale: true,
	}
}

// publishPace is the shortest time between two snapshots, except those that somebody
// asks for: after a sign-in hundreds of profiles change at once, and each snapshot
// describes all profiles. If one takes long to make, the pace is slower still.
const (
	publishPace  = 50 * time.Millisecond
	publishShare = 10
)

// publish has a snapshot made, now or soon, and does not wait for it.
func (v *view) publish() { v.publishAfter(func() {}) }

// publishAll has a snapshot made from scratch.
func (v *view) publishAll() { v.publishAfter(func() { v.stale = true }) }

func (v *view) publishAfter(noteLocked func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	noteLocked()
	if v.waiting {
		return
	}
	v.waiting = true
	if v.published.IsZero() {
		// The start makes one snapshot, not one for each thing that is read.
		v.published = time.Now()
	}
	wait := max(publishPace, publishShare*v.cost) - time.Since(v.published)
	time.AfterFunc(max(0, wait), func() { safely.Run(v.cfg.Log, "a snapshot", v.publishWaiting) })
}

// publishWaiting makes the snapshot that waits to be made.
func (v *view) publishWaiting() {
	v.making.Lock()
	defer v.making.Unlock()
	if v.isDue() {
		v.makeLocked()
	}
}

// isDue reports whether there is news since the last snapshot.
func (v *view) isDue() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.waiting || v.stale
}

// current returns a snapshot of the present.
func (v *view) current() creds.Snapshot {
	v.making.Lock()
	defer v.making.Unlock()
	if v.isDue() || v.base.files != v.files.set() {
		v.makeLocked()
	}
	return v.feed.Current()
}

// baseLocked returns base as the owners have it.
func (v *view) baseLocked() *base {
	v.mu.Lock()
	stale := v.stale
	v.stale = false // changes from here on make it stale again
	v.mu.Unlock()
	if stale || v.base.files != v.files.set() {
		v.base = v.makeBase()
	}
	return v.base
}

// usersOf returns the profiles that use an SSO session.
func (v *view) usersOf(id string) []string {
	v.making.Lock()
	defer v.making.Unlock()
	return slices.Clone(v.baseLocked().usersOf[id])
}

// consoleLogins returns the console sign-ins that profiles start from, by the ARNs of who
// signs in: one for each region and endpoint. It must not be changed.
func (v *view) consoleLogins() map[string][]consolesignin.Session {
	v.making.Lock()
	defer v.making.Unlock()
	return v.baseLocked().logins
}

// usersOfLogin returns the profiles that use a console sign-in: those that start from a
// base, or all for "".
func (v *view) usersOfLogin(arn, base string) (names []string) {
	v.making.Lock()
	defer v.making.Unlock()
	for _, s := range v.baseLocked().profiles {
		if s.LoginSession == arn && arn != "" && (base == "" || s.KeyOwner() == base) {
			names = append(names, s.Name)
		}
	}
	return names
}

// makeLocked makes a snapshot.
func (v *view) makeLocked() {
	began := time.Now()
	v.mu.Lock()
	v.waiting, v.published = false, began // news from here on waits for the next one
	v.mu.Unlock()
	b := v.baseLocked()
	s := creds.Snapshot{Profiles: slices.Clone(b.profiles), DoNotDisturb: v.choices.settings().Notices.DoNotDisturb}
	resolver := v.resolver()
	held := v.store.allHeld()
	names := v.activity.names()
	for name := range held {
		names = append(names, name)
	}
	if len(b.logins) > 0 {
		for _, s := range b.profiles {
			if s.LoginSession != "" {
				names = append(names, s.Name) // it has the end of the sign-in
			}
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if i, ok := b.find(name); ok {
			s.Profiles[i] = v.withFacts(resolver, b.profiles[i])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(b.files.Sessions)) {
		s.Sessions = append(s.Sessions, v.sessionWith(b.files.Sessions[id], len(b.usersOf[id])))
	}
	s.Problems = v.problems.list(b.files.Flaws.General())
	v.feed.Publish(s)
	v.wake()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.published = time.Now()
	v.cost = v.published.Sub(began)
}

// wake makes [schedule.run] look at what is due.
func (v *view) wake() {
	select {
	case v.due <- struct{}{}:
	default:
	}
}

func (b *base) find(name string) (int, bool) {
	return slices.BinarySearchFunc(b.profiles, name, func(s creds.Status, name string) int { return strings.Compare(s.Name, name) })
}

// makeBase describes all profiles.
func (v *view) makeBase() *base {
	files := v.files.set()
	resolver := v.resolver()
	resolver.ByName = files.Profiles
	b := &base{files: files, profiles: make([]creds.Status, 0, len(files.Profiles)), usersOf: make(map[string][]string, len(files.Sessions)), logins: map[string][]consolesignin.Session{}}
	derived := v.store.derived()
	for _, name := range slices.Sorted(maps.Keys(files.Profiles)) {
		if derived[name] && files.Profiles[name].Recipe() == nil {
			continue // our own work, shown with the profile it was made for
		}
		s := v.baseOf(resolver, files, name)
		if s.Session != "" {
			b.usersOf[s.Session] = append(b.usersOf[s.Session], name)
		}
		if s.LoginSession != "" {
			of := v.loginOf(files.Profiles[s.KeyOwner()])
			if !slices.ContainsFunc(b.logins[of.ARN], func(other consolesignin.Session) bool {
				return other.Region == of.Region && other.Endpoint == of.Endpoint
			}) {
				b.logins[of.ARN] = append(b.logins[of.ARN], of)
			}
		}
		b.profiles = append(b.profiles, s)
	}
	return b
}

// baseOf returns a profile's status without its facts.
func (v *view) baseOf(resolver profile.Resolver, files *profile.Set, name string) creds.Status {
	p := files.Profiles[name]
	c, err := resolver.Resolve(name)
	s := creds.Status{
		Name: name, Kind: c.Kind, Phase: creds.PhaseIdle,
		AccountID: c.Account(), Region: c.Region, RoleARN: p.RoleARN,
		SourceProfile: sourceProfile(p), MFASerial: c.MFASerial, Session: c.SSOSession,
	}
	if c.Base.Name != name {
		s.KeyProfile = c.Base.Name
	}
	if c.Source == creds.KindConsole {
		s.LoginSession = c.Base.LoginSession()
	}
	s.Flaws, s.Unfound = files.FlawsUsing(name, "")
	if s.Kind == creds.KindUser {
		s.UserARN = v.store.nameBook().user(name)
		s.Key = v.keyStatus(name)
	}
	chosen := v.choices.settings()
	own := chosen.Profile[name]
	s.Favourite, s.Sensitive = own.Favourite, own.Sensitive
	s.Unannounced = isOff(chosen.Notices.Ending) || isOff(own.Notices)
	if c.SSOSession != "" {
		s.Person = v.personOf(files.Sessions[c.SSOSession])
		if len(c.Roles) == 0 {
			s.RoleName = p.SSO.RoleName
		}
	}
	if s.AccountID == "" {
		s.AccountID = v.store.nameBook().account(name)
	}
	s.AccountName = cmp.Or(v.choices.accountName(s.AccountID), v.store.nameBook().accountName(s.AccountID))
	if s.Kind == "" {
		s.Kind = creds.KindRole // a chain that broke before its base
	}
	if err != nil && (v.problems.get(topicKeyring) != nil || !isUnread(err)) {
		s.Err = creds.AsError(err)
	}
	return s
}

// sourceProfile is a profile's source_profile as people see it.
func sourceProfile(p profile.Profile) string {
	if p.Source == p.Name && p.KeySection != "" {
		return "" // its own key, by its layout
	}
	return p.Source
}

// status returns the state of one profile.
func (v *view) status(name string) (creds.Status, error) {
	files := v.files.set()
	if p, ok := files.Profiles[name]; !ok || p.Recipe() == nil && v.store.derived()[name] {
		return creds.Status{}, creds.Errorf(creds.CodeNoProfile, "there is no profile %q in the AWS config and credentials files", name)
	}
	resolver := v.resolver()
	resolver.ByName = files.Profiles
	s := v.withFacts(resolver, v.baseOf(resolver, files, name))
	s.Section = s.WrittenAs
	if s.Section == "" && !s.Foreign() {
		s.Section = v.sectionFor(files, name)
	}
	if refused := files.Flaws.Refused; len(refused) > 0 {
		s.Flaws, s.Unfound = slices.Concat(refused, s.Flaws), true
	}
	return s, nil
}

// sectionFor returns the section of the credentials file that a profile's credentials will be
// written to. Unlike [writer.placeOf] it does not read the keyring, and takes the key there
// for the one in the file.
func (v *view) sectionFor(files *profile.Set, name string) string {
	p := files.Profiles[name]
	at := files.PlaceFor(p)
	switch {
	case at.Section != "":
		return at.Section
	case at.Aside || p.WantsDerivedName() || p.HasLongTermKey() && !v.keyring.has(name):
		return files.DerivedName(name, at.Suffix)
	}
	return name
}

// withFacts adds a profile's facts to its status.
func (v *view) withFacts(resolver profile.Resolver, s creds.Status) creds.Status {
	if h, isHeld, inFile := v.store.heldInFile(s.Name); isHeld {
		s.LastUsed = h.LastUsed
		if inFile {
			s.WrittenAs = h.Written.Section
			s.Flaws, s.Unfound = v.files.set().FlawsUsing(s.Name, s.WrittenAs)
		}
		// AWS_PROFILE cannot use what is not in the file, so it is not called valid.
		if now, err := v.holdingBy(resolver, s.Name); err == nil && now.inFile {
			off := v.aws.FarOff()
			h = now.held
			s.Issued, s.Expires, s.Note = h.Written.Issued.Add(off), h.ends(h.Written.Expires.Add(off)), h.Written.Note
			s.NeedsPerson = s.Sensitive || !v.needsNobody(now.chain)
			s.MFA = now.chain.MFASerial != ""
		}
	}
	s.Removing = v.departures.removalOf(s.Name)
	f := v.activity.get(s.Name)
	signedIn := v.logins.get(s.LoginSession)
	if ends := signedIn.token.Ends(); signedIn.isSilent(time.Now()) {
		s.SignInEnds = ends
	}
	switch {
	case f.refreshing && v.questions.isOpen(aboutLogin(loginKey(s.LoginSession, s.KeyOwner()))):
		s.Phase = creds.PhaseNeedsSSO
	case f.refreshing && v.questions.isOpen(s.MFASerial):
		s.Phase = creds.PhaseNeedsMFA
	case f.refreshing && s.Session != "" && v.questions.isOpen(aboutSignIn(s.Session)):
		s.Phase = creds.PhaseNeedsSSO
	case f.refreshing:
		s.Phase = creds.PhaseRefreshing
	case f.failed != nil:
		s.Phase, s.Err = creds.PhaseFailed, f.failed
	case signedIn.failed != nil && !s.Expires.IsZero():
		s.Phase, s.Err = creds.PhaseFailed, signedIn.failed
	}
	return s
}

// session returns what people see of an SSO session.
func (v *view) session(s sso.Session) creds.Session {
	return v.sessionWith(s, len(v.usersOf(s.ID())))
}

func (v *view) sessionWith(s sso.Session, users int) creds.Session {
	id := s.ID()
	out := creds.Session{
		ID: id, StartURL: s.StartURL, Region: s.Region, Legacy: s.Legacy(),
		Profiles: users, Phase: creds.PhaseIdle, Person: v.personOf(s),
	}
	f := v.signIns.get(id)
	if f.has {
		out.Expires, out.Renewable = f.token.Expires, f.token.Renewable(time.Now())
	}
	out.Over = f.over
	if f.sweep != nil {
		out.Done, out.Total = f.sweep.progress()
	}
	switch {
	case v.questions.isOpen(aboutSignIn(id)):
		out.Phase = creds.PhaseNeedsSSO
	case f.unconfirmed() != nil:
		out.Stranger = f.unconfirmed()
		out.Phase, out.Err = creds.PhaseFailed, unconfirmed(*out.Stranger)
	case f.failed != nil:
		out.Phase, out.Err = creds.PhaseFailed, f.failed
	}
	return out
}

// personOf returns who an SSO session's profiles belong to; "" if unknown.
func (v *view) personOf(s sso.Session) string { return v.store.nameBook().personOf(s.ID(), s.StartURL) }
