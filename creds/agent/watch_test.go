package agent_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/credstest"
	"daypass/internal/secret"
	"daypass/sso"
)

// onlooker sees what an agent shows, and never asks it for anything.
type onlooker struct {
	t         *testing.T
	snapshots chan creds.Snapshot
}

func (h *house) onlooker(t *testing.T) *onlooker {
	t.Helper()
	o := &onlooker{t, make(chan creds.Snapshot, 1)}
	c := h.connect(t, creds.SurfaceTray)
	go func() {
		// It ends with the test.
		_ = c.Watch(t.Context(), func(s creds.Snapshot) {
			select {
			case <-o.snapshots:
			default:
			}
			o.snapshots <- s
		})
	}()
	return o
}

// until waits until a snapshot shows that something is so.
func (o *onlooker) until(what string, so func(creds.Snapshot) bool) {
	o.t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case s := <-o.snapshots:
			if so(s) {
				return
			}
		case <-limit:
			o.t.Fatalf("nothing shows %s", what)
		}
	}
}

func hasProfile(name string) func(creds.Snapshot) bool {
	return func(s creds.Snapshot) bool {
		_, has := s.Profile(name)
		return has
	}
}

func hasNoProfile(name string) func(creds.Snapshot) bool {
	return func(s creds.Snapshot) bool { return !hasProfile(name)(s) }
}

func inRegion(name, region string) func(creds.Snapshot) bool {
	return func(s creds.Snapshot) bool {
		p, _ := s.Profile(name)
		return p.Region == region
	}
}

// editor changes the config file as most editors do.
func editor(t *testing.T, edit func(text string) string) {
	t.Helper()
	path := os.Getenv("AWS_CONFIG_FILE")
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, path+"~", edit(string(old)))
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

func added(text string) func(string) string {
	return func(old string) string { return old + "\n" + text }
}

const byHand = "[profile by-hand]\nrole_arn = arn:aws:iam::222222222222:role/admin\nsource_profile = ci\nregion = eu-west-1\n"

func TestWhatOthersDoToTheAWSFilesIsShown(t *testing.T) {
	cli, err := exec.LookPath("aws")
	if err != nil {
		t.Fatalf("this test runs the real AWS CLI: %v", err)
	}
	for name, c := range map[string]struct {
		folder  string
		prepare func(t *testing.T, h *house, home string)
	}{
		"in their folder": {".aws", func(t *testing.T, h *house, home string) {
			credstest.Write(t, filepath.Join(home, ".aws", "config"), h.Config())
		}},
		"with no folder at the begin": {".aws", func(*testing.T, *house, string) {}},
		"in a folder that is a link": {".aws", func(t *testing.T, h *house, home string) {
			credstest.Write(t, filepath.Join(home, "dotfiles", "aws", "config"), h.Config())
			if err := os.Symlink(filepath.Join("dotfiles", "aws"), filepath.Join(home, ".aws")); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(name, "link") {
				return // links are not a person's to make there
			}
			h := newHouseIn(t, true, c.folder, func(h *house, home string) { c.prepare(t, h, home) })
			o := h.onlooker(t)
			aws := func(key, value, profile string) {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), cli, "configure", "set", key, value, "--profile", profile)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("aws configure: %v: %s", err, out)
				}
			}
			editor(t, func(string) string { return h.Config() + "\n" + byHand })
			o.until("a profile that a person added", inRegion("by-hand", "eu-west-1"))
			aws("region", "ap-southeast-2", "by-hand")
			o.until("what the AWS CLI changed", inRegion("by-hand", "ap-southeast-2"))
			aws("aws_access_key_id", "AKIAIOSFODNN7EXAMPLE", "with-key")
			o.until("a profile of the credentials file", hasProfile("with-key"))
			editor(t, func(string) string { return h.Config() })
			o.until("the removal of a profile", func(s creds.Snapshot) bool { return hasNoProfile("by-hand")(s) && hasProfile("ci")(s) })
			if err := os.RemoveAll(filepath.Dir(os.Getenv("AWS_CONFIG_FILE"))); err != nil {
				t.Fatal(err)
			}
			o.until("that the folder is gone", hasNoProfile("ci"))
			editor(t, added(byHand))
			o.until("that it is back", hasProfile("by-hand"))
		})
	}
}

func TestABrokenFileIsShownUntilItIsMended(t *testing.T) {
	h := newHouse(t, true)
	o := h.onlooker(t)
	o.until("the profiles", hasProfile("ci"))
	path := os.Getenv("AWS_CONFIG_FILE")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	o.until("what is wrong", func(s creds.Snapshot) bool {
		return len(s.Problems) == 1 && strings.Contains(s.Problems[0].Message, "folder")
	})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".old", path); err != nil {
		t.Fatal(err)
	}
	o.until("that it is mended", func(s creds.Snapshot) bool { return len(s.Problems) == 0 && hasProfile("ci")(s) })
}

func TestASessionThatIsAddedIsSignedInIfItsTokenIsThere(t *testing.T) {
	corp := sso.Session{Name: "by-hand", StartURL: awstest.SampleStartURL, Region: awstest.SampleRegion}
	var tokens *sso.Cache
	h := newHouseIn(t, true, ".aws", func(h *house, home string) {
		credstest.Write(t, filepath.Join(home, ".aws", "config"), h.Config())
		tokens = sso.NewCache(filepath.Join(home, ".aws", "sso", "cache"), nil)
		// As the AWS CLI does, before or after the config is written.
		err := tokens.StoreToken(t.Context(), corp, sso.Token{
			StartURL: corp.StartURL, Region: corp.Region, AccessToken: secret.New("token"), Expires: time.Now().Add(8 * time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	o := h.onlooker(t)
	o.until("the profiles", hasProfile("ci"))
	state := func(want creds.State) func(creds.Snapshot) bool {
		return func(s creds.Snapshot) bool {
			for _, one := range s.Sessions {
				if one.ID == corp.Name {
					return one.State(time.Now()) == want
				}
			}
			return false
		}
	}
	editor(t, added(fmt.Sprintf("[sso-session %s]\nsso_start_url = %s\nsso_region = %s\n", corp.Name, corp.StartURL, corp.Region)))
	o.until("the sign-in", state(creds.StateValid))
	if err := tokens.RemoveToken(t.Context(), corp); err != nil {
		t.Fatal(err)
	}
	o.until("the sign-out", state(creds.StateNone))
}

// TestTheSnapshotsSayWhetherTheDesktopShowsAnIcon has the icon go and come, and
// something else change meanwhile.
func TestTheSnapshotsSayWhetherTheDesktopShowsAnIcon(t *testing.T) {
	h := newHouse(t, false)
	o, c := h.onlooker(t), h.connect(t, creds.SurfaceTray)
	for _, none := range []bool{true, false, true} {
		h.agent.NoteNoIcon(none)
		o.until("the icon", func(s creds.Snapshot) bool { return s.NoIcon == none && len(s.Profiles) > 0 })
		if _, err := c.Login(t.Context(), creds.LoginRequest{Profile: "ci", Force: true}); err != nil {
			t.Fatal(err)
		}
		s, err := c.Snapshot(t.Context())
		if err != nil || s.NoIcon != none {
			t.Errorf("it is said to be missing: %t (%v), want %t", s.NoIcon, err, none)
		}
		o.until("the icon after a login", func(s creds.Snapshot) bool {
			p, _ := s.Profile("ci")
			return s.NoIcon == none && !p.Expires.IsZero()
		})
	}
}
