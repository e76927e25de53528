package agentapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Every method below returns the agent's own error as an [*Error], one with
// [CodeNoAgent] when the agent ends before it has answered, and ctx's error
// when ctx ends first.

// Hello asks the agent who it is. It is answered whatever AWS files the client
// has.
func (c *Client) Hello(ctx context.Context) (Hello, error) {
	var out Hello
	_, err := c.call(ctx, http.MethodGet, PathHello, nil, &out)
	return out, err
}

// Snapshot returns what the agent knows after it has looked at the AWS files
// again.
func (c *Client) Snapshot(ctx context.Context) (Snapshot, error) {
	var out Snapshot
	_, err := c.call(ctx, http.MethodGet, PathSnapshot, nil, &out)
	return out, err
}

// Noteworthy returns what [Client.Snapshot] does, without the profiles of which
// there is nothing to say; see [Status.Noteworthy].
func (c *Client) Noteworthy(ctx context.Context) (Snapshot, error) {
	var out Snapshot
	_, err := c.call(ctx, http.MethodGet, withQuery(PathSnapshot, url.Values{QueryOnly: {OnlyNoteworthy}}), nil, &out)
	return out, err
}

// Status returns the facts about one profile. Its error has [CodeNoProfile]
// when the AWS files know no such profile.
func (c *Client) Status(ctx context.Context, profile string) (Status, error) {
	var out Status
	_, err := c.call(ctx, http.MethodGet, withQuery(PathStatus, url.Values{QueryProfile: {profile}}), nil, &out)
	return out, err
}

// Watch calls each with the present snapshot and with every later one, until
// ctx or the agent ends. A slow watcher misses snapshots in between, never the
// last one.
func (c *Client) Watch(ctx context.Context, each func(Snapshot)) error {
	return c.stream(ctx, PathWatch, func(values *json.Decoder) (bool, error) {
		var s Snapshot
		if err := values.Decode(&s); err != nil {
			return false, err
		}
		each(s)
		return false, nil
	})
}

// Credentials returns temporary credentials of a profile. When a person must
// be asked it waits no longer than the given time (at most 55 s; zero stands
// for 50 s) and then fails with [CodeWaiting], while the question stays open:
// a later call succeeds once it was answered.
func (c *Client) Credentials(ctx context.Context, profile string, wait time.Duration) (Credentials, error) {
	query := url.Values{QueryProfile: {profile}}
	if wait > 0 {
		query.Set(QueryWait, wait.String())
	}
	var out Credentials
	header, err := c.call(ctx, http.MethodGet, withQuery(PathCredentials, query), nil, &out)
	if err != nil {
		return Credentials{}, err
	}
	out.Region = header.Get(HeaderRegion)
	return out, nil
}

// Login gets fresh credentials, and waits for it as long as ctx lasts.
func (c *Client) Login(ctx context.Context, r LoginRequest) (Status, error) {
	var out Status
	_, err := c.call(ctx, http.MethodPost, PathLogin, r, &out)
	return out, err
}

// Logout ends sessions: their credentials are forgotten and taken out of the
// credentials file.
func (c *Client) Logout(ctx context.Context, r LogoutRequest) error {
	_, err := c.call(ctx, http.MethodPost, PathLogout, r, nil)
	return err
}

// Add stores a long-term key.
func (c *Client) Add(ctx context.Context, r AddRequest) (AddReply, error) {
	var out AddReply
	_, err := c.call(ctx, http.MethodPost, PathAdd, r, &out)
	return out, err
}

// WatchPrompts calls each with the prompts that wait at present and again
// whenever one comes, changes or ends, until ctx or the agent ends. With a
// profile it reports the prompts that this profile's credentials may hang on:
// its own, those of its MFA device or its session, and those for a passphrase.
func (c *Client) WatchPrompts(ctx context.Context, profile string, each func([]Prompt)) error {
	path := PathPrompts
	if profile != "" {
		path = withQuery(PathPrompts, url.Values{QueryProfile: {profile}})
	}
	return c.stream(ctx, path, func(values *json.Decoder) (bool, error) {
		var prompts []Prompt
		if err := values.Decode(&prompts); err != nil {
			return false, err
		}
		each(prompts)
		return false, nil
	})
}

// WatchPrompt calls each with a prompt's present form, with every change, and
// with its end, after which it returns nil. A prompt that has ended already is
// an error with [CodeBadRequest].
func (c *Client) WatchPrompt(ctx context.Context, id string, each func(PromptEvent)) error {
	return c.stream(ctx, withID(PathPrompt, id), func(values *json.Decoder) (bool, error) {
		var e PromptEvent
		if err := values.Decode(&e); err != nil {
			return false, err
		}
		each(e)
		return e.End != nil, nil
	})
}

// Answer gives a prompt an answer to check. It returns once the check has
// begun; what came of it is seen in the prompt. It fails with
// [CodeBadRequest] when the prompt has ended, or is checking an earlier answer.
func (c *Client) Answer(ctx context.Context, id string, r AnswerRequest) error {
	_, err := c.call(ctx, http.MethodPost, withID(PathPromptAnswer, id), r, nil)
	return err
}

// CancelPrompt declines a prompt; whoever waits for it fails with
// [CodeDeclined].
func (c *Client) CancelPrompt(ctx context.Context, id string) error {
	_, err := c.call(ctx, http.MethodPost, withID(PathPromptCancel, id), nil, nil)
	return err
}

// BeginSignIn opens the page of a prompt that asks to sign in, once more if it
// was opened before, or begins again in another way if the method differs.
func (c *Client) BeginSignIn(ctx context.Context, id string, o SignInOptions) error {
	_, err := c.call(ctx, http.MethodPost, withID(PathPromptBegin, id), o, nil)
	return err
}

// SSOLogin signs in to a session, if that is needed, and then refreshes the
// profiles that hang on it. [Client.Watch] shows how far that is.
func (c *Client) SSOLogin(ctx context.Context, r SSOLoginRequest) (SSOLoginReply, error) {
	var out SSOLoginReply
	_, err := c.call(ctx, http.MethodPost, PathSSOLogin, r, &out)
	return out, err
}

// SSOLogout ends a session at AWS, and forgets its token and the credentials
// of all its profiles.
func (c *Client) SSOLogout(ctx context.Context, session string) error {
	_, err := c.call(ctx, http.MethodPost, PathSSOLogout, SSOLoginRequest{Session: session}, nil)
	return err
}

// SSOAccounts lists the accounts that a session gives access to, sorted by
// name. It signs in first if that is needed and a person asks.
func (c *Client) SSOAccounts(ctx context.Context, session string) ([]SSOAccount, error) {
	var out []SSOAccount
	_, err := c.call(ctx, http.MethodGet, withQuery(PathSSOAccounts, url.Values{QuerySession: {session}}), nil, &out)
	return out, err
}

// SSOImport makes profiles for the accounts and roles of a session, or shows
// what it would make.
func (c *Client) SSOImport(ctx context.Context, r SSOImportRequest) (ConfigChange, error) {
	var out ConfigChange
	_, err := c.call(ctx, http.MethodPost, PathSSOImport, r, &out)
	return out, err
}

// AddSession writes an [sso-session] section to the config file, unless it says
// the same already. It fails with [CodeBadRequest] when there is another one of
// this name.
func (c *Client) AddSession(ctx context.Context, r AddSessionRequest) error {
	_, err := c.call(ctx, http.MethodPost, PathSSOAdd, r, nil)
	return err
}

// SSOMigrate moves legacy profiles to an [sso-session], or shows how.
func (c *Client) SSOMigrate(ctx context.Context, r SSOMigrateRequest) (ConfigChange, error) {
	var out ConfigChange
	_, err := c.call(ctx, http.MethodPost, PathSSOMigrate, r, &out)
	return out, err
}

// Console makes a link to the console and opens it, or does with it what the
// request says. Credentials that have ended are refreshed first.
func (c *Client) Console(ctx context.Context, r ConsoleRequest) (ConsoleReply, error) {
	var out ConsoleReply
	_, err := c.call(ctx, http.MethodPost, PathConsole, r, &out)
	return out, err
}

// Bookmarks returns the bookmarks of the console.
func (c *Client) Bookmarks(ctx context.Context) (Bookmarks, error) {
	var out Bookmarks
	_, err := c.call(ctx, http.MethodGet, PathBookmarks, nil, &out)
	return out, err
}

// ChangeBookmarks changes the bookmarks and returns them.
func (c *Client) ChangeBookmarks(ctx context.Context, r BookmarksRequest) (Bookmarks, error) {
	var out Bookmarks
	_, err := c.call(ctx, http.MethodPost, PathBookmarks, r, &out)
	return out, err
}

// Places returns the browsers and their profiles that the console can be opened
// in.
func (c *Client) Places(ctx context.Context) ([]ConsolePlace, error) {
	var out []ConsolePlace
	_, err := c.call(ctx, http.MethodGet, PathPlaces, nil, &out)
	return out, err
}

// Visits returns the consoles that were opened, the last one first.
func (c *Client) Visits(ctx context.Context) ([]Visit, error) {
	var out []Visit
	_, err := c.call(ctx, http.MethodGet, PathVisits, nil, &out)
	return out, err
}

// ChangeVisits forgets visits, or opens one again.
func (c *Client) ChangeVisits(ctx context.Context, r VisitsRequest) error {
	_, err := c.call(ctx, http.MethodPost, PathVisits, r, nil)
	return err
}

// Explain says how a profile comes by its credentials.
func (c *Client) Explain(ctx context.Context, profile string) (Explanation, error) {
	var e Explanation
	_, err := c.call(ctx, http.MethodGet, withQuery(PathExplain, url.Values{QueryProfile: {profile}}), nil, &e)
	return e, err
}

// Settings returns what is chosen.
func (c *Client) Settings(ctx context.Context) (SettingsReply, error) {
	var r SettingsReply
	_, err := c.call(ctx, http.MethodGet, PathSettings, nil, &r)
	return r, err
}

// ChangeSettings chooses anew, and returns what is chosen then.
func (c *Client) ChangeSettings(ctx context.Context, r SettingsRequest) (SettingsReply, error) {
	var out SettingsReply
	_, err := c.call(ctx, http.MethodPost, PathSettings, r, &out)
	return out, err
}

// Show makes the agent show itself: a prompt that waits, or its icon.
func (c *Client) Show(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodPost, PathShow, nil, nil)
	return err
}

// ShowWindow opens a window, or brings it to the front. It fails with
// [CodeUnsupported] where there is no desktop.
func (c *Client) ShowWindow(ctx context.Context, r ShowRequest) error {
	_, err := c.call(ctx, http.MethodPost, PathWindow, r, nil)
	return err
}

// Stop ends the agent. It returns when the agent has begun to end.
func (c *Client) Stop(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodPost, PathStop, nil, nil)
	return err
}

func withQuery(path string, query url.Values) string { return path + "?" + query.Encode() }

func withID(path, id string) string {
	return strings.Replace(path, "{id}", url.PathEscape(id), 1)
}
