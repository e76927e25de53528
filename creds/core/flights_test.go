package core

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
)

// inBackground runs a test in a bubble with a background that ends with it.
func inBackground(t *testing.T, test func(t *testing.T, fs *flights[string, int])) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		back := newBackground(slog.New(slog.DiscardHandler))
		defer back.shutDown()
		test(t, newFlights[string, int](back))
	})
}

func TestCallersOfTheSameKeyShareOneFlight(t *testing.T) {
	inBackground(t, func(t *testing.T, fs *flights[string, int]) {
		ends, began := make(chan struct{}), 0
		work := func(context.Context) (int, error) {
			began++
			<-ends
			return began, nil
		}
		first, second := fs.start("a", "first", work), fs.start("a", "second", work)
		other := fs.start("b", "", func(context.Context) (int, error) { return 7, nil })
		if got, err := other.wait(t.Context()); got != 7 || err != nil {
			t.Errorf("the other one came to %d, %v", got, err)
		}
		close(ends)
		for _, f := range []*flight[string, int]{first, second} {
			if got, err := f.wait(t.Context()); got != 1 || err != nil || f.about != "first" {
				t.Errorf("got %d, %v of %s", got, err, f.about)
			}
		}
		if got, err := fs.start("a", "third", work).wait(t.Context()); got != 2 || err != nil {
			t.Errorf("a later one came to %d, %v", got, err)
		}
	})
}

func TestAFlightContinuesWhenItsCallersHaveLeft(t *testing.T) {
	inBackground(t, func(t *testing.T, fs *flights[string, int]) {
		ends := make(chan struct{})
		f := fs.start("a", "", func(ctx context.Context) (int, error) {
			<-ends
			return 1, ctx.Err()
		})
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := f.wait(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("whoever left got %v", err)
		}
		close(ends)
		if got, err := f.wait(t.Context()); got != 1 || err != nil {
			t.Errorf("the others got %d, %v", got, err)
		}
	})
}

func TestAFlightThatIsNoLongerNeededIsCancelled(t *testing.T) {
	inBackground(t, func(t *testing.T, fs *flights[string, int]) {
		until := func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		}
		one, cancelOne := context.WithCancel(t.Context())
		two, cancelTwo := context.WithCancel(t.Context())
		results := make(chan error, 2)
		for _, ctx := range []context.Context{one, two} {
			go func() {
				_, _, err := fs.need(ctx, "a", "", until)
				results <- err
			}()
		}
		synctest.Wait()
		cancelOne()
		synctest.Wait()
		if len(results) != 1 || len(fs.abouts()) != 1 {
			t.Fatalf("%d have left and %d flights are under way, though one still needs it", len(results), len(fs.abouts()))
		}
		cancelTwo()
		synctest.Wait()
		if len(results) != 2 || len(fs.abouts()) != 0 {
			t.Errorf("%d have left, and %d flights are under way that nobody needs", len(results), len(fs.abouts()))
		}
	})
}

func TestCancelWaitsForTheFlightsThatItEnds(t *testing.T) {
	inBackground(t, func(t *testing.T, fs *flights[string, int]) {
		ended := false
		f := fs.start("a", "mine", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			ended = true
			return 0, ctx.Err()
		})
		ends := make(chan struct{})
		other := fs.start("b", "yours", func(context.Context) (int, error) {
			<-ends
			return 1, nil
		})
		if err := fs.cancel(t.Context(), func(about string) bool { return about == "mine" }); err != nil || !ended {
			t.Errorf("cancelled is %v (%v)", ended, err)
		}
		if _, err := f.wait(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("whoever waited got %v", err)
		}
		close(ends)
		if _, err := other.wait(t.Context()); err != nil {
			t.Errorf("the other one was ended, too: %v", err)
		}
	})
}

func TestNoFlightStartsWhenTheManagerHasEnded(t *testing.T) {
	inBackground(t, func(t *testing.T, fs *flights[string, int]) {
		under := fs.start("a", "", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		fs.back.shutDown()
		select {
		case <-under.done:
		default:
			t.Error("a flight is under way after the end")
		}
		_, err := fs.start("b", "", func(context.Context) (int, error) {
			t.Error("work was begun after the end")
			return 0, nil
		}).wait(t.Context())
		if !errors.Is(err, errEnded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAFlightThatPanicsFails(t *testing.T) {
	inBackground(t, func(t *testing.T, fs *flights[string, int]) {
		if _, err := fs.start("a", "", func(context.Context) (int, error) { panic("no") }).wait(t.Context()); err == nil {
			t.Error("it did not fail")
		}
	})
}
