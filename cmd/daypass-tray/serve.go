package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/creds/awsfile"
	"daypass/sso"
	"daypass/tray"
)

// serve puts the agent together and runs it until ctx ends, a person quits, or
// a client stops it.
func serve(ctx context.Context, seat *agent.Seat, o options, log *slog.Logger) error {
	var desktop agent.Desktop
	if !o.headless {
		desktop = agent.Desktop{Window: showPrompt, Browse: browse}
	}
	broker := agent.NewBroker(desktop, log)
	home, err := os.UserHomeDir()
	if err != nil {
		return fmt.Errorf("finding the token cache: %w", err)
	}
	// Nothing moves it, neither a variable nor a setting.
	tokens := sso.NewCache(filepath.Join(home, ".aws", "sso", "cache"), log)
	manager, files, err := newManager(ctx, broker, tokens, log)
	if err != nil {
		return err
	}
	a := agent.New(agent.Config{
		Seat:     seat,
		Manager:  manager,
		Broker:   broker,
		Files:    agentapi.Files(files),
		Tokens:   tokens,
		Version:  buildVersion(),
		Headless: o.headless,
		OnDemand: o.onDemand,
		Log:      log,
	})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go keepSmall(ctx, a.Watch(ctx))
	if o.headless {
		return a.Run(ctx)
	}
	served := make(chan error, 1)
	go func() {
		served <- a.Run(ctx)
		cancel()
	}()
	windows := func(args ...string) {
		go func() {
			if err := showWindow(ctx, args...); err != nil {
				log.Warn("a window failed", "error", err)
			}
		}()
	}
	err = tray.Run(ctx, a.Watch(ctx), tray.Actions{
		Refresh: a.Refresh,
		Logout:  manager.Logout,
		ShowPrompt: func(id string) {
			if err := broker.Show(id); err != nil {
				log.Info("a prompt was not shown", "error", err)
			}
		},
		SignIn: func(ctx context.Context, session string, force bool) error {
			_, err := a.SignIn(ctx, session, force)
			return err
		},
		SignOut: manager.SignOut,
		Import:  func(session string) { windows("sso-import", session) },
		Migrate: func(startURL string) { windows("sso-migrate", startURL) },
	}, log)
	if err != nil {
		// A desktop that shows no tray can still be served.
		log.Error("there is no tray icon", "error", err)
		return <-served
	}
	cancel()
	return <-served
}

// newManager returns the manager of the files, settings and keyring that the
// environment names.
func newManager(ctx context.Context, user creds.User, tokens *sso.Cache, log *slog.Logger) (*creds.Manager, awsfile.Paths, error) {
	files, err := locateFiles()
	if err != nil {
		return nil, files, err
	}
	folders, err := creds.FindFolders()
	if err != nil {
		return nil, files, err
	}
	settings, err := creds.LoadSettings(filepath.Join(folders.Config, "config.toml"))
	if err != nil {
		return nil, files, err
	}
	if backend := os.Getenv("DAYPASS_KEYRING_BACKEND"); backend != "" {
		settings.KeyringBackend = backend
	}
	aws, err := creds.LoadAWS(ctx)
	if err != nil {
		return nil, files, fmt.Errorf("reading how AWS is reached: %w", err)
	}
	vault := creds.NewVault(creds.VaultConfig{
		Backend:        settings.KeyringBackend,
		Dir:            folders.State,
		PassphraseFile: os.Getenv("DAYPASS_KEYRING_PASSPHRASE_FILE"),
		User:           user,
	})
	return creds.NewManager(creds.Config{
		Files:    files,
		Settings: settings,
		StateDir: folders.State,
		Tokens:   tokens,
		Vault:    vault,
		AWS:      aws,
		User:     user,
		Log:      log,
	}), files, nil
}

// locateFiles returns the AWS files as seen from any folder.
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
