package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAKeyIsCopiedInATerminalAndAddedAgain(t *testing.T) {
	w := withKey(t)
	file := filepath.Join(t.TempDir(), "alice.age")
	s := inTerminal(t, w, "daypass key copy alice "+file)
	s.await("The key of alice is copied to " + file)
	s.await("New passphrase: ")
	s.typeIn("short\r")
	s.await("The passphrase must have at least 8 characters.")
	s.await("New passphrase: ")
	s.typeIn("open sesame now\r")
	s.await("Type it once more, to be sure.")
	s.await("New passphrase: ")
	s.typeIn("open sesame now\r")
	s.await("encrypted")
	s.exits(0)
	if strings.Contains(s.text(), "open sesame") {
		t.Errorf("the terminal shows the passphrase:\n%s", s.text())
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the copy is %v, %v", info, err)
	}

	s = inTerminal(t, w, "daypass key copy alice "+file)
	s.await("is there already, and no copy of a key replaces a file")
	s.exits(1)

	s = inTerminal(t, w, "daypass add --from "+file+" second")
	s.await("is encrypted.")
	s.await("Passphrase: ")
	s.typeIn("open sesame then\r")
	s.await("This passphrase does not open the file.")
	s.await("Passphrase: ")
	s.typeIn("open sesame now\r")
	s.await("second: the key is in the keyring")
	s.exits(0)

	s = inTerminal(t, w, "daypass add --from "+file)
	s.await("Passphrase: ")
	s.typeIn("open sesame now\r")
	s.await("alice: the key is in the keyring")
	s.exits(0)
}
