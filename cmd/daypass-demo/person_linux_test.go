package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
	"daypass/packaging/rig"
)

const (
	bob          = "bob@corp.example"
	personDialog = "daypass — Somebody else signed in to " + awstest.SampleSession
)

// owners returns whom the credentials of the session's profiles belong to, by what
// AWS says.
func (p *playing) owners(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.home, ".aws", "credentials"))
	check(t, err)
	owners := map[string]string{}
	for _, profile := range sessionProfiles() {
		_, section, _ := strings.Cut(string(text), "["+profile+"-temporary]")
		_, key, _ := strings.Cut(section, "aws_access_key_id = ")
		key, _, _ = strings.Cut(key, "\n")
		arn := p.sample.AWS.IAM.CallerOf(strings.TrimSpace(key))
		owners[profile] = arn[strings.LastIndexByte(arn, '/')+1:]
	}
	return owners
}

// allOf is what owners returns where all is one person's.
func allOf(person string) map[string]string {
	owners := map[string]string{}
	for _, profile := range sessionProfiles() {
		owners[profile] = person
	}
	return owners
}

// signInAs has somebody sign in again from the menu and approve in the browser, and
// returns the window that asks whether that is right.
func (p *playing) signInAs(ctx context.Context, t *testing.T, person string) rig.Window {
	t.Helper()
	p.sample.SSO.Center.Person(person)
	item, err := p.desktop.Tray.Item(ctx)
	check(t, err)
	check(t, item.Click(ctx, awstest.SampleSession+": signed in as alice", "Sign in again"))
	page, err := p.desktop.Windows.Wait(ctx, consentPage)
	check(t, err)
	check(t, page.Press(ctx, "Return"))
	check(t, p.desktop.Windows.WaitGone(ctx, signInDialog))
	window, err := p.desktop.Windows.Wait(ctx, personDialog)
	check(t, err)
	return window
}

func TestAnotherPersonTakesASessionOverOnlyAfterConfirmation(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		_, page := p.begin(ctx, t, signInLine)
		p.approve(ctx, t, page)
		if diff := cmp.Diff(allOf("alice"), p.owners(t)); diff != "" {
			t.Fatalf("the profiles are (-want +got)\n%s", diff)
		}
		file, token := p.tokenFile(t), p.token(t)["accessToken"]
		before, err := os.ReadFile(filepath.Join(p.home, ".aws", "credentials"))
		check(t, err)

		window := p.signInAs(ctx, t, bob)
		p.menuHas(ctx, t, bob+" signed in to "+awstest.SampleSession+": is that right?")
		p.keep(t, "person.png")
		// Keys that were meant for something else change nothing.
		check(t, window.Type(ctx, "yes\n"))
		check(t, window.Key(ctx, "Escape"))
		check(t, p.desktop.Windows.WaitGone(ctx, personDialog))
		p.menuHas(ctx, t, awstest.SampleSession+": signed in as alice")
		if got := p.session(ctx, t); got != "valid" {
			t.Errorf("the session is %s", got)
		}
		after, err := os.ReadFile(filepath.Join(p.home, ".aws", "credentials"))
		check(t, err)
		if string(before) != string(after) || p.tokenFile(t) != file || p.token(t)["accessToken"] != token {
			t.Error("something was written for somebody who was not confirmed")
		}
		// What he signed in to has ended at AWS.
		for len(p.sample.AWS.Calls("Logout")) == 0 {
			check(t, ctx.Err())
			time.Sleep(20 * time.Millisecond)
		}
		if calls := p.sample.AWS.Calls("Logout"); len(calls) != 1 || calls[0].Caller != bob {
			t.Errorf("signed out at AWS: %+v", calls)
		}

		window = p.signInAs(ctx, t, bob)
		check(t, window.Key(ctx, "Tab", "Tab", "Return")) // Over "Cancel" to "Use bob@corp.example".
		check(t, p.desktop.Windows.WaitGone(ctx, personDialog))
		p.menuHas(ctx, t, awstest.SampleSession+": signed in as "+bob)
		for cmp.Diff(allOf(bob), p.owners(t)) != "" {
			if ctx.Err() != nil {
				t.Fatalf("the profiles are (-want +got)\n%s", cmp.Diff(allOf(bob), p.owners(t)))
			}
			time.Sleep(20 * time.Millisecond)
		}
		for _, profile := range sessionProfiles() {
			check(t, p.valid(ctx, profile))
		}
		check(t, p.answersAs(ctx, "sso-dev-admin-temporary", devAdmin))
	})
}
