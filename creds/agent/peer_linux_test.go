package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/vault/keyringtest"
	"daypass/internal/nobus"
)

// TestMain lets this binary act as a client of another user, and as a program that asks.
func TestMain(m *testing.M) {
	switch os.Getenv("DAYPASS_TEST_ROLE") {
	case "stranger":
		os.Exit(stranger(os.Args[1]))
	case "client":
		// Give the parent the pid, and stay until it closes the pipe.
		fmt.Println(os.Getpid())
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	keyringtest.CheapPassphrases()
	os.Exit(m.Run())
}

// stranger asks the agent who it is and prints what comes back.
func stranger(socket string) int {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		fmt.Println("not even connected:", err)
		return 1
	}
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		fmt.Println(err)
		return 1
	}
	fmt.Printf("%d bytes\n", len(answer))
	return 0
}

// copySelf puts this test's binary where every user can run it.
func copySelf(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOtherUsersGetNoAnswer(t *testing.T) {
	if os.Getuid() != 0 {
		t.Fatal("only root can run a process as another user")
	}
	t.Setenv("HOME", t.TempDir())
	dir := shortDir(t)
	seat, err := Claim(t.Context(), dir, Newcomer{Show: true})
	if err != nil {
		t.Fatal(err)
	}
	_, leave := sit(t, seat)
	defer leave()
	// As if somebody had opened the folder to others.
	for _, path := range []string{dir, agentapi.SocketPath(dir)} {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	program := copySelf(t, dir, "stranger")
	for uid, want := range map[uint32]string{65534: "0 bytes\n", 0: "bytes\n"} {
		cmd := exec.CommandContext(t.Context(), program, agentapi.SocketPath(dir))
		cmd.Env = []string{"DAYPASS_TEST_ROLE=stranger", "DBUS_SESSION_BUS_ADDRESS=" + nobus.Address}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("uid %d: %v: %s", uid, err, out)
		}
		if got := string(out); uid != 0 && got != want || uid == 0 && (got == "0 bytes\n" || !strings.HasSuffix(got, want)) {
			t.Errorf("uid %d got %q", uid, got)
		}
	}
}

func TestTheProgramBehindTheCommandLineIsNamed(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	work := filepath.Join(home, "infra")
	if err := os.MkdirAll(work, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	daypass := copySelf(t, dir, "daypass")
	other := copySelf(t, dir, "another-program-with-a-long-name")
	script := filepath.Join(dir, "deploy.sh")
	if err := os.WriteFile(script, []byte("#!/bin/bash\n"+daypass+"; true\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args    []string
		dir     string
		program string
	}{
		"the one that started it":         {[]string{daypass}, work, "agent.test"},
		"not the shell of an SDK":         {[]string{"/bin/sh", "-c", daypass + "; true"}, work, "agent.test"},
		"not two shells":                  {[]string{"/bin/bash", "-c", "/bin/sh -c '" + daypass + "; true'; true"}, work, "agent.test"},
		"a script by its name":            {[]string{script}, work, "deploy.sh"},
		"itself, if not ours":             {[]string{other}, work, "another-program-with-a-long-name"},
		"a folder outside the home whole": {[]string{other}, "/usr", "another-program-with-a-long-name"},
	} {
		t.Run(name, func(t *testing.T) {
			pid, stop := startClient(t, c.dir, c.args)
			defer stop()
			got := describe(pid)
			want := creds.Requester{Program: c.program, PID: got.PID, Dir: strings.Replace(c.dir, home, "~", 1)}
			if c.program == "agent.test" {
				here, err := os.Getwd()
				if err != nil {
					t.Fatal(err)
				}
				want.PID, want.Dir = os.Getpid(), here
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := describe(-1); got != (creds.Requester{PID: -1}) {
		t.Errorf("nobody is %+v", got)
	}
}

// startClient runs a command that ends in this binary as a client, and returns
// the client's pid.
func startClient(t *testing.T, dir string, args []string) (pid int, stop func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = []string{"DAYPASS_TEST_ROLE=client", "DBUS_SESSION_BUS_ADDRESS=" + nobus.Address}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 32)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(string(line[:n]))); err != nil {
		t.Fatal(err)
	}
	return pid, func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
}

func TestNamesCannotPlayTricks(t *testing.T) {
	if got := printable("a\x1b[31m\n\xff\u202eé"); got != "a?[31m???é" {
		t.Errorf("got %q", got)
	}
}

func TestTheListenerSurvivesConnectionsThatEndAtOnce(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	dir := shortDir(t)
	seat, err := Claim(t.Context(), dir, Newcomer{Show: true})
	if err != nil {
		t.Fatal(err)
	}
	l, err := seat.listen(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Shutdown(context.Background()) }()
	for range 100 {
		conn, err := net.Dial("unix", agentapi.SocketPath(dir))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	// It is no agent, but it answers.
	client, err := agentapi.ConnectIn(t.Context(), dir, agentapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Show(t.Context()); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v", err)
	}
}
