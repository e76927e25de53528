package core_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/internal/secret"
)

// rotate rotates a profile's key, which must not fail.
func (w *world) rotate(r creds.RotateRequest) creds.RotateReply {
	w.t.Helper()
	reply, err := w.m.Custody().Rotate(w.t.Context(), r, atTerminal)
	if err != nil {
		w.t.Fatalf("rotating: %v", err)
	}
	return reply
}

// during has something happen when the nth call of an action has taken effect.
func (w *world) during(action string, n int, do func()) {
	if n > 1 {
		w.AWS.Faults.Add(action, awstest.Fault{Times: n - 1})
	}
	w.AWS.Faults.Add(action, awstest.Fault{Times: 1, Change: func(body string) string {
		do()
		return body
	}})
}

// keyInUse returns the access key ID that the keyring has for a profile.
func (w *world) keyInUse(profile string) string {
	w.t.Helper()
	use, err := w.vault().Use(w.t.Context(), profile)
	if err != nil {
		w.t.Fatal(err)
	}
	return use.KeyID
}

// newest returns the ID of a user's newest key.
func newest(u *awstest.User) string {
	ids, _ := u.Keys()
	return ids[len(ids)-1]
}

func TestARotationWhilePoliciesDemandMFATakesOneCode(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.Alice.RequireMFA()
		reply := w.rotate(creds.RotateRequest{Profile: "alice"})
		if n := w.person.asks(); n != 1 {
			t.Errorf("the person was asked %d times", n)
		}
		_, active := w.Alice.Keys()
		if active[w.AliceKey.ID] || !active[reply.New] || w.keyInUse("alice") != reply.New {
			t.Errorf("%v after %+v", active, reply)
		}
		for _, c := range w.AWS.Calls("UpdateAccessKey") {
			if c.AccessKeyID == w.AliceKey.ID {
				t.Error("the old key was asked to retire itself")
			}
		}
	})
}

func TestARotationWithASessionAtHandAsksForNoCode(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.Alice.RequireMFA()
		w.refresh("alice", core.RefreshOptions{Requester: atTerminal})
		asked := w.person.asks()
		w.rotate(creds.RotateRequest{Profile: "alice"})
		if n := w.person.asks() - asked; n != 0 {
			t.Errorf("the person was asked %d times more", n)
		}
		w.refresh("dev-readonly", core.RefreshOptions{Requester: atTerminal})
	})
}

func TestTheLastUseIsTheOneBeforeTheRotation(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("ci", core.RefreshOptions{})
		used := w.AWS.Now().Truncate(time.Second).UTC()
		time.Sleep(time.Hour)
		for range 2 { // the plan that the person is shown, and the one of the rotation
			plan, err := w.m.Custody().PlanRotate(t.Context(), "ci", atTerminal)
			if err != nil {
				t.Fatal(err)
			}
			if use := plan.Keys[0].LastUsed; !use.At.Equal(used) || use.Service != "sts" {
				t.Errorf("the plan says %+v, want %s for sts", use, used)
			}
			time.Sleep(20 * time.Minute)
		}
		if use := w.rotate(creds.RotateRequest{Profile: "ci"}).OldLastUsed; !use.At.Equal(used) {
			t.Errorf("the rotation says %+v, want %s", use, used)
		}
	})
}

func TestKeysOfOneUserInSeveralProfilesMoveTogether(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Config, w.Config()+"\n[profile also]\nregion = eu-west-1\n[profile plain]\nregion = eu-west-1\n")
		w.write(w.files.Credentials, "[plain]\naws_access_key_id = "+w.CIKey.ID+"\naws_secret_access_key = "+w.CIKey.Secret+"\n")
		if err := w.vault().Point(t.Context(), "also", w.CIKey.ID); err != nil {
			t.Fatal(err)
		}
		w.stop()
		w.start()
		reply := w.rotate(creds.RotateRequest{Profile: "plain"})
		want := []string{"also", "ci", "plain"}
		if !slices.Equal(reply.Profiles, want) || reply.Imported != w.files.Credentials {
			t.Errorf("%+v, want %v", reply, want)
		}
		for _, name := range want {
			if id := w.keyInUse(name); id != reply.New {
				t.Errorf("%s uses %s, want %s", name, id, reply.New)
			}
			w.refresh(name, core.RefreshOptions{})
		}
		if inFile := w.credentials("plain")["aws_access_key_id"]; strings.HasPrefix(inFile, "AKIA") {
			t.Errorf("the file has %s", inFile)
		}
	})
}

func TestAKeyThatMakesRoomIsChosenByAPerson(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		other, otherSecret := w.CI.AccessKey()
		add(t, w, "second", other, otherSecret)
		_, err := w.m.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci"}, atTerminal)
		if creds.CodeOf(err) != creds.CodeKeyChoice || !strings.Contains(err.Error(), w.CIKey.ID+" (in use here)") || !strings.Contains(err.Error(), other+" (active), last used ") {
			t.Fatalf("without a choice: %v", err)
		}
		for _, id := range []string{w.CIKey.ID, "AKIAIOSFODNN7EXAMPLE"} {
			if _, err := w.m.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci", Delete: id}, atTerminal); creds.CodeOf(err) != creds.CodeBadRequest {
				t.Errorf("%s: %v", id, err)
			}
		}
		reply := w.rotate(creds.RotateRequest{Profile: "ci", Delete: other})
		if w.keyInUse("second") != reply.New || w.keyInUse("ci") != reply.New {
			t.Errorf("the profile of the deleted key uses %s, want %s", w.keyInUse("second"), reply.New)
		}
	})
}

// add stores a key for a new profile.
func add(t *testing.T, w *world, profile, id, secretKey string) {
	t.Helper()
	if _, err := w.m.Add(t.Context(), creds.AddRequest{Profile: profile, AccessKeyID: id, SecretAccessKey: secret.New(secretKey), Replace: true}); err != nil {
		t.Fatal(err)
	}
}

// TestAChangeBySomebodyElseIsNoticed tries what a colleague, Terraform or another program can
// do while a key is rotated.
func TestAChangeBySomebodyElseIsNoticed(t *testing.T) {
	for name, tc := range map[string]struct {
		action string
		nth    int
		change func(t *testing.T, w *world)
		// err and note are parts of what is said. inUse is which key is in use then.
		err, note string
		inUse     func(w *world) string
		// keys is how many the user has then.
		keys int
	}{
		"another key is made": {
			"ListAccessKeys", 1, func(_ *testing.T, w *world) { w.CI.AccessKey() },
			"there are two, of which one has to be deleted first", "", func(w *world) string { return w.CIKey.ID }, 2,
		},
		"the old key is deleted": {
			"GetCallerIdentity", 2, func(_ *testing.T, w *world) { w.CI.Delete(w.CIKey.ID) },
			"", "somebody has deleted the old key", func(w *world) string { return newest(w.CI) }, 1,
		},
		"the old key is made inactive": {
			"GetCallerIdentity", 2, func(_ *testing.T, w *world) { w.CI.Deactivate(w.CIKey.ID) },
			"", "", func(w *world) string { return newest(w.CI) }, 2,
		},
		"the new key is deleted": {
			"GetCallerIdentity", 2, func(_ *testing.T, w *world) { w.CI.Delete(newest(w.CI)) },
			"somebody has deleted the new key", "", func(w *world) string { return w.CIKey.ID }, 1,
		},
		"the new key is made inactive": {
			"GetCallerIdentity", 2, func(_ *testing.T, w *world) { w.CI.Deactivate(newest(w.CI)) },
			"somebody has made the new key", "", func(w *world) string { return w.CIKey.ID }, 2,
		},
		"another key is stored for the profile": {
			"GetCallerIdentity", 2, func(t *testing.T, w *world) {
				err := w.vault().SetKey(t.Context(), "ci", creds.LongTermKey{ID: w.AliceKey.ID, Secret: secret.New(w.AliceKey.Secret)})
				if err != nil {
					t.Error(err)
				}
			},
			"another key was stored for it meanwhile", "", func(w *world) string { return w.AliceKey.ID }, 1,
		},
		"the old key is stored for the profile again": {
			"ListAccessKeys", 2, func(t *testing.T, w *world) {
				if err := w.vault().Point(t.Context(), "ci", w.CIKey.ID); err != nil {
					t.Error(err)
				}
			},
			"", "taken into use again", func(w *world) string { return w.CIKey.ID }, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.during(tc.action, tc.nth, func() { tc.change(t, w) })
				reply, err := w.m.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci"}, atTerminal)
				if tc.err == "" && err != nil || tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
					t.Errorf("it ended with %v, want %q", err, tc.err)
				}
				if !strings.Contains(reply.Note, tc.note) {
					t.Errorf("the note is %q, want %q", reply.Note, tc.note)
				}
				time.Sleep(10 * time.Minute)
				ids, active := w.CI.Keys()
				if w.keyInUse("ci") != tc.inUse(w) || len(ids) != tc.keys || !active[w.keyInUse("ci")] && w.keyInUse("ci") != w.AliceKey.ID {
					t.Errorf("%s is in use of %v, want %s of %d", w.keyInUse("ci"), active, tc.inUse(w), tc.keys)
				}
			})
		})
	}
}

func TestOfTwoWhoRotateAtOnceOneIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		var mu sync.Mutex
		var replies []creds.RotateReply
		var refusals []error
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				reply, err := w.m.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci"}, atTerminal)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					refusals = append(refusals, err)
				} else {
					replies = append(replies, reply)
				}
			})
		}
		all.Wait()
		if len(replies) != 1 || len(refusals) != 1 || creds.CodeOf(refusals[0]) != creds.CodeBusy {
			t.Errorf("%+v, %v", replies, refusals)
		}
	})
}

// TestAnotherAgentWithTheSameKeyringIsNotOverwritten has two agents with one keyring, as where
// a home folder is on two machines, rotate in every order of the calls of the first.
func TestAnotherAgentWithTheSameKeyringIsNotOverwritten(t *testing.T) {
	for _, at := range []struct {
		action string
		nth    int
	}{{"GetAccessKeyLastUsed", 1}, {"ListAccessKeys", 1}, {"CreateAccessKey", 1}, {"GetCallerIdentity", 2}, {"UpdateAccessKey", 1}} {
		t.Run(at.action, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				first := w.m
				stopFirst := w.stop
				defer stopFirst()
				w.start() // another manager, with the same keyring
				second := w.m
				var secondErr error
				w.during(at.action, at.nth, func() {
					_, secondErr = second.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci"}, atTerminal)
				})
				_, firstErr := first.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci"}, atTerminal)
				time.Sleep(10 * time.Minute)
				key, err := w.vault().Key(t.Context(), "ci")
				_, active := w.CI.Keys()
				if err != nil || !active[key.ID] {
					t.Errorf("%s is in use, and AWS has %v: %v, %v, %v", key.ID, active, err, firstErr, secondErr)
				}
				if firstErr != nil && secondErr != nil {
					t.Errorf("neither rotated: %v, %v", firstErr, secondErr)
				}
			})
		})
	}
}

func TestAnOldKeyIsActiveAgainAtAClickAndDeletedAtAnother(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		reply := w.rotate(creds.RotateRequest{Profile: "ci"})
		old := func() *creds.OldKey {
			s, err := w.m.Status(t.Context(), "ci")
			if err != nil || s.Key == nil {
				t.Fatal(s, err)
			}
			return s.Key.Old
		}
		if o := old(); o == nil || o.ID != w.CIKey.ID || o.Active || !o.DeletedAfter.Equal(reply.DeletedAfter) {
			t.Errorf("%+v, want %+v", o, reply)
		}
		w.rotate(creds.RotateRequest{Profile: "ci", Act: creds.ActReactivate})
		if _, active := w.CI.Keys(); !active[w.CIKey.ID] || !old().Active || !old().DeletedAfter.IsZero() {
			t.Errorf("%v, %+v", active, old())
		}
		w.stop()
		w.start()
		time.Sleep(30 * 24 * time.Hour)
		if ids, _ := w.CI.Keys(); len(ids) != 2 {
			t.Errorf("a key that somebody needs again is deleted: %v", ids)
		}
		w.rotate(creds.RotateRequest{Profile: "ci", Act: creds.ActDeactivate})
		if _, active := w.CI.Keys(); active[w.CIKey.ID] || old().DeletedAfter.IsZero() {
			t.Errorf("%v, %+v", active, old())
		}
		w.rotate(creds.RotateRequest{Profile: "ci", Act: creds.ActDeleteOld})
		if ids, _ := w.CI.Keys(); len(ids) != 1 || old() != nil {
			t.Errorf("%v, %+v", ids, old())
		}
		if _, err := w.m.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci", Act: creds.ActDeleteOld}, atTerminal); creds.CodeOf(err) != creds.CodeBadRequest {
			t.Errorf("there is no old key: %v", err)
		}
	})
}

func TestANewKeyThatCannotBeDeletedAgainIsNamed(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.CI.Deny("iam:DeleteAccessKey")
		w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Times: 1})
		w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Times: 1, Code: "InvalidAction", Message: "not today"})
		_, err := w.m.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci"}, atTerminal)
		id := newest(w.CI)
		if err == nil || !strings.Contains(err.Error(), "AWS answered InvalidAction: not today; the new key "+id+" could not be deleted again yet, which daypass keeps trying: ") {
			t.Errorf("%v", err)
		}
		w.stop()
		w.start()
		time.Sleep(25 * time.Hour)
		if k := w.keyStatus("ci"); !strings.Contains(k.News, id) {
			t.Errorf("the next agent says %q", k.News)
		}
		w.CI.Allow("iam:DeleteAccessKey")
		time.Sleep(25 * time.Hour)
		if ids, _ := w.CI.Keys(); len(ids) != 1 || w.keyInUse("ci") != w.CIKey.ID {
			t.Errorf("%v", ids)
		}
	})
}

func TestWhatAKeyWasUsedForIsNotWhatItsRotationDidWithIt(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		time.Sleep(time.Hour)
		w.rotate(creds.RotateRequest{Profile: "ci"})
		plan, err := w.m.Custody().PlanRotate(t.Context(), "ci", atTerminal)
		if err != nil || len(plan.Keys) != 2 || !plan.Choice || plan.Keys[1].ID != w.CIKey.ID {
			t.Fatalf("%+v, %v", plan, err)
		}
		if use := plan.Keys[1].LastUsed; use != (creds.KeyUse{}) {
			t.Errorf("the old key, never used before, was used: %+v", use)
		}
	})
}

func TestThatAWSDoesNotLetAnOldKeyBeDeletedIsSaidOnceADay(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.settings.OldKeyKept = "1"
		w.m.SettingsChanged()
		w.rotate(creds.RotateRequest{Profile: "ci"})
		w.CI.Deny("iam:DeleteAccessKey")
		before := w.calls("DeleteAccessKey")
		said := map[time.Time]bool{}
		for range 5 * 24 {
			time.Sleep(time.Hour)
			if s, err := w.m.Status(t.Context(), "ci"); err == nil && s.Key.News != "" {
				said[s.Key.NewsAt] = true
			}
		}
		if n := w.calls("DeleteAccessKey") - before; n < 3 || n > 6 || len(said) < 3 || len(said) > 5 {
			t.Errorf("%d tries and %d times said in five days", n, len(said))
		}
	})
}

// TestAKeyThatDaypassDoesNotKnowIsDeletedOnlyIfItCanBeNoOther has an agent be killed in the
// call that makes a key, and something be there when the next one starts.
func TestAKeyThatDaypassDoesNotKnowIsDeletedOnlyIfItCanBeNoOther(t *testing.T) {
	for name, tc := range map[string]struct {
		meanwhile func(t *testing.T, w *world)
		// deleted is whether the new key is, and news a part of what is said.
		deleted bool
		news    string
	}{
		"nothing else": {func(*testing.T, *world) {}, true, "whose secret was lost, is deleted again"},
		"it was used": {func(t *testing.T, w *world) {
			w.useElsewhere(t, w.CI, newest(w.CI))
		}, false, "which daypass does not know and leaves alone"},
		"AWS does not let it be deleted": {func(_ *testing.T, w *world) {
			w.CI.Deny("iam:DeleteAccessKey")
		}, false, "whose secret was lost, was not deleted again: AWS denied it"},
		"somebody has deleted it": {func(_ *testing.T, w *world) {
			w.CI.Delete(newest(w.CI))
		}, true, "no new key was made"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				cut := w.cutAt(t, "CreateAccessKey")
				id := newest(w.CI)
				if id == w.CIKey.ID {
					t.Fatal("no key was made")
				}
				cut(func() { tc.meanwhile(t, w) })
				ids, _ := w.CI.Keys()
				if slices.Contains(ids, id) == tc.deleted {
					t.Errorf("AWS has %v; the new one was %s", ids, id)
				}
				s, err := w.m.Status(t.Context(), "ci")
				if err != nil || s.Key == nil || !strings.Contains(s.Key.News, tc.news) || !tc.deleted && !strings.Contains(s.Key.News, id) {
					t.Errorf("it is said: %+v, %v; want %q", s.Key, err, tc.news)
				}
			})
		})
	}
}

// cutAt has the agent be killed in a call of a rotation that has taken effect. What it returns
// starts the next agent after something else has happened, and waits until that has tidied up.
func (w *world) cutAt(t *testing.T, action string) func(meanwhile func()) {
	t.Helper()
	w.AWS.Faults.Add(action, awstest.Fault{Times: 1, Late: true, Until: make(chan struct{})})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = w.m.Custody().Rotate(ctx, creds.RotateRequest{Profile: "ci"}, atTerminal)
	}()
	synctest.Wait()
	cancel()
	w.stop()
	<-ended
	return func(meanwhile func()) {
		meanwhile()
		w.start()
		time.Sleep(10 * time.Minute)
	}
}

// useElsewhere signs a call with one of a user's keys, as another machine does.
func (w *world) useElsewhere(t *testing.T, u *awstest.User, id string) {
	t.Helper()
	api := sts.New(sts.Options{
		Region: awstest.SampleRegion, HTTPClient: w.aws.HTTPClient,
		Credentials: credentials.NewStaticCredentialsProvider(id, u.Secret(id), ""),
	})
	if _, err := api.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Fatal(err)
	}
}
