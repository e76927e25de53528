package creds

import (
	"encoding/json"
	"log/slog"
	"time"

	"daypass/internal/secret"
)

// ConsoleRequest asks for the AWS console in a profile's identity. Service, URL and
// Bookmark exclude each other; without any it is the console's home.
type ConsoleRequest struct {
	Profile string `json:"profile"`
	// Service is a name as people type it, such as s3.
	Service string `json:"service,omitempty"`
	// URL is a page of the console.
	URL string `json:"url,omitempty"`
	// Bookmark is the name of one.
	Bookmark string `json:"bookmark,omitempty"`
	// Region replaces the profile's.
	Region string `json:"region,omitempty"`
	// Duration of the console session, from 15 minutes to 12 hours; zero is that of
	// the settings. For a role that was assumed through another one AWS decides.
	Duration time.Duration `json:"duration,omitempty"`
	// Place is where to open it, in the form of the settings: "firefox:work"; empty is
	// that of the settings.
	Place string `json:"place,omitempty"`
	// Deliver is what to do with the link.
	Deliver ConsoleDelivery `json:"deliver,omitempty"`
	// SignIn is how to sign in if that is needed.
	SignIn SignInOptions `json:"sign_in,omitzero"`
}

// ConsoleDelivery is what is done with a link to the console.
type ConsoleDelivery string

// The deliveries.
const (
	// ConsoleOpen opens it in a browser.
	ConsoleOpen ConsoleDelivery = ""
	// ConsoleLink returns it.
	ConsoleLink ConsoleDelivery = "link"
	// ConsoleCopy puts it into the clipboard for a minute.
	ConsoleCopy ConsoleDelivery = "copy"
)

// ConsoleReply describes a link to the console.
type ConsoleReply struct {
	// Link is set with [ConsoleLink]. It is valid for 15 minutes, and a secret: it
	// signs in whoever follows it.
	Link secret.Text
	// Destination is the page that it leads to, without secrets.
	Destination string
	// AccountID and Identity are those that the console shows.
	AccountID string
	Identity  string
	// Place is where it was opened, in words for people.
	Place string
	// Until is when the console session ends; zero if unknown.
	Until time.Time
	// Note is one sentence on what differs from the request.
	Note string
}

type consoleWire struct {
	Link        string    `json:"link,omitempty"`
	Destination string    `json:"destination"`
	AccountID   string    `json:"account_id,omitempty"`
	Identity    string    `json:"identity,omitempty"`
	Place       string    `json:"place,omitempty"`
	Until       time.Time `json:"until,omitzero"`
	Note        string    `json:"note,omitempty"`
}

// MarshalJSON returns the wire form, the link in clear: only the owner can read the
// socket.
func (r ConsoleReply) MarshalJSON() ([]byte, error) {
	return json.Marshal(consoleWire{r.Link.Reveal(), r.Destination, r.AccountID, r.Identity, r.Place, r.Until, r.Note})
}

// UnmarshalJSON reads the wire form.
func (r *ConsoleReply) UnmarshalJSON(data []byte) error {
	var w consoleWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = ConsoleReply{secret.New(w.Link), w.Destination, w.AccountID, w.Identity, w.Place, w.Until, w.Note}
	return nil
}

// LogValue leaves the link out.
func (r ConsoleReply) LogValue() slog.Value {
	return slog.GroupValue(slog.String("destination", r.Destination), slog.String("identity", r.Identity))
}

// Bookmark is a page of the console.
type Bookmark struct {
	// Name is unique.
	Name string `json:"name" toml:"name"`
	// URL has {region} where the region of the profile goes.
	URL string `json:"url" toml:"url"`
	// Profiles are those that it is for; an empty list means all.
	Profiles []string `json:"profiles,omitempty" toml:"profiles,omitempty"`
}

// BookmarksRequest changes the bookmarks. One of its fields is set.
type BookmarksRequest struct {
	// Put adds a bookmark, or changes the one of this name. Accounts, sessions and
	// secrets are removed from its URL.
	Put *Bookmark `json:"put,omitempty"`
	// AnyRegion replaces the region in Put's URL by {region}.
	AnyRegion bool `json:"any_region,omitempty"`
	// Was is the former name of Put's bookmark.
	Was string `json:"was,omitempty"`
	// Remove removes the bookmark of this name.
	Remove string `json:"remove,omitempty"`
	// Order are all names in their new order.
	Order []string `json:"order,omitempty"`
	// Import adds the bookmarks of a TOML text, and replaces those of equal names.
	Import string `json:"import,omitempty"`
}

// Bookmarks are all bookmarks in their order, and as a TOML text.
type Bookmarks struct {
	Bookmarks []Bookmark `json:"bookmarks"`
	TOML      string     `json:"toml"`
	// Note is one sentence on where the copy of a file is that was edited by hand.
	Note string `json:"note,omitempty"`
}

// ConsolePlace is where the console can be opened.
type ConsolePlace struct {
	// Place is its name in settings and requests.
	Place string `json:"place"`
	// Name is its name for people.
	Name string `json:"name"`
}

// Visit is a console that was opened.
type Visit struct {
	ID          string `json:"id"`
	Profile     string `json:"profile"`
	AccountID   string `json:"account_id,omitempty"`
	Identity    string `json:"identity,omitempty"`
	Destination string `json:"destination"`
	// Place is where, in the form of the settings.
	Place  string    `json:"place,omitempty"`
	Opened time.Time `json:"opened"`
	// Until is when its session ends; zero if unknown.
	Until time.Time `json:"until,omitzero"`
}

// VisitsRequest is about the list of visits.
type VisitsRequest struct {
	// Clear forgets all visits.
	Clear bool `json:"clear,omitempty"`
	// Reopen opens the page of the visit with this ID again, in the same identity and
	// place.
	Reopen string `json:"reopen,omitempty"`
}
