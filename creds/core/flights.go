package core

import (
	"context"
	"sync"

	"daypass/internal/safely"
)

// flights are pieces of work under way that any number of callers wait for. A describes
// a flight, and R is its result.
//
// A caller that needs a flight because the store lacks something must look again in the
// flight's work: another one may have stored it meanwhile.
type flights[A, R any] struct {
	back *background

	mu    sync.Mutex
	under map[string]*flight[A, R]
}

// flight is one piece of work, shared by all who ask for its key.
type flight[A, R any] struct {
	key    string
	about  A
	done   chan struct{}
	cancel context.CancelFunc
	// needed counts the flights that wait for this one. The lock of flights guards it.
	needed int
	// These are set before done is closed.
	result R
	err    error
}

func newFlights[A, R any](back *background) *flights[A, R] {
	return &flights[A, R]{back: back, under: map[string]*flight[A, R]{}}
}

// start joins the flight of a key, or starts one with the given work.
func (fs *flights[A, R]) start(key string, about A, work func(context.Context) (R, error)) *flight[A, R] {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.startLocked(key, about, work)
}

func (fs *flights[A, R]) startLocked(key string, about A, work func(context.Context) (R, error)) *flight[A, R] {
	if under, ok := fs.under[key]; ok {
		return under
	}
	f := &flight[A, R]{key: key, about: about, done: make(chan struct{})}
	ctx, cancel := context.WithCancel(fs.back.life)
	f.cancel = cancel
	started := fs.back.start("a flight", func(context.Context) {
		defer cancel()
		f.result, f.err = safely.Get(fs.back.log, "a refresh", func() (R, error) { return work(ctx) })
		fs.mu.Lock()
		fs.closeLocked(f)
		fs.mu.Unlock()
		close(f.done)
	})
	if !started {
		cancel()
		f.err = errEnded
		close(f.done)
		return f
	}
	fs.under[key] = f
	return f
}

// closeLocked keeps further callers from joining a flight.
func (fs *flights[A, R]) closeLocked(f *flight[A, R]) {
	if fs.under[f.key] == f {
		delete(fs.under, f.key)
	}
}

// wait waits for a flight until ctx ends. The flight itself goes on.
func (f *flight[A, R]) wait(ctx context.Context) (result R, err error) {
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		return result, ctx.Err()
	}
}

// need starts or joins a flight for another flight, whose ctx it gets, and waits for it.
// If ctx is cancelled and no other flight waits, the flight is cancelled too. joined
// says what the flight is about.
func (fs *flights[A, R]) need(ctx context.Context, key string, about A, work func(context.Context) (R, error)) (result R, joined A, err error) {
	fs.mu.Lock()
	f := fs.startLocked(key, about, work)
	f.needed++
	fs.mu.Unlock()
	result, err = f.wait(ctx)
	fs.mu.Lock()
	f.needed--
	idle := ctx.Err() != nil && f.needed == 0
	if idle {
		fs.closeLocked(f)
	}
	fs.mu.Unlock()
	if idle {
		f.cancel()
		<-f.done
	}
	return result, f.about, err
}

// abouts returns what the flights under way are about.
func (fs *flights[A, R]) abouts() []A {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	all := make([]A, 0, len(fs.under))
	for _, f := range fs.under {
		all = append(all, f.about)
	}
	return all
}

// cancel cancels flights and waits until they have ended.
func (fs *flights[A, R]) cancel(ctx context.Context, which func(A) bool) error {
	fs.mu.Lock()
	var ending []*flight[A, R]
	for _, f := range fs.under {
		if which(f.about) {
			ending = append(ending, f)
			fs.closeLocked(f)
		}
	}
	fs.mu.Unlock()
	for _, f := range ending {
		f.cancel()
	}
	for _, f := range ending {
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
