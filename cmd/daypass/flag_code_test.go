package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestACodeIsReadFromTheFirstLineOfStdinAndNoFurther(t *testing.T) {
	for name, tc := range map[string]struct{ in, code, rest, err string }{
		"a code, and what is for the command that exec runs": {"123456\nselect 1;\n", "123456", "select 1;\n", ""},
		"a code without an end of line":                      {"123456", "123456", "", ""},
		"a code as it is copied":                             {"  123 456\t\r\nx", "123456", "x", ""},
		"a code with a no-break space and a hyphen":          {"123\u00a04-56\n", "123456", "", ""},
		"nothing":            {"", "", "", "stdin has no MFA code: its first line is empty"},
		"an empty line":      {" \n123456\n", "", "123456\n", "stdin has no MFA code: its first line is empty"},
		"five digits":        {"12345\n", "", "", "the first line of stdin is no MFA code: a code has six digits"},
		"a line without end": {strings.Repeat("1", 300), "", strings.Repeat("1", 300-longestCode), "the first line of stdin is no MFA code: a code has six digits"},
	} {
		t.Run(name, func(t *testing.T) {
			in := strings.NewReader(tc.in)
			code, err := readCode(in)
			message := ""
			if err != nil {
				message = err.Error()
			}
			rest, _ := io.ReadAll(in)
			if code != tc.code || message != tc.err || string(rest) != tc.rest {
				t.Errorf("read %q (%s), left %q", code, message, rest)
			}
		})
	}
}

func TestTheCodeOfACommandLineIsReadAsTheFlagSays(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		in   string
		code string
		err  string
	}{
		"no flag leaves stdin alone": {nil, "123456\n", "", ""},
		"a code":                     {[]string{"--mfa-code", "123 456"}, "", "123456", ""},
		"a hyphen reads stdin":       {[]string{"--mfa-code", "-"}, "654321\n", "654321", ""},
		"no code":                    {[]string{"--mfa-code", "12"}, "", "", "an MFA code has six digits"},
		"an empty code":              {[]string{"--mfa-code="}, "", "", "an MFA code has six digits"},
	} {
		t.Run(name, func(t *testing.T) {
			var f codeFlag
			cmd := &cobra.Command{}
			f.add(cmd)
			if err := cmd.ParseFlags(tc.args); err != nil {
				t.Fatal(err)
			}
			code, err := f.value(&cli{stdin: strings.NewReader(tc.in)})
			if code != tc.code || err == nil != (tc.err == "") || err != nil && err.Error() != tc.err {
				t.Errorf("got %q, %v", code, err)
			}
		})
	}
}

func TestOnlyAPipeAndAFileMayHaveACode(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = null.Close() })
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = out.Close() })
	if got := (&cli{stdin: null}).codeSource(); got != "" {
		t.Errorf("%s: %q", os.DevNull, got)
	}
	if got := (&cli{stdin: in}).codeSource(); got != codeFromInput {
		t.Errorf("a pipe: %q", got)
	}
}
