package app

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"daypass/creds"
	"daypass/creds/secret"
	"daypass/creds/shell"
)

// exportText is what a shell evaluates to work with credentials.
func exportText(cr creds.Credentials, goos string) (secret.Text, error) {
	text, err := shell.Paste(cr, goos)
	return secret.New(text), err
}

// profileText has the commands that follow it on a shell's line use a profile.
func profileText(s creds.Status, goos string) (string, error) {
	quote, form := shell.Word, "AWS_PROFILE=%s "
	if goos == "windows" {
		quote, form = shell.PowerShellWord, "$Env:AWS_PROFILE=%s; "
	}
	profile, err := quote(cmp.Or(s.WrittenAs, s.Name))
	return fmt.Sprintf(form, profile), err
}

// lend puts a secret into the clipboard for a minute. A program of its own does
// that, so that the clipboard is cleared though this window is closed before,
// and so that on X11, where a clipboard is its owner's, it can be pasted
// meanwhile. It returns when the clipboard holds the secret.
func lend(ctx context.Context, text secret.Text) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// Not CommandContext: it is to outlive this program.
	cmd := exec.Command(self, "copy") //nolint:gosec // this program itself
	cmd.Stdin = strings.NewReader(text.Reveal())
	said, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		return err
	}
	copied := make(chan error, 1)
	go func() {
		line, _ := bufio.NewReader(said).ReadString('\n')
		if line == copiedLine {
			copied <- nil
			_ = cmd.Wait()
			return
		}
		_ = cmd.Wait()
		copied <- errors.New(cmp.Or(complained(complaint.String()), "the clipboard cannot be written"))
	}()
	select {
	case err := <-copied:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// complained returns why this program has failed, of all that it and its libraries have
// printed.
func complained(printed string) string {
	why := ""
	for line := range strings.Lines(printed) {
		if said, ok := strings.CutPrefix(line, "daypass-ui: "); ok {
			why = strings.TrimSpace(said)
		}
	}
	return why
}
