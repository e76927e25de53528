package core

import (
	"context"
	"sync/atomic"

	"daypass/creds/awsfile"
	"daypass/creds/profile"
)

// awsFiles are the AWS files as they were read last.
type awsFiles struct {
	paths awsfile.Paths
	// turn holds a token while nobody reads the files.
	turn   chan struct{}
	latest atomic.Pointer[profile.Set]
	// isRead is set once the files could be read.
	isRead atomic.Bool
}

func newAWSFiles(paths awsfile.Paths) *awsFiles {
	f := &awsFiles{paths: paths, turn: make(chan struct{}, 1)}
	f.turn <- struct{}{}
	f.latest.Store(&profile.Set{})
	return f
}

// set returns what the files said last; nobody changes it. What was read stays good
// while a file cannot be read.
func (f *awsFiles) set() *profile.Set { return f.latest.Load() }

// look reads the files again if they have changed, and reports whether they have. It
// costs a stat of each file if not.
func (f *awsFiles) look(ctx context.Context) (changed bool, err error) {
	if same, err := f.isCurrent(); same || err != nil {
		return false, err
	}
	return f.read(ctx, false)
}

// lookAgain reads the files whatever their stamps are: two writes within a tick of
// the file system's clock may look like one.
func (f *awsFiles) lookAgain(ctx context.Context) error {
	_, err := f.read(ctx, true)
	return err
}

func (f *awsFiles) isCurrent() (bool, error) {
	if !f.isRead.Load() {
		return false, nil
	}
	return f.set().IsCurrent(f.paths)
}

func (f *awsFiles) read(ctx context.Context, always bool) (changed bool, err error) {
	select {
	case <-f.turn:
		defer func() { f.turn <- struct{}{} }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if !always {
		// Somebody else may have read them meanwhile.
		if same, err := f.isCurrent(); same || err != nil {
			return same, err
		}
	}
	set, err := profile.Read(ctx, f.paths, f.set())
	if err != nil {
		return false, err
	}
	f.latest.Store(set)
	f.isRead.Store(true)
	return true, nil
}
