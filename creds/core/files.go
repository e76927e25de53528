package core

import (
	"context"
	"sync/atomic"

	"daypass/creds/awsfile"
	"daypass/creds/profile"
)

// awsFiles are the AWS files as last read.
type awsFiles struct {
	paths awsfile.Paths
	// turn holds a token while nobody reads the files.
	turn   chan struct{}
	latest atomic.Pointer[profile.Set]
	// plan is what they are read by.
	plan atomic.Pointer[profile.Plan]
	// isRead is set once the files have been read.
	isRead atomic.Bool
}

func newAWSFiles(paths awsfile.Paths) *awsFiles {
	f := &awsFiles{paths: paths, turn: make(chan struct{}, 1)}
	f.turn <- struct{}{}
	f.plan.Store(&profile.Plan{})
	f.latest.Store(&profile.Set{})
	return f
}

// set returns what the files said when last read. It must not be changed. It stays in
// use while a file cannot be read.
func (f *awsFiles) set() *profile.Set { return f.latest.Load() }

// follow has the files read by another plan from now on.
func (f *awsFiles) follow(plan *profile.Plan) {
	if !f.plan.Load().Equal(plan) {
		f.plan.Store(plan)
	}
}

// look rereads the files if they or the plan have changed, and reports whether they have. Otherwise
// it costs a stat of each.
func (f *awsFiles) look(ctx context.Context) (changed bool, err error) {
	if same, err := f.isCurrent(); same || err != nil {
		return false, err
	}
	return f.read(ctx, false)
}

// lookAgain rereads the files whatever their stamps: two writes within one tick of the
// file system's clock may share a stamp.
func (f *awsFiles) lookAgain(ctx context.Context) error {
	_, err := f.read(ctx, true)
	return err
}

func (f *awsFiles) isCurrent() (bool, error) {
	if !f.isRead.Load() {
		return false, nil
	}
	return f.set().IsCurrent(f.paths, f.plan.Load())
}

func (f *awsFiles) read(ctx context.Context, always bool) (changed bool, err error) {
	select {
	case <-f.turn:
		defer func() { f.turn <- struct{}{} }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if !always {
		// Another caller may have read them meanwhile.
		if same, err := f.isCurrent(); same || err != nil {
			return same, err
		}
	}
	set, err := profile.Read(ctx, f.paths, f.plan.Load(), f.set())
	if err != nil {
		return false, err
	}
	f.latest.Store(set)
	f.isRead.Store(true)
	return true, nil
}
