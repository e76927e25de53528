package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

// codeFromInput is written for a code that is read from standard input when it is asked for.
const codeFromInput = "-"

// codeFlag is --mfa-code, or what other tools call it: a code, or "-" for one that standard
// input has.
type codeFlag struct {
	name, text string
	cmd        *cobra.Command
}

func (f *codeFlag) add(cmd *cobra.Command) { f.addAs(cmd, "mfa-code") }

func (f *codeFlag) addAs(cmd *cobra.Command, name string) {
	f.cmd, f.name = cmd, name
	cmd.Flags().StringVar(&f.text, name, "", lang.T("the code of the MFA device, instead of being asked for it; - reads it from stdin"))
	completeFlag(cmd, name, cobra.NoFileCompletions)
}

// value returns the six digits that were given, or "" without the flag. Of standard input
// it reads one line: what follows is for the command that exec runs.
func (f *codeFlag) value(c *cli) (string, error) {
	if !f.cmd.Flags().Changed(f.name) {
		return "", nil
	}
	if f.text != "-" {
		digits, ok := creds.MFACode(f.text)
		if !ok {
			return "", usage(f.cmd, "an MFA code has six digits")
		}
		return digits, nil
	}
	if isTerminal(c.stdin) {
		if c.noInput {
			return "", needsPersonError(lang.Errorf("stdin is a terminal, and --no-input lets nobody be asked there: give the code as --%s CODE", f.name))
		}
		return "", nil // it is asked for there, as ever
	}
	return readCode(c.stdin)
}

// longestCode is far above the length of a line with a code.
const longestCode = 256

// readCode reads the code in the first line of an input, and nothing after that line.
func readCode(in io.Reader) (string, error) {
	var line strings.Builder
	one := make([]byte, 1)
	for line.Len() < longestCode {
		n, err := in.Read(one)
		if n == 1 && one[0] == '\n' {
			break
		}
		line.Write(one[:n])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", lang.Errorf("reading the MFA code from stdin: %w", err)
		}
	}
	if strings.TrimSpace(line.String()) == "" {
		return "", lang.Error("stdin has no MFA code: its first line is empty")
	}
	digits, ok := creds.MFACode(line.String())
	if !ok {
		return "", lang.Error("the first line of stdin is no MFA code: a code has six digits")
	}
	return digits, nil
}

// codeSource returns [codeFromInput] where standard input may have a code: where it is a
// pipe or a file, and neither a terminal nor /dev/null. The commands in the old words pass
// it to [cli.asker] if their flags give no code.
func (c *cli) codeSource() string {
	f, ok := c.stdin.(*os.File)
	if !ok {
		return codeFromInput // a test's reader
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice != 0 {
		return ""
	}
	return codeFromInput
}
