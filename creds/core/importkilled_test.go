package core_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"

	"daypass/creds"
	"daypass/creds/awstest"
)

// The files that an import writes, below the home folder.
var (
	credentialsBelow = filepath.Join(".aws", "credentials")
	configBelow      = filepath.Join(".aws", "config")
	pointerBelow     = filepath.Join("state", "keyring", "daypass-key-bob")
)

func itemBelow(key awstest.Key) string {
	return filepath.Join("state", "keyring", "daypass-access-key-"+key.ID)
}

// lockCredentials has whoever writes the credentials file wait until unlock.
func (w *world) lockCredentials() (unlock func()) {
	w.t.Helper()
	lock := flock.New(filepath.Join(w.home, ".aws", ".credentials.daypass.lock"))
	if ok, err := lock.TryLock(); !ok || err != nil {
		w.t.Fatalf("locked: %v, %v", ok, err)
	}
	return func() { _ = lock.Close() }
}

// begin starts work, and returns when it has ended or waits for something.
func begin(work func()) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	synctest.Wait()
	return func() { <-done }
}

// startOn has a new agent find what a killed one has left.
func (w *world) startOn(left map[string]string) {
	w.stop()
	w.moveTo(w.t.TempDir())
	for path, text := range left {
		w.write(filepath.Join(w.home, path), text)
	}
	w.start()
}

// but returns what was left if some files were written by then and others were not there.
func but(left map[string]string, written map[string]string, missing ...string) map[string]string {
	left = maps.Clone(left)
	maps.Copy(left, written)
	for _, path := range missing {
		delete(left, path)
	}
	return left
}

func TestAnImportThatWasCutOffIsFinishedOrUndone(t *testing.T) {
	for name, c := range map[string]struct {
		left func(begun, taking, end map[string]string, key awstest.Key) map[string]string
		// isIn says where the key is in the end, and says what people read of it.
		isIn, says string
	}{
		"before anything was stored": {
			func(begun, _, _ map[string]string, key awstest.Key) map[string]string {
				return but(begun, nil, pointerBelow, itemBelow(key))
			}, "file", "was cut off, and is undone: the key is in [bob] in ",
		},
		"when the key was stored": {
			func(begun, _, _ map[string]string, _ awstest.Key) map[string]string {
				return but(begun, nil, pointerBelow)
			}, "keyring", "was cut off, and is finished now: the key is in the keyring, and was taken out of [bob] in ",
		},
		"when the profile used it": {
			func(begun, _, _ map[string]string, _ awstest.Key) map[string]string { return begun },
			"keyring", "was cut off, and is finished now: the key is in the keyring, and was taken out of [bob] in ",
		},
		"before the key was taken out": {
			func(_, taking, _ map[string]string, _ awstest.Key) map[string]string { return taking },
			"keyring", "was cut off, and is finished now: the key is in the keyring, and was taken out of [bob] in ",
		},
		"when it was taken out of the first of two files": {
			func(_, taking, end map[string]string, _ awstest.Key) map[string]string {
				return but(taking, map[string]string{credentialsBelow: end[credentialsBelow]})
			}, "keyring", "was cut off, and is finished now: the key is in the keyring, and was taken out of [bob] in ",
		},
		"when it was taken out of both": {
			func(_, taking, end map[string]string, _ awstest.Key) map[string]string {
				return but(taking, map[string]string{credentialsBelow: end[credentialsBelow], configBelow: end[configBelow]})
			}, "keyring", "was cut off, and is finished now: the key is in the keyring, and was taken out of [bob] in ",
		},
		"at the end": {
			func(_, _, end map[string]string, _ awstest.Key) map[string]string { return end }, "keyring", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key := w.keyOf("bob")
				config, credentials := w.Config()+"[profile bob]\n"+lines(key.ID, key.Secret), "[bob]\n# mine\n"+lines(key.ID, key.Secret)
				w.write(w.files.Config, config)
				w.write(w.files.Credentials, credentials)
				proceed := make(chan struct{})
				w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Times: 1, Until: proceed})
				unlock := w.lockCredentials()
				wait := begin(func() { w.importAll(creds.FindKeysRequest{}) })
				begun := readTree(t, w.home)
				close(proceed)
				synctest.Wait()
				taking := readTree(t, w.home)
				unlock()
				wait()
				end := readTree(t, w.home)
				if strings.Contains(end[credentialsBelow], key.ID) || begun[itemBelow(key)] == "" || !strings.Contains(taking[credentialsBelow], key.ID) {
					t.Fatalf("the import was not as the test wants it: %q", end[credentialsBelow])
				}

				w.startOn(c.left(begun, taking, end, key))
				time.Sleep(5 * time.Minute)
				s, err := w.m.Status(t.Context(), "bob")
				if err != nil || s.Key == nil || !strings.Contains(s.Key.News, c.says) || c.says == "" && s.Key.News != "" {
					t.Fatalf("%v: %+v", err, s.Key)
				}
				inFiles := strings.Count(w.read(w.files.Credentials)+w.read(w.files.Config), key.Secret)
				if c.isIn == "keyring" {
					if w.kept("bob") != key || inFiles != 0 {
						t.Errorf("%d files have the key, and the keyring has %+v", inFiles, w.kept("bob").ID)
					}
					// It can be undone as if nothing had been.
					undone, err := w.m.Custody().UndoImport(t.Context(), creds.UndoImportRequest{}, atTerminal)
					if err != nil || len(undone.Keys) != 1 || !undone.Keys[0].Done {
						t.Fatalf("%+v %v", undone, err)
					}
				}
				if w.kept("bob") != (awstest.Key{}) || w.read(w.files.Credentials) != credentials || w.read(w.files.Config) != config {
					t.Errorf("the keyring has %q, and the files are\n%s\n%s", w.kept("bob").ID, w.read(w.files.Credentials), w.read(w.files.Config))
				}
			})
		})
	}
}

func TestAnUndoingThatWasCutOffIsFinished(t *testing.T) {
	for name, left := range map[string]func(putting, end map[string]string, key awstest.Key) map[string]string{
		"before the key was put back": func(putting, _ map[string]string, _ awstest.Key) map[string]string { return putting },
		"when it was put back": func(putting, end map[string]string, _ awstest.Key) map[string]string {
			return but(putting, map[string]string{credentialsBelow: end[credentialsBelow]})
		},
		"when the profile did not use it any more": func(putting, end map[string]string, _ awstest.Key) map[string]string {
			return but(putting, map[string]string{credentialsBelow: end[credentialsBelow]}, pointerBelow)
		},
		"when it was removed": func(putting, end map[string]string, key awstest.Key) map[string]string {
			return but(putting, map[string]string{credentialsBelow: end[credentialsBelow]}, pointerBelow, itemBelow(key))
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key := w.keyOf("bob")
				credentials := "[bob]\n# mine\n" + lines(key.ID, key.Secret)
				w.write(w.files.Credentials, credentials)
				w.importAll(creds.FindKeysRequest{})
				unlock := w.lockCredentials()
				wait := begin(func() {
					if _, err := w.m.Custody().UndoImport(t.Context(), creds.UndoImportRequest{}, atTerminal); err != nil {
						t.Error(err)
					}
				})
				putting := readTree(t, w.home)
				unlock()
				wait()
				w.startOn(left(putting, readTree(t, w.home), key))
				time.Sleep(5 * time.Minute)
				s, err := w.m.Status(t.Context(), "bob")
				if err != nil || s.Key == nil || !strings.Contains(s.Key.News, "is finished now: the key is in [bob] in ") {
					t.Fatalf("%v: %+v", err, s.Key)
				}
				names, err := w.vault().KeyNames(t.Context())
				if err != nil || strings.Contains(strings.Join(names.Keys, " "), key.ID) || w.kept("bob") != (awstest.Key{}) {
					t.Errorf("the keyring has %+v, %v", names, err)
				}
				if got := w.read(w.files.Credentials); got != credentials {
					t.Errorf("the file is\n%s", got)
				}
			})
		})
	}
}

func TestAFileThatChangesDuringAnImportKeepsWhatIsNew(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world, other awstest.Key) (now, left string)
		done   bool
	}{
		"a line beside the key": {func(w *world, _ awstest.Key) (string, string) {
			now := w.read(w.files.Credentials) + "region = eu-west-1\n"
			return now, "[bob]\nregion = eu-west-1\n"
		}, true},
		"another key in its place": {func(_ *world, other awstest.Key) (string, string) {
			now := "[bob]\n" + lines(other.ID, other.Secret)
			return now, now
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				key, other := w.keyOf("bob"), w.keyOf("bob")
				w.write(w.files.Credentials, "[bob]\n"+lines(key.ID, key.Secret))
				var imported []creds.ImportedKey
				unlock := w.lockCredentials()
				wait := begin(func() { imported = w.importAll(creds.FindKeysRequest{}) })
				now, left := c.change(w, other)
				w.write(w.files.Credentials, now)
				unlock()
				wait()
				if len(imported) != 1 || imported[0].TakenOut != c.done || !imported[0].Done || imported[0].Err != nil || (imported[0].Note == "") != c.done {
					t.Fatalf("%+v", imported)
				}
				if got := w.read(w.files.Credentials); got != left || w.kept("bob") != key {
					t.Errorf("the file is\n%s", got)
				}
			})
		})
	}
}
