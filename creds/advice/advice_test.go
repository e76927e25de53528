package advice

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"daypass/creds"
)

func TestEveryCodeHasItsRow(t *testing.T) {
	// Read from the source, so that a code added later is missed here.
	file, err := parser.ParseFile(token.NewFileSet(), "../errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		codes++
		if _, ok := steps[creds.Code(text)]; !ok {
			t.Errorf("no row, not even an empty one, for %q", text)
		}
		return true
	})
	if codes == 0 || codes != len(steps) {
		t.Errorf("%d codes and %d rows", codes, len(steps))
	}
}

func TestACommandInTheAdviceIsReadyToBeCopied(t *testing.T) {
	for code := range steps {
		e := creds.Error{Code: code}
		for where, got := range map[string]string{
			"a profile": Terminal(e, Subject{Profile: "my prod"}),
			"a session": Terminal(e, Subject{Session: "my corp"}),
			"a window":  Window(e, "refresh the profile"),
		} {
			// NAME in general advice on no single profile is for people to fill in.
			if strings.Contains(got, "SESSION") || strings.Contains(got, "RETRY") || where == "a profile" && strings.Contains(got, "NAME") {
				t.Errorf("%s, %s: %s", code, where, got)
			}
			if where == "a session" && strings.Contains(got, "--device-code") && !strings.Contains(got, "sso login 'my corp'") {
				t.Errorf("%s speaks of a profile where there is a session: %s", code, got)
			}
		}
	}
	if got := Terminal(creds.Error{Code: creds.CodeNoKey}, Subject{Profile: "my prod"}); got != "Store its access key with: daypass add 'my prod'" {
		t.Errorf("got %s", got)
	}
	if got := Terminal(creds.Error{Code: creds.CodeSignInNeeded}, Subject{Session: "my corp"}); got != "Sign in with: daypass sso login 'my corp'" {
		t.Errorf("got %s", got)
	}
}

func TestAnErrorsOwnAdviceComesBeforeThatOfItsCode(t *testing.T) {
	e := creds.Error{Code: creds.CodeDenied, Advice: "Add sso:account:access."}
	if got := Terminal(e, Subject{Profile: "dev"}); got != e.Advice {
		t.Errorf("in a terminal: %s", got)
	}
	if got := Window(e, "try"); got != e.Advice {
		t.Errorf("in a window: %s", got)
	}
}

func TestTheAdviceForAFilesErrorFollowsItsCause(t *testing.T) {
	wrapped := func(err error) error {
		return fmt.Errorf("the sessions could not be saved: %w", &fs.PathError{Op: "write", Path: "/x", Err: err})
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a full disk":                        {wrapped(syscall.ENOSPC), "Make room"},
		"a file of another user":             {wrapped(syscall.EACCES), "permissions"},
		"an operation that is not permitted": {wrapped(syscall.EPERM), "permissions"},
		"a disk mounted read-only":           {wrapped(syscall.EROFS), "writable"},
		"a folder in the file's place":       {wrapped(syscall.EISDIR), "Move away"},
		"a file in a folder's place":         {wrapped(syscall.ENOTDIR), "Move away"},
		"links in a circle":                  {wrapped(syscall.ELOOP), "circle"},
		"a broken disk":                      {wrapped(syscall.EIO), "system's log"},
		"too many open files":                {wrapped(syscall.EMFILE), "Too many"},
		"a flaw in what the file holds":      {errors.New("line 3: no value"), ""},
		"a file that is not there":           {wrapped(os.ErrNotExist), ""},
		"no error":                           {nil, ""},
	} {
		got := File(c.err)
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q in it", name, got, c.want)
		}
	}
}
