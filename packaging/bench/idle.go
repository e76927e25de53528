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
	"golang.org/x/sys/unix"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/awstest"
)

const (
	mostResident = 20_000_000 // bytes
	mostWakeUps  = 2
)

// settledIn is how many of a world's profiles are in its sample and not signed in to
// here.
const settledIn = sampleProfiles - 2

// idle measures what agents cost while nobody uses them. Each has its icon in the tray
// of its own desktop, and is signed in to an SSO session and to the console. One holds four profiles of
// ten. The other holds a hundred that are all valid, most of them roles, which it renews
// before their hour is over.
func (b *bench) idle(ctx context.Context) ([]row, error) {
	var rows [2][]row
	// Both before anything is started: a file cannot be executed while a process that is
	// just starting holds it open for writing.
	few, err := b.withOwnAgent("idle-few")
	if err != nil {
		return nil, err
	}
	many, err := b.withOwnAgent("idle-many")
	if err != nil {
		return nil, err
	}
	both, bothCtx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		rows[0], err = few.idleAgent(bothCtx, "10 profiles", home{profiles: 10, sso: 2}, 4)
		return err
	})
	both.Go(func() (err error) {
		rows[1], err = many.idleAgent(bothCtx, "100 valid profiles", home{profiles: 100 + settledIn, sso: 20}, 100)
		return err
	})
	err = both.Wait()
	return append(rows[0], rows[1]...), err
}

// idleAgent measures an agent with so many valid profiles, which nobody else has
// started.
func (b *bench) idleAgent(ctx context.Context, what string, has home, valid int) ([]row, error) {
	name := "idle" + strconv.Itoa(valid)
	desktop, err := b.desktop(ctx, name+"d")
	if err != nil {
		return nil, err
	}
	defer desktop.Close()
	has.desktop = desktop
	w, err := b.newWorld(ctx, name, has)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.makeValid(ctx, has.sso, valid); err != nil {
		return nil, err
	}
	if err := w.signInToConsole(ctx); err != nil {
		return nil, err
	}
	if _, err := desktop.Tray.Item(ctx); err != nil {
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
	what = "agent idle, " + what + ": "
	return []row{
		{
			what: what + "resident memory", ours: fmt.Sprintf("%.1f MB (PSS %s)", float64(resident)/1e6, shared),
			goal: fmt.Sprintf("≤%d MB", mostResident/1_000_000), met: &small,
		},
		{
			what: what + fmt.Sprintf("wake-ups in %.0f s", b.n.idle.Seconds()), ours: fmt.Sprintf("%d (%d switches)", wakeUps, switches),
			goal: fmt.Sprintf("≤%d", mostWakeUps), met: &quiet,
		},
	}, nil
}

// makeValid gives credentials to profiles until so many have them: alice and a
// role of hers, those of the session of Identity Center, and other roles.
func (w *world) makeValid(ctx context.Context, sso, valid int) error {
	if err := w.login(ctx); err != nil {
		return err
	}
	// This checks the credentials file, which holds no other yet.
	if _, err := w.signInAnew(ctx, sso); err != nil {
		return err
	}
	names := []string{"dev-readonly"}
	corp := w.sample.AWS.IAM.Account("111111111111")
	for n := range valid - sso - 2 {
		n += sampleProfiles + sso
		corp.Role(fmt.Sprintf("Team%05d", n), awstest.Trust{Principals: []string{corp.RootARN()}})
		names = append(names, team(n))
	}
	for _, name := range names {
		if _, err := w.do(ctx, "", "login", name); err != nil {
			return err
		}
	}
	var s creds.Snapshot
	if err := w.ask(ctx, agentapi.Snapshot.Path, &s); err != nil {
		return err
	}
	got := 0
	for _, p := range s.Profiles {
		if p.Expires.After(time.Now()) {
			got++
		}
	}
	if got != valid {
		return fmt.Errorf("%d profiles are valid, not %d", got, valid)
	}
	return nil
}

// signInToConsole adds a profile that "aws login" has signed in, which the agent keeps alive:
// it renews its credentials every eight minutes.
func (w *world) signInToConsole(ctx context.Context) (err error) {
	who := w.sample.Console.Alice
	name, content := who.LoginFile(15 * time.Minute)
	folder := filepath.Join(w.dir, ".aws", "login", "cache")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
		return err
	}
	config, err := os.OpenFile(w.config(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(config, "\n[profile console]\nregion = eu-west-1\nlogin_session = %s\n", who.ARN())
	if err := errors.Join(err, config.Close()); err != nil {
		return err
	}
	_, err = w.do(ctx, "", "login", "console")
	return err
}

// withOwnAgent returns the bench with its own copy of the programs: two agents of one
// file would share its pages, which halves their PSS.
func (b *bench) withOwnAgent(name string) (*bench, error) {
	own := *b
	own.bin = filepath.Join(b.dir, name)
	if err := os.Mkdir(own.bin, 0o700); err != nil {
		return nil, err
	}
	for _, program := range []string{"daypass", "daypass-tray"} {
		if err := copyProgram(own.program(program), b.program(program)); err != nil {
			return nil, err
		}
	}
	return &own, nil
}

// copyProgram leaves the copy on the disk only, as after a boot. The page cache holds a
// new file in pieces of megabytes, and a program that touches a byte of a piece has all
// of it resident.
func copyProgram(to, from string) (err error) {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700) //nolint:gosec // A program must be executable.
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// glance is how often a process's counters are read, which does not wake it.
const glance = 20 * time.Millisecond

// watchSwitches counts the voluntary context switches of all threads of a process, and
// the moments in which there were any. Each is a thread that had something to do and
// went back to sleep. One timer in a Go program stirs several threads within a
// millisecond.
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

// memory returns a process's resident set in bytes, and its proportional set in
// megabytes. Only root may read the latter of an agent that hides its memory.
func memory(pid int) (resident int, proportional string, err error) {
	resident, err = procField(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")
	if err != nil {
		return 0, "", err
	}
	pss, err := procField(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Pss:")
	switch {
	case errors.Is(err, fs.ErrPermission):
		return 1024 * resident, "for root alone", nil
	case err != nil:
		return 0, "", err
	}
	return 1024 * resident, fmt.Sprintf("%.1f", float64(1024*pss)/1e6), nil
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
