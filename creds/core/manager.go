// Package core turns long-term keys and sign-ins into temporary credentials: it keeps
// sessions encrypted on disk, talks to STS, IAM and Identity Center, and writes what
// it gets to the credentials file.
//
// A [Manager] is made of owners of state, each with a small lock of its own, and of
// flows, which decide by what the owners say: [owners] lists the former, and the
// Manager's fields the latter. Long-term keys are in a [vault.Vault]; a [User] is the
// person, who is asked where AWS wants one.
package core

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awsfile"
	"daypass/creds/vault"
	"daypass/internal/atomicfile"
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
	// AWS says how AWS is reached; see [awscall.Load].
	AWS  aws.Config
	User User
	Log  *slog.Logger
}

// Manager is the refresh engine: the only writer of sessions, of the
// credentials file and of the profiles' states. Whoever wants to know the
// states watches its snapshots.
type Manager struct {
	*owners
	keeper    *keeper
	refresher *refresher
	writer    *writer
	leases    leases
	signer    *signer
	signOut   *signOut
	importer  *importer
	adder     *adder
	consoles  *consoles
	schedule  *schedule
}

// NewManager returns a manager that has not read anything yet. [Manager.Run]
// must be called: it reads the saved sessions, which the first answers wait for,
// and renews sessions by itself.
func NewManager(cfg Config) *Manager {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	o := newOwners(cfg)
	m := &Manager{owners: o, keeper: newKeeper(o)}
	asker := asker{o}
	m.writer = newWriter(o, m.keeper)
	m.leases = leases{o, m.writer}
	m.signer = &signer{owners: o, asker: asker, keeper: m.keeper}
	issuer := &issuer{owners: o, asker: asker, keeper: m.keeper, signer: m.signer, sessionName: sessionName()}
	m.refresher = &refresher{owners: o, asker: asker, keeper: m.keeper, issuer: issuer, writer: m.writer}
	sweeper := &sweeper{owners: o, keeper: m.keeper, refresher: m.refresher}
	m.signOut = &signOut{owners: o, keeper: m.keeper, writer: m.writer, signer: m.signer, sweeper: sweeper}
	m.signer.sweeper, m.signer.signOut = sweeper, m.signOut
	m.importer = &importer{owners: o, signer: m.signer, signOut: m.signOut, sweeper: sweeper, writer: m.writer}
	m.adder = &adder{owners: o, keeper: m.keeper, writer: m.writer, turn: make(chan struct{}, 1)}
	m.adder.turn <- struct{}{}
	m.consoles = &consoles{owners: o, asker: asker, issuer: issuer, refresher: m.refresher}
	m.schedule = &schedule{
		owners: o, keeper: m.keeper, refresher: m.refresher, leases: m.leases, signer: m.signer,
		tried: make(chan struct{}), slots: map[string]chan struct{}{},
	}
	return m
}

// Run reads the saved sessions and renews, until ctx ends, those that need
// nobody: roles while the session of their user lasts, users without MFA, and
// what comes from a sign-in to Identity Center while that lasts.
// When it returns, all refreshes have ended.
func (m *Manager) Run(ctx context.Context) error {
	defer m.schedule.shutDown()
	defer m.leases.lockAtEnd()
	return m.schedule.run(ctx)
}

// Watch gives the latest snapshot, and each later one; see [Feed.Watch]. The
// prompts in it are not filled in: they are the [User]'s.
func (m *Manager) Watch(ctx context.Context) <-chan creds.Snapshot { return m.view.feed.Watch(ctx) }

// Snapshot returns the state of all profiles as the files have them now.
func (m *Manager) Snapshot(ctx context.Context) creds.Snapshot {
	m.schedule.awaitStart(ctx)
	m.signer.rereadTokensIfOld(ctx)
	m.reread()
	return m.view.current()
}

// Status returns the state of one profile as the files have it now.
func (m *Manager) Status(ctx context.Context, name string) (creds.Status, error) {
	m.schedule.awaitStart(ctx)
	m.reread()
	return m.view.status(name)
}

// Explain says how a profile comes by its credentials, step by step, as the
// files have it now.
func (m *Manager) Explain(ctx context.Context, name string) (creds.Explanation, error) {
	m.schedule.awaitStart(ctx)
	m.reread()
	return explainer{m.owners}.explain(name)
}

// Refresh gives a profile credentials that last, and writes them to the
// credentials file. All callers that ask for the same profile at the same time
// share one refresh, which goes on when they have left. Its result is an
// [creds.Error] where there is a code for it.
func (m *Manager) Refresh(ctx context.Context, name string, o RefreshOptions) (creds.Status, error) {
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

// Credentials returns credentials for a program: those at hand if they last
// long enough, else fresh ones. While a person is asked it waits as long as
// ctx allows; what the person answers later serves the next call.
func (m *Manager) Credentials(ctx context.Context, name string, by creds.Requester) (creds.Credentials, error) {
	return m.refresher.credentials(ctx, name, by)
}

// Console makes a link to the console in the identity of a profile. Credentials
// that have ended are refreshed first, with a question if need be.
func (m *Manager) Console(ctx context.Context, name string, o ConsoleOptions) (ConsoleLink, error) {
	return m.consoles.link(ctx, name, o)
}

// Logout ends a profile's session: its credentials leave the credentials file
// and the store, and a refresh under way is cancelled. AWS knows no way to end them
// before their time.
func (m *Manager) Logout(ctx context.Context, name string) error {
	if err := m.keeper.load(ctx, creds.Requester{}); err != nil {
		return err
	}
	m.reread()
	if _, isHeld := m.store.held(name); !isHeld {
		if _, err := m.view.status(name); err != nil {
			return err
		}
	}
	defer m.writer.blockRenewals(name)()
	if err := m.flights.cancel(ctx, func(f about) bool { return f.profile == name }); err != nil {
		return err
	}
	return m.writer.release(ctx, name)
}

// LogoutAll ends the sessions of all profiles, and signs out of every session of
// Identity Center: one that stayed would give them all back without a question.
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
	defer m.writer.blockRenewals(names...)()
	if err := m.signOut.cancel(ctx, sessions...); err != nil {
		return err
	}
	if err := m.flights.cancel(ctx, func(about) bool { return true }); err != nil {
		return err
	}
	// Here first: AWS may not answer.
	err := m.writer.releaseAll(ctx, names)
	for _, id := range sessions {
		if signedIn[id] {
			err = errors.Join(err, m.signOut.end(ctx, id))
		} else if s, gone := m.findSession(id); gone == nil {
			err = errors.Join(err, m.signOut.forgetRoles(ctx, s))
		}
	}
	return err
}

// LockAgain locks all sensitive profiles at once, and cancels what is under way to
// unlock one: the screen was locked, say. With them ends what programs may have for
// an hour without a question: the person is gone who said so.
func (m *Manager) LockAgain(ctx context.Context) error { return m.leases.lockAll(ctx) }

// Add stores a long-term key in the keyring and a profile for it in the config
// file, after asking AWS whose it is. Nothing is stored if AWS does not know the
// key.
func (m *Manager) Add(ctx context.Context, r creds.AddRequest) (creds.AddReply, error) {
	return m.adder.add(ctx, r)
}

// AddSession writes an [sso-session] section to the config file, or corrects the
// one of that name, unless somebody is signed in with it.
func (m *Manager) AddSession(ctx context.Context, r creds.AddSessionRequest) error {
	return m.importer.addSession(ctx, r)
}

// SignIn signs in to a session of Identity Center, unless it lasts, and
// refreshes its profiles.
func (m *Manager) SignIn(ctx context.Context, id string, o RefreshOptions) (creds.SSOLoginReply, error) {
	return m.signer.signInAndRefresh(ctx, id, o)
}

// SignOut ends a session at AWS and forgets its token, and the credentials of
// all its profiles.
func (m *Manager) SignOut(ctx context.Context, id string) error { return m.signOut.end(ctx, id) }

// Accounts lists the accounts and roles of a session of Identity Center. A
// person who asks is taken to the browser if that is needed.
func (m *Manager) Accounts(ctx context.Context, id string, o RefreshOptions) ([]creds.SSOAccount, error) {
	return m.importer.accountsAndRoles(ctx, id, o)
}

// Import makes profiles for the accounts and roles of a session, or shows what
// it would make.
func (m *Manager) Import(ctx context.Context, in creds.SSOImportRequest, o RefreshOptions) (creds.ConfigChange, error) {
	return m.importer.importAll(ctx, in, o)
}

// Migrate moves legacy profiles, which name their start URL themselves, to an
// [sso-session], or shows how: only such a session can be renewed.
func (m *Manager) Migrate(ctx context.Context, in creds.SSOMigrateRequest) (creds.ConfigChange, error) {
	return m.importer.migrate(ctx, in)
}

// Unlock has a keyring read that was locked, or did not answer, for which a person
// may be asked, and does what has waited for that.
func (m *Manager) Unlock(ctx context.Context, by creds.Requester) error {
	return m.keeper.unlock(ctx, by)
}

// Reread looks whether the AWS files have changed, and publishes a snapshot if so.
// Where they have not, it costs a stat of each.
func (m *Manager) Reread(ctx context.Context) {
	m.schedule.awaitStart(ctx)
	m.reread()
	if !m.signIns.wereRead(m.files.set().Sessions) {
		m.signer.rereadTokens(ctx) // another program may have signed in to it
	}
}

// RereadTokens looks what the token cache holds. Whoever watches the folder
// calls it when something there has changed.
func (m *Manager) RereadTokens(ctx context.Context) { m.signer.rereadTokens(ctx) }

// Hurry has what failed silently tried again at once. It is for moments at which
// there may be a network again: the machine woke up, say.
func (m *Manager) Hurry() { m.schedule.hurry() }

// Unsaved returns in a sentence why the sessions are not saved, so that they end
// with the agent; "" if they are.
func (m *Manager) Unsaved() string {
	if problem := m.problems.get(topicSaving); problem != nil {
		return problem.Message
	}
	return ""
}

// SettingsChanged is to be called when the settings have changed.
func (m *Manager) SettingsChanged() {
	m.choices.reread()
	m.keeper.adjustLeases()
	m.view.publishAll()
}

// NoteSettings notes what is wrong with the file of the settings, or that
// nothing is.
func (m *Manager) NoteSettings(err error) { m.note(topicSettings, fileProblem(err)) }

// NotePath notes folders of the setting path that are not looked into; nil if there
// are none.
func (m *Manager) NotePath(err error) {
	if err != nil {
		err = &creds.Error{
			Code: creds.CodeFile, Message: err.Error(),
			Advice: "Change the folder, or path in config.toml, and end the agent with \"daypass stop\".",
		}
	}
	m.note(topicPath, err)
}

// NoteConsole notes why the bookmarks and the visits cannot be read, or that they
// can.
func (m *Manager) NoteConsole(bookmarks, visits error) {
	m.note(topicBookmarks, fileProblem(bookmarks))
	m.note(topicVisits, fileProblem(visits))
}

// note notes the problem of a topic, or that there is none.
func (m *Manager) note(topic string, err error) {
	if m.problems.set(topic, err) {
		m.view.publish()
	}
}

// fileProblem is a fault of a file that people edit, or of the file system.
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
