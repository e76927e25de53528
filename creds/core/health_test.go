package core_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/keyring"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/internal/secret"
)

func (w *world) health(fix ...string) creds.Health {
	w.t.Helper()
	h, err := w.m.Custody().Health(w.t.Context(), creds.HealthRequest{Fix: fix}, atTray)
	if err != nil {
		w.t.Fatal(err)
	}
	return h
}

// bad are the findings that are not in order, as "SEVERITY ID".
func bad(h creds.Health) (all []string) {
	for _, f := range h.Findings {
		if f.Severity != creds.SeverityOK {
			all = append(all, string(f.Severity)+" "+f.ID)
		}
	}
	slices.Sort(all)
	return all
}

func findingOf(t *testing.T, h creds.Health, id string) creds.Finding {
	t.Helper()
	i := slices.IndexFunc(h.Findings, func(f creds.Finding) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("there is no finding %s among %v", id, h.Findings)
	}
	return h.Findings[i]
}

func TestAHealthyInstallationHasFindingsOfEveryTopicThatAreAllInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("ci", core.RefreshOptions{})
		h := w.health()
		if got := bad(h); got != nil {
			t.Errorf("not in order: %v", got)
		}
		var topics []string
		for _, g := range h.Groups() {
			topics = append(topics, g.Topic)
		}
		want := []string{creds.TopicKeyring, creds.TopicKeys, creds.TopicFiles, creds.TopicProfiles, creds.TopicNetwork, creds.TopicClock, creds.TopicDaypass}
		if diff := cmp.Diff(want, topics); diff != "" {
			t.Errorf("the topics (-want +got)\n%s", diff)
		}
		ids := map[string]bool{}
		for _, f := range h.Findings {
			if ids[f.ID] || f.Title == "" {
				t.Errorf("%+v has no title, or the ID of another", f)
			}
			ids[f.ID] = true
		}
		if h.Summary() != "Everything is in order." || h.Worst() != creds.SeverityOK {
			t.Errorf("it says %q", h.Summary())
		}
	})
}

// storeOldItem stores a profile's key as versions before the second form of items did.
func (w *world) storeOldItem(t *testing.T, profile, id, secretKey string) {
	t.Helper()
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, FileDir: filepath.Join(w.home, "state", "keyring"),
		FilePasswordFunc: keyring.FixedStringPrompt("correct horse"),
	})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(map[string]string{"access_key_id": id, "secret_access_key": secretKey})
	if err == nil {
		err = ring.Set(keyring.Item{Key: "daypass-key-" + profile, Data: data})
	}
	if err == nil {
		err = w.vault().RemoveKey(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// profileItem is the file of the item that says which key a profile has.
func (w *world) profileItem(profile string) string {
	return filepath.Join(w.home, "state", "keyring", "daypass-key-"+profile)
}

func TestWhatIsWrongIsFoundSaidAndWhereDaypassCanMended(t *testing.T) {
	const plain = "[plain]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
	for name, tc := range map[string]struct {
		// breaks makes something wrong, and returns the files that mending may change.
		breaks func(t *testing.T, w *world) (mendable []string)
		want   []string
		// finding is the one that is looked at, says a part of its detail, and mends whether
		// daypass can.
		finding, says, advises string
		mends                  bool
		window                 string
	}{
		"a key in plaintext": {
			func(_ *testing.T, w *world) []string { w.write(w.files.Credentials, plain); return nil },
			[]string{"warning plaintext/plain"},
			"plaintext/plain", "AKIAIOSFODNN7EXAMPLE is in [plain] of ", "daypass import", false, "import",
		},
		"a file with secrets that others may read": {
			func(t *testing.T, w *world) []string {
				w.refresh("ci", core.RefreshOptions{})
				chmod(t, w.files.Credentials, 0o644)
				return []string{w.files.Credentials}
			},
			[]string{"warning modes/CREDENTIALS"},
			"modes/CREDENTIALS", "Other users may read it (mode 0644).", "", true, "",
		},
		"a config file that others may write": {
			func(t *testing.T, w *world) []string {
				chmod(t, w.files.Config, 0o666)
				return []string{w.files.Config}
			},
			[]string{"warning modes/CONFIG"},
			"modes/CONFIG", "Other users may change it (mode 0666).", "", true, "",
		},
		"a state folder that others may enter": {
			func(t *testing.T, w *world) []string {
				chmod(t, filepath.Join(w.home, "state"), 0o755)
				return []string{filepath.Join(w.home, "state")}
			},
			[]string{"warning modes/STATE"},
			"modes/STATE", "mode 0755", "", true, "",
		},
		"a section with a key beside a role": {
			func(_ *testing.T, w *world) []string {
				w.write(w.files.Credentials, "[dev-admin]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n")
				return nil
			},
			[]string{"warning shadowed/dev-admin"},
			"shadowed/dev-admin", "the AWS CLI uses those", "Take the lines", false, "",
		},
		"a section whose credentials were daypass's before it got a role": {
			func(_ *testing.T, w *world) []string {
				w.refresh("ci", core.RefreshOptions{})
				w.write(w.files.Config, w.Config()+"\n[profile other]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = alice\n")
				text := strings.Replace(w.Config(), "[profile ci]", "[profile ci]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = alice", 1)
				w.write(w.files.Config, text)
				return []string{w.files.Credentials, filepath.Join(w.home, "state", "sessions.age")}
			},
			[]string{"warning shadowed/ci"},
			"shadowed/ci", "", "can take it out", true, "",
		},
		"credentials of another program that ended long ago": {
			func(_ *testing.T, w *world) []string {
				w.write(w.files.Credentials, "[old]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\naws_credential_expiration = "+
					time.Now().Add(-72*time.Hour).UTC().Format(time.RFC3339)+"\n")
				return nil
			},
			[]string{"error nowhere/old", "warning stale/old"},
			"stale/old", "3 days ago", "Another program", false, "",
		},
		"credentials of daypass's that ended long ago": {
			func(_ *testing.T, w *world) []string {
				w.refresh("alice", core.RefreshOptions{Requester: atTray})
				w.m.LockAgain(w.t.Context())
				time.Sleep(96 * time.Hour)
				synctest.Wait()
				return []string{w.files.Credentials, filepath.Join(w.home, "state", "sessions.age")}
			},
			[]string{"warning stale/alice"},
			"stale/alice", "ago", "daypass login alice", true, "",
		},
		"a source profile that is not there": {
			func(_ *testing.T, w *world) []string {
				w.write(w.files.Config, w.Config()+"\n[profile lost]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = nobody\n")
				return nil
			},
			[]string{"error nowhere/lost"},
			"nowhere/lost", `names "nobody"`, "Correct", false, "",
		},
		"profiles in a circle": {
			func(_ *testing.T, w *world) []string {
				w.write(w.files.Config, w.Config()+"\n[profile a]\nrole_arn = arn:aws:iam::111111111111:role/X\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::111111111111:role/X\nsource_profile = a\n")
				return nil
			},
			[]string{"error nowhere/a", "error nowhere/b"},
			"nowhere/a", "circle", "", false, "",
		},
		"a profile without a key": {
			func(_ *testing.T, w *world) []string {
				w.write(w.files.Config, w.Config()+"\n[profile keyless]\nregion = eu-west-1\n")
				return nil
			},
			[]string{"error nowhere/keyless"},
			"nowhere/keyless", "", "daypass add keyless", false, "add",
		},
		"a line for which the AWS CLI refuses the file": {
			func(_ *testing.T, w *world) []string {
				w.write(w.files.Config, w.Config()+"\n[profile twice]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = alice\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\n")
				return nil
			},
			[]string{"error files/MARK"},
			"files/MARK", "refuses the whole file", "Remove one", false, "",
		},
		"an AWS file that is a folder": {
			func(t *testing.T, w *world) []string {
				if err := os.Rename(w.files.Config, w.files.Config+".away"); err != nil {
					t.Fatal(err)
				}
				if err := os.Mkdir(w.files.Config, 0o700); err != nil {
					t.Fatal(err)
				}
				return nil
			},
			[]string{"error files/unread"},
			"files/unread", "a folder", "", false, "",
		},
		"a profile whose key is missing": {
			func(t *testing.T, w *world) []string {
				if err := w.vault().RemoveKey(t.Context(), w.CIKey.ID); err != nil {
					t.Fatal(err)
				}
				return nil
			},
			[]string{"error items/lost-ci"},
			"items/lost-ci", "has no such key", "daypass add ci --replace", false, "add",
		},
		"a key that no profile uses": {
			func(t *testing.T, w *world) []string {
				if err := w.vault().StoreKey(t.Context(), creds.LongTermKey{ID: "AKIASPARE", Secret: secret.New("spare")}); err != nil {
					t.Fatal(err)
				}
				return nil
			},
			[]string{"warning items/unused-AKIASPARE"},
			"items/unused-AKIASPARE", "no profile’s item names it", "delete the key", false, "",
		},
		"a damaged item": {
			func(_ *testing.T, w *world) []string {
				w.write(w.profileItem("ci"), "nonsense")
				return nil
			},
			[]string{"error items/profile-ci", "warning items/unused-CI"},
			"items/profile-ci", "damaged", "daypass add ci --replace", false, "add",
		},
		"a settings file with a fault": {
			func(_ *testing.T, w *world) []string {
				w.m.NoteSettings(errors.New("config.toml, line 3: nonsense"))
				return nil
			},
			[]string{"warning settings/config"},
			"settings/config", "line 3", "", false, "",
		},
		"a journal that cannot be read": {
			func(_ *testing.T, w *world) []string {
				w.write(filepath.Join(w.home, "state", "custody.json"), "{")
				return nil
			},
			[]string{"error journal"},
			"journal", "no key is changed", "custody.json", false, "",
		},
		"a clock that is wrong": {
			func(_ *testing.T, w *world) []string { w.AWS.Skew(10 * time.Minute); return nil },
			[]string{"warning clock"},
			"clock", "10 min", "Set this computer’s clock", false, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("modes are another matter there")
			}
			bubble(t, func(t *testing.T, w *world) {
				w.m.Snapshot(t.Context())
				mendable := tc.breaks(t, w)
				w.m.Snapshot(t.Context())
				before := w.contents()
				h := w.health()
				names := strings.NewReplacer("CREDENTIALS", w.files.Credentials, "CONFIG", w.files.Config, "STATE", filepath.Join(w.home, "state"), "unused-CI", "unused-"+w.CIKey.ID)
				got := bad(h)
				for i, id := range got {
					if mark, is := strings.CutPrefix(id, "error files/"); is && len(mark) == 12 {
						names = strings.NewReplacer("MARK", mark)
						got[i] = id
					}
				}
				var want []string
				for _, id := range tc.want {
					want = append(want, names.Replace(id))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("not in order (-want +got)\n%s", diff)
				}
				f := findingOf(t, h, names.Replace(tc.finding))
				if !strings.Contains(f.Detail, tc.says) || !strings.Contains(f.Advice, tc.advises) || (f.Fix != "") != tc.mends || f.Window != tc.window {
					t.Errorf("it is %+v", f)
				}
				if diff := cmp.Diff(before, w.contents()); diff != "" {
					t.Errorf("to look changed (-before +after)\n%s", diff)
				}
				if !tc.mends {
					if again := bad(w.health(f.ID)); !slices.Equal(again, got) {
						t.Errorf("what cannot be mended became %v", again)
					}
					return
				}
				if left := bad(w.health(f.ID)); left != nil {
					t.Errorf("after it was mended: %v", left)
				}
				after := w.contents()
				for _, path := range mendable {
					delete(before, path)
					delete(after, path)
				}
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("to mend changed something else, too (-before +after)\n%s", diff)
				}
			})
		})
	}
}

// contents are the modes of all files and folders of the home, and the files' content.
func (w *world) contents() map[string]string {
	w.t.Helper()
	synctest.Wait() // for what is saved in the background
	all := map[string]string{}
	err := filepath.WalkDir(w.home, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all[path] = info.Mode().String()
		// The agent saves the sessions when it has learned the age of a key, say.
		if info.Mode().IsRegular() && d.Name() != "sessions.age" {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all[path] += " " + string(data)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func TestAnItemOfAnEarlierVersionIsInOrderAsItIsMovedUnasked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.m.Snapshot(t.Context())
		w.stop()
		w.storeOldItem(t, "ci", w.CIKey.ID, w.CIKey.Secret)
		w.start()
		if left := bad(w.health()); left != nil {
			t.Errorf("not in order: %v", left)
		}
		synctest.Wait()
		key, err := w.vault().Key(t.Context(), "ci")
		if use, errUse := w.vault().Use(t.Context(), "ci"); err != nil || errUse != nil || use.Old || key.Secret.Reveal() != w.CIKey.Secret {
			t.Errorf("the key is %v, %v, %v", use, err, errUse)
		}
	})
}

func TestAKeyThatIsThereWithTwoSecretsIsFoundAndLeftAlone(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.m.Snapshot(t.Context())
		w.stop() // or it would move the item before there are two
		w.storeOldItem(t, "ci", w.CIKey.ID, "another secret")
		if err := w.vault().StoreKey(t.Context(), creds.LongTermKey{ID: w.CIKey.ID, Secret: secret.New(w.CIKey.Secret)}); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.m.Snapshot(t.Context())
		before := w.contents()
		f := findingOf(t, w.health("items/twice-ci"), "items/twice-ci")
		if !strings.Contains(f.Detail, "with two different secrets") {
			t.Errorf("it says %q", f.Detail)
		}
		if diff := cmp.Diff(before, w.contents()); diff != "" {
			t.Errorf("it changed (-before +after)\n%s", diff)
		}
	})
}

func TestALockedKeyringStaysLockedAndNobodyIsAsked(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		k := w.lockKeyring()
		h := w.health()
		want := []string{"unknown items", "unknown keyring/locked", "unknown nowhere/waiting", "unknown sessions"}
		if diff := cmp.Diff(want, bad(h)); diff != "" {
			t.Errorf("not known (-want +got)\n%s", diff)
		}
		if k.asked != 0 {
			t.Errorf("somebody was asked %d times", k.asked)
		}
		if h.Worst().IsBad() {
			t.Error("a locked keyring is called a fault")
		}
		if left := bad(w.health("keyring/locked")); left != nil || k.asked != 1 {
			t.Errorf("after it was unlocked with %d questions: %v", k.asked, left)
		}
	})
}

func TestACheckThatHangsIsGivenUpAfterFiveSecondsAndTheOthersAreThere(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.stop()
		hangs := make(chan struct{})
		defer close(hangs)
		w.around.Checks = []creds.HealthCheck{
			{ID: "hangs", Topic: creds.TopicDesktop, Title: "What hangs", Look: func(context.Context) []creds.Finding { <-hangs; return nil }},
			{ID: "breaks", Topic: creds.TopicDesktop, Title: "What breaks", Look: func(context.Context) []creds.Finding { panic("broken") }},
			{ID: "good", Topic: creds.TopicDesktop, Title: "What is good", Look: func(context.Context) []creds.Finding {
				return []creds.Finding{{ID: "good", Severity: creds.SeverityOK, Title: "It is good"}}
			}},
		}
		w.start()
		began := time.Now()
		h := w.health()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %s", took)
		}
		if diff := cmp.Diff([]string{"unknown breaks", "unknown hangs"}, bad(h)); diff != "" {
			t.Errorf("not known (-want +got)\n%s", diff)
		}
		if f := findingOf(t, h, "hangs"); f.Detail != "It took longer than 5s, and was given up." || f.Title != "What hangs" {
			t.Errorf("it is %+v", f)
		}
		findingOf(t, h, "good")
		findingOf(t, h, "keyring")
	})
}

func TestAWSThatIsNotReachedIsAnErrorAndLeavesTheClockUnknown(t *testing.T) {
	for name, tc := range map[string]struct {
		transport roundTrip
		says      string
	}{
		"nobody answers": {func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, "did not answer within 4.5s"},
		"the connection fails": {func(*http.Request) (*http.Response, error) { return nil, errors.New("the cable is cut") }, "the cable is cut"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.stop()
				w.aws.HTTPClient = &http.Client{Transport: tc.transport}
				w.start()
				h := w.health()
				if diff := cmp.Diff([]string{"error network/https://sts.eu-west-1.amazonaws.com", "unknown clock"}, bad(h)); diff != "" {
					t.Errorf("not in order (-want +got)\n%s", diff)
				}
				if f := findingOf(t, h, "network/https://sts.eu-west-1.amazonaws.com"); !strings.Contains(f.Detail, tc.says) || f.Advice == "" {
					t.Errorf("it is %+v", f)
				}
			})
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestVariablesThatDifferFromTheClientsAreNamedWithoutPasswords(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://me:hunter2@proxy.example:3128")
	t.Setenv("AWS_CA_BUNDLE", "")
	bubble(t, func(t *testing.T, w *world) {
		client := creds.ReachEnvironment(func(name string) string {
			return map[string]string{"https_proxy": "http://you:hunter3/x@other.example", "NO_PROXY": "localhost"}[name]
		})
		h, err := w.m.Custody().Health(t.Context(), creds.HealthRequest{Environment: client}, atTray)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"warning environment/HTTPS_PROXY", "warning environment/NO_PROXY"}, bad(h)); diff != "" {
			t.Errorf("not in order (-want +got)\n%s", diff)
		}
		said, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(said), "The agent has http://proxy.example:3128, and this terminal http://other.example.") || strings.Contains(string(said), "hunter") {
			t.Errorf("it says %s", said)
		}
	})
}

func TestACertificateFileThatCannotBeReadIsFoundBeforeTheNextStart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		path := filepath.Join(w.home, "bundle.pem")
		w.write(path, "no certificate")
		t.Setenv("AWS_CA_BUNDLE", path)
		f := findingOf(t, w.health(), "environment/agent")
		if f.Severity != creds.SeverityError || !strings.Contains(f.Detail, path+", holds no certificate") {
			t.Errorf("it is %+v", f)
		}
	})
}
