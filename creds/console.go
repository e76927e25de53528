package creds

import (
	"encoding/json"
	"log/slog"
	"time"

	"daypass/internal/secret"
)

// ConsoleRequest asks for the AWS console in a profile's identity. Service, URL
// and Bookmark exclude each other; without any it is the console's home.
type ConsoleRequest struct {
	Profile string `json:"profile"`
	// Service is a name as people type it, such as s3.
	Service string `json:"service,omitempty"`
	// URL is a page of the console.
	URL string `json:"url,omitempty"`
	// Bookmark is the name of one.
	Bookmark string `json:"bookmark,omitempty"`
	// Region is instead of the profile's.
	Region string `json:"region,omitempty"`
	// Duration of the console session, from 15 minutes to 12 hours; zero is
	// what the settings say. AWS decides where credentials come through
	// another role.
	Duration time.Duration `json:"duration,omitempty"`
	// Place is where to open it, in the form of the settings: "firefox:work";
	// empty is what the settings say.
	Place string `json:"place,omitempty"`
	// Deliver is what to do with the link.
	Deliver ConsoleDelivery `json:"deliver,omitempty"`
	// SignIn is how a person who has to sign in would do that.
	SignIn SignInOptions `json:"sign_in,omitzero"`
}

// ConsoleDelivery is what becomes of a link to the console.
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

// ConsoleReply tells of a link to the console.
type ConsoleReply struct {
	// Link is set with [ConsoleLink]. It is good for 15 minutes, and a
	// secret: whoever has it is signed in.
	Link secret.Text
	// Destination is the page that it leads to, without anything secret.
	Destination string
	// AccountID and Identity are who one is there.
	AccountID string
	Identity  string
	// Place is where it was opened, in words.
	Place string
	// Until is when the console session ends; zero where that is not known.
	Until time.Time
	// Note is one sentence on what is not as asked for.
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

// MarshalJSON returns the wire form, the link in clear: it crosses the owner's
// own socket.
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
	Name string `json:"name"`
	// URL has {region} where the region of the profile goes.
	URL string `json:"url"`
	// Profiles are those that it is for; none is all of them.
	Profiles []string `json:"profiles,omitempty"`
}

// BookmarksRequest changes the bookmarks. One of its fields is set.
type BookmarksRequest struct {
	// Put adds a bookmark, or changes the one of this name. What is pasted
	// as its URL is cleaned of accounts, sessions and secrets.
	Put *Bookmark `json:"put,omitempty"`
	// AnyRegion replaces the region in Put's URL by {region}.
	AnyRegion bool `json:"any_region,omitempty"`
	// Was is the name that Put's bookmark has had.
	Was string `json:"was,omitempty"`
	// Remove removes the bookmark of this name.
	Remove string `json:"remove,omitempty"`
	// Order are all names in their new order.
	Order []string `json:"order,omitempty"`
	// Import adds the bookmarks of a TOML text; those of equal names are
	// changed.
	Import string `json:"import,omitempty"`
}

// Bookmarks are all bookmarks in their order, and as a TOML text.
type Bookmarks struct {
	Bookmarks []Bookmark `json:"bookmarks"`
	TOML      string     `json:"toml"`
	// Note is one sentence on what became of a file that was edited by hand.
	Note string `json:"note,omitempty"`
}

// ConsolePlace is where the console can be opened.
type ConsolePlace struct {
	// Place is what settings and requests call it.
	Place string `json:"place"`
	// Name is what people call it.
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
	// Until is when its session ends; zero where that is not known.
	Until time.Time `json:"until,omitzero"`
}

// VisitsRequest changes what is kept of visits.
type VisitsRequest struct {
	// Clear forgets all visits.
	Clear bool `json:"clear,omitempty"`
	// Reopen opens the page of the visit with this ID once more, in the same
	// identity and place.
	Reopen string `json:"reopen,omitempty"`
}
