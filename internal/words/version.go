package words

import "runtime/debug"

// Version returns what the Go toolchain recorded of this build: a tag, or a commit and
// its date.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
