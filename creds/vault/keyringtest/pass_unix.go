//go:build !windows

package keyringtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// PassID is whom the password store of [Pass] is for.
const PassID = "daypass test"

// Pass makes a password store with a new key of gpg, and returns the folder that both are
// in. With a passphrase, gpg-agent asks for that, and is given what [TypeToGPG] says, in
// the beginning the right one.
func Pass(t testing.TB, passphrase string) (home string) {
	t.Helper()
	for _, tool := range []string{"pass", "gpg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this test needs %s: %v", tool, err)
		}
	}
	// gpg-agent's socket needs a short path.
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
	pinentry := filepath.Join(home, "pinentry")
	write(t, pinentry, pinentryScript(filepath.Join(home, "typed")), 0o700)
	write(t, filepath.Join(home, "gpg-agent.conf"), "pinentry-program "+pinentry+"\n", 0o600)
	TypeToGPG(t, home, passphrase)
	run(t, "gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase, "--quick-generate-key", PassID, "default", "default", "never")
	run(t, "pass", "init", PassID)
	forget(t)
	return home
}

// TypeToGPG has what is typed when gpg-agent asks for the passphrase the next time; with ""
// its window is closed.
func TypeToGPG(t testing.TB, home, passphrase string) {
	t.Helper()
	write(t, filepath.Join(home, "typed"), passphrase, 0o600)
	forget(t)
}

// LoseGPGKey deletes the secret key.
func LoseGPGKey(t testing.TB) {
	t.Helper()
	out, err := exec.Command("gpg", "--batch", "--with-colons", "--list-secret-keys").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Split(line, ":"); fields[0] == "fpr" {
			run(t, "gpg", "--batch", "--yes", "--delete-secret-keys", fields[9])
			return
		}
	}
	t.Fatalf("gpg lists no key:\n%s", out)
}

// forget makes gpg-agent forget the passphrase.
func forget(t testing.TB) {
	t.Helper()
	run(t, "gpgconf", "--kill", "gpg-agent")
}

// pinentryScript is a pinentry that types what is in a file, and closes its window if that
// is empty. https://www.gnupg.org/documentation/manuals/assuan/
func pinentryScript(typed string) string {
	return `#!/bin/sh
echo "OK here I am"
while read -r command rest; do
	case $command in
	GETPIN)
		if test -s ` + typed + `; then
			echo "D $(cat ` + typed + `)"
			echo OK
		else
			echo "ERR 83886179 Operation cancelled <Pinentry>"
		fi ;;
	BYE) echo OK; exit ;;
	*) echo OK ;;
	esac
done
`
}

func write(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil { //nolint:gosec // A test's own.
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}
