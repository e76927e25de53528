package safely_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/internal/safely"
)

// hush must not appear anywhere.
const hush = "hush-hush"

type held struct{ secret string }

func TestAPanicIsAnErrorAndALineInTheLogWithoutItsValue(t *testing.T) {
	var none []int
	var nobody *held
	for name, tc := range map[string]struct {
		work func()
		kind string
	}{
		"a text":             {func() { panic(hush) }, "string"},
		"an error":           {func() { panic(fmt.Errorf("reading %s: %w", hush, errors.New(hush))) }, "*fmt.wrapError"},
		"a value":            {func() { panic(held{hush}) }, "safely_test.held"},
		"a pointer":          {func() { panic(&held{hush}) }, "*safely_test.held"},
		"nothing":            {func() { panic(nil) }, "*runtime.PanicNilError"},
		"beyond the end":     {func() { _ = none[len(hush)] }, "runtime.boundsError"},
		"nobody":             {func() { _ = nobody.secret }, "runtime.errorString"},
		"another type":       {func() { _ = any(held{hush}).(fmt.Stringer) }, "*runtime.TypeAssertionError"},
		"in a deferred call": {func() { defer func() { panic(hush) }(); panic("x") }, "string"},
	} {
		t.Run(name, func(t *testing.T) {
			var logged bytes.Buffer
			err := safely.Do(slog.New(slog.NewTextHandler(&logged, nil)), "the work", func() error { tc.work(); return nil })
			want := "a fault in daypass itself (" + tc.kind + ") ended the work; the agent's log says where, and trying again may do"
			if err == nil || !strings.HasPrefix(tc.kind, "runtime.error") && err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			for _, part := range []string{`while="the work"`, "type=", "stack=", "safely_test.go"} {
				if !strings.Contains(logged.String(), part) {
					t.Errorf("no %s in the log:\n%s", part, &logged)
				}
			}
			if strings.Contains(logged.String(), hush) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), hush) {
				t.Errorf("the value is in %v, or in\n%s", err, &logged)
			}
		})
	}
}

func TestWorkWithoutAPanicIsUnchanged(t *testing.T) {
	failed := errors.New("no")
	if err := safely.Do(nil, "the work", func() error { return failed }); err != failed { //nolint:errorlint // the same one
		t.Error(err)
	}
	if n, err := safely.Get(nil, "the work", func() (int, error) { return 7, failed }); n != 7 || !errors.Is(err, failed) {
		t.Error(n, err)
	}
	if n, err := safely.Get(nil, "the work", func() (int, error) { panic(hush) }); n != 0 || err == nil {
		t.Error(n, err)
	}
}

func TestALoopThatPanicsRestartsAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		var at []time.Duration
		var last context.Context
		safely.Keep(t.Context(), nil, "the loop", func(ctx context.Context) {
			if last != nil && last.Err() == nil {
				t.Error("what the last run began goes on")
			}
			last = ctx
			at = append(at, time.Since(begun))
			switch len(at) {
			case 9:
				time.Sleep(2 * time.Minute)
				panic(hush)
			case 11:
				return
			}
			panic(hush)
		})
		const s, m = time.Second, time.Minute
		want := []time.Duration{0, s, 3 * s, 7 * s, 15 * s, 31 * s, 63 * s, 2*m + 3*s, 3*m + 3*s, 5*m + 4*s, 5*m + 6*s}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("it began at (-want +got):\n%s", diff)
		}
	})
}

func TestALoopEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		begun := time.Now()
		safely.Keep(ctx, nil, "the loop", func(context.Context) { panic(hush) })
		if took := time.Since(begun); took != 90*time.Second {
			t.Errorf("it ended after %v", took)
		}
	})
}
