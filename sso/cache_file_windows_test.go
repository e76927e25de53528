package sso_test

// limitOpenFiles has no counterpart here; only the Unix tests ask for it.
func limitOpenFiles() {}
