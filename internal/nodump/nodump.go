// Package nodump keeps the memory of a process out of core files and, on Linux, from
// other programs of the same user: only root, and programs that may trace every process,
// can read it then.
//
// On other systems an ordinary program cannot do that: macOS requires an entitlement or
// root for reading anyway, and Windows lets the owner of a process read it.
package nodump

import "errors"

// Hide disables core files and the reading of this process's memory. A program that it
// starts writes no core files either, but can be read again.
func Hide() error { return errors.Join(NoCore(), hide()) }
