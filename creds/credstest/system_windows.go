package credstest

import "testing"

// MakeReadOnly skips the test: a folder's mode says nothing there.
func MakeReadOnly(t *testing.T, _ string) {
	t.Helper()
	t.Skip("a folder cannot be made read-only on Windows")
}

// LimitFileSize and BecomeStranger are for tests of other systems alone.
func LimitFileSize()  {}
func BecomeStranger() {}
