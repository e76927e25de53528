package vault_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/internal/secret"
)

var exampleKey = creds.LongTermKey{ID: "AKIAIOSFODNN7EXAMPLE", Secret: secret.New("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")}

// aliceAlone is what a keyring has that was given exampleKey for alice.
var aliceAlone = vault.Names{Profiles: []string{"alice"}, Keys: []string{exampleKey.ID}}

// keeps proves that a vault keeps, lists, replaces and forgets keys, and that
// another vault on the same keyring sees the same.
func keeps(t *testing.T, open func() *vault.Vault) {
	t.Helper()
	ctx := t.Context()
	names := []string{"alice", "with space", "a/b", "..", "ünï", "50%", "default"}
	for _, name := range names {
		if err := open().SetKey(ctx, name, exampleKey); err != nil {
			t.Fatalf("storing %q: %v", name, err)
		}
	}
	other := creds.LongTermKey{ID: "AKIAOTHER", Secret: secret.New("other")}
	if err := open().SetKey(ctx, "alice", other); err != nil {
		t.Fatal(err)
	}
	got, err := open().KeyNames(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wanted := vault.Names{
		Profiles: []string{"..", "50%", "a/b", "alice", "default", "with space", "ünï"},
		Keys:     []string{exampleKey.ID, other.ID},
	}
	slices.Sort(wanted.Keys)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	for _, name := range names {
		want := exampleKey
		if name == "alice" {
			want = other
		}
		if key, err := open().Key(ctx, name); err != nil || key != want {
			t.Errorf("%q: another key came back, %v", name, err)
		}
		for range 2 {
			if err := open().RemoveName(ctx, name); err != nil {
				t.Errorf("removing %q: %v", name, err)
			}
		}
	}
	for _, key := range []creds.LongTermKey{exampleKey, other, other} {
		if err := open().RemoveKey(ctx, key.ID); err != nil {
			t.Errorf("removing %s: %v", key.ID, err)
		}
	}
	if got, err := open().KeyNames(ctx); err != nil || len(got.Profiles)+len(got.Keys) > 0 {
		t.Errorf("left: %v, %v", got, err)
	}
	_, err = open().Key(ctx, "alice")
	credstest.WantCode(t, err, creds.CodeNoKey, `no long-term key for profile "alice"`)
}

func TestTheEncryptedFileKeepsKeys(t *testing.T) {
	dir := t.TempDir()
	passphrase := filepath.Join(dir, "passphrase")
	credstest.Write(t, passphrase, "correct horse\n")
	keeps(t, func() *vault.Vault {
		return vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: passphrase})
	})
}

func wantLocked(t *testing.T, v *vault.Vault, want bool) {
	t.Helper()
	if locked, err := v.Locked(t.Context()); err != nil || locked != want {
		t.Errorf("locked is %v (%v), want %v", locked, err, want)
	}
}

func TestAWrongPassphraseIsAnError(t *testing.T) {
	dir := t.TempDir()
	passphrase := filepath.Join(dir, "passphrase")
	open := func() *vault.Vault {
		return vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: passphrase})
	}
	credstest.Write(t, passphrase, "correct horse")
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, passphrase, "wrong")
	_, err := open().Key(t.Context(), "alice")
	credstest.WantCode(t, err, creds.CodeKeyringLocked, "does not open")
	_, err = open().KeyNames(t.Context())
	credstest.WantCode(t, err, creds.CodeKeyringLocked, "does not open")
	err = open().SetKey(t.Context(), "bob", exampleKey)
	credstest.WantCode(t, err, creds.CodeKeyringLocked, "does not open")
	credstest.Write(t, passphrase, credstest.UTF16("correct horse"))
	_, err = open().Key(t.Context(), "alice")
	credstest.WantCode(t, err, creds.CodeKeyringLocked, "does not open the encrypted keys: it is written in UTF-16")
}

func TestThePassphraseIsAskedForUntilItIsRight(t *testing.T) {
	dir := t.TempDir()
	asked := &passphrases{answers: []string{"correct horse", "correct horse"}}
	open := func() *vault.Vault { return vault.New(vault.Config{Backend: "file", Dir: dir, User: asked}) }
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	asked.answers, asked.refused = []string{"", "wrong", "wrong", "correct horse"}, nil
	v := open()
	wantLocked(t, v, true)
	if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
		t.Errorf("got another key, %v", err)
	}
	wantLocked(t, v, false)
	want := []string{emptyPassphrase, wrongPassphrase, wrongPassphrase}
	if diff := cmp.Diff(want, asked.refused); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
}

const (
	emptyPassphrase = "the passphrase must not be empty"
	wrongPassphrase = "this passphrase does not open the encrypted keys"
	onceMore        = "Type it once more, to be sure."
	differ          = "These two differ. Choose a passphrase."
)

func TestAFirstPassphraseIsConfirmed(t *testing.T) {
	for name, c := range map[string]struct{ typed, refused []string }{
		"twice the same":        {[]string{"horse", "horse"}, []string{onceMore}},
		"one slip":              {[]string{"hrose", "horse", "horse", "horse"}, []string{onceMore, differ, onceMore}},
		"back to the first":     {[]string{"hrose", "horse", "hrose", "horse", "horse", "horse"}, []string{onceMore, differ, onceMore, differ, onceMore}},
		"nothing in between":    {[]string{"horse", "", "horse"}, []string{onceMore, emptyPassphrase}},
		"nothing to begin":      {[]string{"", "horse", "horse"}, []string{emptyPassphrase, onceMore}},
		"files of other people": {[]string{"horse", "horse"}, []string{onceMore}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if name == "files of other people" {
				credstest.Write(t, filepath.Join(dir, "keyring", ".DS_Store"), "Bud1")
			}
			asked := &passphrases{answers: c.typed}
			v := vault.New(vault.Config{Backend: "file", Dir: dir, User: asked})
			if err := v.SetKey(t.Context(), "alice", exampleKey); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.refused, asked.refused); diff != "" {
				t.Errorf("refusals (-want +got):\n%s", diff)
			}
			passphrase := filepath.Join(dir, "passphrase")
			credstest.Write(t, passphrase, "horse")
			again := vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: passphrase})
			if key, err := again.Key(t.Context(), "alice"); err != nil || key != exampleKey {
				t.Errorf("the passphrase that was typed twice does not open the file: %v", err)
			}
		})
	}
}

func TestAPersonMayTakeLongToTypeThePassphrase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		slow := &passphrases{answers: []string{"horse", "horse"}, each: 9 * time.Minute}
		v := vault.New(vault.Config{Backend: "file", Dir: dir, User: slow, Patience: time.Minute})
		// All wait for one prompt.
		var all sync.WaitGroup
		for _, name := range []string{"alice", "bob", "carol"} {
			all.Go(func() {
				if err := v.SetKey(t.Context(), name, exampleKey); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		synctest.Wait()
		wantLocked(t, v, true)
		all.Wait()
		wantLocked(t, v, false)
		if slow.questions != 1 {
			t.Errorf("the person was asked %d times", slow.questions)
		}
	})
}

func TestACallerWaitingForThePassphraseMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &passphrases{answers: []string{"horse", "horse"}, each: time.Hour}
		v := vault.New(vault.Config{Backend: "file", Dir: t.TempDir(), User: slow})
		for range 2 {
			go func() { _ = v.SetKey(t.Context(), "alice", exampleKey) }()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := v.KeyNames(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the caller's own deadline", err)
		}
		time.Sleep(3 * time.Hour)
	})
}

func TestAClosedPromptIsDeclined(t *testing.T) {
	v := vault.New(vault.Config{Backend: "file", Dir: t.TempDir(), User: &passphrases{}})
	_, err := v.KeyNames(t.Context())
	credstest.WantCode(t, err, creds.CodeDeclined, "closed")
	wantLocked(t, v, true)
}

// passphrases answers with one after the other, each after a while.
type passphrases struct {
	answers, refused []string
	each             time.Duration
	questions        int
}

func (p *passphrases) Ask(ctx context.Context, _ creds.Prompt, try func(context.Context, creds.AnswerRequest) error) error {
	p.questions++
	for _, answer := range p.answers {
		select {
		case <-time.After(p.each):
		case <-ctx.Done():
			return ctx.Err()
		}
		err := try(ctx, creds.AnswerRequest{Answer: secret.New(answer)})
		var refusal *creds.Refusal
		if !errors.As(err, &refusal) {
			return err
		}
		p.refused = append(p.refused, refusal.Message)
	}
	return credstest.Declined("the question")
}

func TestAMissingKeyringIsAnErrorAndNotReplacedByAnother(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "no-bus"))
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	dir := t.TempDir()
	_, err := vault.New(vault.Config{Backend: "secret-service", Dir: dir}).KeyNames(t.Context())
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, "Secret Service")

	// The keyring that was used last is not replaced by another that answers.
	credstest.Write(t, filepath.Join(dir, "keyring-backend"), "secret-service\n")
	_, err = vault.New(vault.Config{Dir: dir}).KeyNames(t.Context())
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, "Secret Service")

	_, err = vault.New(vault.Config{Backend: "sticky-note", Dir: dir}).KeyNames(t.Context())
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, `no keyring backend "sticky-note"; there are secret-service`)
}

func TestADamagedItemIsAnErrorThatDoesNotQuoteIt(t *testing.T) {
	dir := t.TempDir()
	passphrase := filepath.Join(dir, "passphrase")
	credstest.Write(t, passphrase, "correct horse")
	open := func() *vault.Vault {
		return vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: passphrase})
	}
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	item := filepath.Join(dir, "keyring", "daypass-key-alice")
	data, err := os.ReadFile(item)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(item, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open().Key(t.Context(), "alice"); err == nil || strings.Contains(err.Error(), "no long-term key") {
		t.Errorf("half an item gave %v", err)
	}
}

func TestADamagedItemDoesNotHideTheOthers(t *testing.T) {
	dir := t.TempDir()
	open := func() *vault.Vault {
		return vault.New(vault.Config{
			Backend: "file", Dir: dir, User: &passphrases{answers: []string{"horse", "horse"}},
		})
	}
	if err := open().SetKey(t.Context(), "bob", exampleKey); err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, filepath.Join(dir, "keyring", "daypass-key-alice"), "half a")
	if key, err := open().Key(t.Context(), "bob"); err != nil || key != exampleKey {
		t.Errorf("bob's key did not come back: %v", err)
	}
	_, err := open().Key(t.Context(), "alice")
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, "cannot be used")
}

func TestAnUnreadableFolderIsAnError(t *testing.T) {
	dir := t.TempDir()
	credstest.Write(t, filepath.Join(dir, "passphrase"), "horse")
	// A file in its place is unreadable for root too.
	credstest.Write(t, filepath.Join(dir, "keyring"), "")
	v := vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: filepath.Join(dir, "passphrase")})
	_, err := v.KeyNames(t.Context())
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, "cannot be used")
}

func TestKeysThatAreStoredAtTheSameTimeAreAllKept(t *testing.T) {
	dir := t.TempDir()
	credstest.Write(t, filepath.Join(dir, "passphrase"), "horse")
	v := vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: filepath.Join(dir, "passphrase")})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			key := creds.LongTermKey{ID: fmt.Sprintf("AKIA%d", i), Secret: exampleKey.Secret}
			if err := v.SetKey(t.Context(), "alice", key); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestTheDataKeyIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	credstest.Write(t, filepath.Join(dir, "passphrase"), "horse")
	v := vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: filepath.Join(dir, "passphrase")})
	if _, err := v.DataKey(t.Context(), false); !errors.Is(err, vault.ErrNoItem) {
		t.Errorf("got %v from an empty keyring", err)
	}
	made := make([]string, 8)
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() {
			identity, err := v.DataKey(t.Context(), true)
			if err != nil {
				t.Error(err)
				return
			}
			made[i] = identity.String()
		})
	}
	all.Wait()
	if all := slices.Compact(made); len(all) != 1 {
		t.Errorf("%d data keys were made", len(all))
	}
}

func TestAMissingProgramOfPassIsNamedWithTheSettingThatHelps(t *testing.T) {
	for name, c := range map[string]struct {
		there []string
		want  string
	}{
		"pass": {nil, "the keyring pass cannot be used: the program pass is not found where the agent looks for programs"},
		"gpg":  {[]string{"pass"}, "the keyring pass cannot be used: the program gpg is not found where the agent looks for programs"},
	} {
		dir := t.TempDir()
		for _, program := range c.there {
			if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", dir)
		err := vault.New(vault.Config{Backend: "pass", Dir: dir}).SetKey(t.Context(), "alice", exampleKey)
		known, ok := errors.AsType[*creds.Error](err)
		if !ok || known.Code != creds.CodeKeyringUnavailable || known.Message != c.want || !strings.Contains(known.Advice, "Install "+name+", or name its folder in the setting path of config.toml") {
			t.Errorf("without %s: %#v", name, err)
		}
	}
}
