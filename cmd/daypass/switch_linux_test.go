package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/shell"
)

// shellPeople are shells as people use them: how one is started with a file in a folder, how it loads
// the function, and how it puts the segment into its prompt.
var shellPeople = []struct{ name, env, start, load, prompt string }{
	{"bash", "", "bash --rcfile HERE/.zshrc -i", `eval "$(daypass shell-init bash)"`, `PROMPT_COMMAND="daypass_prompt;$PROMPT_COMMAND" PS1='$DAYPASS_SEGMENT'"> "`},
	{"zsh", "ZDOTDIR=HERE ", "zsh -d -i", `eval "$(daypass shell-init zsh)"`, `precmd_functions+=(daypass_prompt) PROMPT="%9v> "; unsetopt zle; setopt prompt_subst`},
	{"fish", "", "fish --private --init-command 'source HERE/.zshrc'", `daypass shell-init fish | source`, `function fish_prompt; daypass_prompt; echo -n '> '; end`},
}

// calmFish keeps fish from reading all manual pages, as it does at its first start.
func calmFish(t *testing.T, w *world) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(w.home, ".local", "share", "fish", "generated_completions"), 0o700); err != nil {
		t.Fatal(err)
	}
}

// begin starts a command in a terminal and in a folder of its own.
func begin(t *testing.T, w *world, command string) *screen {
	t.Helper()
	calmFish(t, w)
	return inTerminal(t, w, "cd "+t.TempDir()+" && TERM=dumb "+command)
}

// at starts a shell in a terminal, with the function and the prompt. before is put before its
// command, and more into the file that it starts with.
func at(t *testing.T, w *world, before, more, name string) *screen {
	t.Helper()
	dir := t.TempDir()
	for _, p := range shellPeople {
		if p.name != name {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, ".zshrc"), []byte(more+"\n"+p.load+"\n"+p.prompt+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return begin(t, w, strings.ReplaceAll(p.env+before+p.start, "HERE", dir))
	}
	t.Fatalf("there is no shell %s", name)
	return nil
}

// atPrompt waits for the prompt and types a command.
func (s *screen) atPrompt(command string) {
	s.t.Helper()
	s.await("> ")
	s.typeIn(command + "\r")
}

// inEachShell runs a test for every shell.
func inEachShell(t *testing.T, test func(t *testing.T, name string)) {
	t.Helper()
	for _, p := range shellPeople {
		t.Run(p.name, func(t *testing.T) { test(t, p.name) })
	}
}

func TestAShellIsSwitchedAndRaisedWithoutASecretInIt(t *testing.T) {
	inEachShell(t, func(t *testing.T, name string) {
		w := withKey(t)
		s := at(t, w, "", "", name)
		s.atPrompt("daypass switch alice")
		s.await("alice: no session")
		s.await("Get it with: daypass mfa")
		s.atPrompt("daypass mfa")
		s.await("Code: ")
		s.typeIn(w.code())
		s.await("alice: valid 11 h 59 min")
		s.atPrompt("daypass now")
		s.await("alice: valid 11 h 59 min")
		s.await("alice-MFA-STS")
		s.await("arn:aws:iam::111111111111:user/alice")
		s.atPrompt("env | sort; set | grep -c ASIA | sed s/^/se''crets:/")
		s.await("AWS_DEFAULT_REGION=eu-west-1")
		s.await("AWS_PROFILE=alice")
		s.await("AWS_REGION=eu-west-1")
		s.await("DAYPASS_PROFILE=alice")
		s.await("secrets:0")
		s.atPrompt("daypass switch")
		s.await("*  alice")
		s.atPrompt("daypass unset; env | grep -c 'AWS_.*PROFILE=\\|AWS.*REGION\\|DAYPASS_[PES]' | sed s/^/le''ft:/")
		s.await("left:0")
		s.atPrompt("daypass now")
		s.await("Nothing is set in this shell.")
		s.atPrompt("exit 0")
		s.exits(exitOK)
		for _, secret := range []string{"AWS_SECRET", "AWS_SESSION_TOKEN", w.sample.AliceKey.Secret} {
			if strings.Contains(s.text(), secret) {
				t.Errorf("the shell has %s", secret)
			}
		}
	})
}

func TestCtrlCAtTheQuestionLeavesTheShellAsItWas(t *testing.T) {
	inEachShell(t, func(t *testing.T, name string) {
		w := withKey(t)
		s := at(t, w, "", "", name)
		s.atPrompt("daypass switch --mfa alice")
		s.await("Code: ")
		s.typeIn("12\x03")
		status := "$?"
		if name == "fish" {
			status = "$status"
		}
		s.atPrompt("echo \"ended with " + status + " <$AWS_PROFILE>\"")
		s.await("ended with 130 <>")
		s.atPrompt("exit 0")
		s.exits(exitOK)
	})
}

func TestKeysAreHadWithoutACodeAndRaisedWithOne(t *testing.T) {
	inEachShell(t, func(t *testing.T, name string) {
		w := withKey(t)
		s := at(t, w, "", "", name)
		s.atPrompt("daypass switch --keys alice")
		s.await("Keys of alice, valid")
		s.await("No MFA code was given: IAM refuses these keys")
		s.atPrompt("daypass now")
		s.await("session      alice\r\n")
		s.atPrompt("daypass mfa")
		s.await("Code: ")
		s.typeIn(w.code())
		s.await("Keys of alice-MFA-STS, valid")
		s.atPrompt("echo \"$DAYPASS_SESSION <$AWS_PROFILE>\"; daypass unset; env | grep -c 'AWS_.*KEY\\|AWS.*TOKEN\\|AWS_.*EXP\\|DAYPASS_[PES]' | sed s/^/le''ft:/")
		s.await("alice-MFA-STS <>")
		s.await("left:0")
		s.atPrompt("exit 0")
		s.exits(exitOK)
	})
}

// nameOfTraps runs commands where a shell takes a prompt's text for its own language.
const nameOfTraps = "$(touch x)%n `touch y`"

func TestANameInAPromptRunsNothing(t *testing.T) {
	inEachShell(t, func(t *testing.T, name string) {
		w := inWorld(t)
		config := filepath.Join(w.home, ".aws", "config")
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		more := "\n[profile " + nameOfTraps + "]\nregion = eu-west-1\nweb_identity_token_file = /x\nrole_arn = arn:aws:iam::111111111111:role/X\n"
		if err := os.WriteFile(config, append(text, more...), 0o600); err != nil {
			t.Fatal(err)
		}
		s := at(t, w, "", "", name)
		s.atPrompt("daypass switch '" + nameOfTraps + "'")
		s.await("left to other programs")
		s.await("(" + nameOfTraps + ")")
		s.typeIn("\r")
		s.await("(" + nameOfTraps + ")")
		s.atPrompt("ls -A; echo not''hing")
		s.await("nothing")
		if _, after, _ := strings.Cut(s.text(), "ls -A"); strings.Contains(after, "\nx\r\n") || strings.Contains(after, "\ny\r\n") {
			t.Errorf("a name was run:\n%s", s.text())
		}
		s.atPrompt("exit 0")
		s.exits(exitOK)
	})
}

var (
	started = regexp.MustCompile(`execve(\(| resumed>).* = 0\n`)
	forked  = regexp.MustCompile(`v?fork\(|clone3?\(.*\n`)
)

// processes counts the programs and the processes in a trace. A thread is none.
func processes(t *testing.T, trace string) (programs, forks int) {
	t.Helper()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range forked.FindAllString(string(text), -1) {
		if !strings.Contains(line, "CLONE_THREAD") {
			forks++
		}
	}
	return len(started.FindAllString(string(text), -1)), forks
}

func TestAPromptStartsNoProcessUnlessSomethingHasChanged(t *testing.T) {
	inEachShell(t, func(t *testing.T, name string) {
		w := withKey(t)
		trace := filepath.Join(t.TempDir(), "trace")
		login := inTerminal(t, w, "daypass login alice --mfa-code "+w.code())
		login.exits(exitOK)

		s := at(t, w, "strace -f -e trace=clone,clone3,fork,vfork,execve -o "+trace+" ", "", name)
		s.atPrompt("daypass switch alice")
		s.await("alice: valid")
		s.await("(alice")
		s.atPrompt("echo be''gun")
		s.await("begun")
		s.await("(alice")
		programs, forks := processes(t, trace)
		for range 5 {
			s.typeIn("\r")
			s.await("(alice")
		}
		s.atPrompt("echo do''ne")
		s.await("done")
		s.await("(alice")
		if p, f := processes(t, trace); p != programs || f != forks {
			t.Errorf("%d programs and %d forks, and before %d and %d", p, f, programs, forks)
		}
		s.atPrompt("export AWS_PROFILE=ci")
		s.await("(ci")
		s.typeIn("\r")
		s.await("(ci")
		if p, _ := processes(t, trace); p != programs+1 {
			t.Errorf("%d programs for a change", p-programs)
		}
		s.atPrompt("exit 0")
		s.exits(exitOK)
	})
}

func TestAPromptShowsTheTimeThatIsLeftWhereTheShellHasAClock(t *testing.T) {
	now := time.Now()
	s := creds.Status{Name: "x", Kind: creds.KindUser, Issued: now, Expires: now.Add(time.Hour)}
	valid := segmentOf(s, now)
	if valid.Text != "x" || valid.Until != s.Expires.Unix() || valid.Again != now.Add(50*time.Minute).Unix() {
		t.Errorf("got %+v", valid)
	}
	s.Expires = now.Add(-time.Second)
	if over := segmentOf(s, now); over.State == "" || over.Until != 0 || over.Again != now.Add(time.Minute).Unix() {
		t.Errorf("got %+v", over)
	}
	for _, name := range shell.Shells() {
		text, err := segmentOf(s, now).Statements(name, os.LookupEnv)
		if shows := strings.Contains(text, "without a session"); err != nil || shows != (name != "fish") {
			t.Errorf("%s: %v, %s", name, err, text)
		}
	}
}

func TestTabCompletesProfilesInTheFunction(t *testing.T) {
	// bash completes with the functions of the package bash-completion, of which the script of
	// completion needs one. fish completes in no dumb terminal.
	for name, c := range map[string]struct{ env, before, after string }{
		"bash": {"", `_get_comp_words_by_ref() { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD; }`, ""},
		"zsh":  {"env TERM=vt100 ", "autoload -U compinit; compinit -D", "setopt zle\r"},
		"fish": {"env TERM=vt100 ", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := withKey(t)
			s := at(t, w, c.env, c.before, name)
			if c.after != "" {
				s.await("> ")
				s.typeIn(c.after)
			}
			s.await("> ")
			s.typeIn("daypass switch ali\t")
			s.await("ce")
			s.typeIn("\r")
			s.await("alice: no session")
			s.atPrompt("exit 0")
			s.exits(exitOK)
		})
	}
}
