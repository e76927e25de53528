package creds_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/secret"
)

var exampleKey = creds.LongTermKey{ID: "AKIAIOSFODNN7EXAMPLE", Secret: secret.New("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")}

// keeps proves that a vault keeps, lists, replaces and forgets keys, and that
// another vault on the same keyring sees the same.
func keeps(t *testing.T, open func() *creds.Vault) {
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
	if diff := cmp.Diff([]string{"..", "50%", "a/b", "alice", "default", "with space", "ünï"}, got); diff != "" {
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
		if err := open().RemoveKey(ctx, name); err != nil {
			t.Errorf("removing %q: %v", name, err)
		}
		if err := open().RemoveKey(ctx, name); err != nil {
			t.Errorf("removing %q, which is gone: %v", name, err)
		}
	}
	_, err = open().Key(ctx, "alice")
	wantCode(t, err, agentapi.CodeNoKey, `no long-term key for profile "alice"`)
}

func TestTheEncryptedFileKeepsKeys(t *testing.T) {
	dir := t.TempDir()
	passphrase := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(passphrase, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keeps(t, func() *creds.Vault {
		return creds.NewVault(creds.VaultConfig{Backend: "file", Dir: dir, PassphraseFile: passphrase})
	})
}

func TestPassKeepsKeys(t *testing.T) {
	for _, tool := range []string{"pass", "gpg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this test needs %s: %v", tool, err)
		}
	}
	// gpg-agent's socket wants a short path.
	home, err := os.MkdirTemp("", "gpg")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GNUPGHOME", home)
	t.Setenv("PASSWORD_STORE_DIR", filepath.Join(home, "store"))
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	for _, args := range [][]string{
		{"gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "daypass test", "default", "default", "never"},
		{"pass", "init", "daypass test"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	keeps(t, func() *creds.Vault { return creds.NewVault(creds.VaultConfig{Backend: "pass", Dir: home}) })
}

func TestAWrongPassphraseIsNoEmptyKeyring(t *testing.T) {
	dir := t.TempDir()
	passphrase := filepath.Join(dir, "passphrase")
	write := func(text string) {
		if err := os.WriteFile(passphrase, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open := func() *creds.Vault {
		return creds.NewVault(creds.VaultConfig{Backend: "file", Dir: dir, PassphraseFile: passphrase})
	}
	write("correct horse")
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	write("wrong")
	_, err := open().Key(t.Context(), "alice")
	wantCode(t, err, agentapi.CodeKeyringLocked, "does not open")
	_, err = open().KeyNames(t.Context())
	wantCode(t, err, agentapi.CodeKeyringLocked, "does not open")
	err = open().SetKey(t.Context(), "bob", exampleKey)
	wantCode(t, err, agentapi.CodeKeyringLocked, "does not open")
}

func TestThePassphraseIsAskedForUntilItIsRight(t *testing.T) {
	dir := t.TempDir()
	asked := &passphrases{answers: []string{"correct horse"}}
	open := func() *creds.Vault { return creds.NewVault(creds.VaultConfig{Backend: "file", Dir: dir, User: asked}) }
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	asked.answers = []string{"", "wrong", "correct horse"}
	if key, err := open().Key(t.Context(), "alice"); err != nil || key != exampleKey {
		t.Errorf("got another key, %v", err)
	}
	want := []string{"the passphrase must not be empty", "this passphrase does not open the encrypted keys"}
	if diff := cmp.Diff(want, asked.refused); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
}

// passphrases answers with one after the other.
type passphrases struct {
	creds.User
	answers, refused []string
}

func (p *passphrases) Passphrase(ctx context.Context, try func(context.Context, secret.Text) error) error {
	for _, answer := range p.answers {
		err := try(ctx, secret.New(answer))
		var refusal *creds.Refusal
		if !errors.As(err, &refusal) {
			return err
		}
		p.refused = append(p.refused, refusal.Message)
	}
	return creds.Declined("the question")
}

func TestAKeyringThatIsNotThereIsAnErrorAndNotAnotherOne(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "no-bus"))
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	dir := t.TempDir()
	_, err := creds.NewVault(creds.VaultConfig{Backend: "secret-service", Dir: dir}).KeyNames(t.Context())
	wantCode(t, err, agentapi.CodeKeyringUnavailable, "Secret Service")

	// What was used last is not swapped for what answers today.
	if err := os.WriteFile(filepath.Join(dir, "keyring-backend"), []byte("secret-service\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = creds.NewVault(creds.VaultConfig{Dir: dir}).KeyNames(t.Context())
	wantCode(t, err, agentapi.CodeKeyringUnavailable, "Secret Service")

	_, err = creds.NewVault(creds.VaultConfig{Backend: "sticky-note", Dir: dir}).KeyNames(t.Context())
	wantCode(t, err, agentapi.CodeKeyringUnavailable, `no keyring backend "sticky-note"; there are secret-service`)
}

func TestADamagedItemIsAnErrorThatDoesNotQuoteIt(t *testing.T) {
	dir := t.TempDir()
	passphrase := filepath.Join(dir, "passphrase")
	if err := os.WriteFile(passphrase, []byte("correct horse"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func() *creds.Vault {
		return creds.NewVault(creds.VaultConfig{Backend: "file", Dir: dir, PassphraseFile: passphrase})
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
