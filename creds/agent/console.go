package agent

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/browsers"
	"daypass/creds/console"
	"daypass/creds/core"
	"daypass/creds/settings"
	"daypass/internal/filewatch"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// Consoles is what opening the console needs besides credentials.
type Consoles struct {
	Bookmarks *console.Bookmarks
	Visits    *console.Visits
	// Browsers returns those of this machine.
	Browsers func(ctx context.Context) []browsers.Browser
	// Open opens an address in a place, as [browsers.Open] does; nil on a
	// machine without a desktop.
	Open func(ctx context.Context, found []browsers.Browser, p browsers.Place, address secret.Text, o browsers.Options) error
	// Copy puts a text into the clipboard for a minute; nil on a machine
	// without a desktop.
	Copy func(ctx context.Context, text secret.Text) error
}

// consoles opens the console, and serves bookmarks, visits and places.
type consoles struct {
	Consoles
	waits
	settings *settings.Store
	// used is called when work with a secret is over.
	used func()
	log  *slog.Logger
	// reading holds a token while nobody reads bookmarks and visits: an older reading
	// must not replace a newer one.
	reading chan struct{}
	feed    *core.Feed[consoleState]
}

func newConsoles(cfg Config, w waits, used func()) *consoles {
	c := &consoles{
		Consoles: cfg.Consoles, waits: w, settings: cfg.Settings, used: used, log: cfg.Log,
		reading: make(chan struct{}, 1), feed: core.NewFeed(consoleState{}),
	}
	c.reading <- struct{}{}
	return c
}

// show opens the console with a profile's identity, or does with the link what the
// request says.
func (c *consoles) show(ctx context.Context, in creds.ConsoleRequest, by creds.Requester) (creds.ConsoleReply, error) {
	chosen := settings.ConsoleFor(c.settings.Current(), in.Profile)
	place, page, err := c.goal(in, chosen)
	if err != nil {
		return creds.ConsoleReply{}, err
	}
	if err := c.canDeliver(in.Deliver); err != nil {
		return creds.ConsoleReply{}, err
	}
	ctx, on, leave := c.forProfile(ctx, in.Profile, by)
	defer leave()
	defer c.used()
	c.showWaiting(on, by)
	link, err := c.manager.Console(ctx, in.Profile, core.ConsoleOptions{
		Page:        page,
		Duration:    cmp.Or(in.Duration, time.Duration(chosen.Duration)),
		Portal:      chosen.Link == creds.LinkPortal,
		LogoutFirst: chosen.LogoutFirst != nil && *chosen.LogoutFirst,
		Refresh:     core.RefreshOptions{Requester: by, SignIn: in.SignIn},
	})
	if err != nil {
		return creds.ConsoleReply{}, whyEnded(ctx, err)
	}
	reply := creds.ConsoleReply{
		Destination: link.Destination, AccountID: link.AccountID, Identity: link.Identity, Until: link.Until, Note: link.Note,
	}
	switch in.Deliver {
	case creds.ConsoleLink:
		reply.Link = link.Link
	case creds.ConsoleCopy:
		err = c.Copy(ctx, link.Link)
	case creds.ConsoleOpen:
		var warning string
		reply.Place, warning, err = c.open(ctx, in.Profile, place, chosen.Colour, link)
		reply.Note = cmp.Or(warning, reply.Note)
	}
	if err != nil {
		return creds.ConsoleReply{}, err
	}
	return reply, nil
}

// goal says where a request leads.
func (c *consoles) goal(in creds.ConsoleRequest, chosen creds.ConsoleSettings) (place browsers.Place, page console.Page, err error) {
	goals := slices.DeleteFunc([]string{in.Service, in.URL, in.Bookmark}, func(s string) bool { return s == "" })
	if len(goals) > 1 {
		return place, page, badRequest("a service, an address and a bookmark exclude each other")
	}
	if place, err = browsers.ParsePlace(cmp.Or(in.Place, chosen.Place)); err != nil {
		return place, page, badRequest("%v", err)
	}
	page = console.Page{Service: in.Service, URL: in.URL, Region: in.Region}
	if in.Bookmark != "" {
		bookmark, err := c.Bookmarks.Find(in.Bookmark)
		if err != nil {
			return place, page, badRequest("%v", err)
		}
		page.URL = bookmark.URL
	}
	return place, page, nil
}

// canDeliver refuses what cannot succeed before a person is asked for anything.
func (c *consoles) canDeliver(d creds.ConsoleDelivery) error {
	missing := ""
	switch d {
	case creds.ConsoleLink:
	case creds.ConsoleOpen:
		if c.Open == nil {
			missing = lang.T("no browser to open the console in")
		}
	case creds.ConsoleCopy:
		if c.Copy == nil {
			missing = lang.T("no clipboard")
		}
	default:
		return badRequest("%q is nothing to do with a link", string(d))
	}
	if missing != "" {
		return &creds.Error{Code: creds.CodeNotShown, Message: lang.Sprintf("the agent runs without a desktop, so that there is %s; have the link printed instead", missing)}
	}
	return nil
}

// open opens a link in its place, and notes that in the list of visits;
// warning says why it could not.
func (c *consoles) open(ctx context.Context, profile string, place browsers.Place, colour string, link core.ConsoleLink) (words, warning string, err error) {
	found := c.Browsers(ctx)
	container := console.Container{Name: cmp.Or(place.Container, profile), Colour: cmp.Or(colour, console.ColourOf(link.AccountID))}
	err = c.Open(ctx, found, place, link.Link, browsers.Options{
		Wrap: func(address string) (string, error) { return container.Wrap(place.AddOn, address) },
		Log:  c.log,
	})
	if err != nil {
		if ctx.Err() != nil {
			return "", "", err
		}
		return "", "", &creds.Error{Code: creds.CodeNotShown, Message: lang.Sprintf("the console was not opened: %s", err.Error())}
	}
	if record := c.settings.Current().Console.Record; record == nil || *record {
		_, err := c.Visits.Add(creds.Visit{
			Profile: profile, AccountID: link.AccountID, Identity: link.Identity, Destination: link.Destination,
			Place: place.String(), Opened: time.Now().Round(0), Until: link.Until,
		})
		if err != nil {
			// The page is open all the same.
			c.log.Warn("a visit was not noted", "error", err)
			warning = err.Error()
		}
		c.refresh()
	}
	return placeWords(found, place), warning, nil
}

// reopen opens the page of a visit once more, in the same identity and place.
func (c *consoles) reopen(ctx context.Context, id string, by creds.Requester) error {
	visit, err := c.Visits.Find(id)
	if err != nil {
		return badRequest("%v", err)
	}
	_, err = c.show(ctx, creds.ConsoleRequest{Profile: visit.Profile, URL: visit.Destination, Place: visit.Place}, by)
	return err
}

// placeWords names a place for people.
func placeWords(found []browsers.Browser, p browsers.Place) string {
	if len(p.Command) > 0 {
		return p.Command[0]
	}
	if p.Browser == "" {
		if p.Private {
			return lang.T("a private window")
		}
		return lang.T("the system's browser")
	}
	name := p.Browser
	if b, ok := browsers.Lookup(found, p.Browser); ok {
		name = b.Name
	}
	switch {
	case p.AddOn != "" && p.Container != "":
		return lang.Sprintf("%s, container %s", name, p.Container)
	case p.AddOn != "":
		return lang.Sprintf("%s, in a container", name)
	case p.Private:
		return lang.Sprintf("%s, in a private window", name)
	case p.Profile != "":
		return lang.Sprintf("%s, profile %s", name, p.Profile)
	}
	return name
}

// listPlaces lists where the console can be opened on this machine.
func (c *consoles) listPlaces(ctx context.Context, _ call, _ agentapi.Nothing) ([]creds.ConsolePlace, error) {
	found := c.Browsers(ctx)
	all := []browsers.Place{{}, {Private: true}}
	for _, b := range found {
		all = append(all, browsers.Place{Browser: b.ID}, browsers.Place{Browser: b.ID, Private: true})
		if b.Kind == browsers.Firefox {
			all = append(all, browsers.Place{Browser: b.ID, AddOn: browsers.OpenInContainer}, browsers.Place{Browser: b.ID, AddOn: browsers.GrantedContainers})
		}
		for _, p := range b.Profiles {
			all = append(all, browsers.Place{Browser: b.ID, Profile: p.Name})
		}
	}
	places := make([]creds.ConsolePlace, 0, len(all))
	for _, p := range all {
		words := placeWords(found, p)
		if p.AddOn == browsers.GrantedContainers {
			words += lang.T(" (Granted Containers)")
		}
		if one := (creds.ConsolePlace{Place: p.String(), Name: words}); !slices.Contains(places, one) {
			places = append(places, one)
		}
	}
	return places, nil
}

// snapshotVisits is how many visits a snapshot has.
const snapshotVisits = 20

// consoleState is what a snapshot says of the console.
type consoleState struct {
	bookmarks []creds.Bookmark
	visits    []creds.Visit
}

// refresh reads bookmarks and visits for later snapshots. Those that cannot be read stay
// as they were, and a problem says why.
func (c *consoles) refresh() { c.read(false) }

// read is refresh. If doubt is set, bookmarks that cannot be read may be half written:
// it reports nothing about them and returns true.
func (c *consoles) read(doubt bool) (doubted bool) {
	<-c.reading
	defer func() { c.reading <- struct{}{} }()
	s := c.feed.Current()
	all, errBookmarks := c.Bookmarks.List()
	if errBookmarks == nil {
		s.bookmarks = all.Bookmarks
	} else if doubt {
		return true
	}
	visits, errVisits := c.Visits.List()
	if errVisits == nil {
		s.visits = visits[:min(len(visits), snapshotVisits)]
	}
	c.feed.Publish(s)
	c.manager.NoteConsole(errBookmarks, errVisits)
	return false
}

// doubt is how long unreadable bookmarks may be half written: editors empty a file
// before they fill it.
const doubt = 300 * time.Millisecond

// watchBookmarks follows a person's changes of their file.
func (c *consoles) watchBookmarks(ctx context.Context, files *filewatch.Watcher) {
	changes := files.Files(ctx, c.Bookmarks.Path())
	var again <-chan time.Time
	for {
		select {
		case err, open := <-changes:
			if !open {
				return
			}
			if err != nil {
				// They are also read whenever somebody asks.
				c.log.Warn("changes of the bookmarks may go unnoticed", "error", err)
			}
			again = nil
			if c.read(true) {
				again = time.After(doubt)
			}
		case <-again:
			c.read(false)
		}
	}
}
