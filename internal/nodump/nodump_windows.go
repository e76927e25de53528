package nodump

// NoCore does nothing: Windows writes no core files, and a program does not control its
// error reports.
func NoCore() error { return nil }
