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
	"time"

	"daypass/creds/agentapi"
	"daypass/creds/secret"
)

// exportText is what a shell evaluates to work with credentials: the lines that
// "daypass export" prints, for PowerShell on Windows and sh elsewhere.
func exportText(cr agentapi.Credentials, goos string) secret.Text {
	expires := ""
	if !cr.Expires.IsZero() {
		expires = cr.Expires.UTC().Format(time.RFC3339)
	}
	var out strings.Builder
	for _, v := range [][2]string{
		{"AWS_ACCESS_KEY_ID", cr.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", cr.SecretAccessKey.Reveal()},
		{"AWS_SESSION_TOKEN", cr.SessionToken.Reveal()},
		{"AWS_CREDENTIAL_EXPIRATION", expires},
		// AWS CLI v1 reads only the second.
		{"AWS_REGION", cr.Region},
		{"AWS_DEFAULT_REGION", cr.Region},
	} {
		switch {
		case v[1] == "":
		case goos == "windows":
			fmt.Fprintf(&out, "$Env:%s=%s\n", v[0], quotePowerShell(v[1]))
		default:
			fmt.Fprintf(&out, "export %s=%s\n", v[0], quoteSh(v[1]))
		}
	}
	return secret.New(out.String())
}

// profileText has the commands that follow it on a shell's line use a profile.
func profileText(s agentapi.Status, goos string) string {
	profile := cmp.Or(s.WrittenAs, s.Name)
	if goos == "windows" {
		return "$Env:AWS_PROFILE=" + quotePowerShell(profile) + "; "
	}
	return "AWS_PROFILE=" + quoteSh(profile) + " "
}

// plainWord reports whether every shell takes v as it stands. Keys and tokens
// are of this kind; zsh expands a word that begins with an equals sign.
func plainWord(v string) bool {
	word := strings.TrimRight(v, "=")
	return word != "" && strings.IndexFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_./:+-", r)
	}) < 0
}

func quoteSh(v string) string {
	if plainWord(v) {
		return v
	}
	return "'" + strings.ReplaceAll(v, "'", `'\''`) + "'"
}

// quotePowerShell doubles quotes, of which PowerShell takes typographic ones for
// its own:
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules.
func quotePowerShell(v string) string {
	if plainWord(v) {
		return `"` + v + `"`
	}
	return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(v) + "'"
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
		copied <- errors.New(cmp.Or(strings.TrimSpace(complaint.String()), "the clipboard cannot be written"))
	}()
	select {
	case err := <-copied:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
