package agent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/browsers"
	"daypass/creds/console"
	"daypass/creds/core"
	"daypass/creds/secret"
	"daypass/creds/settings"
)

// Consoles is what opening the console takes beside credentials.
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

// Console opens the console in a profile's identity, or does with the link what
// the request says, for whoever asks.
func (a *Agent) Console(ctx context.Context, in creds.ConsoleRequest, by creds.Requester) (creds.ConsoleReply, error) {
	chosen := settings.ConsoleFor(a.cfg.Settings.Current(), in.Profile)
	place, page, err := a.consoleGoal(in, chosen)
	if err != nil {
		return creds.ConsoleReply{}, err
	}
	if err := a.canDeliver(in.Deliver); err != nil {
		return creds.ConsoleReply{}, err
	}
	ctx, on, leave := a.attend(ctx, in.Profile, by)
	defer leave()
	defer a.used()
	a.showWaiting(on, by)
	link, err := a.cfg.Manager.Console(ctx, in.Profile, core.ConsoleOptions{
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
		err = a.cfg.Consoles.Copy(ctx, link.Link)
	case creds.ConsoleOpen:
		var warning string
		reply.Place, warning, err = a.openConsole(ctx, in.Profile, place, chosen.Colour, link)
		reply.Note = cmp.Or(warning, reply.Note)
	}
	if err != nil {
		return creds.ConsoleReply{}, err
	}
	return reply, nil
}

// consoleGoal says where a request leads.
func (a *Agent) consoleGoal(in creds.ConsoleRequest, chosen creds.ConsoleSettings) (place browsers.Place, page console.Page, err error) {
	goals := slices.DeleteFunc([]string{in.Service, in.URL, in.Bookmark}, func(s string) bool { return s == "" })
	if len(goals) > 1 {
		return place, page, badRequest("a service, an address and a bookmark exclude each other")
	}
	if place, err = browsers.ParsePlace(cmp.Or(in.Place, chosen.Place)); err != nil {
		return place, page, badRequest("%v", err)
	}
	page = console.Page{Service: in.Service, URL: in.URL, Region: in.Region}
	if in.Bookmark != "" {
		bookmark, err := a.cfg.Consoles.Bookmarks.Find(in.Bookmark)
		if err != nil {
			return place, page, badRequest("%v", err)
		}
		page.URL = bookmark.URL
	}
	return place, page, nil
}

// canDeliver refuses what cannot end well before a person is asked for anything.
func (a *Agent) canDeliver(d creds.ConsoleDelivery) error {
	missing := ""
	switch d {
	case creds.ConsoleLink:
	case creds.ConsoleOpen:
		if a.cfg.Consoles.Open == nil {
			missing = "no browser to open the console in"
		}
	case creds.ConsoleCopy:
		if a.cfg.Consoles.Copy == nil {
			missing = "no clipboard"
		}
	default:
		return badRequest("%q is nothing to do with a link", string(d))
	}
	if missing != "" {
		return &creds.Error{Code: creds.CodeNotShown, Message: "the agent runs without a desktop, so that there is " + missing + "; have the link printed instead"}
	}
	return nil
}

// openConsole opens a link in its place, and notes that in the list of visits;
// warning says why it could not.
func (a *Agent) openConsole(ctx context.Context, profile string, place browsers.Place, colour string, link core.ConsoleLink) (words, warning string, err error) {
	found := a.cfg.Consoles.Browsers(ctx)
	container := console.Container{Name: cmp.Or(place.Container, profile), Colour: cmp.Or(colour, console.ColourOf(link.AccountID))}
	err = a.cfg.Consoles.Open(ctx, found, place, link.Link, browsers.Options{
		Wrap: func(address string) (string, error) { return container.Wrap(place.AddOn, address) },
		Log:  a.cfg.Log,
	})
	if err != nil {
		if ctx.Err() != nil {
			return "", "", err
		}
		return "", "", &creds.Error{Code: creds.CodeNotShown, Message: "the console was not opened: " + err.Error()}
	}
	if record := a.cfg.Settings.Current().Console.Record; record == nil || *record {
		_, err := a.cfg.Consoles.Visits.Add(creds.Visit{
			Profile: profile, AccountID: link.AccountID, Identity: link.Identity, Destination: link.Destination,
			Place: place.String(), Opened: time.Now().Round(0), Until: link.Until,
		})
		if err != nil {
			// The page is open all the same.
			a.cfg.Log.Warn("a visit was not noted", "error", err)
			warning = err.Error()
		}
		a.refreshConsoles()
	}
	return placeWords(found, place), warning, nil
}

// Reopen opens the page of a visit once more, in the same identity and place.
func (a *Agent) Reopen(ctx context.Context, id string, by creds.Requester) error {
	visit, err := a.cfg.Consoles.Visits.Find(id)
	if err != nil {
		return badRequest("%v", err)
	}
	_, err = a.Console(ctx, creds.ConsoleRequest{Profile: visit.Profile, URL: visit.Destination, Place: visit.Place}, by)
	return err
}

// placeWords names a place for people.
func placeWords(found []browsers.Browser, p browsers.Place) string {
	if len(p.Command) > 0 {
		return p.Command[0]
	}
	if p.Browser == "" {
		if p.Private {
			return "a private window"
		}
		return "the system's browser"
	}
	name := p.Browser
	if b, ok := browsers.Lookup(found, p.Browser); ok {
		name = b.Name
	}
	switch {
	case p.AddOn != "" && p.Container != "":
		return fmt.Sprintf("%s, container %s", name, p.Container)
	case p.AddOn != "":
		return name + ", in a container"
	case p.Private:
		return name + ", in a private window"
	case p.Profile != "":
		return fmt.Sprintf("%s, profile %s", name, p.Profile)
	}
	return name
}

// places lists where the console can be opened on this machine.
func (a *Agent) places(ctx context.Context) []creds.ConsolePlace {
	found := a.cfg.Consoles.Browsers(ctx)
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
			words += " (Granted Containers)"
		}
		if one := (creds.ConsolePlace{Place: p.String(), Name: words}); !slices.Contains(places, one) {
			places = append(places, one)
		}
	}
	return places
}

// snapshotVisits is how many visits a snapshot tells of.
const snapshotVisits = 20

// consoleState is what a snapshot tells of the console.
type consoleState struct {
	bookmarks []creds.Bookmark
	visits    []creds.Visit
}

// refreshConsoles reads bookmarks and visits for the snapshots to come. Those that
// cannot be read stay as they were, and a problem says why.
func (a *Agent) refreshConsoles() { a.readConsoles(false) }

// readConsoles is refreshConsoles. In doubt it reports nothing of bookmarks that
// cannot be read, as they may be just being written, and returns true.
func (a *Agent) readConsoles(doubt bool) (doubted bool) {
	<-a.reading
	defer func() { a.reading <- struct{}{} }()
	s := a.consoles.Current()
	all, errBookmarks := a.cfg.Consoles.Bookmarks.List()
	if errBookmarks == nil {
		s.bookmarks = all.Bookmarks
	} else if doubt {
		return true
	}
	visits, errVisits := a.cfg.Consoles.Visits.List()
	if errVisits == nil {
		s.visits = visits[:min(len(visits), snapshotVisits)]
	}
	a.consoles.Publish(s)
	a.cfg.Manager.NoteConsole(errBookmarks, errVisits)
	return false
}
