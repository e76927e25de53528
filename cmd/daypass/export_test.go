package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/agentapi"
	"daypass/creds/secret"
)

func sampleCredentials() agentapi.Credentials {
	return agentapi.Credentials{
		AccessKeyID:     "ASIAIOSFODNN7EXAMPLE",
		SecretAccessKey: secret.New("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
		SessionToken:    secret.New("FwoGZXIvYXdzEJr//+token=="),
		Expires:         noon,
		AccountID:       "111122223333",
		Region:          "eu-west-1",
	}
}

func TestExportWritesTheShapesOfTheAWSCLI(t *testing.T) {
	for _, name := range formatNames() {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := writeExport(&out, "dev", name, sampleCredentials()); err != nil {
				t.Fatal(err)
			}
			golden(t, "export-"+name, []byte(out.String()))
		})
	}
}

func TestExportRefusesWhatAFormatCannotCarry(t *testing.T) {
	for _, c := range []struct{ format, region string }{
		{"windows-cmd", "%PATH%"}, {"windows-cmd", `a"&calc`}, {"env", "a\x00b"}, {"ini", "a\nb = c"}, {"fish", "\x00"}, {"powershell", "\x00"},
	} {
		cr := sampleCredentials()
		cr.Region = c.region
		var out strings.Builder
		if err := writeExport(&out, "dev", c.format, cr); err == nil {
			t.Errorf("%q was written as %s: %s", c.region, c.format, out.String())
		}
	}
	if err := writeExport(&strings.Builder{}, "a]\nb", formatINI, sampleCredentials()); err == nil {
		t.Error("a section's name broke out of its brackets")
	}
}

// FuzzShellsReadBackWhatWasQuoted evaluates the output with real shells: no
// value may be changed by its way through one, or run.
func FuzzShellsReadBackWhatWasQuoted(f *testing.F) {
	for _, seed := range []string{
		"eu-west-1", "a b", "it's", `"$HOME"`, "$(touch x)", "`id`", "=ls", "~", "*", "a\nb", `\`, `\\'`, "é", "-n", "a;b", "!x", "\xff",
	} {
		f.Add(seed)
	}
	shells := []struct {
		program, format string
	}{{"/bin/sh", "env"}, {"bash", "env"}}
	// The others are not on every machine that tests run on; their seeds
	// are checked where they are.
	for _, more := range []struct{ program, format string }{{"zsh", "env"}, {"fish", "fish"}} {
		if _, err := exec.LookPath(more.program); err == nil {
			shells = append(shells, more)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, shell := range shells {
			cr := sampleCredentials()
			cr.Region = value
			var out strings.Builder
			if err := writeExport(&out, "dev", shell.format, cr); err != nil {
				if strings.ContainsRune(value, 0) {
					continue
				}
				t.Fatalf("%q: %v", value, err)
			}
			script := out.String() + `printf %s "$AWS_SECRET_ACCESS_KEY|$AWS_REGION|$AWS_DEFAULT_REGION"`
			if value == "" {
				script = "unset AWS_REGION AWS_DEFAULT_REGION;" + script
				if shell.program == "fish" {
					continue // which has no unset
				}
			}
			cmd := exec.CommandContext(t.Context(), shell.program, "-c", script)
			cmd.Env = []string{"LC_ALL=C.UTF-8", "HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
			got, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %q: %v: %s", shell.program, value, err, got)
			}
			want := fmt.Sprintf("%s|%s|%s", cr.SecretAccessKey.Reveal(), value, value)
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("%s: %s", shell.program, diff)
			}
		}
	})
}
