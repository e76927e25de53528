package awsfile_test

// limitFileSize has no counterpart here; only the Unix tests ask for it.
func limitFileSize() {}
