package vault

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// explainPass says why the program pass has failed: the library knows nothing but its exit
// status. What pass and gpg said themselves may be in any language.
func explainPass() error {
	id, known := hasSecretKey()
	switch {
	case id == "":
		return &creds.Error{
			Code: creds.CodeKeyringUnavailable, Message: lang.T("the keyring pass cannot be used: there is no password store yet"),
			Advice: lang.T("Make one with your key of gpg, and try again: pass init KEY"),
		}
	case !known:
		return &creds.Error{
			Code: creds.CodeKeyringUnavailable, Message: lang.Sprintf("the keyring pass cannot be used: gpg has no secret key %q, which the password store is for", id),
			Advice: lang.T("Bring that key back with gpg --import, or look whether GNUPGHOME is another in the agent's environment."),
		}
	}
	return &creds.Error{
		Code: creds.CodeKeyringLocked, Message: lang.T("the keyring is locked: gpg did not decrypt what pass keeps, as its passphrase was wrong or was not given"),
		Advice: lang.T(`Unlock your key of gpg, say with "pass show" in a terminal, and try again; or give gpg-agent a pinentry that opens a window.`),
	}
}

// hasSecretKey returns whom the password store is for, one of them if there are several,
// and whether gpg has a secret key of theirs.
func hasSecretKey() (id string, known bool) {
	store := os.Getenv("PASSWORD_STORE_DIR")
	if store == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", false
		}
		store = filepath.Join(home, ".password-store")
	}
	text, err := os.ReadFile(filepath.Join(store, passPrefix, ".gpg-id")) //nolint:gosec // The person's own.
	if err != nil {
		if text, err = os.ReadFile(filepath.Join(store, ".gpg-id")); err != nil { //nolint:gosec // As above.
			return "", false
		}
	}
	gpg := "gpg2" // which pass prefers
	if _, err := exec.LookPath(gpg); err != nil {
		gpg = "gpg"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for line := range strings.Lines(string(text)) {
		one, _, _ := strings.Cut(line, "#")
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		id = one
		if exec.CommandContext(ctx, gpg, "--batch", "--list-secret-keys", "--", one).Run() == nil { //nolint:gosec // As above.
			return id, true
		}
	}
	return id, false
}
