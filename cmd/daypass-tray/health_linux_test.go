package main_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/awstest"
)

// doctor runs "daypass doctor --json" and returns what it found, and its exit status. Agents
// of other programs on this machine are left out.
func (h *home) doctor(env ...string) (found creds.Health, status int) {
	h.t.Helper()
	cmd := h.command("daypass", "doctor", "--json")
	cmd.Env = append(slices.Clone(h.env), env...)
	out, err := cmd.Output()
	if exit, is := err.(*exec.ExitError); is { //nolint:errorlint // never wrapped
		status, err = exit.ExitCode(), nil
	}
	if err != nil {
		h.t.Fatal(err)
	}
	if err := json.Unmarshal(out, &found); err != nil {
		h.t.Fatalf("%v: %s", err, out)
	}
	found.Findings = slices.DeleteFunc(found.Findings, func(f creds.Finding) bool {
		return strings.HasPrefix(f.ID, "agents/") && f.ID != "agents/state"
	})
	return found, status
}

func notInOrder(h creds.Health) (all []string) {
	for _, f := range h.Findings {
		if f.Severity != creds.SeverityOK {
			all = append(all, string(f.Severity)+" "+f.ID+": "+f.Detail)
		}
	}
	return all
}

func TestTheDoctorOfARealAgent(t *testing.T) {
	h := newHome(t)
	sample := awstest.NewSample()
	server := httptest.NewServer(sample.AWS)
	t.Cleanup(server.Close)
	h.env = append(h.env, "AWS_ENDPOINT_URL="+server.URL)
	add := h.command("daypass", "add", "alice", "--region", "eu-west-1")
	add.Stdin = strings.NewReader(sample.AliceKey.ID + "\n" + sample.AliceKey.Secret + "\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	found, status := h.doctor()
	if got := notInOrder(found); got != nil {
		t.Errorf("with status %d it is not in order: %v", status, got)
	}
	if !slices.ContainsFunc(found.Findings, func(f creds.Finding) bool {
		return f.Topic == creds.TopicNetwork && strings.Contains(f.Detail, "without a proxy")
	}) {
		t.Errorf("AWS was not asked: %+v", found.Findings)
	}

	// The socket's folder is open, and the agent itself closes it.
	if err := os.Chmod(filepath.Join(h.dir, ".aws", "config"), 0o666); err != nil {
		t.Fatal(err)
	}
	if found, status = h.doctor(); status != 1 || len(notInOrder(found)) != 1 {
		t.Errorf("with status %d it is not in order: %v", status, notInOrder(found))
	}
	if out, err := h.command("daypass", "doctor", "--fix", "--yes").CombinedOutput(); err != nil && !strings.Contains(string(out), "Another daypass") {
		t.Errorf("%v: %s", err, out)
	}
	if found, _ = h.doctor(); notInOrder(found) != nil {
		t.Errorf("after it was mended: %v", notInOrder(found))
	}

	// A second agent with the same state.
	other := filepath.Join(h.dir, "other")
	second := h.command("daypass", "list")
	second.Env = append(slices.Clone(h.env), "DAYPASS_RUNTIME_DIR="+other)
	if out, err := second.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if found, status = h.doctor(); status != 1 || !slices.ContainsFunc(found.Findings, func(f creds.Finding) bool { return f.ID == "agents/state" && f.Severity == creds.SeverityError }) {
		t.Errorf("with two agents: %v", notInOrder(found))
	}
	stop := h.command("daypass", "stop")
	stop.Env = second.Env
	if out, err := stop.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	// An agent that cannot start.
	h.client("stop")
	h.noAgent()
	bundle := filepath.Join(h.dir, "bundle.pem")
	h.write("bundle.pem", "no certificate")
	found, status = h.doctor("AWS_CA_BUNDLE=" + bundle)
	if status != 1 || !slices.ContainsFunc(found.Findings, func(f creds.Finding) bool {
		return f.ID == "agent" && f.Severity == creds.SeverityError && strings.Contains(f.Detail, "AWS_CA_BUNDLE, "+bundle+", holds no certificate")
	}) {
		t.Errorf("without an agent, status %d: %+v", status, found.Findings)
	}
	if err := os.Chmod(h.run, 0o755); err != nil {
		t.Fatal(err)
	}
	found, status = h.doctor()
	if status != 1 || !slices.ContainsFunc(found.Findings, func(f creds.Finding) bool {
		return f.ID == "socket" && f.Severity == creds.SeverityError && strings.Contains(f.Advice, "chmod 700")
	}) {
		t.Errorf("with an open folder of the socket, status %d: %+v", status, found.Findings)
	}
}
