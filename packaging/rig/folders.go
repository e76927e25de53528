//go:build linux

package rig

import (
	"os"
	"path/filepath"
)

// folders is the folder of a desktop, with what is in it.
type folders string

func (f folders) home() string        { return filepath.Join(string(f), "home") }
func (f folders) parts() string       { return filepath.Join(string(f), "desktop") }
func (f folders) runtime() string     { return filepath.Join(string(f), "run") }
func (f folders) screen() string      { return filepath.Join(string(f), "screen") }
func (f folders) browser() string     { return filepath.Join(string(f), "browser") }
func (f folders) browserData() string { return filepath.Join(f.browser(), "share") }

// x-www-browser is the name that Debian gives to the browser of choice.
func (f folders) browserProgram() string { return filepath.Join(f.browser(), "x-www-browser") }
func (f folders) chromium() string       { return filepath.Join(f.browser(), "chromium") }

// write makes the folders of the desktop and the settings of its parts. Programs under test have a home of their own beside them.
func (f folders) write() error {
	for _, dir := range []string{f.runtime(), f.screen(), f.home()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	for name, text := range settings {
		name = filepath.Join(f.parts(), ".config", name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return f.writeBrowser()
}
