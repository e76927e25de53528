//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain makes the test binary a writer when the bench starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == writerCommand {
		exit(write(context.Background(), os.Args[2:]))
		return
	}
	os.Exit(m.Run())
}

func TestEveryRowIsMeasured(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // with a cold build of Fyne
	defer cancel()
	var out bytes.Buffer
	if err := run(ctx, &out, quick(), ""); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", &out)
	for _, want := range []string{
		"credential-process, warm", "status NAME  ", "export NAME", "list --json  ", "now  ", "20 callers at once", "p99 ",
		"credential-process at 300 profiles", "status at 300 profiles", "status NAME at 300 profiles", "list at 300 profiles",
		"list --json at 300 profiles", "a whole login at 300 profiles with keys", "first answer at 300 profiles and keys",
		"one profile written at 300 profiles", "4 processes write 2 times each", "4 survive, 0 of ",
		"cold dialog", "idle, 10 profiles: resident", "idle, 10 profiles: wake-ups", "idle, 100 valid profiles: wake-ups",
		"40 SSO profiles, approval to", "calls for their credentials and for tokens", "quota of 20 calls/s", "import of 50 pairs into 300 profiles, --yes",
		"calls to the portal for it", "status, 50 SSO profiles", "list, 50 SSO profiles",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no %q", want)
		}
	}
}

func TestAFileIsWholeOnlyWithEveryLineOfEveryWrite(t *testing.T) {
	whole := string(manyCredentials(3))
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"as it was made":                  {whole, true},
		"with another value in a profile": {strings.Replace(whole, profileText(firstValue), profileText("BBBBBBBBBBBBBBBB"), 1), true},
		"cut off":                         {whole[:len(whole)-40], false},
		"with a profile too few":          {whole[:strings.Index(whole, "\n["+team(2))], false},
		"with more behind it":             {whole + "\n", false},
		"with lines of two writes":        {strings.Replace(whole, "ASIA"+firstValue, "ASIA"+"BBBBBBBBBBBBBBBB", 1), false},
		"empty":                           {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isWhole([]byte(c.text), 3); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestTheMedianIsTheMiddleOrTheMeanOfTheTwoThere(t *testing.T) {
	for want, of := range map[time.Duration][]time.Duration{3: {9, 1, 3}, 4: {5, 1, 3, 9}, 7: {7}} {
		if got := median(of); got != want {
			t.Errorf("median of %v: got %v, want %v", of, got, want)
		}
	}
}
