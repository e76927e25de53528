package core_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
)

func TestARenewalThatCouldNotBeWrittenIsWrittenLater(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-readonly", core.RefreshOptions{})
		time.Sleep(40 * time.Minute)
		// Another program uses the name of the derived section for a while.
		w.set("dev-readonly-temporary", "role_arn", "arn:aws:iam::111111111111:role/ReadOnly")
		time.Sleep(10 * time.Minute)
		s, state := w.status("dev-readonly")
		if state == creds.StateFailed || s.Err == nil || s.Err.Code != creds.CodeBadFile {
			t.Fatalf("%s with %v", state, s.Err)
		}
		calls := w.calls("AssumeRole")
		w.write(w.files.Config, w.Config())
		time.Sleep(8 * time.Minute) // the longest that renewal may rest by now
		w.wantState("dev-readonly", creds.StateValid)
		if n := w.calls("AssumeRole") - calls; n != 0 {
			t.Errorf("%d calls for a session that was at hand", n)
		}
	})
}

func TestQueuedRenewalsDoNotUndoALogout(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		config := w.Config()
		corp := w.AWS.IAM.Account("111111111111")
		var names []string
		for i := range 12 {
			name := fmt.Sprintf("role-%d", i)
			role := corp.Role(name, awstest.Trust{Principals: []string{corp.RootARN()}})
			config += fmt.Sprintf("\n[profile %s]\nrole_arn = %s\nsource_profile = alice\nregion = eu-west-1\n", name, role.ARN())
			names = append(names, name)
		}
		w.write(w.files.Config, config)
		var all sync.WaitGroup
		for _, name := range names {
			all.Go(func() { w.refresh(name, core.RefreshOptions{}) })
		}
		all.Wait()
		w.AWS.Faults.Add("AssumeRole", awstest.Fault{Delay: 20 * time.Second})
		time.Sleep(44*time.Minute + 10*time.Second) // eight are under way, four wait
		if err := w.m.LogoutAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		for _, name := range append(names, "alice") {
			w.wantState(name, creds.StateNone)
		}
	})
}

func TestAnIntermediateRoleStaysLoggedOut(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("chain-3", core.RefreshOptions{})
		if err := w.m.Logout(t.Context(), "chain-1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		w.wantState("chain-3", creds.StateValid)
		w.wantState("chain-1", creds.StateNone)
		if got := w.credentials("chain-1-temporary"); len(got) != 0 {
			t.Errorf("written again: %s", strings.Join(keysOf(got), ", "))
		}
	})
}

func TestAReturningNetworkRetriesAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-readonly", core.RefreshOptions{})
		w.AWS.Faults.Add("AssumeRole", awstest.Fault{Reset: true})
		time.Sleep(58 * time.Minute)
		w.AWS.Faults.Clear()
		before := w.calls("AssumeRole")
		w.m.Hurry()
		synctest.Wait()
		if n := w.calls("AssumeRole") - before; n != 1 {
			t.Errorf("%d calls at once", n)
		}
		w.wantState("dev-readonly", creds.StateValid)
	})
}
