package core

import (
	"context"
	"sync"
)

// Feed hands the latest value to any number of watchers. A slow watcher holds nobody up:
// it misses values in between, never the last one. The zero value is not usable; see
// [NewFeed].
type Feed[T any] struct {
	mu       sync.Mutex
	current  T
	watchers map[chan T]struct{}
}

// NewFeed returns a feed whose first value is current.
func NewFeed[T any](current T) *Feed[T] {
	return &Feed[T]{current: current, watchers: make(map[chan T]struct{})}
}

// Current returns the latest value.
func (f *Feed[T]) Current() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

// Publish makes value the latest one.
func (f *Feed[T]) Publish(value T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current = value
	for slot := range f.watchers {
		// Only Publish sends, under the lock, so there is room once the old value is
		// out.
		select {
		case <-slot:
		default:
		}
		slot <- value
	}
}

// Watch returns a channel with the current value at once and each later one. It is
// closed when ctx ends.
func (f *Feed[T]) Watch(ctx context.Context) <-chan T {
	slot := make(chan T, 1)
	f.mu.Lock()
	slot <- f.current
	f.watchers[slot] = struct{}{}
	f.mu.Unlock()
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, slot)
		close(slot)
	})
	return slot
}
