package core_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/console"
	"daypass/creds/core"
	"daypass/creds/settings"
	"daypass/creds/vault"
)

// keepNames gives the world the files of settings, bookmarks and visits, and a new manager.
func (w *world) keepNames(config string) {
	w.t.Helper()
	w.stop()
	w.write(filepath.Join(w.home, "conf", "config.toml"), config)
	store, err := settings.New(filepath.Join(w.home, "conf", "config.toml"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.names = &agent.Names{
		Settings:  store,
		Bookmarks: console.NewBookmarks(filepath.Join(w.home, "conf", "bookmarks.toml"), ""),
		Visits:    console.NewVisits(filepath.Join(w.home, "state", "visits.json"), nil),
	}
	w.start()
}

func (w *world) bookmark(name string, profiles ...string) {
	w.t.Helper()
	put := creds.Bookmark{Name: name, URL: "https://eu-west-1.console.aws.amazon.com/s3/home", Profiles: profiles}
	if _, _, err := w.names.Bookmarks.Change(creds.BookmarksRequest{Put: &put, AnyRegion: false}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) visit(profile string) {
	w.t.Helper()
	if _, err := w.names.Visits.Add(creds.Visit{Profile: profile, Destination: "https://console.aws.amazon.com/", Opened: time.Now()}); err != nil {
		w.t.Fatal(err)
	}
}

// file returns the text of a file.
func (w *world) file(path string) string {
	w.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	return string(data)
}

// found returns the files below the home folder that have a text, apart from the test's own.
func (w *world) found(text string) (paths []string) {
	w.t.Helper()
	err := filepath.WalkDir(w.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if data, err := os.ReadFile(path); err == nil && strings.Contains(path[len(w.home):]+"\n"+string(data), text) {
			paths = append(paths, path[len(w.home):])
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return paths
}

// keyNames returns what the keyring has items of.
func (w *world) keyNames() vault.Names {
	w.t.Helper()
	names, err := w.vault().KeyNames(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return names
}

var person1 = creds.Requester{Surface: creds.SurfaceTerminal}

func (w *world) callProfile(from, to string) (creds.RenameReply, error) {
	return w.m.Custody().Rename(w.t.Context(), creds.RenameRequest{Profile: from, To: to}, person1)
}

func TestARenameReachesEveryPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.keepNames("# mine\n[profile.alice] # hers\nfavourite = true # yes\n\n[profile.ci]\nnotices = false\n")
		w.bookmark("buckets", "alice", "ci")
		w.bookmark("own", "alice")
		w.visit("alice")
		before := w.file(w.files.Config) + "\n# a tool\n[profile tool]\ncredential_process = \"/usr/bin/daypass\" credential-process --profile 'alice'\n"
		w.write(w.files.Config, before)
		w.refresh("alice", core.RefreshOptions{})
		calls := len(w.AWS.Calls(""))
		reply, err := w.callProfile("alice", "alice.new")
		if err != nil {
			t.Fatal(err)
		}
		if reply.Status.Name != "alice.new" || reply.Status.State(time.Now()) != creds.StateValid {
			t.Errorf("the renamed profile is %+v", reply.Status)
		}
		after := strings.NewReplacer("[profile alice]", "[profile alice.new]", "source_profile = alice\n", "source_profile = alice.new\n",
			"--profile 'alice'", "--profile alice.new").Replace(before)
		if diff := cmp.Diff(after, w.file(w.files.Config)); diff != "" {
			t.Error(diff)
		}
		if got := w.credentials("alice.new")["aws_session_token"]; got == "" || len(w.credentials("alice")) > 0 {
			t.Errorf("the credentials file has %q", w.file(w.files.Credentials))
		}
		if diff := cmp.Diff("# mine\n[profile.\"alice.new\"] # hers\nfavourite = true # yes\n\n[profile.ci]\nnotices = false\n",
			w.file(w.names.Settings.Path())); diff != "" {
			t.Error(diff)
		}
		if names := w.keyNames().Profiles; !slices.Contains(names, "alice.new") || slices.Contains(names, "alice") {
			t.Errorf("the keyring has items of %q", names)
		}
		// The session is the same: nobody is asked, and AWS is not either.
		if s := w.refresh("alice.new", core.RefreshOptions{}); s.State(time.Now()) != creds.StateValid || len(w.AWS.Calls("")) != calls {
			t.Errorf("after %d more calls it is %+v", len(w.AWS.Calls(""))-calls, s)
		}
		w.stop()
		w.start()
		if s := w.refresh("alice.new", core.RefreshOptions{}); s.State(time.Now()) != creds.StateValid || len(w.AWS.Calls("")) != calls {
			t.Errorf("after a restart it is %+v; %+v", s, w.AWS.Calls("")[calls:])
		}
		bookmarks, err := w.names.Bookmarks.List()
		if err != nil || !slices.Equal(bookmarks.Bookmarks[0].Profiles, []string{"alice.new", "ci"}) {
			t.Errorf("the bookmarks are %+v, %v", bookmarks, err)
		}
		visits, err := w.names.Visits.List()
		if err != nil || visits[0].Profile != "alice.new" {
			t.Errorf("the visits are %+v, %v", visits, err)
		}
	})
}

func (w *world) planRemoval(name string) creds.Removal {
	w.t.Helper()
	plan, err := w.m.Custody().Remove(w.t.Context(), creds.RemoveRequest{Profile: name, Plan: true}, person1)
	if err != nil {
		w.t.Fatal(err)
	}
	return plan
}

func TestARemovalLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.keepNames("[profile.alice] # hers\nfavourite = true # yes\n\n[profile.ci]\nnotices = false\n")
		w.bookmark("buckets", "alice", "ci")
		w.bookmark("own", "alice")
		w.visit("alice")
		w.refresh("alice", core.RefreshOptions{})
		plan := w.planRemoval("alice")
		t.Logf("%+v", plan)
		if _, err := w.m.Custody().Remove(t.Context(), creds.RemoveRequest{Profile: "alice", Fingerprint: plan.Fingerprint}, person1); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s", w.file(w.files.Config))
		t.Logf("%s", w.file(w.names.Settings.Path()))
		for _, text := range []string{w.AliceKey.ID, w.AliceKey.Secret} {
			if places := w.found(text); len(places) > 0 {
				t.Errorf("%s is in %q", text, places)
			}
		}
		if names := w.keyNames(); slices.Contains(names.Profiles, "alice") || slices.Contains(names.Keys, w.AliceKey.ID) {
			t.Errorf("the keyring has %+v", names)
		}
	})
}
