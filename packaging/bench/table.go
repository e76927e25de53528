//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one line of the table.
type row struct {
	what, ours, baseline, ratio, goal string
	// met is nil where there is no goal.
	met *bool
}

func (r row) verdict() string {
	switch {
	case r.met == nil:
		return ""
	case *r.met:
		return "met"
	}
	return "MISSED"
}

// compared is a row of two durations and the most that their ratio should be;
// zero is no goal.
func compared(what string, ours, baseline time.Duration, against string, goal float64) row {
	// As exact as it is printed, lest "1.25×" miss a goal of 1.25.
	ratio := math.Round(100*float64(ours)/float64(baseline)) / 100
	r := row{
		what: what, ours: milliseconds(ours), baseline: milliseconds(baseline) + " " + against,
		ratio: fmt.Sprintf("%.2f×", ratio),
	}
	if goal > 0 {
		met := ratio <= goal
		r.goal, r.met = fmt.Sprintf("≤%.2f×", goal), &met
	}
	return r
}

// notOver is a row of two durations and how much longer the first may be: where a person
// waits, a ratio to something very short says little.
func notOver(what string, ours, baseline time.Duration, against string, most time.Duration) row {
	r := compared(what, ours, baseline, against, 0)
	met := ours-baseline <= most
	r.ratio += fmt.Sprintf(", %+.0f ms", float64(ours-baseline)/float64(time.Millisecond))
	r.goal, r.met = fmt.Sprintf("≤ +%d ms", most.Milliseconds()), &met
	return r
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

func printTable(out io.Writer, rows []row, n size) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tdaypass\tbaseline\tratio\tgoal\tresult")
	missed, goals := 0, 0
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.ours, r.baseline, r.ratio, r.goal, r.verdict())
		if r.met != nil {
			goals++
			if !*r.met {
				missed++
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, `
Times are medians of %d processes at 10 profiles, %d at many, %d edits, %d starts of the agent, %d logins,
%d windows, %d sign-ins, %d imports and %d lists, daypass and baseline in turns; the one at AWS's quota was taken once.
A plain parse is a program that reads both AWS files, sorts the profiles and prints them.
A plain edit reads a credentials file of %s profiles, replaces the lines of one, fsyncs and renames.
Resident memory is VmRSS in millions of bytes, beside it PSS, which root alone can read. A wake-up is a moment
in which threads of a sleeping agent ran; the switches are all voluntary context switches of all its threads
(/proc/PID/task/*/status).
%d of %d goals are met.
`, n.pairs, n.reads, n.writes, n.starts, n.logins, n.windows, n.signIns, n.imports, n.lists, thousands(n.many), goals-missed, goals)
	return err
}

// trial does a thing once and returns how long it took.
type trial func(context.Context) (time.Duration, error)

// inTurns does two things n times each and returns the median of either.
func inTurns(ctx context.Context, n int, one, other trial) (time.Duration, time.Duration, error) {
	took, err := allInTurns(ctx, n, one, other)
	if err != nil {
		return 0, 0, err
	}
	return took[0], took[1], nil
}

// allInTurns does some things n times each and returns the median of each. They also
// take turns in going first, as later ones may find warmer caches.
func allInTurns(ctx context.Context, n int, trials ...trial) ([]time.Duration, error) {
	const warmUp = 2
	took := make([][]time.Duration, len(trials))
	for i := range n + warmUp {
		for turn := range trials {
			which := (i + turn) % len(trials)
			d, err := trials[which](ctx)
			if err != nil {
				return nil, err
			}
			if i >= warmUp {
				took[which] = append(took[which], d)
			}
		}
	}
	medians := make([]time.Duration, len(trials))
	for which, all := range took {
		medians[which] = median(all)
	}
	return medians, nil
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return (of[(len(of)-1)/2] + of[len(of)/2]) / 2
}
