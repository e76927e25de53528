// Package core turns long-term keys and sign-ins into temporary credentials: it reads
// the profiles of the AWS files, keeps sessions encrypted on disk, talks to STS, IAM
// and Identity Center, and writes what it gets to the credentials file.
//
// The [Manager] is the one writer of all of this; long-term keys are in a
// [vault.Vault]; a [User] is the person, who is asked where AWS wants one.
package core

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/profile"

	"daypass/creds/safely"
	"daypass/creds/vault"
	"daypass/sso"
)

// Config is what a [Manager] works with.
type Config struct {
	Files awsfile.Paths
	// Settings returns what the person has chosen, at the start and whenever
	// [Manager.SettingsChanged] is called.
	Settings func() creds.Settings
	// Choose writes to the settings what a person has decided on programs
	// that want a profile.
	Choose func(ctx context.Context, profile string, rule creds.ProgramRule) error
	// StateDir holds the encrypted sessions.
	StateDir string
	// Tokens is the token cache that is shared with the AWS CLI and SDKs.
	Tokens *sso.Cache
	// Roles is the AWS CLI's own cache of credentials; nil leaves it alone.
	Roles *sso.RoleCache
	Vault *vault.Vault
	// AWS says how AWS is reached; see [LoadAWS].
	AWS  aws.Config
	User User
	Log  *slog.Logger
}

// Manager is the refresh engine: the only writer of sessions, of the
// credentials file and of the profiles' states. Whoever wants to know the
// states watches its snapshots.
type Manager struct {
	cfg         Config
	client      *awscall.Client
	sso         *sso.Client
	sessionName string
	feed        *Feed[creds.Snapshot]
	// life ends with Run; refreshes outlive the callers that wait for them,
	// but not the manager.
	life   context.Context //nolint:containedctx // the lifetime of the object itself
	end    context.CancelFunc
	flying sync.WaitGroup
	wake   chan struct{}
	// tried is closed when the saved sessions have been read, or could not
	// be without a person.
	tried chan struct{}

	// saving holds a token while nobody reads or writes saved.
	saving chan struct{}
	saved  sessionStore
	// adding holds a token while no key is being added.
	adding chan struct{}
	// writing holds a token while nobody writes the credentials file.
	writing chan struct{}

	// chosen is what Settings returned last.
	chosen atomic.Pointer[creds.Settings]

	mu     sync.Mutex
	files  awsFiles
	loaded bool
	// loading is the attempt to load under way, or the last one.
	loading *loading
	// unsaved is set while the saved sessions are not those of store.
	unsaved bool
	// again is when what failed, loading or saving, is tried again, and catching
	// is set while it is.
	again    time.Time
	catching bool
	// keys are the profiles that the keyring holds a long-term key for.
	keys  map[string]bool
	store store
	// facts are of profiles that something has happened to.
	facts   map[string]*facts
	flights map[string]*flight
	// slots bound how many silent renewals ask AWS at the same time, for each
	// session of Identity Center and, under "", for all that depend on none.
	slots map[string]chan struct{}
	// toWrite is what waits to be written, together.
	toWrite []*pendingWrite
	// replacing is what is being written, by section, until the store and the
	// file as it was read last agree on it again.
	replacing map[string]replacement
	// signIns are of sessions of Identity Center that something is known of,
	// by ID, and hanging are the profiles of each session.
	signIns map[string]*signIn
	hanging map[string][]string
	// tokensRead is when the token cache was looked at last, and tokensOf are
	// the sessions that it was looked at for.
	tokensRead time.Time
	tokensOf   map[string]sso.Session
	// lists are the accounts of sessions, as AWS listed them last.
	lists map[string]accountList
	// leaving counts, for each profile, the logouts under way.
	leaving map[string]int
	// asking counts, for each MFA device and each sign-in, the questions
	// that are open.
	asking map[string]int
	// allowed is until when programs may have sensitive profiles without a
	// question, by a person's word.
	allowed map[string]time.Time
	// spent is, for each MFA device, the code that AWS took last.
	spent map[string]spentCode
	// refused counts, for each MFA device, the codes that AWS refused since.
	refused map[string]int
	// base is the status of every profile without its facts, sorted by
	// name; it is made anew when the files or the keyring change.
	base []creds.Status
	// published is when the last snapshot was made; stale is set while a newer
	// one is due.
	published  time.Time
	publishing time.Duration // how long the last one took to make
	stale      bool
	problems   map[string]creds.Error
	// flaws are problems, too, of the form of the AWS files.
	flaws []creds.Error
}

// facts are what has happened to a profile since the agent started.
type facts struct {
	refreshing bool
	// queued is set while a silent renewal waits for its turn, and ending while
	// what was lent is being taken back.
	queued, ending bool
	failed         *creds.Error
	failedAt       time.Time
	// told is when the world was told last that the profile is in use.
	told time.Time
	// failures counts silent renewals that failed in a row; none is tried
	// before retry.
	failures int
	retry    time.Time
	// unreturned is set while what was lent could not be taken back.
	unreturned bool
}

// NewManager returns a manager that has not read anything yet. [Manager.Run]
// must be called: it reads the saved sessions, which the first answers wait for,
// and renews sessions by itself.
func NewManager(cfg Config) *Manager {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Manager{
		cfg:         cfg,
		sessionName: sessionName(),
		feed:        NewFeed(creds.Snapshot{}),
		wake:        make(chan struct{}, 1),
		tried:       make(chan struct{}),
		saving:      make(chan struct{}, 1),
		adding:      make(chan struct{}, 1),
		writing:     make(chan struct{}, 1),
		signIns:     map[string]*signIn{},
		hanging:     map[string][]string{},
		lists:       map[string]accountList{},
		saved:       sessionStore{path: filepath.Join(cfg.StateDir, "sessions.age"), vault: cfg.Vault},
		files:       awsFiles{paths: cfg.Files, Set: &profile.Set{}},
		keys:        map[string]bool{},
		store:       newStore(),
		facts:       map[string]*facts{},
		flights:     map[string]*flight{},
		slots:       map[string]chan struct{}{},
		leaving:     map[string]int{},
		asking:      map[string]int{},
		spent:       map[string]spentCode{},
		refused:     map[string]int{},
		allowed:     map[string]time.Time{},
		problems:    map[string]creds.Error{},
		replacing:   map[string]replacement{},
	}
	m.readSettings()
	m.client = awscall.New(cfg.AWS, cfg.Log)
	m.sso = sso.NewClient(m.client.Config(), cfg.Tokens, cfg.Log)
	m.saving <- struct{}{}
	m.writing <- struct{}{}
	m.adding <- struct{}{}
	m.life, m.end = context.WithCancel(context.Background())
	return m
}

// sessionName is what role sessions are called in CloudTrail where the profile
// does not say: the person's login name, in the characters that AWS allows.
func sessionName() string {
	name := "daypass"
	if u, err := user.Current(); err == nil {
		// Windows has DOMAIN\name.
		name = u.Username[strings.LastIndexByte(u.Username, '\\')+1:]
	}
	name = strings.Map(func(r rune) rune {
		if r < 128 && (r == '_' || strings.ContainsRune("+=,.@-", r) || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z') {
			return r
		}
		return '-'
	}, name)
	if len(name) < 2 {
		name = "daypass"
	}
	return name[:min(len(name), 64)]
}

// Watch gives the latest snapshot, and each later one; see [Feed.Watch]. The
// prompts in it are not filled in: they are the [User]'s.
func (m *Manager) Watch(ctx context.Context) <-chan creds.Snapshot { return m.feed.Watch(ctx) }

// startPatience bounds how long the first answers wait for the keyring: an
// agent that was just started must not deny the sessions of the last one.
const startPatience = 3 * time.Second

func (m *Manager) awaitStart(ctx context.Context) {
	select {
	case <-m.tried:
		return
	default:
	}
	patience := time.NewTimer(startPatience)
	defer patience.Stop()
	select {
	case <-m.tried:
	case <-patience.C:
	case <-ctx.Done():
	}
}

// Snapshot returns the state of all profiles as the files have them now.
func (m *Manager) Snapshot(ctx context.Context) creds.Snapshot {
	m.awaitStart(ctx)
	m.rereadTokensIfOld(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	m.publishStale()
	return m.feed.Current()
}

// Status returns the state of one profile as the files have it now.
func (m *Manager) Status(ctx context.Context, name string) (creds.Status, error) {
	m.awaitStart(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	return m.status(name)
}

// status is called with the lock held.
func (m *Manager) status(name string) (creds.Status, error) {
	i, ok := m.find(name)
	if !ok {
		return creds.Status{}, creds.Errorf(creds.CodeNoProfile, "there is no profile %q in the AWS config and credentials files", name)
	}
	s := m.withFacts(m.base[i])
	if refused := m.files.Flaws.Refused; len(refused) > 0 {
		s.Flaws, s.Unfound = slices.Concat(refused, s.Flaws), true
	}
	return s, nil
}

// standing is what a profile has now.
type standing struct {
	chain profile.Chain
	// whole is the chain with the code that it asks a person for; chain is without
	// it where the profile holds what was got for its key alone.
	whole profile.Chain
	// own is what the profile asks AWS for by itself.
	own request
	// session is the one that the chain leads to; it may have ended, and is
	// the zero value if there is none.
	session session
	held    held
	// inFile reports whether the credentials file holds credentials that the
	// chain led to, under the profile's name or a derived one.
	inFile bool
}

// by returns the way that leads to an origin, and whether one does.
func (s standing) by(origin string) (profile.Chain, bool) {
	if s.whole.Origin(len(s.whole.Roles)) == origin {
		return s.whole, true
	}
	alone := s.whole.WithKeyAlone()
	return alone, s.whole.MFAOfSource && alone.Origin(len(alone.Roles)) == origin
}

// settled reports whether they are those of the session, too, and not of the
// one before it.
func (s standing) settled() bool {
	return s.inFile && s.held.Written.AccessKeyID == s.session.AccessKeyID
}

// stand says how a profile stands. Whoever decides on what is held asks here,
// since a profile may have been changed after it was given something, and the
// credentials file too. It is called with the lock held.
func (m *Manager) stand(name string) (standing, error) {
	c, err := m.profiles().Resolve(name)
	s := standing{chain: c, whole: c, held: m.store.Held[name]}
	if err != nil {
		return s, err
	}
	if alone, ok := s.by(s.held.Origin); ok && !m.store.Sessions.latest(c.Origin(len(c.Roles))).usable(m.client.Now()) {
		c, s.chain = alone, alone
	}
	if s.own, err = m.request(c, 0); err != nil {
		return s, err
	}
	s.session = m.store.Sessions.get(s.own)
	isHeld := s.held.Origin == s.own.Origin
	if given := m.store.Sessions.get(s.held.request); isHeld && (given.usable(m.client.Now()) || s.session.Expires.IsZero()) {
		s.session = given // of the lifetime that was chosen for it
	}
	s.inFile = isHeld && m.stands(s.held.Written) && !s.held.isOver(time.Now())
	return s, nil
}

// stands reports whether the credentials file still holds what was written. It
// is called with the lock held.
func (m *Manager) stands(w writtenKey) bool {
	return w.Section != "" && m.isWrittenLocked(w, m.files.Profiles[w.Section].AccessKeyID)
}

// A replacement is an access key ID that takes another's place in the file.
type replacement struct{ old, new string }

// isWrittenLocked reports whether an access key ID that the section of w has in the
// file is the one that was written there. While it is being replaced the file
// may be ahead of the store, or the store of what was read of the file.
func (m *Manager) isWrittenLocked(w writtenKey, accessKeyID string) bool {
	if w.AccessKeyID == accessKeyID {
		return true
	}
	r, ok := m.replacing[w.Section]
	return ok && (w.AccessKeyID == r.old && accessKeyID == r.new || w.AccessKeyID == r.new && accessKeyID == r.old)
}

func (m *Manager) find(name string) (int, bool) {
	return slices.BinarySearchFunc(m.base, name, func(s creds.Status, name string) int {
		return strings.Compare(s.Name, name)
	})
}

// Reread looks whether the AWS files have changed, and publishes a snapshot if so.
// Where they have not, it costs a stat of each.
func (m *Manager) Reread(ctx context.Context) {
	m.awaitStart(ctx)
	m.mu.Lock()
	m.reread()
	isNew := false
	for id := range m.files.Sessions {
		_, known := m.tokensOf[id]
		isNew = isNew || !known
	}
	m.mu.Unlock()
	if isNew {
		m.RereadTokens(ctx) // another program may have signed in to it
	}
}

// reread looks whether the AWS files have changed. It is called with the lock
// held.
func (m *Manager) reread() {
	// No caller's context: one that leaves would look like a broken file.
	changed, err := m.files.load(m.life)
	if m.life.Err() != nil {
		return
	}
	if news := m.noteFilesLocked(err); news || changed {
		m.rebuild()
		m.publish()
	}
}

// noteFilesLocked notes what is wrong with the AWS files, or that nothing is, and
// reports whether that is news.
func (m *Manager) noteFilesLocked(err error) (news bool) {
	news = m.setProblem(topicFiles, err)
	flaws := m.files.Flaws.General()
	news = news || !slices.Equal(flaws, m.flaws)
	m.flaws = flaws
	news = m.setProblem(topicDisagree, m.files.Disagree) || news
	return m.setProblem(topicExposed, m.files.Exposed) || news
}

// changed shows the world what a change of the store has made of it.
func (m *Manager) changed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	// Two writes within a tick of the file system's clock may look like one.
	m.files.read = false
	if _, err := m.files.load(m.life); m.life.Err() == nil {
		m.noteFilesLocked(err)
	}
	m.rebuild()
	m.publish()
}

// The topics that problems are about, in the order in which they are told.
const (
	topicFiles    = "1 files"
	topicDisagree = "2 disagreement"
	topicExposed  = "2 open to others"
	topicKeyring  = "3 keyring"
	topicSessions = "4 sessions"
	topicSaving   = "5 saving"
	topicClock    = "6 clock"
	topicSettings = "8 settings"
	topicPath     = "8a path"

	topicBookmarks = "9 bookmarks"
	topicVisits    = "9 visits"
)

// setProblem notes a problem that concerns no single profile, or that it is
// gone, and reports whether that is news. It is called with the lock held.
func (m *Manager) setProblem(topic string, err error) (news bool) {
	old, had := m.problems[topic]
	if err == nil {
		delete(m.problems, topic)
		return had
	}
	problem := *creds.AsError(err)
	m.problems[topic] = problem
	return problem != old
}

// profiles returns what the files and the keyring say. It is called with the
// lock held.
func (m *Manager) profiles() profile.Resolver {
	return profile.Resolver{
		ByName:   m.files.Profiles,
		HasKey:   func(name string) bool { return m.keys[name] },
		Endpoint: m.client.EndpointName,
		KeyAlone: m.goesByKeyAlone,
		Ours: func(p profile.Profile) bool {
			w := m.store.Held[p.Name].Written
			return w.Section == p.Name && m.isWrittenLocked(w, p.AccessKeyID)
		},
		Unread: m.unreadLocked(),
	}
}

// goesByKeyAlone reports whether a person wants a profile's role without the MFA
// device of its source.
func (m *Manager) goesByKeyAlone(name string) bool {
	chosen := m.settings()
	return isOff(cmp.Or(chosen.Profile[name].MFAOfSource, chosen.MFAOfSource))
}

// errUnread marks the errors of profiles whose key may be in a keyring that has
// not been read.
var errUnread = errors.New("the keyring has not been read yet")

// unreadError is why the keyring has not been read.
type unreadError struct{ why creds.Error }

func (e *unreadError) Error() string { return e.why.Message }

func (e *unreadError) Unwrap() []error { return []error{errUnread, &e.why} }

// unreadLocked returns why the keyring has not been read, nil if it has.
func (m *Manager) unreadLocked() error {
	if m.loaded {
		return nil
	}
	if problem, ok := m.problems[topicKeyring]; ok {
		return &unreadError{problem}
	}
	return &unreadError{creds.Error{Code: creds.CodeKeyringLocked, Message: errUnread.Error()}}
}

// rebuild makes base anew. It is called with the lock held.
func (m *Manager) rebuild() {
	all := m.profiles()
	derived := map[string]bool{}
	for name, h := range m.store.Held {
		if h.Written.Section != name && m.stands(h.Written) {
			derived[h.Written.Section] = true
		}
	}
	m.adjustLeases()
	chosen := m.settings()
	m.base = make([]creds.Status, 0, len(all.ByName))
	m.hanging = make(map[string][]string, len(m.files.Sessions))
	for name, p := range all.ByName {
		if derived[name] {
			continue // our own work, shown with the profile it was made for
		}
		c, err := all.Resolve(name)
		s := creds.Status{
			Name: name, Kind: c.Kind, Phase: creds.PhaseIdle,
			AccountID: c.Account(), Region: c.Region, RoleARN: p.RoleARN,
			SourceProfile: p.Source, MFASerial: c.MFASerial, Session: c.SSOSession,
		}
		if c.Base.Name != name {
			s.KeyProfile = c.Base.Name
		}
		s.Flaws, s.Unfound = m.files.FlawsUsing(name, "")
		s.AccountName = m.store.Names[s.AccountID]
		own := chosen.Profile[name]
		s.Favourite, s.Sensitive = own.Favourite, own.Sensitive
		s.Unannounced = isOff(chosen.Notices.Ending) || isOff(own.Notices)
		if c.SSOSession != "" {
			s.Person = m.personOfLocked(m.files.Sessions[c.SSOSession])
			m.hanging[c.SSOSession] = append(m.hanging[c.SSOSession], name)
			if len(c.Roles) == 0 {
				s.RoleName = p.SSO.RoleName
			}
		}
		if s.AccountID == "" {
			s.AccountID = m.store.Accounts[name]
		}
		if s.Kind == "" {
			s.Kind = creds.KindRole // a chain that broke before its base
		}
		if _, tried := m.problems[topicKeyring]; err != nil && (tried || !errors.Is(err, errUnread)) {
			s.Err = creds.AsError(err)
		}
		m.base = append(m.base, s)
	}
	slices.SortFunc(m.base, func(a, b creds.Status) int { return strings.Compare(a.Name, b.Name) })
}

// isOff reports whether a switch that is on by itself is off.
func isOff(choice *bool) bool { return choice != nil && !*choice }

// withFacts returns a status with what has happened to the profile. It is
// called with the lock held.
func (m *Manager) withFacts(s creds.Status) creds.Status {
	if h, ok := m.store.Held[s.Name]; ok {
		s.LastUsed = h.LastUsed
		if m.stands(h.Written) {
			s.WrittenAs = h.Written.Section
			s.Flaws, s.Unfound = m.files.FlawsUsing(s.Name, s.WrittenAs)
		}
		// What is not in the file is of no use to AWS_PROFILE, and not
		// called valid.
		if now, err := m.stand(s.Name); err == nil && now.inFile {
			off := m.client.FarOff()
			s.Issued, s.Expires, s.Note = h.Written.Issued.Add(off), h.ends(h.Written.Expires.Add(off)), h.Written.Note
			s.NeedsPerson = s.Sensitive || !m.needsNobody(now.chain)
		}
	}
	f := m.facts[s.Name]
	switch {
	case f == nil:
	case f.refreshing && m.asking[s.MFASerial] > 0:
		s.Phase = creds.PhaseNeedsMFA
	case f.refreshing && s.Session != "" && m.asking[askingSignIn(s.Session)] > 0:
		s.Phase = creds.PhaseNeedsSSO
	case f.refreshing:
		s.Phase = creds.PhaseRefreshing
	case f.failed != nil:
		s.Phase, s.Err = creds.PhaseFailed, f.failed
	}
	return s
}

// publishPace is the shortest time between two snapshots but for those that
// somebody asks for: hundreds of profiles change at once after a sign-in, and each
// snapshot tells of all. Of many profiles it takes so long that it is made more
// rarely still: what changes them needs the lock, too.
const (
	publishPace  = 50 * time.Millisecond
	publishShare = 10
)

// publish has a snapshot of the present made, now or soon. It is called with the
// lock held.
func (m *Manager) publish() {
	if m.stale {
		return
	}
	if wait := max(publishPace, publishShare*m.publishing) - time.Since(m.published); wait > 0 {
		m.stale = true
		time.AfterFunc(wait, func() {
			safely.Run(m.cfg.Log, "a snapshot", func() {
				m.mu.Lock()
				defer m.mu.Unlock()
				m.publishStale()
			})
		})
		return
	}
	m.publishNow()
}

// publishStale makes the snapshot that waits to be made. It is called with the
// lock held.
func (m *Manager) publishStale() {
	if m.stale {
		m.publishNow()
	}
}

// publishNow makes a snapshot of the present. It is called with the lock held.
func (m *Manager) publishNow() {
	began := time.Now()
	m.stale = false
	s := creds.Snapshot{Profiles: slices.Clone(m.base), DoNotDisturb: m.settings().Notices.DoNotDisturb}
	touch := func(name string) {
		if i, ok := m.find(name); ok {
			s.Profiles[i] = m.withFacts(m.base[i])
		}
	}
	for name := range m.store.Held {
		touch(name)
	}
	for name := range m.facts {
		touch(name)
	}
	for _, id := range slices.Sorted(maps.Keys(m.files.Sessions)) {
		s.Sessions = append(s.Sessions, m.session(m.files.Sessions[id]))
	}
	if problem, broken := m.problems[topicFiles]; broken {
		s.Problems = append(s.Problems, problem)
	}
	s.Problems = append(s.Problems, m.flaws...)
	for _, topic := range slices.Sorted(maps.Keys(m.problems)) {
		if topic != topicFiles {
			s.Problems = append(s.Problems, m.problems[topic])
		}
	}
	m.feed.Publish(s)
	m.wakeLocked() // what is due may be something else now
	m.published = time.Now()
	m.publishing = m.published.Sub(began)
}

// wakeLocked has Run look what is due.
func (m *Manager) wakeLocked() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}
