package tray

// AlreadyReported is for tests.
func (seen *Seen) AlreadyReported(session string, err error) bool {
	return seen.alreadyReported(session, err)
}
