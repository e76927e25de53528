//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	mostResident = 20_000_000 // bytes
	mostWakeUps  = 2
)

// idle measures what agents cost while nobody wants anything of them: each has
// its icon in the tray of a desktop of its own, holds one user's session and
// one role, which it renews before its hour is over.
func (b *bench) idle(ctx context.Context) ([]row, error) {
	var rows [2][]row
	both, bothCtx := errgroup.WithContext(ctx)
	for i, profiles := range []int{10, 100} {
		both.Go(func() error {
			var err error
			rows[i], err = b.idleAgent(bothCtx, profiles)
			return err
		})
	}
	err := both.Wait()
	return append(rows[0], rows[1]...), err
}

func (b *bench) idleAgent(ctx context.Context, profiles int) ([]row, error) {
	name := "idle" + strconv.Itoa(profiles)
	desktop, err := b.desktop(ctx, name+"d")
	if err != nil {
		return nil, err
	}
	defer desktop.Close()
	own, err := b.withOwnAgent(name + "b")
	if err != nil {
		return nil, err
	}
	w, err := own.newWorld(ctx, name, home{profiles: profiles, sso: profiles / 5, desktop: desktop})
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.login(ctx); err != nil {
		return nil, err
	}
	if _, err := w.do(ctx, "", "login", "dev-readonly"); err != nil {
		return nil, err
	}
	if _, err := w.signInAnew(ctx, profiles/5); err != nil {
		return nil, err
	}
	if _, err := desktop.TrayItem(ctx); err != nil {
		return nil, err
	}
	if err := sleep(ctx, b.n.settle); err != nil {
		return nil, err
	}
	pid := w.agent.Process.Pid
	wakeUps, switches, err := watchSwitches(ctx, pid, b.n.idle)
	if err != nil {
		return nil, err
	}
	resident, shared, err := memory(pid)
	if err != nil {
		return nil, err
	}
	small, quiet := resident <= mostResident, wakeUps <= mostWakeUps
	what := fmt.Sprintf("agent idle, %d profiles: ", profiles)
	return []row{
		{
			what: what + "resident memory", ours: fmt.Sprintf("%.1f MB (PSS %.1f)", float64(resident)/1e6, float64(shared)/1e6),
			goal: fmt.Sprintf("≤%d MB", mostResident/1_000_000), met: &small,
		},
		{
			what: what + fmt.Sprintf("wake-ups in %.0f s", b.n.idle.Seconds()), ours: fmt.Sprintf("%d (%d switches)", wakeUps, switches),
			goal: fmt.Sprintf("≤%d", mostWakeUps), met: &quiet,
		},
	}, nil
}

// withOwnAgent returns the bench with a copy of the programs: the kernel would
// share the pages of one file between two agents, and halve their PSS.
func (b *bench) withOwnAgent(name string) (*bench, error) {
	own := *b
	own.bin = filepath.Join(b.dir, name)
	if err := os.Mkdir(own.bin, 0o700); err != nil {
		return nil, err
	}
	for _, program := range []string{"daypass", "daypass-tray"} {
		data, err := os.ReadFile(b.program(program))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(own.program(program), data, 0o700); err != nil { //nolint:gosec // A program must be executable.
			return nil, err
		}
	}
	return &own, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// glance is how often the counters of a process are read, which does not wake
// it.
const glance = 20 * time.Millisecond

// watchSwitches counts over a time the voluntary context switches of all
// threads of a process, each of which is a thread that had something to do and
// went back to sleep, and the moments in which there were any: one timer that
// fires in a Go program stirs several threads within a millisecond.
func watchSwitches(ctx context.Context, pid int, d time.Duration) (moments, switches int, err error) {
	before, err := switchesOf(pid)
	if err != nil {
		return 0, 0, err
	}
	asleep := true
	for end := time.Now().Add(d); time.Now().Before(end); {
		if err := sleep(ctx, glance); err != nil {
			return 0, 0, err
		}
		now, err := switchesOf(pid)
		if err != nil {
			return 0, 0, err
		}
		stirred := 0
		for thread, n := range now {
			stirred += n - before[thread] // A new thread has none before.
		}
		if stirred > 0 && asleep {
			moments++
		}
		switches += stirred
		asleep, before = stirred == 0, now
	}
	return moments, switches, nil
}

// switchesOf returns the voluntary context switches of each thread.
func switchesOf(pid int) (map[string]int, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("the agent has ended")
	}
	threads := map[string]int{}
	for _, file := range files {
		n, err := procField(file, "voluntary_ctxt_switches:")
		if errors.Is(err, fs.ErrNotExist) {
			continue // The thread has just ended.
		}
		if err != nil {
			return nil, err
		}
		threads[file] = n
	}
	return threads, nil
}

// memory returns a process's resident set and its proportional set, in bytes.
func memory(pid int) (resident, proportional int, err error) {
	resident, err = procField(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")
	if err != nil {
		return 0, 0, err
	}
	proportional, err = procField(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Pss:")
	return 1024 * resident, 1024 * proportional, err
}

// procField reads a number from a file of lines such as "VmRSS:  1234 kB".
func procField(file, name string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(data) {
		if rest, ok := strings.CutPrefix(string(line), name); ok {
			number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return strconv.Atoi(number)
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, name)
}
