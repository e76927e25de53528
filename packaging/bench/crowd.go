//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"golang.org/x/sync/errgroup"
)

// writerCommand makes the bench one of its own writers.
const writerCommand = "write"

// write is the writer: it writes one section of a file again and again, the last time
// with the given value.
func write(ctx context.Context, args []string) error {
	if len(args) != 4 {
		return errors.New("usage: bench " + writerCommand + " FILE SECTION ROUNDS VALUE")
	}
	rounds, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	for n := range rounds {
		value := args[3]
		if n < rounds-1 {
			value = newValue()
		}
		if err := writeProfile(ctx, args[0], args[1], value); err != nil {
			return err
		}
	}
	return nil
}

// crowd lets processes write profiles of one file all at once while another reads it,
// and then checks the file.
func (b *bench) crowd(ctx context.Context) (row, error) {
	path := filepath.Join(b.dir, "crowded")
	if err := os.WriteFile(path, manyCredentials(b.n.many), 0o600); err != nil {
		return row{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return row{}, err
	}
	reading, stop := context.WithCancel(ctx)
	defer stop()
	reads := make(chan readings, 1)
	go func() { reads <- readAllAlong(reading, path, b.n.many) }()

	values := map[string]string{}
	all, allCtx := errgroup.WithContext(ctx)
	for n := range b.n.writers {
		section, value := team(n*b.n.many/b.n.writers), newValue()
		values[section] = value
		all.Go(func() error {
			cmd := exec.CommandContext(allCtx, self, writerCommand, path, section, strconv.Itoa(b.n.rounds), value) //nolint:gosec // this program
			if said, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("a writer: %w\n%s", err, said)
			}
			return nil
		})
	}
	err = all.Wait()
	stop()
	seen := <-reads
	if err = errors.Join(err, seen.err); err != nil {
		return row{}, err
	}
	survived, err := b.survived(path, values)
	if err != nil {
		return row{}, err
	}
	met := survived == b.n.writers && seen.torn == 0 && seen.whole > 0
	r := row{
		what: fmt.Sprintf("%d processes write %d times each, at %s profiles", b.n.writers, b.n.rounds, thousands(b.n.many)),
		ours: fmt.Sprintf("%d survive, %d of %d reads torn", survived, seen.torn, seen.torn+seen.whole),
		goal: fmt.Sprintf("%d survive, 0 torn", b.n.writers), met: &met,
	}
	if !met {
		return r, fmt.Errorf("%s: %s", r.what, r.ours)
	}
	return r, nil
}

// survived counts the profiles that have their writers' last value, and fails
// if anything else in the file has changed.
func (b *bench) survived(path string, values map[string]string) (int, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	want := manyCredentials(b.n.many)
	survived := 0
	for section, value := range values {
		old := []byte("[" + section + "]\n" + profileText(firstValue))
		written := []byte("[" + section + "]\n" + profileText(value))
		if bytes.Contains(data, written) {
			survived++
			want = bytes.Replace(want, old, written, 1)
		}
	}
	if survived == len(values) && !bytes.Equal(data, want) {
		return 0, errors.New("the writers have changed more of the file than their own profiles")
	}
	return survived, nil
}

// readings counts what a reader saw.
type readings struct {
	whole, torn int
	err         error
}

// readAllAlong reads the file until ctx ends.
func readAllAlong(ctx context.Context, path string, profiles int) readings {
	var r readings
	for ctx.Err() == nil {
		data, err := os.ReadFile(path)
		switch {
		case err != nil:
			r.err = err
			return r
		case isWhole(data, profiles):
			r.whole++
		default:
			r.torn++
		}
	}
	return r
}

// isWhole reports whether a file holds all profiles, and in each the lines of
// one and the same write.
func isWhole(data []byte, profiles int) bool {
	for n := range profiles {
		if n > 0 {
			var ok bool
			if data, ok = bytes.CutPrefix(data, []byte("\n")); !ok {
				return false
			}
		}
		start := []byte("[" + team(n) + "]\naws_access_key_id = ASIA")
		if !bytes.HasPrefix(data, start) || len(data) < len(start)+len(firstValue) {
			return false
		}
		value := string(data[len(start) : len(start)+len(firstValue)])
		var ok bool
		if data, ok = bytes.CutPrefix(data, []byte("["+team(n)+"]\n"+profileText(value))); !ok {
			return false
		}
	}
	return len(data) == 0
}
