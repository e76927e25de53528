package localpage_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daypass/internal/localpage"
)

type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// served counts the admitted requests.
type served struct {
	*localpage.Port
	log lockedBuffer

	mu        sync.Mutex
	came      int
	strangers []error
}

func serve(t *testing.T) *served {
	t.Helper()
	listener, err := localpage.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := &served{}
	s.Port = localpage.Serve(listener, localpage.Config{
		Path: "/here", Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		Answer: func(w http.ResponseWriter, _ *http.Request) int {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.came++
			localpage.Write(w, http.StatusOK, "Welcome", "Come in.")
			return 0
		},
		Stranger: func(why error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.strangers = append(s.strangers, why)
		},
	})
	t.Cleanup(func() { s.Close(0) })
	return s
}

// visit acts as the user's own browser. It gives up after a while.
func (s *served) visit(t *testing.T) {
	t.Helper()
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + s.Host + "/here")
	if err != nil {
		t.Fatalf("the browser: %v", err)
	}
	defer resp.Body.Close()
	if page, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(page), "Come in.") {
		t.Errorf("the browser got %s, %v\n%s", resp.Status, err, page)
	}
}

// stranger is a shell of another user, which connects by /dev/tcp/$at.
func (s *served) stranger(t *testing.T, words string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("only root can run a process as another user")
	}
	host, port, err := net.SplitHostPort(s.Host)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/bin/bash", "-c", fmt.Sprintf("at=%s/%s host=%s; %s", host, port, s.Host, words))
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

func TestAnotherUserIsRefusedWithAPageAndTakesNothing(t *testing.T) {
	s := serve(t)
	const ask = `exec 3<>/dev/tcp/$at; printf 'GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' /here $host >&3; cat <&3`
	out, err := s.stranger(t, ask).Output()
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(out)), nil)
	if err != nil {
		t.Fatalf("%v: %q", err, out)
	}
	defer resp.Body.Close()
	if page, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusForbidden || !strings.Contains(string(page), "for nobody else") ||
		resp.Header.Get("Cache-Control") != "no-store" || !resp.Close {
		t.Errorf("it got %s, %v\n%s", resp.Status, err, page)
	}
	// A request that does not know the path is not reported.
	if out, err := s.stranger(t, strings.ReplaceAll(ask, "/here", "/")).Output(); err != nil || !bytes.Contains(out, []byte(" 403 ")) {
		t.Errorf("it got %q, %v", out, err)
	}
	s.mu.Lock()
	if len(s.strangers) != 1 || s.strangers[0].Error() != "a program of user 65534 asked for it" || s.came != 0 {
		t.Errorf("told of %v, %d came in", s.strangers, s.came)
	}
	s.mu.Unlock()
	if n := strings.Count(s.log.String(), "was refused"); n != 1 {
		t.Errorf("%d lines in the log:\n%s", n, s.log.String())
	}
	s.visit(t)
}

func TestAnotherUserWhoDisconnectsAtOnceIsNotMistakenForRoot(t *testing.T) {
	s := serve(t)
	for _, ends := range []string{"exec 3>&-", "kill -9 $BASHPID"} {
		// It may be disconnected before it has sent all.
		cmd := s.stranger(t, `trap '' PIPE; for i in {1..200}; do (
			exec 3<>/dev/tcp/$at; printf 'GET /here HTTP/1.1\r\nHost: %s\r\n\r\n' $host >&3; `+ends+`
		) 2>/dev/null; done; true`)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	s.visit(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.came != 1 {
		t.Errorf("%d came in, and the browser is one", s.came)
	}
}

// TestManyConnectionsOfAnotherUserDoNotBlockTheOwner opens more of them than this
// process may have files open, and none of them sends anything.
func TestManyConnectionsOfAnotherUserDoNotBlockTheOwner(t *testing.T) {
	s := serve(t)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	few := limit
	few.Cur = 100
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	}()
	cmd := s.stranger(t, `ulimit -n 1000; for i in {1..900}; do exec {fd}<>/dev/tcp/$at; done; echo ready; cat`)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.visit(t) // while they come
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	s.visit(t)
	_ = in.Close()
	_ = cmd.Wait()
}

func TestAPortClosesWhileStrangersAreConnected(t *testing.T) {
	s := serve(t)
	cmd := s.stranger(t, `exec 3<>/dev/tcp/$at; echo ready; cat <&3`)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.Close(time.Minute)
	s.Close(0)
	_ = cmd.Wait() // the connection is closed
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Host); err == nil {
		conn.Close()
		t.Error("it still listens")
	}
}
