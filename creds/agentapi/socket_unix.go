//go:build unix

package agentapi

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"daypass/creds"
	"daypass/internal/lang"
)

func checkOwner(dir string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) != os.Geteuid() {
		return &creds.Error{
			Code: creds.CodeNoAgent, Message: lang.Sprintf("%s, where the agent's socket belongs, is another user's", dir),
			Advice: lang.T("Have DAYPASS_RUNTIME_DIR name a folder that is yours alone."),
		}
	}
	if info.Mode().Perm()&0o077 != 0 {
		return &creds.Error{
			Code: creds.CodeNoAgent,
			Message: lang.Sprintf(
				"%s, where the agent's socket belongs, is open to other users (mode %#o, not 0700)", dir, info.Mode().Perm()),
			Advice: lang.Sprintf("Look at what is in it, and close it: chmod 700 %s", dir),
		}
	}
	return nil
}

// isNobodyThere reports whether no process listens at a socket's path.
func isNobodyThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// isHungUp reports whether the other side closed a connection.
func isHungUp(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
