// Package core turns long-term keys and sign-ins into temporary credentials. It talks to
// STS, IAM and Identity Center, keeps sessions encrypted on disk, and writes credentials
// to the credentials file.
//
// A [Manager] consists of owners of state, each with its own small lock, and of flows,
// which act on what the owners say. [owners] lists the former, and the Manager's fields
// are the latter. Long-term keys are in a [vault.Vault]. A [User] is the person, who is
// asked when AWS requires it.
package core

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awsfile"
	"daypass/creds/consolesignin"
	"daypass/creds/vault"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/sso"
)

// Config is what a [Manager] works with.
type Config struct {
	Files awsfile.Paths
	// Settings returns what the person has chosen. It is called at the start and by
	// [Manager.SettingsChanged].
	Settings func() creds.Settings
	// Choose writes one of a profile's settings, or for the profile "" one of all, by its
	// name in config.toml, that a person has decided on in another place.
	Choose func(ctx context.Context, profile, setting string, value any) error
	// Names are what else knows profiles by their names; nil is nothing.
	Names Names
	// StateDir holds the encrypted sessions.
	StateDir string
	// Tokens is the token cache that is shared with the AWS CLI and SDKs.
	Tokens *sso.Cache
	// Logins is the login cache that is shared with the AWS CLI and SDKs; nil keeps console
	// sign-ins in StateDir.
	Logins *consolesignin.Cache
	// Roles is the AWS CLI's own cache of credentials; nil leaves it alone.
	Roles *sso.RoleCache
	Vault *vault.Vault
	// AWS says how to reach AWS; see [awscall.Load].
	AWS  aws.Config
	User User
	// Around is what [Custody.Health] looks at besides the core's own.
	Around Surroundings
	// CopyWork is how many times a passphrase of a key's copy is worked through before it is
	// used, as a power of two; zero is age's own choice.
	CopyWork int
	Log      *slog.Logger
}

// Manager is the refresh engine. It alone writes sessions, the credentials file and the
// profiles' states. Its snapshots show the states.
type Manager struct {
	*owners
	keeper    *keeper
	refresher *refresher
	writer    *writer
	leases    leases
	signer    *signer
	signOut   *signOut
	console   *consoleSigner
	importer  *importer
	adder     *adder
	consoles  *consoles
	schedule  *schedule
	recipes   recipes
	custody   *Custody
}

// NewManager returns a manager that has read nothing yet. [Manager.Run] must be called:
// it reads the saved sessions, which the first answers wait for, and renews sessions.
func NewManager(cfg Config) *Manager {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Logins == nil {
		cfg.Logins = consolesignin.NewCache(filepath.Join(cfg.StateDir, "logins"), cfg.Log)
	}
	if cfg.Names == nil {
		cfg.Names = noNames{}
	}
	o := newOwners(cfg)
	m := &Manager{owners: o, keeper: newKeeper(o)}
	asker := asker{o}
	m.writer = newWriter(o, m.keeper)
	m.leases = leases{o, m.writer}
	m.signer = &signer{owners: o, asker: asker, keeper: m.keeper}
	m.console = &consoleSigner{owners: o, asker: asker, writer: m.writer}
	issuer := &issuer{owners: o, asker: asker, keeper: m.keeper, signer: m.signer, console: m.console, sessionName: sessionName()}
	m.refresher = &refresher{owners: o, asker: asker, keeper: m.keeper, issuer: issuer, writer: m.writer}
	m.console.refresher = m.refresher
	sweeper := &sweeper{owners: o, keeper: m.keeper, refresher: m.refresher}
	m.signOut = &signOut{owners: o, keeper: m.keeper, writer: m.writer, signer: m.signer, sweeper: sweeper}
	m.signer.sweeper, m.signer.signOut = sweeper, m.signOut
	m.importer = &importer{owners: o, signer: m.signer, signOut: m.signOut, sweeper: sweeper, writer: m.writer}
	m.adder = &adder{owners: o, keeper: m.keeper, writer: m.writer, turn: make(chan struct{}, 1)}
	m.adder.turn <- struct{}{}
	m.recipes = recipes{o, m.keeper, m.writer}
	m.consoles = &consoles{owners: o, asker: asker, issuer: issuer, refresher: m.refresher}
	m.custody = newCustody(m, issuer, asker)
	m.schedule = &schedule{
		owners: o, keeper: m.keeper, refresher: m.refresher, leases: m.leases, signer: m.signer, console: m.console, custody: m.custody,
		tried: make(chan struct{}), slots: map[string]chan struct{}{},
	}
	return m
}

// Run reads the saved sessions. Until ctx ends it renews sessions that need nobody:
// roles while their user's session lasts, users without MFA, and what comes from a
// sign-in while that lasts. When it returns, all refreshes have
// ended.
func (m *Manager) Run(ctx context.Context) error {
	defer m.schedule.shutDown()
	defer m.leases.lockAtEnd()
	return m.schedule.run(ctx)
}

// Watch gives the latest snapshot and each later one; see [Feed.Watch]. It leaves out
// prompts, which are the [User]'s.
func (m *Manager) Watch(ctx context.Context) <-chan creds.Snapshot { return m.view.feed.Watch(ctx) }

// Snapshot returns the state of all profiles as the files have them now.
func (m *Manager) Snapshot(ctx context.Context) creds.Snapshot {
	m.schedule.awaitStart(ctx)
	m.signer.rereadTokensIfOld(ctx)
	m.console.rereadLoginsIfOld(ctx)
	m.reread()
	return m.view.current()
}

// Status returns the state of one profile as the files have it now.
func (m *Manager) Status(ctx context.Context, name string) (creds.Status, error) {
	m.schedule.awaitStart(ctx)
	m.reread()
	return m.view.status(m.named(name))
}

// Explain says step by step how a profile gets its credentials, by the present files.
func (m *Manager) Explain(ctx context.Context, name string) (creds.Explanation, error) {
	m.schedule.awaitStart(ctx)
	m.reread()
	return explainer{m.owners}.explain(m.named(name))
}

// Refresh gives a profile credentials that last, and writes them to the credentials
// file. Callers that ask for the same profile at the same time share one refresh, which
// goes on after they leave. The error is a [creds.Error] if there is a code for it.
func (m *Manager) Refresh(ctx context.Context, name string, o RefreshOptions) (creds.Status, error) {
	name, err := m.find(ctx, name, o.Requester)
	if err != nil {
		return creds.Status{}, err
	}
	one, err := m.refresher.refresh(ctx, name, o)
	if err != nil {
		return creds.Status{}, err
	}
	s, err := m.view.status(name)
	if s.Note == "" && s.Expires.Sub(s.Issued) < o.Duration-time.Minute {
		s.Note = one.Note // another login that asked for less has written since
	}
	return s, err
}

// find returns the profile that a name means. It reads the keyring first, which knows
// what earlier logins have made.
func (m *Manager) find(ctx context.Context, name string, by creds.Requester) (string, error) {
	if err := m.keeper.load(ctx, by); err != nil {
		return "", err
	}
	m.reread()
	return m.named(name), nil
}

// LayOut returns the profile that a login with a choice of layout is for: one that the
// files have, or one that is saved for it. undo takes that back if the login fails.
func (m *Manager) LayOut(ctx context.Context, name string, choice creds.LayoutChoice, by creds.Requester) (of string, undo func(), err error) {
	if err := m.keeper.load(ctx, by); err != nil {
		return "", nil, err
	}
	if err := m.writer.mayBeRead(); err != nil {
		return "", nil, err
	}
	return m.recipes.layOut(ctx, name, choice)
}

// MadeOf returns the profiles that logins have made of another.
func (m *Manager) MadeOf(name string) (made []string) {
	for of, r := range m.store.recipes() {
		if r.Source == name && of != name {
			made = append(made, of)
		}
	}
	return made
}

// Credentials returns credentials for a program: stored ones if they last long enough,
// else fresh ones. While a person is asked it waits until ctx ends. A later answer
// serves the next call.
func (m *Manager) Credentials(ctx context.Context, name string, by creds.Requester) (creds.Credentials, error) {
	return m.refresher.credentials(ctx, name, RefreshOptions{Requester: by})
}

// Use returns a profile's credentials for a command or a shell, with what goes with them into
// an environment.
func (m *Manager) Use(ctx context.Context, r creds.UseRequest, o RefreshOptions) (creds.UseReply, error) {
	var err error
	if r.Profile, err = m.find(ctx, r.Profile, o.Requester); err != nil {
		return creds.UseReply{}, err
	}
	return m.refresher.use(ctx, r, o)
}

// OneOff returns credentials that no profile of the AWS files has: of a role, or of a
// key that the request brings.
func (m *Manager) OneOff(ctx context.Context, r creds.OneOffRequest, o RefreshOptions) (creds.UseReply, error) {
	if r.Profile != "" {
		var err error
		if r.Profile, err = m.find(ctx, r.Profile, o.Requester); err != nil {
			return creds.UseReply{}, err
		}
	}
	return m.refresher.oneOff(ctx, r, o)
}

// Init asks AWS who a profile's long-term key belongs to, and writes the name and the MFA
// device beside the key.
func (m *Manager) Init(ctx context.Context, r creds.InitRequest, by creds.Requester) (creds.InitReply, error) {
	var err error
	if r.Profile, err = m.find(ctx, r.Profile, by); err != nil {
		return creds.InitReply{}, err
	}
	return m.adder.initialise(ctx, r, by)
}

// Console makes a console link with a profile's identity. It first refreshes credentials
// that have ended, which may ask a person.
func (m *Manager) Console(ctx context.Context, name string, o ConsoleOptions) (ConsoleLink, error) {
	name, err := m.find(ctx, name, o.Refresh.Requester)
	if err != nil {
		return ConsoleLink{}, err
	}
	return m.consoles.link(ctx, name, o)
}

// Logout ends a profile's session: it removes its credentials from the credentials file
// and the store, and cancels a refresh under way. AWS cannot end them early. Where the
// profile is a sign-in to the console, that ends for all that use it; an error says if AWS
// did not end it.
func (m *Manager) Logout(ctx context.Context, name string) error {
	if err := m.keeper.load(ctx, creds.Requester{}); err != nil {
		return err
	}
	m.reread()
	name = m.named(name)
	if _, isHeld := m.store.held(name); !isHeld {
		if _, err := m.view.status(name); err != nil {
			return err
		}
	}
	defer m.writer.blockRenewals(name)()
	if err := m.flights.cancel(ctx, func(f about) bool { return f.profile == name }); err != nil {
		return err
	}
	err := m.writer.release(ctx, name)
	if err == nil {
		m.recipes.forget(name)
	}
	if of, is := m.console.ofProfile(name); is {
		err = errors.Join(err, m.console.end(ctx, of))
	}
	return err
}

// LogoutAll ends the sessions of all profiles, and signs out of every SSO session and of
// the console: what stayed would give all credentials back without a question.
func (m *Manager) LogoutAll(ctx context.Context) error {
	if err := m.keeper.load(ctx, creds.Requester{}); err != nil {
		return err
	}
	m.signer.rereadTokens(ctx)
	names := slices.Collect(maps.Keys(m.store.allHeld()))
	sessions := slices.Sorted(maps.Keys(m.files.set().Sessions))
	signedIn := map[string]bool{}
	for _, id := range sessions {
		names = append(names, m.view.usersOf(id)...)
		signedIn[id] = m.signIns.get(id).has
	}
	m.console.rereadLogins(ctx)
	logins := m.view.consoleLogins()
	for arn := range logins {
		names = append(names, m.view.usersOfLogin(arn, "")...)
	}
	defer m.writer.blockRenewals(names...)()
	if err := m.signOut.cancel(ctx, sessions...); err != nil {
		return err
	}
	if err := m.flights.cancel(ctx, func(about) bool { return true }); err != nil {
		return err
	}
	// Local credentials first: AWS may not answer.
	err := m.writer.releaseAll(ctx, names)
	if err == nil {
		for name := range m.store.recipes() {
			m.recipes.forget(name)
		}
	}
	for _, id := range sessions {
		if signedIn[id] {
			err = errors.Join(err, m.signOut.end(ctx, id))
		} else if s, gone := m.findSession(id); gone == nil {
			err = errors.Join(err, m.signOut.forgetRoles(ctx, s))
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(logins)) {
		if m.logins.get(arn).has {
			err = errors.Join(err, m.console.end(ctx, logins[arn][0]))
		} else {
			err = errors.Join(err, m.console.forgetRoles(ctx, arn, ""))
		}
	}
	return err
}

// LockAgain locks all sensitive profiles at once and cancels attempts to unlock one: the
// screen was locked, say. It also ends the hour in which programs need not ask, as the
// person who allowed that is gone.
func (m *Manager) LockAgain(ctx context.Context) error { return m.leases.lockAll(ctx) }

// Add asks AWS who a long-term key belongs to, stores it in the keyring, and writes a
// profile for it to the config file. It stores nothing if AWS does not know the key.
func (m *Manager) Add(ctx context.Context, r creds.AddRequest) (creds.AddReply, error) {
	return m.adder.add(ctx, r)
}

// AddConsole makes a profile that gets its credentials by a sign-in to the console, and
// has a person sign in, unless somebody is signed in for it. It refuses a profile that gets
// credentials in another way.
func (m *Manager) AddConsole(ctx context.Context, r creds.AddConsoleRequest, o RefreshOptions) (creds.Status, error) {
	if err := m.adder.addConsole(ctx, r); err != nil {
		return creds.Status{}, err
	}
	o.SignIn = r.SignInOptions
	return m.Refresh(ctx, r.Profile, o)
}

// AddSession writes an [sso-session] section to the config file, or corrects the one of
// that name unless somebody is signed in with it.
func (m *Manager) AddSession(ctx context.Context, r creds.AddSessionRequest) error {
	return m.importer.addSession(ctx, r)
}

// SignIn signs in to an SSO session, unless that still lasts, and refreshes its
// profiles.
func (m *Manager) SignIn(ctx context.Context, id string, o RefreshOptions) (creds.SSOLoginReply, error) {
	return m.signer.signInAndRefresh(ctx, id, o)
}

// SignOut ends a session at AWS, and forgets its token and the credentials of all its
// profiles.
func (m *Manager) SignOut(ctx context.Context, id string) error { return m.signOut.end(ctx, id) }

// Accounts lists the accounts and roles of an SSO session. It opens the browser if a
// person asks and has to sign in.
func (m *Manager) Accounts(ctx context.Context, id string, o RefreshOptions) ([]creds.SSOAccount, error) {
	return m.importer.accountsAndRoles(ctx, id, o)
}

// Import makes profiles for the accounts and roles of a session, or shows what
// it would make.
func (m *Manager) Import(ctx context.Context, in creds.SSOImportRequest, o RefreshOptions) (creds.ConfigChange, error) {
	return m.importer.importAll(ctx, in, o)
}

// Migrate moves legacy profiles, which name their own start URL, to an [sso-session], or
// shows how. Only such a session can be renewed.
func (m *Manager) Migrate(ctx context.Context, in creds.SSOMigrateRequest) (creds.ConfigChange, error) {
	return m.importer.migrate(ctx, in)
}

// Unlock reads a keyring that was locked or did not answer, which may ask a person, and
// does what waited for it.
func (m *Manager) Unlock(ctx context.Context, by creds.Requester) error {
	return m.keeper.unlock(ctx, by)
}

// Reread publishes a snapshot if the AWS files have changed. If not, it costs a stat of
// each.
func (m *Manager) Reread(ctx context.Context) {
	m.schedule.awaitStart(ctx)
	m.reread()
	if !m.signIns.wereRead(m.files.set().Sessions) {
		m.signer.rereadTokens(ctx) // another program may have signed in to it
	}
	m.console.followFiles(ctx)
}

// RereadTokens reads the token cache. Call it when something in its folder has changed.
func (m *Manager) RereadTokens(ctx context.Context) { m.signer.rereadTokens(ctx) }

// RereadLogins reads the login cache. Call it when something in its folder has changed.
func (m *Manager) RereadLogins(ctx context.Context) { m.console.rereadLogins(ctx) }

// Hurry retries failed silent work at once. Call it when there may be a network again:
// the machine woke up, say.
func (m *Manager) Hurry() { m.schedule.hurry() }

// Unsaved returns one sentence on why sessions are not saved and so end with the agent;
// "" if they are saved.
func (m *Manager) Unsaved() string {
	if problem := m.problems.get(topicSaving); problem != nil {
		return problem.Message
	}
	return ""
}

// SettingsChanged must be called when the settings have changed.
func (m *Manager) SettingsChanged() {
	m.choices.reread()
	m.replan()
	m.reread()
	m.keeper.adjustLeases()
	m.view.publishAll()
}

// NoteSettings records what is wrong with the settings file; nil if nothing is.
func (m *Manager) NoteSettings(err error) { m.note(topicSettings, fileProblem(err)) }

// NotePath records folders of the setting path that are not searched; nil if there are
// none.
func (m *Manager) NotePath(err error) {
	if err != nil {
		err = &creds.Error{
			Code: creds.CodeFile, Message: err.Error(),
			Advice: lang.T("Change the folder, or path in config.toml, and end the agent with \"daypass stop\"."),
		}
	}
	m.note(topicPath, err)
}

// NoteConsole records why the bookmarks and the visits cannot be read; nil if they can.
func (m *Manager) NoteConsole(bookmarks, visits error) {
	m.note(topicBookmarks, fileProblem(bookmarks))
	m.note(topicVisits, fileProblem(visits))
}

// fileProblem returns the problem of a file that people edit, or of the file system.
func fileProblem(err error) error {
	var system syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.As(err, &system) || errors.Is(err, atomicfile.ErrNotRegular):
		return &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
	}
	return &creds.Error{Code: creds.CodeBadFile, Message: err.Error()}
}
