package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"

	"daypass/creds/awstest"
	"daypass/creds/vault/keyringtest"
)

func TestMain(m *testing.M) {
	keyringtest.CheapPassphrases()
	testscript.Main(m, programs())
}

type worldKey struct{}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			w, stop, err := newWorld(env.WorkDir, nil)
			if err != nil {
				return err
			}
			env.Defer(stop)
			env.Vars = append(env.Vars, w.env...)
			// Each command is this program, which waits for a second before it ends
			// unless the race detector is given something else.
			env.Vars = append(env.Vars, "GORACE="+os.Getenv("GORACE"))
			env.Values[worldKey{}] = w
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// keys writes the sample users' keys, as "daypass add" reads them.
			"keys": func(ts *testscript.TestScript, _ bool, _ []string) {
				s := ts.Value(worldKey{}).(*world).sample
				for name, key := range map[string]awstest.Key{"alice": s.AliceKey, "ci": s.CIKey} {
					ts.Check(os.WriteFile(ts.MkAbs(name+".key"), []byte(key.ID+"\n"+key.Secret+"\n"), 0o600))
				}
			},
			// envkey puts alice's key into the environment, and nowhere looks for it in all
			// files.
			"envkey": func(ts *testscript.TestScript, _ bool, _ []string) {
				key := ts.Value(worldKey{}).(*world).sample.AliceKey
				ts.Setenv("AWS_ACCESS_KEY_ID", key.ID)
				ts.Setenv("AWS_SECRET_ACCESS_KEY", key.Secret)
				ts.Check(os.Remove(ts.MkAbs("alice.key")))
			},
			"nowhere": func(ts *testscript.TestScript, _ bool, _ []string) {
				key := ts.Value(worldKey{}).(*world).sample.AliceKey
				ts.Check(filepath.WalkDir(ts.MkAbs("."), func(path string, d fs.DirEntry, err error) error {
					if err != nil || !d.Type().IsRegular() {
						return err
					}
					if data, err := os.ReadFile(path); err != nil || bytes.Contains(data, []byte(key.Secret)) {
						ts.Fatalf("%s holds the key: %v", path, err)
					}
					return nil
				}))
			},
			// codes sets CODE to a code that AWS takes, SPACED to the same as
			// people write it, and WRONG to one that it does not take.
			"codes": func(ts *testscript.TestScript, _ bool, _ []string) {
				w := ts.Value(worldKey{}).(*world)
				code := w.code()
				ts.Setenv("CODE", code)
				ts.Setenv("SPACED", code[:3]+" "+code[3:])
				ts.Setenv("WRONG", w.wrongCode())
			},
			// listen sets LISTENS to the address of an AWS for other tools.
			"listen": func(ts *testscript.TestScript, _ bool, _ []string) {
				server, err := ts.Value(worldKey{}).(*world).sample.AWS.Listen(context.Background(), "127.0.0.1:0")
				ts.Check(err)
				ts.Defer(func() { _ = server.Close() })
				ts.Setenv("LISTENS", server.URL())
			},
			// deactivate makes alice's key inactive.
			"deactivate": func(ts *testscript.TestScript, _ bool, _ []string) {
				s := ts.Value(worldKey{}).(*world).sample
				s.Alice.Deactivate(s.AliceKey.ID)
			},
			// unused checks that AWS takes a key no more.
			"unused": func(ts *testscript.TestScript, _ bool, args []string) {
				id, _, _ := strings.Cut(ts.ReadFile(args[0]), "\n")
				if ids, active := ts.Value(worldKey{}).(*world).sample.CI.Keys(); active[id] {
					ts.Fatalf("%s is active, of %v", id, ids)
				}
			},
			// wide writes a file anew in UTF-16, as PowerShell does.
			"wide": func(ts *testscript.TestScript, _ bool, args []string) {
				out := []byte{0xff, 0xfe}
				for _, unit := range utf16.Encode([]rune(ts.ReadFile(args[0]))) {
					out = binary.LittleEndian.AppendUint16(out, unit)
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o600))
			},
			// signin signs in to a session, with a browser in which
			// somebody approves.
			"signin": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(ts.Value(worldKey{}).(*world).signIn(args[0]))
			},
			// elsewhere signs in as somebody with another program.
			"elsewhere": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(ts.Value(worldKey{}).(*world).signInElsewhere(context.Background(), args[0]))
			},
			// withconsole adds profiles of console sign-ins, and awslogin signs in as
			// "aws login" does.
			"withconsole": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Check(ts.Value(worldKey{}).(*world).withConsole(""))
			},
			"awslogin": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Check(ts.Value(worldKey{}).(*world).awsLogin())
			},
			// unrevoked has AWS refuse to end console sign-ins.
			"unrevoked": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Value(worldKey{}).(*world).sample.AWS.Faults.Add("RevokeOAuth2TokenWithIAM", awstest.Fault{
					Status: 403, Code: "AccessDeniedException", Message: "User is not authorized to perform: signin:RevokeOAuth2Token",
				})
			},
			// owner checks whom the credentials in a section belong to.
			"owner": func(ts *testscript.TestScript, _ bool, args []string) {
				if got := ts.Value(worldKey{}).(*world).owner(args[0]); got != args[1] {
					ts.Fatalf("%s is %q's, want %s", args[0], got, args[1])
				}
			},
			// unassign takes an account's roles away from the person.
			"unassign": func(ts *testscript.TestScript, _ bool, _ []string) {
				s := ts.Value(worldKey{}).(*world).sample.SSO
				s.Center.Unassign(s.Staging)
			},
			// refuse has AWS refuse the list of an account's roles.
			"refuse": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Value(worldKey{}).(*world).sample.AWS.Faults.Add("ListAccountRoles", awstest.Fault{
					Where: map[string]string{"account_id": args[0]}, Status: 403, Code: "ForbiddenException", Message: "No access",
				})
			},
			// replace writes another text for one in a file.
			"replace": func(ts *testscript.TestScript, _ bool, args []string) {
				text := ts.ReadFile(args[0])
				old := strings.ReplaceAll(args[1], `\n`, "\n")
				if !strings.Contains(text, old) {
					ts.Fatalf("%s does not hold %q", args[0], args[1])
				}
				text = strings.ReplaceAll(text, old, strings.ReplaceAll(args[2], `\n`, "\n"))
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
			},
			// over ends all sessions of Identity Center at AWS.
			"over": func(ts *testscript.TestScript, _ bool, _ []string) {
				ts.Value(worldKey{}).(*world).sample.SSO.Center.EndSessions()
			},
			// status runs daypass, and in its place perhaps another command, and checks its
			// exit status as a shell sees it.
			"status": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(ts.Exec("sh", append([]string{"-c", `"$@"; echo $? >status`, "sh", "daypass"}, args[1:]...)...))
				if got := strings.TrimSpace(ts.ReadFile("status")); got != args[0] {
					ts.Fatalf("it ended with %s, want %s", got, args[0])
				}
			},
			// exits runs daypass and checks its exit status, and that it
			// prints nothing to stdout when it fails.
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				err := ts.Exec("daypass", args[1:]...)
				got := "0"
				if code, ok := errors.AsType[*exec.ExitError](err); ok {
					got = strconv.Itoa(code.ExitCode())
				} else {
					ts.Check(err)
				}
				if got != args[0] {
					ts.Fatalf("daypass exited with %s, want %s", got, args[0])
				}
				if out := ts.ReadFile("stdout"); got != "0" && out != "" {
					ts.Fatalf("daypass failed and printed %q", out)
				}
			},
		},
	})
}
