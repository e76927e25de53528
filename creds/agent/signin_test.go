package agent

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/internal/secret"
	"daypass/internal/signin"
)

const corp = "corp"

// flow is the work of a sign-in under the test's control.
type flow struct {
	// approve ends the present attempt.
	approve chan error
	// deaf attempts ignore cancellation and end as approve says.
	deaf bool

	mu sync.Mutex
	// ways are how it was begun each time.
	ways []signin.Way
	// running counts the attempts that have not ended.
	running int
}

func (f *flow) work(ctx context.Context, way signin.Way) error {
	f.mu.Lock()
	f.ways = append(f.ways, way)
	f.running++
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.running--
	}()
	page := signin.Page{Method: way.Method, URL: "https://corp.awsapps.com/page", Opening: way.Open != nil}
	if page.Method == "" {
		page.Method = signin.MethodBrowser
	}
	way.Show(page)
	if way.Open != nil {
		if err := way.Open(ctx, page.URL); err != nil {
			return err
		}
	}
	if f.deaf {
		<-ctx.Done()
		return <-f.approve
	}
	select {
	case err := <-f.approve:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *flow) begun() []signin.Way {
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.ways)
}

// browser counts what it opens.
type browser struct {
	mu     sync.Mutex
	opened int
	// pages are those that it was given.
	pages []SignInPage
	err   error
	// slow browsers return when they are closed.
	slow bool
}

func (b *browser) open(ctx context.Context, page SignInPage) error {
	b.mu.Lock()
	b.opened++
	b.pages = append(b.pages, page)
	slow, err := b.slow, b.err
	b.mu.Unlock()
	if slow {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (b *browser) becomes(slow bool, err error) {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slow, b.err = slow, err
}

func (b *browser) times() int {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened
}

// counter is a desk with a browser.
type counter struct {
	*desk
	browser browser
	flow    flow
}

// inCounter runs a test in a bubble. Everything that it began must end by then.
func inCounter(t *testing.T, test func(t *testing.T, c *counter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &counter{desk: newDesk(t)}
		c.browse = c.browser.open
		c.flow.approve = make(chan error)
		test(t, c)
		c.none(t)
		if c.flow.running > 0 {
			t.Error("the flow goes on though the sign-in has ended")
		}
	})
}

func (c *counter) signIn(t *testing.T, surface creds.Surface, o creds.SignInOptions) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ended <- c.SignIn(t.Context(), core.SignInRequest{
			Kind: creds.PromptSSO, About: creds.SignIn{Session: corp, StartURL: "https://corp.awsapps.com/start"}, Profile: "dev", Options: o,
			Requester: creds.Requester{Surface: surface},
		}, c.flow.work)
	}()
	return ended
}

func (c *counter) begin(t *testing.T, o creds.SignInOptions) {
	t.Helper()
	if err := c.Begin(c.only(t).ID, o); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// approved approves, and wants the sign-in to have succeeded.
func (c *counter) approved(t *testing.T, ended <-chan error) {
	t.Helper()
	synctest.Wait()
	c.flow.approve <- nil
	if err := <-ended; err != nil {
		t.Errorf("it was approved, and ends with %v", err)
	}
}

const (
	tray     = creds.SurfaceTray
	terminal = creds.SurfaceTerminal
	program  = creds.SurfaceProgram
)

var (
	usual = creds.SignInOptions{}
	code  = creds.SignInOptions{Method: creds.SignInDeviceCode}
)

func TestASignInThatAPersonAskedForBeginsAtOnce(t *testing.T) {
	for _, surface := range []creds.Surface{tray, terminal} {
		t.Run(string(surface), func(t *testing.T) {
			inCounter(t, func(t *testing.T, c *counter) {
				defer c.attend(awaited{session: corp}, surface)()
				ended := c.signIn(t, surface, code)
				p := c.only(t).SignIn
				if !p.Begun || p.Method != creds.SignInDeviceCode || p.URL == "" || len(c.flow.begun()) != 1 || c.browser.times() != 1 {
					t.Errorf("got %+v", p)
				}
				c.approved(t, ended)
			})
		})
	}
}

func TestASignInThatAProgramAskedForWaitsForAPerson(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		ended := c.signIn(t, program, code)
		time.Sleep(9 * time.Minute)
		if p := c.only(t).SignIn; p.Begun || p.URL != "" || len(c.flow.begun()) != 0 || c.browser.times() != 0 {
			t.Errorf("got %+v, and %d pages were opened", p, c.browser.times())
		}
		c.windows(t, 1)
		c.begin(t, usual)
		if p := c.only(t).SignIn; !p.Begun || p.Method != creds.SignInDeviceCode || c.browser.times() != 1 {
			t.Errorf("got %+v", p)
		}
		c.approved(t, ended)
		hasCode(t, c.Begin("gone", usual), creds.CodeBadRequest)
	})
}

func TestASignInBeginsInNoWayThatThereIsNot(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		ended := c.signIn(t, program, usual)
		id := c.only(t).ID
		for _, wrong := range []creds.AnswerRequest{
			{SignIn: &creds.SignInOptions{Method: "by mail"}},
			{SignIn: &creds.SignInOptions{Place: ":"}},
			{Answer: secret.New("123456")},
			{Grant: creds.GrantOnce},
			{},
		} {
			hasCode(t, c.Answer(id, wrong), creds.CodeBadRequest)
		}
		if c.only(t).SignIn.Begun {
			t.Error("it has begun")
		}
		c.begin(t, usual)
		c.approved(t, ended)
	})
}

func TestAProgramsSignInBeginsWhereAPersonWaitsForTheSame(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		leave := c.attend(awaited{session: corp}, tray)
		ended := c.signIn(t, program, usual)
		if p := c.only(t).SignIn; !p.Begun || c.browser.times() != 1 {
			t.Errorf("got %+v", p)
		}
		leave()
		c.approved(t, ended)
	})
}

func TestBeginningAgainOpensThePageAgain(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		ended := c.signIn(t, tray, usual)
		c.begin(t, usual)
		c.begin(t, creds.SignInOptions{Method: creds.SignInBrowser})
		if c.browser.times() != 3 || len(c.flow.begun()) != 1 {
			t.Errorf("%d pages, begun %d times", c.browser.times(), len(c.flow.begun()))
		}
		c.begin(t, creds.SignInOptions{NoBrowser: true})
		if c.browser.times() != 3 {
			t.Error("a page was opened that was not wanted")
		}
		c.browser.becomes(false, errors.New("none"))
		c.begin(t, usual)
		if p := c.only(t).SignIn; p.Opening || p.Opened || p.Note == "" {
			t.Errorf("got %+v", p)
		}
		c.approved(t, ended)
	})
}

func TestThePageOpensWhereThePersonSaysEachTime(t *testing.T) {
	work, home := creds.SignInOptions{Place: "firefox:Work"}, creds.SignInOptions{Place: "firefox:Home"}
	for name, c := range map[string]struct {
		surface creds.Surface
		wanted  creds.SignInOptions
		begins  []creds.SignInOptions
		want    []string
	}{
		"a person who asked for it":             {tray, work, nil, []string{"firefox:Work"}},
		"opened once more":                      {tray, work, []creds.SignInOptions{usual}, []string{"firefox:Work", "firefox:Work"}},
		"elsewhere, and once more":              {tray, work, []creds.SignInOptions{home, usual}, []string{"firefox:Work", "firefox:Home", "firefox:Home"}},
		"in another way":                        {tray, work, []creds.SignInOptions{code}, []string{"firefox:Work", "firefox:Work"}},
		"in another way, elsewhere":             {tray, usual, []creds.SignInOptions{{Method: code.Method, Place: home.Place}}, []string{"", "firefox:Home"}},
		"a program that a person begins it for": {program, work, []creds.SignInOptions{usual}, []string{"firefox:Work"}},
		"a program, and a person who says so":   {program, work, []creds.SignInOptions{home}, []string{"firefox:Home"}},
	} {
		t.Run(name, func(t *testing.T) {
			inCounter(t, func(t *testing.T, counter *counter) {
				ended := counter.signIn(t, c.surface, c.wanted)
				synctest.Wait()
				for _, way := range c.begins {
					counter.begin(t, way)
				}
				var got []string
				for _, page := range counter.browser.pages {
					got = append(got, page.Place)
					if page.Session != corp || page.URL == "" {
						t.Errorf("it was given %+v", page)
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if place := counter.only(t).SignIn.Place; place != got[len(got)-1] {
					t.Errorf("the prompt says %q", place)
				}
				counter.approved(t, ended)
			})
		})
	}
}

func TestWhyNoBrowserOpensIsSaidWhereItIsKnown(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		ended := c.signIn(t, tray, usual)
		c.browser.becomes(false, &signin.Unopened{Why: "Firefox has no profile \"Home\""})
		c.begin(t, usual)
		if note := c.only(t).SignIn.Note; note != `No browser could be opened (Firefox has no profile "Home"); open the address in one yourself.` {
			t.Errorf("it says %q", note)
		}
		c.approved(t, ended)
	})
}

func TestBeginningInAnotherWayStartsAnew(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		ended := c.signIn(t, tray, usual)
		// A second page is on its way, and learns too late that it is gone.
		c.browser.becomes(true, nil)
		c.begin(t, usual)
		c.browser.becomes(false, nil)
		c.begin(t, code)
		p, ways := c.only(t).SignIn, c.flow.begun()
		if len(ways) != 2 || ways[1].Method != signin.MethodDevice || p.Method != creds.SignInDeviceCode || p.Note != "" || !p.Begun {
			t.Errorf("begun %d times: %+v", len(ways), p)
		}
		c.approved(t, ended)
	})
}

func TestAnApprovalAtTheMomentOfSwitchingCounts(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		c.flow.deaf = true
		ended := c.signIn(t, tray, usual)
		c.begin(t, code)
		c.approved(t, ended)
		if len(c.flow.begun()) != 1 {
			t.Error("it was begun again")
		}
	})
}

func TestASignInThatFailsEndsWithItsErrorAndWasNotDeclined(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		denied := errors.New("denied")
		ended := c.signIn(t, tray, usual)
		synctest.Wait()
		c.flow.approve <- denied
		if err := <-ended; err != denied { //nolint:errorlint // as it is
			t.Errorf("got %v", err)
		}
		next := c.signIn(t, program, usual)
		c.begin(t, usual)
		c.approved(t, next)
	})
}

func TestASignInCanBeCancelledInEveryState(t *testing.T) {
	for name, reach := range map[string]func(t *testing.T, c *counter) <-chan error{
		"not begun": func(t *testing.T, c *counter) <-chan error { return c.signIn(t, program, usual) },
		"begun":     func(t *testing.T, c *counter) <-chan error { return c.signIn(t, tray, usual) },
		"the browser does not return": func(t *testing.T, c *counter) <-chan error {
			c.browser.becomes(true, nil)
			return c.signIn(t, tray, usual)
		},
		"opened again": func(t *testing.T, c *counter) <-chan error {
			ended := c.signIn(t, tray, usual)
			c.browser.becomes(true, nil)
			c.begin(t, usual)
			return ended
		},
		"begun in another way": func(t *testing.T, c *counter) <-chan error {
			ended := c.signIn(t, tray, usual)
			c.begin(t, code)
			return ended
		},
	} {
		t.Run(name, func(t *testing.T) {
			inCounter(t, func(t *testing.T, c *counter) {
				ended := reach(t, c)
				p := c.only(t)
				events, err := c.WatchPrompt(t.Context(), p.ID)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				if err := c.Cancel(p.ID); err != nil {
					t.Fatal(err)
				}
				hasCode(t, <-ended, creds.CodeDeclined)
				if took := time.Since(start); took != 0 {
					t.Errorf("it took %s", took)
				}
				synctest.Wait()
				if e := <-events; e.End == nil || e.End.Err == nil || e.End.Err.Code != creds.CodeDeclined {
					t.Errorf("the last event is %+v", e)
				}
				hasCode(t, c.Begin(p.ID, usual), creds.CodeBadRequest)
			})
		})
	}
}

func TestASignInThatNobodyBeginsEndsAfterTenMinutes(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		start := time.Now()
		hasCode(t, <-c.signIn(t, program, usual), creds.CodeDeclined)
		if took := time.Since(start); took != promptLimit {
			t.Errorf("it took %s", took)
		}
	})
}

func TestADeclinedSignInIsForProgramsAndNotForPersons(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		ended := c.signIn(t, program, usual)
		if err := c.Cancel(c.only(t).ID); err != nil {
			t.Fatal(err)
		}
		hasCode(t, <-ended, creds.CodeDeclined)
		time.Sleep(59 * time.Second)
		hasCode(t, <-c.signIn(t, program, usual), creds.CodeDeclined)
		c.approved(t, c.signIn(t, tray, usual))
		// What a person has approved since is no longer declined.
		next := c.signIn(t, program, usual)
		c.begin(t, usual)
		c.approved(t, next)
	})
}

func TestATerminalThatGoesInMidFlow(t *testing.T) {
	t.Run("ends a sign-in that nobody else waits for", func(t *testing.T) {
		inCounter(t, func(t *testing.T, c *counter) {
			leave := c.attend(awaited{profile: "dev", session: corp}, terminal)
			ended := c.signIn(t, terminal, usual)
			c.only(t)
			leave()
			hasCode(t, <-ended, creds.CodeDeclined)
		})
	})
	t.Run("leaves it to a window where a program waits", func(t *testing.T) {
		inCounter(t, func(t *testing.T, c *counter) {
			leave := c.attend(awaited{profile: "dev", session: corp}, terminal)
			ended := c.signIn(t, terminal, usual)
			defer c.attend(awaited{profile: "prod", session: corp}, program)()
			c.windows(t, 0)
			leave()
			c.windows(t, 1)
			c.approved(t, ended)
		})
	})
	t.Run("ends one of a program's where there is no desktop", func(t *testing.T) {
		inCounter(t, func(t *testing.T, c *counter) {
			c.window, c.browse = nil, nil
			leave := c.attend(awaited{session: corp}, terminal)
			defer c.attend(awaited{profile: "prod", session: corp}, program)()
			ended := c.signIn(t, program, usual)
			c.only(t)
			leave()
			hasCode(t, <-ended, creds.CodeNobodyToAsk)
		})
	})
}

func TestWithoutADesktopOnlyATerminalSignsIn(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		c.window, c.browse = nil, nil
		hasCode(t, <-c.signIn(t, program, usual), creds.CodeNobodyToAsk)
		defer c.attend(awaited{session: corp}, terminal)()
		ended := c.signIn(t, terminal, usual)
		c.begin(t, usual) // there is nothing to open again
		if ways := c.flow.begun(); !c.only(t).SignIn.Begun || len(ways) != 1 || ways[0].Open != nil {
			t.Errorf("begun %d times", len(ways))
		}
		c.approved(t, ended)
	})
}

func TestWhereNoBrowserIsWantedNoneIsOpened(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		ended := c.signIn(t, tray, creds.SignInOptions{NoBrowser: true})
		if c.flow.begun()[0].Open != nil {
			t.Error("a browser may be opened")
		}
		c.approved(t, ended)
	})
}

// What was published is read while the prompt changes: the race detector sees
// one that is changed in place.
func TestWhatWasPublishedOfASignInNeverChanges(t *testing.T) {
	for range 10 {
		inCounter(t, func(t *testing.T, c *counter) {
			ended := c.signIn(t, tray, usual)
			p := c.only(t)
			events, err := c.WatchPrompt(t.Context(), p.ID)
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			all.Go(func() {
				for e := range events {
					if e.End != nil {
						break
					}
					if e.Prompt.SignIn.URL == "x" {
						t.Error("no page has this address")
					}
				}
			})
			was := *p.SignIn
			for i := range 10 {
				all.Go(func() {
					way := []creds.SignInOptions{usual, code, {Method: creds.SignInBrowser}}[i%3]
					_ = c.Begin(p.ID, way) // it may have ended by now
				})
				all.Go(func() {
					for _, p := range c.Prompts() {
						if p.SignIn.URL == "x" {
							t.Error("no page has this address")
						}
					}
				})
			}
			all.Go(func() { _ = c.Cancel(p.ID) })
			all.Wait()
			hasCode(t, <-ended, creds.CodeDeclined)
			if *p.SignIn != was {
				t.Errorf("%+v has become %+v", was, *p.SignIn)
			}
		})
	}
}

func TestABrowserThatReturnsLateTouchesNothing(t *testing.T) {
	inCounter(t, func(t *testing.T, c *counter) {
		ended := c.signIn(t, tray, usual)
		p := c.only(t)
		events, err := c.WatchPrompt(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		release := make(chan struct{})
		c.browse = func(context.Context, SignInPage) error {
			<-release
			return errors.New("closed")
		}
		c.begin(t, usual)
		if err := c.Cancel(p.ID); err != nil {
			t.Fatal(err)
		}
		hasCode(t, <-ended, creds.CodeDeclined)
		close(release)
		synctest.Wait()
		if e := <-events; e.End == nil {
			t.Errorf("after the end there is %+v", e)
		}
	})
}
