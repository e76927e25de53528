package core_test

import (
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/core"
)

func TestARotationLeavesTheNewKeyInUseAndTheOldOneInactiveUntilItIsDeleted(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.IAM.Delay(10 * time.Second)
		old := w.CIKey.ID
		reply, err := w.m.Custody().Rotate(t.Context(), creds.RotateRequest{Profile: "ci"}, atTerminal)
		if err != nil {
			t.Fatal(err)
		}
		ids, active := w.CI.Keys()
		if len(ids) != 2 || reply.Old != old || reply.New != ids[1] || active[old] || !active[reply.New] {
			t.Errorf("AWS has %v, %v after %+v", ids, active, reply)
		}
		key, err := w.vault().Key(t.Context(), "ci")
		if err != nil || key.ID != reply.New {
			t.Errorf("the keyring has %s, %v", key.ID, err)
		}
		if one, err := w.vault().KeyByID(t.Context(), old); err != nil || one.ID != old {
			t.Errorf("the old key is not kept: %v", err)
		}
		w.refresh("ci", core.RefreshOptions{})
		time.Sleep(7*24*time.Hour + time.Minute)
		if ids, _ := w.CI.Keys(); len(ids) != 1 || ids[0] != reply.New {
			t.Errorf("after the week AWS has %v", ids)
		}
		if _, err := w.vault().KeyByID(t.Context(), old); err == nil {
			t.Error("the keyring still has the old key")
		}
	})
}
