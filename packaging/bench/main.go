//go:build linux

// Command bench measures daypass's speed and size and prints one table. Each figure is
// beside that of a plain program that does the same, taken in the same run, in turns: a
// shared machine is never equally fast twice, so only ratios within one run mean
// anything.
//
//	go run ./packaging/bench
//
// A missed goal is printed and is no failure. What does not work is one, such as a lost
// write or a file seen half written.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// size says how much of everything is done.
type size struct {
	pairs  int // processes that are started on either side
	reads  int // the same where each reads many profiles
	writes int
	// starts is how often the agent of many profiles is started, logins how often
	// one of them gets a session.
	starts int
	logins int
	// callers ask for credentials all at once.
	callers int
	// many is how many profiles there are where the goals say 10,000.
	many    int
	writers int
	rounds  int // writes of each writer
	windows int // windows on either side
	// sso is how many profiles of a session one sign-in refreshes, signIns
	// how often.
	sso     int
	signIns int
	// imported is how many accounts and roles are imported, imports how often;
	// lists is how often they are then listed.
	imported int
	imports  int
	lists    int
	settle   time.Duration
	idle     time.Duration
}

// full is what the goals are about; quick only shows that everything works.
func full() size {
	return size{
		pairs: 600, reads: 40, writes: 60, starts: 9, logins: 9, callers: 1_000, many: 10_000, writers: 20, rounds: 3, windows: 20,
		sso: 500, signIns: 7, imported: 5_000, imports: 7, lists: 20,
		settle: 20 * time.Second, idle: time.Minute,
	}
}

func quick() size {
	return size{
		pairs: 3, reads: 3, writes: 3, starts: 1, logins: 2, callers: 20, many: 300, writers: 4, rounds: 2, windows: 1,
		sso: 40, signIns: 1, imported: 50, imports: 1, lists: 1,
		settle: time.Second, idle: time.Second,
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == writerCommand {
		exit(write(context.Background(), os.Args[2:]))
		return
	}
	isQuick := flag.Bool("quick", false, "only see whether everything works, in a few seconds")
	only := flag.String("only", "", "one `part` alone: "+strings.Join(partNames(), ", "))
	flag.Parse()
	n := full()
	if *isQuick {
		n = quick()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, n, *only)
	stop()
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// part measures what needs the same surroundings.
type part struct {
	name    string
	measure func(*bench, context.Context) ([]row, error)
}

func parts() []part {
	return []part{
		{"client", (*bench).client},
		{"many", (*bench).atMany},
		{"files", (*bench).files},
		{"refreshes", (*bench).refreshes},
		{"imports", (*bench).imports},
		{"windows", (*bench).windows},
		{"idle", (*bench).idle},
	}
}

func partNames() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// bench is one run.
type bench struct {
	n size
	// dir is the run's own folder; bin in it holds the programs.
	dir string
	bin string
}

func run(ctx context.Context, out io.Writer, n size, only string) (err error) {
	// A short path: the sockets of desktops and agents lie below it.
	dir, err := os.MkdirTemp("", "dpb")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := &bench{n: n, dir: dir, bin: filepath.Join(dir, "bin")}
	if err := b.build(ctx); err != nil {
		return err
	}
	var rows []row
	for _, p := range parts() {
		if only != "" && only != p.name {
			continue
		}
		began := time.Now()
		found, err := p.measure(b, ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: measured in %v\n", p.name, time.Since(began).Round(time.Second))
		rows = append(rows, found...)
	}
	if rows == nil {
		return fmt.Errorf("there is no part %q; there are %s", only, strings.Join(partNames(), ", "))
	}
	return printTable(out, rows, n)
}

// build builds the programs to be measured as they are shipped.
func (b *bench) build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "netgo,osusergo,nethttpomithttp2", "-o", b.bin+"/", //nolint:gosec // A folder of our own.
		"daypass/cmd/daypass", "daypass/cmd/daypass-tray", "daypass/cmd/daypass-ui",
		"daypass/packaging/bench/minimal", "daypass/packaging/bench/plainlist", "daypass/packaging/bench/minimalsso", "daypass/packaging/bench/emptywindow")
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("building: %w\n%s", err, said)
	}
	return nil
}

// program returns the path of a program that was built.
func (b *bench) program(name string) string { return filepath.Join(b.bin, name) }
