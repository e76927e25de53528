package login

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// check returns an error if the program cannot be started from anywhere.
func check(program string) error {
	if !filepath.IsAbs(program) {
		return fmt.Errorf("%q is not an absolute path", program)
	}
	if !isThere(program) {
		return fmt.Errorf("%s is not there any more, or is no program: start daypass anew from where it is now", program)
	}
	return nil
}

// isThere reports whether there is such a program. A bare name is looked for
// along PATH.
func isThere(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}
