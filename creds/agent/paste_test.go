package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/internal/secret"
	"daypass/internal/signin"
)

const alice = "arn:aws:iam::111122223333:user/alice"

// pasteFlow is the work of a sign-in to the console: by a code that is pasted, unless a
// browser is wanted.
type pasteFlow struct {
	// tried gets what was pasted. A code that verdict has an error for is refused with
	// its text; hold keeps the flow at AWS until it is closed.
	tried   chan string
	verdict func(code string) error
	hold    chan struct{}
}

func (f *pasteFlow) work(ctx context.Context, way signin.Way) error {
	page := signin.Page{Method: way.Method, URL: "https://eu-west-1.signin.aws.amazon.com/v1/authorize", Pastes: way.Method == signin.MethodDevice}
	if page.Method == "" {
		page.Method = signin.MethodBrowser
	}
	for way.Show(page); ; way.Show(page) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case code := <-way.Pasted:
			f.tried <- code
			if f.hold != nil {
				<-f.hold
			}
			err := f.verdict(code)
			if err == nil {
				return nil
			}
			page.Note = err.Error()
		}
	}
}

// console begins a sign-in to the console; ended gets its error.
func (c *counter) console(t *testing.T, f *pasteFlow, o creds.SignInOptions) (ended <-chan error) {
	t.Helper()
	f.tried = make(chan string, 10)
	if f.verdict == nil {
		f.verdict = func(string) error { return nil }
	}
	done := make(chan error, 1)
	go func() {
		done <- c.SignIn(t.Context(), core.SignInRequest{
			Kind: creds.PromptConsole, About: creds.SignIn{Identity: alice}, Profile: "prod", Options: o,
			Requester: creds.Requester{Surface: tray},
		}, f.work)
	}()
	synctest.Wait()
	return done
}

func (c *counter) paste(t *testing.T, text string) error {
	t.Helper()
	err := c.Answer(c.only(t).ID, creds.AnswerRequest{Answer: secret.New(text)})
	synctest.Wait()
	return err
}

func TestAPastedCodeGoesToTheSignIn(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		var f pasteFlow
		ended := c.console(t, &f, code)
		p := c.only(t)
		if !p.SignIn.Pastes || p.SignIn.Method != creds.SignInDeviceCode || p.Identity() != alice || p.SessionID() != "" {
			t.Errorf("the prompt is %+v", p.SignIn)
		}
		// As copied from a page that breaks it.
		if err := c.paste(t, " c3RhdGU9\r\n  MSZjb2Rl \n"); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := <-f.tried; got != "c3RhdGU9MSZjb2Rl" {
			t.Errorf("the flow got %q", got)
		}
	})
}

func TestARefusedCodeLeavesThePromptOpenWithANote(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		f := pasteFlow{verdict: func(code string) error {
			if code == "good" {
				return nil
			}
			return errors.New("this is no code of AWS's page")
		}}
		ended := c.console(t, &f, code)
		for range 2 {
			if err := c.paste(t, "bad"); err != nil {
				t.Fatal(err)
			}
			if p := c.only(t); p.Checking || p.SignIn.Note != "this is no code of AWS's page" {
				t.Errorf("checking: %v, the note is %q", p.Checking, p.SignIn.Note)
			}
		}
		if err := c.paste(t, "good"); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestWhileACodeIsCheckedNoOtherIsTaken(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		f := pasteFlow{verdict: func(string) error { return errors.New("no") }}
		ended := c.console(t, &f, code)
		if err := c.paste(t, "earlier"); err != nil {
			t.Fatal(err)
		}
		f.hold = make(chan struct{})
		if err := c.paste(t, "first"); err != nil {
			t.Fatal(err)
		}
		if p := c.only(t); !p.Checking || p.SignIn.Note != "" {
			t.Errorf("checking: %v, the note is %q", p.Checking, p.SignIn.Note)
		}
		hasCode(t, c.paste(t, "second"), creds.CodeBadRequest)
		close(f.hold)
		if p := c.only(t); p.Checking || p.SignIn.Note != "no" {
			t.Errorf("checking: %v, the note is %q", p.Checking, p.SignIn.Note)
		}
		if err := c.Cancel(c.only(t).ID); err != nil {
			t.Fatal(err)
		}
		hasCode(t, <-ended, creds.CodeDeclined)
		if diff := cmp.Diff(2, len(f.tried)); diff != "" {
			t.Error("the flow got another code as well")
		}
	})
}

func TestWhatIsNoCodeIsNotHandedOn(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		var f pasteFlow
		ended := c.console(t, &f, code)
		id := c.only(t).ID
		for name, wrong := range map[string]creds.AnswerRequest{
			"nothing":        {},
			"blanks":         {Answer: secret.New(" \n\t ")},
			"far too long":   {Answer: secret.New(strings.Repeat("x", creds.MostPasted+1))},
			"a grant":        {Grant: creds.GrantOnce},
			"an unknown way": {SignIn: &creds.SignInOptions{Method: "by mail"}},
		} {
			if err := c.Answer(id, wrong); creds.CodeOf(err) != creds.CodeBadRequest {
				t.Errorf("%s: got %v", name, err)
			}
		}
		if p := c.only(t); p.Checking {
			t.Error("something is being checked")
		}
		if err := c.paste(t, strings.Repeat("x", creds.MostPasted)); err != nil {
			t.Errorf("a long code: %v", err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestASignInInTheBrowserTakesNoCodeUntilThePersonChangesTheWay(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		var f pasteFlow
		ended := c.console(t, &f, usual)
		hasCode(t, c.paste(t, "early"), creds.CodeBadRequest)
		c.begin(t, usual) // the page is opened again
		if pages := c.browser.times(); pages != 1 {
			t.Errorf("%d pages were opened", pages)
		}
		for _, page := range c.browser.pages {
			if page.Profile != "prod" || page.Session != "" || page.URL == "" {
				t.Errorf("the browser got %+v", page)
			}
		}
		c.begin(t, code)
		if p := c.only(t).SignIn; !p.Pastes {
			t.Errorf("got %+v", p)
		}
		c.begin(t, creds.SignInOptions{Method: creds.SignInBrowser})
		if p := c.only(t).SignIn; p.Pastes {
			t.Errorf("got %+v", p)
		}
		hasCode(t, c.paste(t, "late"), creds.CodeBadRequest)
		c.begin(t, code)
		if err := c.paste(t, "code"); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil || <-f.tried != "code" {
			t.Errorf("it ends with %v", err)
		}
	})
}

func TestACodeThatWasNotLookedAtIsNotThatOfTheNextAttempt(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		attempts := 0
		ended := make(chan error, 1)
		go func() {
			ended <- c.SignIn(t.Context(), core.SignInRequest{
				Kind: creds.PromptConsole, Profile: "prod", Options: code, Requester: creds.Requester{Surface: tray},
			}, func(ctx context.Context, way signin.Way) error {
				attempts++
				way.Show(signin.Page{Method: way.Method, URL: "https://x", Pastes: true})
				if attempts == 1 {
					<-ctx.Done() // and takes no code
					return ctx.Err()
				}
				select {
				case got := <-way.Pasted:
					t.Errorf("it got %q", got)
				case <-time.After(time.Minute):
				}
				return nil
			})
		}()
		if err := c.paste(t, "of the first"); err != nil {
			t.Fatal(err)
		}
		c.begin(t, creds.SignInOptions{Method: creds.SignInBrowser})
		if p := c.only(t); p.Checking {
			t.Error("nothing is left to be checked")
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAnOpenedPageIsNoVerdictOnACode(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		opened := make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- c.SignIn(t.Context(), core.SignInRequest{
				Kind: creds.PromptConsole, Profile: "prod", Options: code, Requester: creds.Requester{Surface: tray},
			}, func(_ context.Context, way signin.Way) error {
				page := signin.Page{Method: way.Method, URL: "https://x", Pastes: true, Opening: true}
				way.Show(page)
				<-opened
				page.Opening, page.Opened = false, true
				way.Show(page)
				<-opened
				<-way.Pasted
				return nil
			})
		}()
		if err := c.paste(t, "code"); err != nil {
			t.Fatal(err)
		}
		opened <- struct{}{}
		if p := c.only(t); !p.Checking || !p.SignIn.Opened {
			t.Errorf("got %+v, checking: %v", p.SignIn, p.Checking)
		}
		hasCode(t, c.paste(t, "another"), creds.CodeBadRequest)
		close(opened)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestWhoWaitsForASignInToTheConsole(t *testing.T) {
	signIn := func(identity string) creds.Prompt {
		return creds.Prompt{Kind: creds.PromptConsole, Profile: "base", SignIn: &creds.SignIn{Identity: identity}}
	}
	person := creds.Prompt{Kind: creds.PromptPerson, Profile: "base", Person: &creds.Person{Before: alice, Now: "bob"}}
	consent := creds.Prompt{Kind: creds.PromptConsent, Profile: "base"}
	for name, tc := range map[string]struct {
		waits  awaited
		prompt creds.Prompt
		want   bool
	}{
		"the profile itself":                         {awaited{profile: "base"}, signIn(""), true},
		"another one of the same identity":           {awaited{profile: "other", login: alice}, signIn(alice), true},
		"one of another identity":                    {awaited{profile: "other", login: "bob"}, signIn(alice), false},
		"a role behind the first sign-in":            {awaited{profile: "role", owner: "base"}, signIn(""), true},
		"a role behind another one":                  {awaited{profile: "role", owner: "other"}, signIn(""), false},
		"a role, and somebody else has signed in":    {awaited{profile: "role", owner: "base"}, person, true},
		"one of the identity, and somebody else has": {awaited{profile: "other", login: alice}, person, true},
		"a role, and its base is wanted by programs": {awaited{profile: "role", owner: "base"}, consent, false},
		"a session, and not the console":             {awaited{session: corp}, signIn(alice), false},
	} {
		if got := tc.waits.mayNeed(tc.prompt); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
