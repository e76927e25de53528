package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds/credstest"
)

// nasty is a profile's name that a shell would run if it took it for a part of a prompt.
const nasty = "$(touch x)%n `touch y`"

// withCI is a world with ci's key and a profile of the nasty name.
func withCI(t *testing.T) *world {
	t.Helper()
	w := inWorld(t)
	s := inTerminal(t, w, "daypass add ci")
	s.await("Access key ID: ")
	s.typeIn(w.sample.CIKey.ID + "\r")
	s.await("Secret access key (not shown): ")
	s.typeIn(w.sample.CIKey.Secret + "\r")
	s.exits(exitOK)
	config := filepath.Join(w.home, ".aws", "config")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, config, string(text)+"\n[profile "+nasty+"]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci\n")
	return w
}

func TestASubshellShowsItsProfilesNameAndRunsNothingOfIt(t *testing.T) {
	w := withCI(t)
	const mark = "(" + nasty + ") "
	for name, test := range map[string]struct{ shell, file, text, env, shown string }{
		"bash":                          {"bash", ".bashrc", "PS1='mine> '\n", "", "mine> "},
		"bash that makes its prompt":    {"bash", ".bashrc", "PROMPT_COMMAND='PS1=\"made> \"'\n", "", "made> "},
		"bash without promptvars":       {"bash", ".bashrc", "shopt -u promptvars; PS1='mine> '\n", "", "mine> "},
		"zsh with PROMPT_SUBST":         {"zsh", ".zshrc", "setopt prompt_subst; PROMPT='mine> '\n", "", "mine> "},
		"zsh without":                   {"zsh", ".zshrc", "setopt no_prompt_subst; PROMPT='mine> '\n", "", "mine> "},
		"zsh whose files are elsewhere": {"zsh", "z/.zshrc", "PROMPT=\"mine$ZDOTDIR> \"\n", "ZDOTDIR=$HOME/z", "mine" + filepath.Join(w.home, "z") + "> "},
		"zsh whose zshenv moves them":   {"zsh", "z/.zshrc", "PROMPT=\"mine$ZDOTDIR> \"\n", "", "mine" + filepath.Join(w.home, "z") + "> "},
		"fish":                          {"fish", ".config/fish/config.fish", "function fish_prompt; echo -n \"mine$status> \"; end\n", "", "mine0> "},
		"sh":                            {"dash", ".none", "", "", "$ "},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			calmFish(t, w)
			path := filepath.Join(w.home, test.file)
			credstest.Write(t, path, test.text)
			t.Cleanup(func() { _ = os.Remove(path) })
			if strings.Contains(name, "zshenv") {
				env := filepath.Join(w.home, ".zshenv")
				credstest.Write(t, env, "ZDOTDIR=$HOME/z\n")
				t.Cleanup(func() { _ = os.Remove(env) })
			}
			s := inTerminal(t, w, "cd "+dir+" && TERM=dumb SHELL=/usr/bin/"+test.shell+" "+test.env+" exec daypass exec '"+nasty+"'")
			s.await(mark + test.shown)
			s.typeIn("echo \"of $DAYPASS_EXEC\"\r")
			s.await("of " + nasty)
			s.await(mark)
			s.typeIn("daypass exec ci || echo refused\r")
			s.await("this is a shell with the credentials of " + nasty + " already")
			s.await("refused")
			s.await(mark)
			s.typeIn("exit 7\r")
			s.exits(7)
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("the prompt has made %v (%v)", left, err)
			}
		})
	}
}

// inScript runs a script in a shell, and returns what it prints.
func inScript(t *testing.T, w *world, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Env = append(os.Environ(), w.env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestSignalsReachTheCommandAsIfDaypassWereNotThere(t *testing.T) {
	w := withCI(t)
	for name, test := range map[string]struct{ script, want string }{
		"it is killed":                {`daypass exec ci -- sleep 1000 & kill -KILL $! ; wait $! 2>/dev/null; echo $?`, "137\n"},
		"it is ended":                 {`mkfifo up; daypass exec ci -- sh -c 'echo >up; exec sleep 1000' & read <up; kill $!; wait $!; echo $?`, "143\n"},
		"it has a status for the end": {`mkfifo up; daypass exec ci -- bash -c 'trap "exit 9" TERM; echo >up; while :; do read -t 0.05 <> <(:); done' & read <up; kill $!; wait $!; echo $?`, "9\n"},
		"it ignores its end": {
			`mkfifo up; daypass exec ci -- bash -c 'trap "" TERM; echo >up; read <up; exit 5' & read <up; kill $!; echo >up; wait $!; echo $?`, "5\n",
		},
		"it runs in the background, where Ctrl-C does not reach it": {
			`mkfifo up; sh -c 'daypass exec ci -- sh -c "kill -INT \$\$; echo >up; exit 4" & cat up; wait $!; echo $?'`, "\n4\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := inScript(t, w, "cd "+t.TempDir()+"; "+test.script); got != test.want {
				t.Errorf("it prints %q, want %q", got, test.want)
			}
		})
	}
}

func TestAStoppedCommandIsAJobOfItsShell(t *testing.T) {
	w := withCI(t)
	s := inTerminal(t, w, "TERM=dumb PS1='ready> ' exec bash --norc -i")
	s.await("ready> ")
	s.typeIn("daypass exec ci -- sh -c 'kill -STOP $$; echo went on as $DAYPASS_EXEC; exit 6'\r")
	s.await("Stopped")
	s.await("ready> ")
	s.typeIn("fg; echo \"status=$?\"\r")
	s.await("went on as ci")
	s.await("status=6")
	s.await("ready> ")
	s.typeIn("daypass exec ci -- sh -c 'echo run''ning; exec sleep 1000'\r")
	s.await("running")
	s.typeIn("\x1a")
	s.await("Stopped")
	s.await("ready> ")
	s.typeIn("fg\r")
	s.await("exec sleep 1000'")
	s.typeIn("\x03")
	s.await("ready> ")
	s.typeIn("echo \"status=$?\"\r")
	s.await("status=130")
	s.await("ready> ")
	s.typeIn("exit 0\r")
	s.exits(0)
}
