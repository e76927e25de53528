package core_test

import (
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/core"
)

// keyStatus returns what is known of a profile's key.
func (w *world) keyStatus(name string) creds.KeyStatus {
	w.t.Helper()
	s, err := w.m.Status(w.t.Context(), name)
	if err != nil || s.Key == nil {
		w.t.Fatalf("%s: %+v, %v", name, s.Key, err)
	}
	return *s.Key
}

func TestTheAgeOfAKeyIsLearntWithoutAskingAnybody(t *testing.T) {
	for name, who := range map[string]string{"with MFA": "alice", "without": "ci"} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				made := w.AWS.Now().Truncate(time.Second)
				time.Sleep(30 * 24 * time.Hour)
				w.refresh(who, core.RefreshOptions{Requester: atTerminal})
				asked := w.person.asks()
				time.Sleep(2 * time.Hour)
				k := w.keyStatus(who)
				if !k.Created.Equal(made) || !k.RotateAfter.Equal(made.Add(90*24*time.Hour)) {
					t.Errorf("%+v, want one made %s", k, made)
				}
				if n := w.person.asks() - asked; n != 0 {
					t.Errorf("the person was asked %d times", n)
				}
				time.Sleep(5 * time.Hour)
				if n := w.calls("ListAccessKeys"); n != 1 {
					t.Errorf("AWS was asked %d times", n)
				}
				w.stop()
				w.start()
				if k := w.keyStatus(who); !k.Created.Equal(made) {
					t.Errorf("the next agent says %+v", k)
				}
			})
		})
	}
}

func TestWhereAWSDoesNotSayHowOldAKeyIsItIsAskedOnceADay(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.CI.Deny("iam:ListAccessKeys")
		since := time.Now()
		for range 3 * 24 {
			w.refresh("ci", core.RefreshOptions{Force: true})
			time.Sleep(time.Hour)
		}
		if n := w.calls("ListAccessKeys"); n < 2 || n > 4 {
			t.Errorf("AWS was asked %d times in three days", n)
		}
		if k := w.keyStatus("ci"); k.Created.Sub(since).Abs() > time.Hour {
			t.Errorf("it counts from %s, want %s", k.Created, since)
		}
	})
}

func TestARemindedKeyAndASettingOfDays(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.settings.RotationReminder = "0"
		w.m.SettingsChanged()
		reply := w.rotate(creds.RotateRequest{Profile: "ci"})
		if k := w.keyStatus("ci"); !k.RotateAfter.IsZero() || k.Created.IsZero() || !k.Reminded.IsZero() {
			t.Errorf("with a reminder never: %+v", k)
		}
		if err := w.m.Custody().Reminded(t.Context(), []string{reply.New}); err != nil {
			t.Error(err)
		}
		w.stop()
		w.start()
		if k := w.keyStatus("ci"); time.Since(k.Reminded) > time.Minute {
			t.Errorf("it is not known that the key was recalled: %+v", k)
		}
	})
}
