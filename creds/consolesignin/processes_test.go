package consolesignin_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds/awstest"
	"daypass/creds/consolesignin"
)

func TestMain(m *testing.M) {
	if endpoint := os.Getenv("CONSOLESIGNIN_TEST_CHILD"); endpoint != "" {
		child(endpoint, os.Args[1], os.Args[2])
		return
	}
	os.Exit(m.Run())
}

// child is what this test binary does as a process of its own: it prints the ID of the
// credentials.
func child(endpoint, dir, arn string) {
	client := consolesignin.NewClient(aws.Config{}, consolesignin.NewCache(dir, nil), nil)
	fmt.Println("starts")
	token, err := client.Fresh(context.Background(), consolesignin.Session{ARN: arn, Region: "eu-west-1", Endpoint: endpoint}, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(token.AccessKeyID)
}

func (w *world) process(t *testing.T, endpoint string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, w.dir, w.session.ARN)
	cmd.Env = append(os.Environ(), "CONSOLESIGNIN_TEST_CHILD="+endpoint)
	return cmd
}

func TestManyProcessesRenewOnce(t *testing.T) {
	w := newWorld(t)
	w.signedInByCLI(t, 6*time.Minute)
	server, err := w.AWS.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.AWS.Faults.Add(createToken, awstest.Fault{Delay: 200 * time.Millisecond}) // so that they come together
	const processes = 12
	out := make([]string, processes)
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() {
			text, err := w.process(t, server.URL()).CombinedOutput()
			if err != nil {
				t.Error(err)
			}
			out[i] = string(text)
		})
	}
	all.Wait()
	if n := w.calls(createToken); n != 1 || w.who.Sessions() != 1 {
		t.Errorf("AWS was asked %d times, %d sessions are left", n, w.who.Sessions())
	}
	token, err := w.client.Peek(t.Context(), w.session)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range out {
		if text != "starts\n"+token.AccessKeyID+"\n" {
			t.Errorf("process %d says %s", i, text)
		}
	}
}

func TestAProcessThatIsKilledWithTheLockHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	w.signedInByCLI(t, 6*time.Minute)
	server, err := w.AWS.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.AWS.Faults.Add(createToken, awstest.Fault{Times: 1, Until: t.Context().Done()})
	cmd := w.process(t, server.URL())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || strings.TrimSpace(said) != "starts" {
		t.Fatalf("it says %q, %v", said, err)
	}
	for w.calls(createToken) == 0 { // it has the lock then
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed, and says so
	if token := w.fresh(t, 0); lasts(token) != consolesignin.Lifetime {
		t.Errorf("it lasts %s", lasts(token))
	}
}
