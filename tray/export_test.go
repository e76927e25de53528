package tray

// Knew is for tests.
func (seen *Seen) Knew(session string, err error) bool { return seen.knew(session, err) }
