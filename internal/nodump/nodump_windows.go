package nodump

// NoCore does nothing: Windows writes no core files, and its error reports are
// the system's own business.
func NoCore() error { return nil }
