package login

import (
	"os/exec"
	"path/filepath"

	"daypass/internal/lang"
)

// check returns an error if the program cannot be started from anywhere.
func check(program string) error {
	if !filepath.IsAbs(program) {
		return lang.Errorf("%q is not an absolute path", program)
	}
	if !isThere(program) {
		return lang.Errorf("%s is not there any more, or is no program: start daypass anew from where it is now", program)
	}
	return nil
}

// isThere reports whether there is such a program. A bare name is looked for
// along PATH.
func isThere(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
