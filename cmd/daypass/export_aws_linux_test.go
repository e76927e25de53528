package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/credstest"
	"daypass/creds/shell"
)

// The AWS CLI writes the end of credentials as 2026-03-04T12:00:00+00:00, daypass in the form
// of credential_process.
func TestWhatTheAWSCLIExportsIsWrittenAsItWritesIt(t *testing.T) {
	dir := t.TempDir()
	lasting := sampleCredentials()
	lasting.Expires = time.Date(2099, 3, 4, 12, 0, 0, 0, time.UTC)
	process, err := exportText("dev", formatProcess, shell.Values{Credentials: lasting}, emptyEnvironment)
	if err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, filepath.Join(dir, "process"), process)
	credstest.Write(t, filepath.Join(dir, "config"), "[profile dev]\ncredential_process = cat "+filepath.Join(dir, "process")+"\n")
	for _, format := range []string{"env", "env-no-export", "powershell", "windows-cmd", formatProcess} { // fish is younger than the AWS CLI of Debian
		cmd := exec.CommandContext(t.Context(), "/usr/bin/aws", "configure", "export-credentials", "--profile", "dev", "--format", format)
		cmd.Env = append(cmd.Environ(), "HOME="+dir, "AWS_CONFIG_FILE="+filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "none"), "AWS_EC2_METADATA_DISABLED=true")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		ours, err := exportText("dev", format, shell.Values{Credentials: lasting}, emptyEnvironment)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.ReplaceAll(string(out), "+00:00", "Z"), "\n")
		got := strings.Split(ours, "\n")
		switch format {
		case formatProcess:
			// SDKs read the account as well.
			got = strings.Split(strings.Replace(ours, ",\n  \"AccountId\": \"111122223333\"", "", 1), "\n")
		case "env", "powershell":
			for i := range want[:4] {
				want[i] += ";"
			}
			fallthrough
		default:
			// What is daypass's own comes after the AWS CLI's.
			got, want = got[:4], want[:4]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-aws +daypass)\n%s", format, diff)
		}
	}
}
