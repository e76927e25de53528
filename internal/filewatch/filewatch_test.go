package filewatch_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"daypass/internal/filewatch"
)

// home is a folder with a watch on a file.
type home struct {
	t       *testing.T
	dir     string
	path    string
	changes <-chan error
}

func newHome(t *testing.T) *home {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &home{t: t, dir: dir}
}

func (h *home) at(name string) string { return filepath.Join(h.dir, filepath.FromSlash(name)) }

func (h *home) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *home) mkdir(names ...string) {
	h.t.Helper()
	for _, name := range names {
		h.must(os.MkdirAll(h.at(name), 0o700))
	}
}

// write writes in place, with the folders that it needs.
func (h *home) write(name, text string) {
	h.t.Helper()
	h.must(os.MkdirAll(filepath.Dir(h.at(name)), 0o700))
	h.must(os.WriteFile(h.at(name), []byte(text), 0o600))
}

// save writes beside and renames over, as editors do.
func (h *home) save(name, text string) {
	h.t.Helper()
	h.write(name+"~", text)
	h.rename(name+"~", name)
}

func (h *home) rename(from, to string) { h.t.Helper(); h.must(os.Rename(h.at(from), h.at(to))) }
func (h *home) remove(name string)     { h.t.Helper(); h.must(os.RemoveAll(h.at(name))) }

// link makes a link, or replaces the one that exists.
func (h *home) link(to, name string) {
	h.t.Helper()
	h.must(os.Symlink(filepath.FromSlash(to), h.at(name+"~")))
	h.rename(name+"~", name)
}

// watch begins to watch a file.
func (h *home) watch(name string) {
	h.t.Helper()
	h.path = h.at(name)
	h.changes = new(filewatch.Watcher).Files(h.t.Context(), h.path)
	h.look()
}

// look waits until a change is reported.
func (h *home) look() {
	h.t.Helper()
	select {
	case err, open := <-h.changes:
		if !open || err != nil {
			h.t.Fatalf("the watch ends: %v", err)
		}
	case <-time.After(30 * time.Second):
		h.t.Fatal("nothing is reported")
	}
}

func (h *home) text() string {
	text, err := os.ReadFile(h.path)
	if err != nil {
		return "nothing"
	}
	return string(text)
}

// until waits until the file has a text, reading it at each report.
func (h *home) until(text string) {
	h.t.Helper()
	for h.look(); h.text() != text; h.look() {
		h.t.Logf("it is still %q", h.text())
	}
}

func TestTheStartIsReportedAtOnce(t *testing.T) {
	h := newHome(t)
	h.write("config", "a")
	h.watch("config")
}

func TestAFileIsChangedInEveryWay(t *testing.T) {
	h := newHome(t)
	h.watch("config")
	h.write("config", "a")
	h.until("a")
	h.write("config", "b")
	h.until("b")
	h.save("config", "c")
	h.until("c")
	h.rename("config", "config.old")
	h.until("nothing")
	h.rename("config.old", "config")
	h.until("c")
	h.remove("config")
	h.until("nothing")
	// Some editors move the file away before the new one is there.
	h.save("config", "d")
	h.until("d")
	h.rename("config", "config.bak")
	h.write("config", "e")
	h.until("e")
}

func TestFoldersComeAndGo(t *testing.T) {
	h := newHome(t)
	h.watch("a/b/config")
	for range 2 {
		h.write("a/b/config", "a")
		h.until("a")
		h.save("a/b/config", "b")
		h.until("b")
		h.remove("a")
		h.until("nothing")
		h.mkdir("a")
		h.write("a/b/config", "c")
		h.until("c")
		h.remove("a/b")
		h.until("nothing")
	}
}

func TestAFolderIsReplacedByAnother(t *testing.T) {
	h := newHome(t)
	h.write("aws/config", "a")
	h.write("other/config", "b")
	h.watch("aws/config")
	h.rename("aws", "old")
	h.rename("other", "aws")
	h.until("b")
	h.write("old/config", "not this")
	h.save("aws/config", "c")
	h.until("c")
	// A file where the folder was, and back.
	h.remove("aws")
	h.until("nothing")
	h.write("aws", "a file")
	h.look()
	h.remove("aws")
	h.write("aws/config", "d")
	h.until("d")
}

func TestLinksAreFollowedAndMayLeadElsewhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links are not a person's to make there
	}
	for name, c := range map[string]struct{ one, two, link string }{
		"a file":                   {"../real/one/aws/config", "../real/two/aws/config", "aws/config"},
		"its folder":               {"real/one/aws", "real/two/aws", "aws"},
		"with the full path":       {"@/real/one/aws", "@/real/two/aws", "aws"},
		"by way of another":        {"by/one/aws", "by/two/aws", "aws"},
		"by way of another folder": {"by/one/../two/../one/aws", "./by/two/aws", "aws"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t)
			h.write("real/one/aws/config", "one")
			h.write("real/two/aws/config", "two")
			h.link("real", "by")
			if strings.Contains(c.link, "/") {
				h.mkdir("aws")
			}
			h.link(strings.ReplaceAll(c.one, "@", h.dir), c.link)
			h.watch("aws/config")
			h.save("real/one/aws/config", "one, saved")
			h.until("one, saved")
			h.write("real/one/aws/config", "one, written")
			h.until("one, written")
			h.link(strings.ReplaceAll(c.two, "@", h.dir), c.link)
			h.until("two")
			h.save("real/two/aws/config", "two, saved")
			h.until("two, saved")
			h.remove("real/two/aws/config")
			h.until("nothing")
			h.write("real/two/aws/config", "two, again")
			h.until("two, again")
			h.remove("real/two/aws")
			h.until("nothing")
			h.write("real/two/aws/config", "two, anew")
			h.until("two, anew")
			h.remove(c.link)
			h.until("nothing")
			h.link(strings.ReplaceAll(c.one, "@", h.dir), c.link)
			h.until("one, written")
		})
	}
}

func TestLinksThatLeadNowhereMayDoSoLater(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links are not a person's to make there
	}
	h := newHome(t)
	h.link("not/there", "aws")
	h.watch("aws/config")
	h.write("not/there/config", "a")
	h.until("a")
	h.link("aws", "aws") // a circle
	h.until("nothing")
	h.link("not/there", "aws")
	h.until("a")
}

func TestManyChangesAreFewReports(t *testing.T) {
	h := newHome(t)
	h.watch("config")
	start := time.Now()
	for range 2000 {
		h.write("config", "a")
	}
	h.save("config", "last")
	reports := 1
	for h.look(); h.text() != "last"; h.look() {
		reports++
	}
	if most := 1 + int(time.Since(start)/(100*time.Millisecond)); reports > most {
		t.Errorf("changes were reported %d times, not %d", reports, most)
	}
}

// The null device, which people name to have no file, is written to all the time.
func TestOtherFilesAreNotReported(t *testing.T) {
	h := newHome(t)
	h.mkdir("aws")
	paths := []string{os.DevNull, h.at("aws/config")}
	h.changes = new(filewatch.Watcher).Files(t.Context(), paths...)
	h.look()
	h.write("aws/other", "a")
	h.write("aws/sub/config", "a")
	h.write("config", "a")
	for range 10 {
		h.must(os.WriteFile(os.DevNull, []byte("a"), 0o600))
	}
	select {
	case err := <-h.changes:
		t.Errorf("a change is reported: %v", err)
	case <-time.After(time.Second):
	}
	h.write("aws/config", "a")
	h.look()
}

func TestTheWorkingFolderMayChange(t *testing.T) {
	h := newHome(t)
	h.mkdir("one", "two")
	t.Chdir(h.at("one"))
	h.watch("one/config")
	relative := new(filewatch.Watcher).Files(t.Context(), "config")
	<-relative
	t.Chdir(h.at("two"))
	h.write("one/config", "a")
	h.until("a")
	h.changes = relative
	h.until("a")
}

// Whatever happens to files, and to the folders and links that lead to them, a reader
// who reads them at each report has seen their last content.
func TestNothingGoesUnnoticed(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // links are not a person's to make there
	}
	for seed := range uint64(6) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 0))
			h := newHome(t)
			shared := new(filewatch.Watcher)
			var looking []*home
			for _, name := range []string{"link/b/config", "x/b/config", "y/c/config"} {
				one := &home{t: t, dir: h.dir, path: h.at(name), changes: shared.Files(t.Context(), h.at(name))}
				one.look()
				looking = append(looking, one)
			}
			known := make([]string, len(looking))
			for i, one := range looking {
				known[i] = one.text()
			}
			for n := range 30 {
				ctx, leave := context.WithCancel(t.Context())
				brief := shared.Files(ctx, h.at("x/b/config")) // comes and goes
				what := h.happen(random)
				for range random.IntN(4) { // several at once
					what += ", " + h.happen(random)
				}
				leave()
				for i, one := range looking {
					for now := one.text(); known[i] != now; known[i] = one.text() {
						select {
						case err, open := <-one.changes:
							if !open || err != nil {
								t.Fatalf("seed %d, step %d: the watch ends: %v", seed, n, err)
							}
						case <-time.After(30 * time.Second):
							t.Fatalf("seed %d, step %d: %s: %q became %q unnoticed: %s", seed, n, one.path, known[i], now, what)
						}
					}
				}
				for range brief { // until it has ended
				}
			}
		})
	}
}

// happen makes a random change, which mostly succeeds.
func (h *home) happen(random *rand.Rand) string {
	roads := []string{"x/b/config", "y/b/config", "x/c/config", "y/c/config", "z/config"}
	folders := []string{"x", "y", "x/b", "y/b", "x/c", "y/c", "z", "link"}
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	text := string('a' + rune(random.IntN(26)))
	from, to := pick(folders), pick(folders)
	switch road := pick(roads); random.IntN(9) {
	case 0, 1:
		_ = os.MkdirAll(filepath.Dir(h.at(road)), 0o700)
		_ = os.WriteFile(h.at(road), []byte(text), 0o600)
		return "write " + road
	case 2:
		_ = os.MkdirAll(filepath.Dir(h.at(road)), 0o700)
		_ = os.WriteFile(h.at(road)+"~", []byte(text), 0o600)
		_ = os.Rename(h.at(road)+"~", h.at(road))
		return "save " + road
	case 3:
		_ = os.Remove(h.at(road))
		return "remove " + road
	case 4:
		_ = os.RemoveAll(h.at(from))
		return "remove " + from
	case 5:
		_ = os.Rename(h.at(from), h.at(to))
		return "rename " + from + " to " + to
	case 6:
		to = pick([]string{"x", "y", "x/../y", "none"})
		_ = os.RemoveAll(h.at("link"))
		_ = os.Symlink(to, h.at("link"))
		return "link to " + to
	case 7:
		to = pick([]string{"x", "y"})
		_ = os.Symlink(to, h.at("link~"))
		_ = os.Rename(h.at("link~"), h.at("link"))
		_ = os.Remove(h.at("link~"))
		return "relink to " + to
	default:
		from = pick([]string{"x/b", "y/b"})
		to = pick([]string{"../z", "c"})
		_ = os.RemoveAll(h.at(from))
		_ = os.MkdirAll(filepath.Dir(h.at(from)), 0o700)
		_ = os.Symlink(to, h.at(from))
		return "link " + from + " to " + to
	}
}

func TestNothingIsLeftWhenAWatchHasEnded(t *testing.T) {
	h := newHome(t)
	h.mkdir("aws")
	before := runtime.NumGoroutine()
	ctx, leave := context.WithCancel(t.Context())
	var all []<-chan error
	var shared filewatch.Watcher
	for range 20 {
		all = append(all, shared.Files(ctx, h.at("aws/config"), h.at("none/config")))
	}
	h.write("aws/config", "a") // in the midst of things
	leave()
	for _, changes := range all {
		for err := range changes {
			h.must(err)
		}
	}
	for range 200 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
}
