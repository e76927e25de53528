package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnAgentThatACommandStartsFindsPassWhereTheSettingSaysAndNowhereInThePATHOfTheCommand(t *testing.T) {
	t.Parallel()
	c := newCloud(t, false)
	const program = "#!/bin/sh\necho \"$0\" >>\"$HOME/called\"\nexit 1\n"
	for _, dir := range []string{"chosen", "shell", "shared"} {
		c.write(dir+"/pass", program)
		if err := os.Chmod(filepath.Join(c.dir, dir, "pass"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(c.dir, "shared"), 0o777); err != nil {
		t.Fatal(err)
	}
	c.write(".config/daypass/config.toml", "keyring_backend = \"pass\"\npath = \""+c.dir+"/shared:"+c.dir+"/chosen\"\n")
	for i, variable := range c.env {
		switch name, value, _ := strings.Cut(variable, "="); name {
		case "PATH":
			c.env[i] = "PATH=" + c.dir + "/shell:" + value
		case "DAYPASS_KEYRING_BACKEND":
			c.env[i] = "DAYPASS_KEYRING_BACKEND="
		}
	}
	if out, err := c.adding("alice", c.sample.AliceKey).CombinedOutput(); err == nil {
		t.Fatalf("a pass that fails has kept a key\n%s", out)
	}
	called, err := os.ReadFile(filepath.Join(c.dir, "called"))
	for line := range strings.Lines(string(called)) {
		if strings.TrimSpace(line) != c.dir+"/chosen/pass" {
			t.Errorf("called was %s", line)
		}
	}
	if err != nil || len(called) == 0 {
		t.Errorf("no pass was called: %v", err)
	}
	// The folder that is left out is reported.
	if said := c.client("status"); !strings.Contains(said, "path in config.toml: "+c.dir+"/shared is not looked into: everybody can write to "+c.dir+"/shared") {
		t.Errorf("status says\n%s", said)
	}
}
