package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/browsers"
	"daypass/creds/console"
	"daypass/creds/consolesignin"
	"daypass/creds/core"
	"daypass/creds/settings"
	"daypass/creds/settings/schema"
	"daypass/creds/vault"
	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/internal/words"
	"daypass/sso"
	"daypass/tray"
	"daypass/tray/login"
	"daypass/tray/machine"
)

// serve makes the agent and runs it until ctx ends, a person quits, or a client stops it.
func serve(ctx context.Context, seat *agent.Seat, folders core.Folders, o options, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	shown := &windows{log: log}
	config, err := configure(ctx, folders, o, shown, log)
	if err != nil {
		return err
	}
	config.Seat = seat
	used := make(chan struct{}, 1)
	config.Used = func() {
		select {
		case used <- struct{}{}:
		default: // known already
		}
	}
	a := agent.New(config)
	shown.raise, shown.failed = a.Raise, config.Broker.SayUnshown
	go safely.Keep(ctx, log, "the care for memory", func(ctx context.Context) { keepSmall(ctx, a.Watch(ctx), used) })
	if o.headless {
		return a.Run(ctx)
	}
	go safely.Run(log, "the watch of the desktop", func() { watchDesktop(ctx, config.Manager, log) })
	served := make(chan error, 1)
	go func() {
		served <- safely.Do(log, "the agent", func() error { return a.Run(ctx) })
		cancel()
	}()
	switch err := tray.Run(ctx, a.Watch(ctx), actions(ctx, a, config, shown), log); {
	case errors.Is(err, tray.ErrBusCame):
		cancel()
		return errors.Join(<-served, err)
	case errors.Is(err, tray.ErrBusGone):
		// Otherwise the agent of the next session could not start.
		log.Info("the desktop's session is over: its bus has closed")
	case err != nil:
		// A desktop that shows no tray can still be served.
		log.Error("there is no tray icon", "error", err)
		return <-served
	}
	cancel()
	return <-served
}

// configure reads the environment and the settings, and makes the parts of the agent.
func configure(ctx context.Context, folders core.Folders, o options, shown *windows, log *slog.Logger) (agent.Config, error) {
	var desktop agent.Desktop
	if !o.headless {
		desktop = agent.Desktop{Window: shown.prompt, Browse: newSignInBrowser(log).browse}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return agent.Config{}, lang.Errorf("finding the token cache: %w", err)
	}
	chosen, err := settings.New(filepath.Join(folders.Config, "config.toml"))
	chosen.KeepLastGood(filepath.Join(folders.State, "config.last-good.toml"))
	if err != nil {
		// The agent serves with the last good settings; the snapshots have the fault.
		log.Warn("the settings have a fault", "error", chosen.Fault())
	}
	path, errPath := searchPath(os.Getenv("PATH"), chosen.Current().Path, usualFolders(runtime.GOOS, home, userName()), trustedFolder)
	if err := os.Setenv("PATH", path); err != nil {
		return agent.Config{}, err
	}
	if errPath != nil {
		log.Warn("folders of programs are left out", "error", errPath)
	}
	aws, err := awscall.Load(ctx)
	if err != nil {
		return agent.Config{}, lang.Errorf("reading how AWS is reached: %w", err)
	}
	logins, err := filepath.Abs(consolesignin.Locate(os.Getenv, runtime.GOOS, home))
	if err != nil {
		return agent.Config{}, lang.Errorf("finding the login cache: %w", err)
	}
	config := agent.Config{
		Broker:   agent.NewBroker(desktop, log),
		Settings: chosen,
		Consoles: agent.Consoles{
			Bookmarks: console.NewBookmarks(filepath.Join(folders.Config, "bookmarks.toml"), awscall.SigninEndpoint(aws)),
			Visits:    console.NewVisits(filepath.Join(folders.State, "visits.json"), log),
			Browsers: func(ctx context.Context) []browsers.Browser {
				return browsers.Find(ctx, browsers.System())
			},
		},
		// No variable and no setting moves it.
		Tokens:   sso.NewCache(filepath.Join(home, ".aws", "sso", "cache"), log),
		Logins:   consolesignin.NewCache(logins, log),
		Version:  words.Version(),
		Headless: o.headless,
		Desktop:  desktopIn(o),
		OnDemand: o.onDemand,
		Log:      log,
	}
	if !o.headless {
		config.Consoles.Open, config.Consoles.Copy = browsers.Open, copySecret(ctx)
		config.Show = func(window agentapi.Window, arg string) *agent.Opening { return shown.show(ctx, window, arg) }
		program, err := os.Executable()
		if err != nil {
			return agent.Config{}, err
		}
		config.Login = login.New(program)
	}
	manager, files, err := newManager(core.Config{
		Settings: chosen.Current,
		Choose:   choiceIn(chosen),
		Names:    agent.Names{Settings: chosen, Bookmarks: config.Consoles.Bookmarks, Visits: config.Consoles.Visits},
		StateDir: folders.State,
		Tokens:   config.Tokens,
		Logins:   config.Logins,
		Roles:    sso.NewRoleCache(filepath.Join(home, ".aws", "cli", "cache"), log), // as above
		AWS:      aws,
		User:     config.Broker,
		Around:   surroundings(folders, o),
		Log:      log,
	})
	if err != nil {
		return agent.Config{}, err
	}
	manager.NotePath(errPath)
	config.Manager = manager
	config.Files = agentapi.Files{Config: files.Config, Credentials: files.Credentials, LoginCache: logins}
	return config, nil
}

// desktopIn is the agent's desktop session, or "".
func desktopIn(o options) string {
	if o.headless {
		return ""
	}
	return desktopSession(os.Getenv, runtime.GOOS)
}

// watchDesktop locks sensitive profiles again when the screen is locked, and repeats what has
// failed when the machine wakes up or gets a network, until ctx ends.
func watchDesktop(ctx context.Context, manager *core.Manager, log *slog.Logger) {
	err := machine.Watch(ctx, machine.Events{
		Locked: func() { _ = manager.LockAgain(ctx) }, // logged, and tried again
		Woke:   manager.Hurry,
		Online: manager.Hurry,
	}, log)
	if err != nil {
		log.Info("a locked screen is not noticed here", "error", err)
	}
}

// actions is what clicks in the tray do.
func actions(ctx context.Context, a *agent.Agent, config agent.Config, shown *windows) tray.Actions {
	by := creds.Requester{Surface: creds.SurfaceTray}
	return tray.Actions{
		Refresh: a.Refresh,
		Logout:  config.Manager.Logout,
		Unlock:  func(ctx context.Context) error { return a.Unlock(ctx, by) },
		ShowPrompt: func(id string) {
			if _, err := config.Broker.Show(id); err != nil {
				config.Log.Info("a prompt was not shown", "error", err)
			}
		},
		SignIn: func(ctx context.Context, session string, force bool) error {
			_, err := a.SignIn(ctx, session, force)
			return err
		},
		SignOut: config.Manager.SignOut,
		Console: func(ctx context.Context, profile, bookmark string) (creds.ConsoleReply, error) {
			return a.Console(ctx, creds.ConsoleRequest{Profile: profile, Bookmark: bookmark}, by)
		},
		Reopen:      func(ctx context.Context, visit string) error { return a.Reopen(ctx, visit, by) },
		Window:      func() { shown.show(ctx, agentapi.WindowStatus, "") },
		Add:         func() { shown.show(ctx, agentapi.WindowAdd, "") },
		Settings:    func() { shown.show(ctx, agentapi.WindowSettings, "") },
		Activated:   shown.focus.note,
		HostChanged: func(there bool) { a.NoteNoIcon(!there) },
		NoHost: func() {
			a.NoteNoIcon(true)
			// Nobody looks for the icon of an agent that a command has started.
			if !config.OnDemand {
				shown.show(ctx, agentapi.WindowStatus, "", "--no-icon")
			}
		},
		Rotate:     func(profile string) { shown.show(ctx, agentapi.WindowRotate, profile) },
		Reminded:   a.Reminded,
		ImportKeys: func() { shown.show(ctx, agentapi.WindowImportKeys, "") },
		Announced:  a.Announced,
		Import:     func(session string) { shown.show(ctx, agentapi.WindowImport, session) },
		Migrate:    func(startURL string) { shown.show(ctx, agentapi.WindowMigrate, startURL) },
	}
}

// newManager adds the files and the keyring of the environment to a manager's
// configuration, and makes the manager.
func newManager(c core.Config) (*core.Manager, awsfile.Paths, error) {
	files, err := locateFiles()
	if err != nil {
		return nil, files, err
	}
	c.Files = files
	home, _ := os.UserHomeDir() // without one there is nothing of aws-vault's
	c.Vault = vault.New(vault.Config{
		Backend:        cmp.Or(os.Getenv(backendVariable), c.Settings().KeyringBackend),
		Variable:       chosenBy(backendVariable),
		Dir:            c.StateDir,
		PassphraseFile: os.Getenv("DAYPASS_KEYRING_PASSPHRASE_FILE"),
		User:           c.User,
		Home:           home,
		Log:            c.Log,
	})
	return core.NewManager(c), files, nil
}

const backendVariable = "DAYPASS_KEYRING_BACKEND"

// chosenBy returns the name of a variable that is set, otherwise "".
func chosenBy(variable string) string {
	if os.Getenv(variable) == "" {
		return ""
	}
	return variable
}

// choiceIn writes one of a profile's settings, or for the profile "" one of all.
func choiceIn(s *settings.Store) func(ctx context.Context, profile, setting string, value any) error {
	return func(ctx context.Context, profile, setting string, value any) error {
		key := setting
		if profile != "" {
			key = schema.ProfileKey(profile, setting)
		}
		return s.Change(ctx, []creds.SettingChange{{Key: key, Value: value}})
	}
}

// locateFiles returns the absolute paths of the AWS files.
func locateFiles() (awsfile.Paths, error) {
	files, err := awsfile.Locate(os.Getenv, runtime.GOOS)
	if err != nil {
		return files, err
	}
	if files.Config, err = filepath.Abs(files.Config); err != nil {
		return files, err
	}
	files.Credentials, err = filepath.Abs(files.Credentials)
	return files, err
}
