package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestTheBrowserHasThePersonsOwnHome(t *testing.T) {
	bin, home := t.TempDir(), filepath.Join(t.TempDir(), "the person's")
	opener := "#!/bin/sh\nprintf '%s|%s|%s|%s' \"$HOME\" \"${XDG_CONFIG_HOME-none}\" \"${XDG_STATE_HOME-none}\" \"$1\"\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(opener), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	path, remove, err := ownBrowser([]string{"HOME=" + home, "XDG_STATE_HOME=/own/state", "AWS_PROFILE=other"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", path)
	cmd := exec.Command("xdg-open", "http://127.0.0.1/a?b=c&d=e")
	cmd.Env = merge(os.Environ(), homeAt("/demo"))
	got, err := cmd.Output()
	if want := home + "|none|/own/state|http://127.0.0.1/a?b=c&d=e"; err != nil || string(got) != want {
		t.Errorf("the browser sees %q (%v), want %q", got, err, want)
	}
	remove()
	if found, err := exec.LookPath("xdg-open"); err != nil || found != filepath.Join(bin, "xdg-open") {
		t.Errorf("after the demo xdg-open is %s (%v)", found, err)
	}
}
