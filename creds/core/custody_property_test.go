package core_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/internal/secret"
)

// TestNamesStayWholeUnderRandomChanges adds, renames, removes, logs in and out at random, cuts
// some changes off, and looks after each whether anything of an old name is left, and whether
// anything else has changed.
func TestNamesStayWholeUnderRandomChanges(t *testing.T) {
	seeds := []uint64{1, 2, 3, 4}
	if *propertySeed > 0 {
		seeds = []uint64{*propertySeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer func() { w.stop() }()
				w.stop()
				for _, name := range []string{"alice", "ci"} {
					if err := w.vault().RemoveName(t.Context(), name); err != nil {
						t.Fatal(err)
					}
				}
				n := &naming{t: t, w: w, rng: rand.New(rand.NewPCG(seed, 0)), has: map[string]awstest.Key{}}
				w.write(w.files.Config, strings.TrimPrefix(namingRest, "\n"))
				w.write(w.files.Credentials, strings.TrimPrefix(namingRest, "\n"))
				w.keepNames("# mine\n[notices]\nending = false # never\n")
				for range 40 {
					n.play()
					n.check()
					if t.Failed() {
						t.Logf("what was done:\n%s", strings.Join(n.did, "\n"))
						return
					}
				}
				if n.good < 10 {
					t.Errorf("only %d changes were made:\n%s", n.good, strings.Join(n.did, "\n"))
				}
			})
		})
	}
}

// namingRest is what nobody may change.
const namingRest = "\n# of mine\n[a tool of mine]\nname=one  \n\n\n# the end\n"

type naming struct {
	t   *testing.T
	w   *world
	rng *rand.Rand
	// has are the profiles that there should be, with their keys.
	has map[string]awstest.Key
	did []string
	// good counts what was done.
	good int
}

var namingNames = []string{"one", "two", "three", "one-temporary", "two-long-term", "a.b", "x/y"}

func (n *naming) play() {
	name, other := namingNames[n.rng.IntN(len(namingNames))], namingNames[n.rng.IntN(len(namingNames))]
	key, is := n.has[name]
	custody := n.w.m.Custody()
	var err error
	did := ""
	switch n.rng.IntN(9) {
	case 0, 1:
		key := []awstest.Key{n.w.AliceKey, n.w.CIKey}[n.rng.IntN(2)]
		did = "add " + name
		if _, err = n.w.m.Add(n.t.Context(), creds.AddRequest{Profile: name, AccessKeyID: key.ID, SecretAccessKey: secret.New(key.Secret)}); err == nil {
			n.has[name] = key
		}
	case 2, 3:
		did = "rename " + name + " " + other
		if _, err = n.w.callProfile(name, other); err == nil {
			delete(n.has, name)
			n.has[other] = key
		}
	case 4:
		steps := n.rng.IntN(8)
		did = fmt.Sprintf("rename %s %s, cut off after %d steps", name, other, steps)
		if _, err = custody.CutRename(n.t.Context(), creds.RenameRequest{Profile: name, To: other}, steps); err == nil {
			delete(n.has, name)
			n.has[other] = key
			n.restart()
		}
	case 5:
		did = "remove " + name
		if _, err = n.w.remove(creds.RemoveRequest{Profile: name}); err == nil {
			delete(n.has, name)
		}
	case 6:
		steps := n.rng.IntN(10)
		did = fmt.Sprintf("remove %s, cut off after %d steps", name, steps)
		if _, err = custody.CutRemoval(n.t.Context(), name, steps); err == nil {
			delete(n.has, name)
			n.restart()
		}
	case 7:
		did = "log in " + name
		_, err = n.w.m.Refresh(n.t.Context(), name, core.RefreshOptions{Force: n.rng.IntN(2) == 0})
		if err != nil && is {
			n.t.Errorf("%s: %v", did, err)
		}
	case 8:
		did = "log out " + name
		err = n.w.m.Logout(n.t.Context(), name)
	}
	if err == nil {
		n.good++
	}
	n.did = append(n.did, fmt.Sprintf("%s: %v", did, err))
}

func (n *naming) restart() {
	n.w.stop()
	n.w.start()
	synctest.Wait()
}

// check compares everything with what there should be.
func (n *naming) check() {
	t, w := n.t, n.w
	synctest.Wait()
	if left := w.m.Custody().Entries(); left > 0 {
		t.Errorf("%d entries are left in the journal\n%s", left, w.log)
	}
	var names []string
	for _, s := range w.m.Snapshot(t.Context()).Profiles {
		if s.Name != "a tool of mine" {
			names = append(names, s.Name)
		}
	}
	var want, keys []string
	for name, key := range n.has {
		if want = append(want, name); !slices.Contains(keys, key.ID) {
			keys = append(keys, key.ID)
		}
		if got, err := w.vault().Key(t.Context(), name); err != nil || got.ID != key.ID || got.Secret.Reveal() != key.Secret {
			t.Errorf("the key of %s is %s, %v", name, got.ID, err)
		}
	}
	slices.Sort(want)
	slices.Sort(keys)
	if !slices.Equal(names, want) {
		t.Errorf("there are the profiles %q, not %q", names, want)
	}
	items := w.keyNames()
	if !slices.Equal(items.Profiles, want) {
		t.Errorf("the keyring has items of %q, not %q", items.Profiles, want)
	}
	for _, id := range keys {
		if !slices.Contains(items.Keys, id) {
			t.Errorf("the key %s is gone", id)
		}
	}
	for _, name := range namingNames {
		if _, is := n.has[name]; is {
			continue
		}
		if left := w.m.Records(name); len(left) > 0 {
			t.Errorf("of %s are left %q", name, left)
		}
		for _, header := range []string{"[" + name + "]", "[profile " + name + "]"} {
			if strings.Contains(w.file(w.files.Config)+w.file(w.files.Credentials), header) {
				t.Errorf("%s is left", header)
			}
		}
	}
	for _, path := range []string{w.files.Config, w.files.Credentials} {
		if !strings.HasPrefix(w.file(path), strings.TrimPrefix(namingRest, "\n")) {
			t.Errorf("%s is now\n%s", path, w.file(path))
		}
	}
	if len(n.has) == 0 && (w.file(w.files.Config) != strings.TrimPrefix(namingRest, "\n") || w.file(w.files.Credentials) != strings.TrimPrefix(namingRest, "\n")) {
		t.Errorf("without profiles the files are\n%s\n%s", w.file(w.files.Config), w.file(w.files.Credentials))
	}
	if text := w.file(w.names.Settings.Path()); text != "# mine\n[notices]\nending = false # never\n" {
		t.Errorf("the settings are\n%s", text)
	}
}
