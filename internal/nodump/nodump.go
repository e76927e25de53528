// Package nodump keeps what a process has in its memory out of core files and,
// on Linux, from the other programs of the same user: its memory is then root's
// to read, and that of programs which may trace every process.
//
// Elsewhere than on Linux a program of the same user can be kept out by nothing
// that an ordinary program may do: macOS asks for an entitlement or root
// already, and Windows lets the owner of a process read it.
package nodump

import "errors"

// Hide writes no core files and lets nobody read the memory of this process. A
// program that it starts can be read again, as every program that is executed,
// and writes no core files either.
func Hide() error { return errors.Join(NoCore(), hide()) }
