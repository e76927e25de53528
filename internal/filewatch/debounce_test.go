package filewatch

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestChangesAreGatheredUntilItIsQuiet(t *testing.T) {
	for name, c := range map[string]struct {
		every, during time.Duration
		want          []time.Duration
	}{
		"one":                   {every: time.Second, during: time.Second, want: []time.Duration{100}},
		"a saving":              {every: 5, during: 20, want: []time.Duration{115}},
		"changes without end":   {every: 90, during: 1200, want: []time.Duration{500, 1040, 1270}},
		"changes now and again": {every: 150, during: 400, want: []time.Duration{100, 250, 400}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, leave := context.WithCancel(t.Context())
				changed := make(chan struct{}, 1)
				looks := make(chan time.Time, 100)
				go func() {
					debounce(ctx, changed, func() { looks <- time.Now() })
					close(looks)
				}()
				synctest.Wait()
				if len(looks) != 1 {
					t.Fatalf("it has looked %d times at its start", len(looks))
				}
				<-looks
				// Without a change it does nothing.
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				if len(looks) != 0 {
					t.Fatalf("it looks by the clock")
				}
				start := time.Now()
				unit := time.Millisecond
				if c.every >= time.Second {
					unit = 1
				}
				for time.Since(start) < c.during*unit {
					changed <- struct{}{}
					time.Sleep(c.every * unit)
				}
				time.Sleep(24 * time.Hour)
				leave()
				var got []time.Duration
				for at := range looks {
					got = append(got, at.Sub(start)/time.Millisecond)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("it looks at %d ms, not %d", got, c.want)
				}
			})
		})
	}
}

func TestAnErrorIsReportedOnceAndNotLost(t *testing.T) {
	w := &watch{out: make(chan error, 1)}
	first, second := errors.New("first"), errors.New("second")
	next := func() error {
		select {
		case err := <-w.out:
			return err
		default:
			t.Fatal("nothing is reported")
			return nil
		}
	}
	w.report(nil)
	w.report(first)
	w.report(nil) // nobody has received it yet
	if err := next(); !errors.Is(err, first) {
		t.Errorf("the report is %v", err)
	}
	for i, c := range []struct{ fault, want error }{
		{second, second},
		{second, nil},
		{first, first},
		{nil, nil},
		{first, first},
	} {
		w.report(c.fault)
		if err := next(); !errors.Is(err, c.want) {
			t.Errorf("report %d is %v, not %v", i, err, c.want)
		}
	}
}
