package core_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
)

// rotation is one way to rotate the key of a user, and what is there before.
type rotation struct {
	profile string
	user    func(*world) *awstest.User
	request creds.RotateRequest
	prepare func(*world)
}

// rotations are the ways.
var rotations = map[string]rotation{
	"a key that is kept": {
		profile: "ci", user: func(w *world) *awstest.User { return w.CI }, request: creds.RotateRequest{Profile: "ci"},
		prepare: func(*world) {},
	},
	"a key that is deleted at once": {
		profile: "ci", user: func(w *world) *awstest.User { return w.CI }, request: creds.RotateRequest{Profile: "ci", DeleteNow: true},
		prepare: func(*world) {},
	},
	"a key of two, where policies demand MFA": {
		profile: "alice", user: func(w *world) *awstest.User { return w.Alice },
		request: creds.RotateRequest{Profile: "alice", Delete: "the other"},
		prepare: func(w *world) {
			w.Alice.AccessKey()
			w.Alice.RequireMFA()
		},
	},
}

// begin makes a rotation's request.
func (r rotation) begin(ctx context.Context, w *world) (creds.RotateReply, error) {
	request := r.request
	if request.Delete != "" {
		ids, _ := r.user(w).Keys()
		request.Delete = ids[1]
	}
	return w.m.Custody().Rotate(ctx, request, atTerminal)
}

// wantWhole checks what holds after every rotation, however it ended: the key in use works,
// AWS has at most one more, and somebody is shown that one.
func (w *world) wantWhole(t *testing.T, r rotation, before []string, said error) {
	t.Helper()
	key, err := w.vault().Key(t.Context(), r.profile)
	if err != nil {
		t.Errorf("no key is left: %v", err)
		return
	}
	ids, active := r.user(w).Keys()
	if !active[key.ID] {
		t.Errorf("the keyring has %s; AWS has %v, %v", key.ID, ids, active)
	}
	status, err := w.m.Status(t.Context(), r.profile)
	if err != nil || status.Key == nil || status.Key.Rotating || status.Key.ID != "" && status.Key.ID != key.ID {
		t.Errorf("%+v, %+v, %v; the key is %s", status, status.Key, err, key.ID)
		return
	}
	shown := status.Key.News
	if status.Key.Old != nil {
		shown += status.Key.Old.ID
	}
	if said != nil {
		shown += said.Error()
	}
	for _, id := range ids {
		if id != key.ID && !slices.Contains(before, id) && !strings.Contains(shown, id) {
			t.Errorf("%s is in IAM, and nothing names it: %q", id, shown)
		}
	}
	if len(ids) > 2 {
		t.Errorf("AWS has %v", ids)
	}
	stored, err := w.vault().KeyNames(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range stored.Keys {
		if !slices.Contains(ids, id) && r.user(w) == w.CI == (r.profile == "ci") && id != w.AliceKey.ID && id != w.CIKey.ID {
			t.Errorf("the keyring has %s, and AWS has %v", id, ids)
		}
	}
	if _, err := w.m.Refresh(t.Context(), r.profile, core.RefreshOptions{Requester: atTerminal, Force: true}); err != nil {
		t.Errorf("the key gives no session: %v", err)
	}
}

// loseKeyring takes the keyring away, as if its disk was gone, until it is given back.
func (w *world) loseKeyring() (giveBack func()) {
	dir := filepath.Join(w.home, "state", "keyring")
	if err := os.Rename(dir, dir+".away"); err != nil {
		w.t.Error(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		w.t.Error(err)
	}
	return func() {
		if err := os.Remove(dir); err != nil {
			w.t.Error(err)
		}
		if err := os.Rename(dir+".away", dir); err != nil {
			w.t.Error(err)
		}
	}
}

// mishaps happen at one of a rotation's calls. Each returns what ends it again.
var mishaps = map[string]func(w *world) (f []awstest.Fault, mend func()){
	"AWS denies it": func(*world) ([]awstest.Fault, func()) {
		return []awstest.Fault{{Times: 1, Code: "AccessDenied", Status: 403, Message: "it is not allowed"}}, func() {}
	},
	"the network is lost": func(*world) ([]awstest.Fault, func()) {
		return []awstest.Fault{{Reset: true}}, func() {}
	},
	"the answer is lost": func(*world) ([]awstest.Fault, func()) {
		return []awstest.Fault{{Times: 1, Late: true, Reset: true}}, func() {}
	},
	"the answer and the network are lost": func(*world) ([]awstest.Fault, func()) {
		return []awstest.Fault{{Times: 1, Late: true, Reset: true}, {Reset: true}}, func() {}
	},
	"the answer is empty": func(*world) ([]awstest.Fault, func()) {
		return []awstest.Fault{{Times: 1, Change: func(string) string { return "<Response/>" }}}, func() {}
	},
	"the keyring fails after it": func(w *world) ([]awstest.Fault, func()) {
		giveBack := func() {}
		return []awstest.Fault{{Times: 1, Change: func(body string) string {
			giveBack = w.loseKeyring()
			return body
		}}}, func() { giveBack() }
	},
}

// callsOf returns how many calls a rotation makes.
func callsOf(t *testing.T, r rotation) (n int) {
	t.Helper()
	bubble(t, func(t *testing.T, w *world) {
		r.prepare(w)
		before := w.calls("")
		if _, err := r.begin(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		n = w.calls("") - before
	})
	return n
}

func TestWhateverGoesWrongAtACallOfARotationAKeyIsLeftThatWorks(t *testing.T) {
	for way, r := range rotations {
		for n := range callsOf(t, r) {
			for mishap, make := range mishaps {
				t.Run(fmt.Sprintf("%s/%s/call %d", way, mishap, n), func(t *testing.T) {
					bubble(t, func(t *testing.T, w *world) {
						r.prepare(w)
						before, _ := r.user(w).Keys()
						faults, mend := make(w)
						if n > 0 {
							w.AWS.Faults.Add("", awstest.Fault{Times: n})
						}
						for _, f := range faults {
							w.AWS.Faults.Add("", f)
						}
						_, err := r.begin(t.Context(), w)
						if err != nil && creds.CodeOf(err) == creds.CodeInternal {
							t.Errorf("the error has no code: %v", err)
						}
						w.AWS.Faults.Clear()
						mend()
						time.Sleep(10 * time.Minute)
						w.wantWhole(t, r, before, err)
					})
				})
			}
		}
	}
}

func TestARotationThatIsCutOffAtACallIsFinishedOrUndoneByTheNextAgent(t *testing.T) {
	for way, r := range rotations {
		for n := range callsOf(t, r) {
			for moment, late := range map[string]bool{"before": false, "after": true} {
				t.Run(fmt.Sprintf("%s/%s call %d", way, moment, n), func(t *testing.T) {
					bubble(t, func(t *testing.T, w *world) {
						r.prepare(w)
						before, _ := r.user(w).Keys()
						if n > 0 {
							w.AWS.Faults.Add("", awstest.Fault{Times: n})
						}
						w.AWS.Faults.Add("", awstest.Fault{Times: 1, Late: late, Until: make(chan struct{})})
						ended := make(chan struct{})
						ctx, cancel := context.WithCancel(t.Context())
						go func() {
							defer close(ended)
							_, _ = r.begin(ctx, w)
						}()
						synctest.Wait()
						cancel() // as all requests are when the agent ends
						w.stop()
						w.AWS.Faults.Clear() // one is left if the key's age was asked for beside the count
						w.start()
						time.Sleep(10 * time.Minute)
						<-ended
						w.wantWhole(t, r, before, nil)
					})
				})
			}
		}
	}
}
