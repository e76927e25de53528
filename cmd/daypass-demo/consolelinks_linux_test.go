package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// withoutCode makes profiles valid that need the code.
func (p *playing) withoutCode(ctx context.Context, t *testing.T) {
	t.Helper()
	window := p.ask(ctx, t)
	check(t, p.enterCode(ctx, window))
	check(t, p.valid(ctx, "alice"))
}

// browse opens an address in the desktop's browser, where it replaces no page.
func (p *playing) browse(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	// It stays where no other one runs.
	_, err := p.run(ctx, "", "sh", "-c", `"$0" "$1" &`, p.desktop.Browser(), address)
	check(t, err)
}

func TestAPrintedLinkSignsInAndIsGoodForOneTime(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.withoutCode(ctx, t)
		link := p.daypass(ctx, t, "console", "dev-admin", "--print", "--service", "s3", "--region", "eu-central-1")
		link, ended := strings.CutSuffix(link, "\n")
		if u, err := url.Parse(link); err != nil || !ended || strings.ContainsAny(link, "\n ") || u.Query().Get("SigninToken") == "" {
			t.Fatalf("not one link alone is printed: %v", err)
		}
		// A page that leads there, to keep the link out of the browser's argv.
		leads := httptest.NewServer(http.RedirectHandler(link, http.StatusSeeOther))
		defer leads.Close()
		p.browse(ctx, t, leads.URL)
		if page := p.page(ctx, t, adminConsole); !strings.Contains(page.Title, " · eu-central-1 · s3 · ") {
			t.Errorf("the page is %q", page.Title)
		}
		p.browse(ctx, t, leads.URL+"/again")
		p.page(ctx, t, refusedConsole)
	})
}

func TestABookmarkOpensInTheRightIdentityAndRegion(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.daypass(ctx, t, "bookmarks", "add", "functions", "https://444444444444-abcd1234.us-east-1.console.aws.amazon.com/lambda/home?region=us-east-1#/functions",
			"--any-region", "--profile", "partner")
		p.clickConsole(ctx, t, "functions — partner")
		p.typeCode(ctx, t, "partner")
		if page := p.page(ctx, t, partnerConsole); !strings.Contains(page.Title, " · eu-west-1 · lambda · ") {
			t.Errorf("the page is %q", page.Title)
		}
	})
}

func TestFirefoxIsGivenTheContainersAddressVerbatim(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		const container = `a&b #1 +%"'é`
		p.withoutCode(ctx, t)
		p.daypass(ctx, t, "settings", "set", "profile.partner.console.place", "firefox:container="+container)
		p.clickConsole(ctx, t, "partner")

		given := ""
		for given == "" {
			check(t, ctx.Err())
			time.Sleep(20 * time.Millisecond)
			p.processes(t, func(where string, data []byte) {
				words := strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
				if strings.HasSuffix(where, "/cmdline") && filepath.Base(words[0]) == "firefox-esr" && len(words) == 3 && words[1] == "--new-tab" {
					given = words[2]
				}
			})
		}
		name, rest, ok := strings.Cut(strings.TrimPrefix(given, "ext+container:name="), "&url=")
		address, looks, colour := strings.Cut(rest, "&color=")
		if want := "a%26b%20%231%20%2B%25%22%27%C3%A9"; !ok || !colour || name != want {
			t.Fatalf("Firefox was given %q, want the container %q", given, want)
		}
		// As the add-on reads it.
		u, err := url.ParseQuery(strings.TrimPrefix(given, "ext+container:"))
		check(t, err)
		if u.Get("name") != container || strings.ContainsAny(address, ":/?&") || !strings.HasSuffix(looks, "&icon=") {
			t.Errorf("the add-on reads %q", u)
		}
		// Firefox has a window, though nothing in it knows such addresses.
		for shown := false; !shown; time.Sleep(50 * time.Millisecond) {
			check(t, ctx.Err())
			windows, err := p.desktop.Windows.List(ctx)
			check(t, err)
			for _, w := range windows {
				shown = shown || strings.Contains(w.Title, "Firefox")
			}
		}
		p.keep(t, "firefox.png")
		// The add-on is not there: this is what it would do.
		resp, err := unfollowed(u.Get("url"))
		check(t, err)
		if location := resp.Header.Get("Location"); !strings.HasPrefix(location, p.url+"/federation?Action=login&") {
			t.Fatalf("the address answers %s", resp.Status)
		}
		resp, err = unfollowed(resp.Header.Get("Location"))
		check(t, err)
		if location := resp.Header.Get("Location"); !strings.Contains(location, "eu-west-1.console.aws.amazon.com") {
			t.Errorf("the link answers %s", resp.Status)
		}
		for !strings.Contains(p.daypass(ctx, t, "visits", "--json"), "222222222222") {
			check(t, ctx.Err())
		}
	})
}

func TestShowOpensTheWindowAndEnterAsksForTheCode(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.daypass(ctx, t, "show")
		window, err := p.desktop.Windows.Wait(ctx, statusWindow)
		check(t, err)
		check(t, window.Type(ctx, "alice"))
		p.keep(t, "status.png")
		check(t, window.Key(ctx, "Return"))
		p.typeCode(ctx, t, "alice")
		check(t, p.valid(ctx, "alice"))
		p.keep(t, "status-valid.png")
	})
}
