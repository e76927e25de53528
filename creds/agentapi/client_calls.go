package agentapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"daypass/creds"
)

// Every method below returns the agent's own error as an [*Error], one with
// [CodeNoAgent] when the agent ends before it has answered, and ctx's error
// when ctx ends first.

// Hello asks the agent who it is. It is answered whatever AWS files the client
// has.
func (c *Client) Hello(ctx context.Context) (Hello, error) {
	return get[Hello](ctx, c, PathHello)
}

// Snapshot returns what the agent knows after it has looked at the AWS files
// again.
func (c *Client) Snapshot(ctx context.Context) (creds.Snapshot, error) {
	return get[creds.Snapshot](ctx, c, PathSnapshot)
}

// Noteworthy returns what [Client.Snapshot] does, without the profiles of which
// there is nothing to say; see [Status.Noteworthy].
func (c *Client) Noteworthy(ctx context.Context) (creds.Snapshot, error) {
	return get[creds.Snapshot](ctx, c, withQuery(PathSnapshot, url.Values{QueryOnly: {OnlyNoteworthy}}))
}

// Status returns the facts about one profile. Its error has [CodeNoProfile]
// when the AWS files know no such profile.
func (c *Client) Status(ctx context.Context, profile string) (creds.Status, error) {
	return get[creds.Status](ctx, c, withQuery(PathStatus, url.Values{QueryProfile: {profile}}))
}

// Watch calls each with the present snapshot and with every later one, until
// ctx or the agent ends. A slow watcher misses snapshots in between, never the
// last one.
func (c *Client) Watch(ctx context.Context, each func(creds.Snapshot)) error {
	return c.stream(ctx, PathWatch, func(values *json.Decoder) (bool, error) {
		var s creds.Snapshot
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
func (c *Client) Credentials(ctx context.Context, profile string, wait time.Duration) (creds.Credentials, error) {
	query := url.Values{QueryProfile: {profile}}
	if wait > 0 {
		query.Set(QueryWait, wait.String())
	}
	var out creds.Credentials
	header, err := c.call(ctx, http.MethodGet, withQuery(PathCredentials, query), nil, &out)
	if err != nil {
		return creds.Credentials{}, err
	}
	out.Region = header.Get(HeaderRegion)
	return out, nil
}

// Login gets fresh credentials, and waits for it as long as ctx lasts.
func (c *Client) Login(ctx context.Context, r creds.LoginRequest) (creds.Status, error) {
	return post[creds.Status](ctx, c, PathLogin, r)
}

// Logout ends sessions: their credentials are forgotten and taken out of the
// credentials file.
func (c *Client) Logout(ctx context.Context, r creds.LogoutRequest) error {
	return c.post(ctx, PathLogout, r)
}

// Add stores a long-term key.
func (c *Client) Add(ctx context.Context, r creds.AddRequest) (creds.AddReply, error) {
	return post[creds.AddReply](ctx, c, PathAdd, r)
}

// WatchPrompts calls each with the prompts that wait at present and again
// whenever one comes, changes or ends, until ctx or the agent ends. With a
// profile it reports the prompts that this profile's credentials may hang on:
// its own, those of its MFA device or its session, and those for a passphrase.
func (c *Client) WatchPrompts(ctx context.Context, profile string, each func([]creds.Prompt)) error {
	path := PathPrompts
	if profile != "" {
		path = withQuery(PathPrompts, url.Values{QueryProfile: {profile}})
	}
	return c.stream(ctx, path, func(values *json.Decoder) (bool, error) {
		var prompts []creds.Prompt
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
func (c *Client) WatchPrompt(ctx context.Context, id string, each func(creds.PromptEvent)) error {
	return c.stream(ctx, withID(PathPrompt, id), func(values *json.Decoder) (bool, error) {
		var e creds.PromptEvent
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
func (c *Client) Answer(ctx context.Context, id string, r creds.AnswerRequest) error {
	return c.post(ctx, withID(PathPromptAnswer, id), r)
}

// CancelPrompt declines a prompt; whoever waits for it fails with
// [CodeDeclined].
func (c *Client) CancelPrompt(ctx context.Context, id string) error {
	return c.post(ctx, withID(PathPromptCancel, id), nil)
}

// BeginSignIn opens the page of a prompt that asks to sign in, once more if it
// was opened before, or begins again in another way if the method differs.
func (c *Client) BeginSignIn(ctx context.Context, id string, o creds.SignInOptions) error {
	return c.post(ctx, withID(PathPromptBegin, id), o)
}

// SSOLogin signs in to a session, if that is needed, and then refreshes the
// profiles that hang on it. [Client.Watch] shows how far that is.
func (c *Client) SSOLogin(ctx context.Context, r creds.SSOLoginRequest) (creds.SSOLoginReply, error) {
	return post[creds.SSOLoginReply](ctx, c, PathSSOLogin, r)
}

// SSOLogout ends a session at AWS, and forgets its token and the credentials
// of all its profiles.
func (c *Client) SSOLogout(ctx context.Context, session string) error {
	return c.post(ctx, PathSSOLogout, creds.SSOLoginRequest{Session: session})
}

// SSOAccounts lists the accounts that a session gives access to, sorted by
// name. It signs in first if that is needed and a person asks.
func (c *Client) SSOAccounts(ctx context.Context, session string) ([]creds.SSOAccount, error) {
	return get[[]creds.SSOAccount](ctx, c, withQuery(PathSSOAccounts, url.Values{QuerySession: {session}}))
}

// SSOImport makes profiles for the accounts and roles of a session, or shows
// what it would make.
func (c *Client) SSOImport(ctx context.Context, r creds.SSOImportRequest) (creds.ConfigChange, error) {
	return post[creds.ConfigChange](ctx, c, PathSSOImport, r)
}

// AddSession writes an [sso-session] section to the config file, or corrects the
// one of that name. It fails with [CodeBadRequest] for what cannot be right, and
// when somebody is signed in with what the section says.
func (c *Client) AddSession(ctx context.Context, r creds.AddSessionRequest) error {
	return c.post(ctx, PathSSOAdd, r)
}

// SSOMigrate moves legacy profiles to an [sso-session], or shows how.
func (c *Client) SSOMigrate(ctx context.Context, r creds.SSOMigrateRequest) (creds.ConfigChange, error) {
	return post[creds.ConfigChange](ctx, c, PathSSOMigrate, r)
}

// Console makes a link to the console and opens it, or does with it what the
// request says. Credentials that have ended are refreshed first.
func (c *Client) Console(ctx context.Context, r creds.ConsoleRequest) (creds.ConsoleReply, error) {
	return post[creds.ConsoleReply](ctx, c, PathConsole, r)
}

// Bookmarks returns the bookmarks of the console.
func (c *Client) Bookmarks(ctx context.Context) (creds.Bookmarks, error) {
	return get[creds.Bookmarks](ctx, c, PathBookmarks)
}

// ChangeBookmarks changes the bookmarks and returns them.
func (c *Client) ChangeBookmarks(ctx context.Context, r creds.BookmarksRequest) (creds.Bookmarks, error) {
	return post[creds.Bookmarks](ctx, c, PathBookmarks, r)
}

// Places returns the browsers and their profiles that the console can be opened
// in.
func (c *Client) Places(ctx context.Context) ([]creds.ConsolePlace, error) {
	return get[[]creds.ConsolePlace](ctx, c, PathPlaces)
}

// Visits returns the consoles that were opened, the last one first.
func (c *Client) Visits(ctx context.Context) ([]creds.Visit, error) {
	return get[[]creds.Visit](ctx, c, PathVisits)
}

// ChangeVisits forgets visits, or opens one again.
func (c *Client) ChangeVisits(ctx context.Context, r creds.VisitsRequest) error {
	return c.post(ctx, PathVisits, r)
}

// Explain says how a profile comes by its credentials.
func (c *Client) Explain(ctx context.Context, profile string) (creds.Explanation, error) {
	return get[creds.Explanation](ctx, c, withQuery(PathExplain, url.Values{QueryProfile: {profile}}))
}

// Settings returns what is chosen.
func (c *Client) Settings(ctx context.Context) (creds.SettingsReply, error) {
	return get[creds.SettingsReply](ctx, c, PathSettings)
}

// ChangeSettings chooses anew, and returns what is chosen then.
func (c *Client) ChangeSettings(ctx context.Context, r creds.SettingsRequest) (creds.SettingsReply, error) {
	return post[creds.SettingsReply](ctx, c, PathSettings, r)
}

// Show makes the agent show itself: a prompt that waits, or its icon.
func (c *Client) Show(ctx context.Context) error {
	return c.post(ctx, PathShow, nil)
}

// ShowWindow opens a window, or brings it to the front. It fails with
// [CodeNotShown] where there is no desktop.
func (c *Client) ShowWindow(ctx context.Context, r ShowRequest) error {
	return c.post(ctx, PathWindow, r)
}

// Unlock has a keyring read that was locked or did not answer. The keyring may
// ask the person.
func (c *Client) Unlock(ctx context.Context) error {
	return c.post(ctx, PathUnlock, nil)
}

// Stop ends the agent. It returns when the agent has begun to end.
func (c *Client) Stop(ctx context.Context) error {
	return c.post(ctx, PathStop, nil)
}

func get[T any](ctx context.Context, c *Client, path string) (out T, err error) {
	_, err = c.call(ctx, http.MethodGet, path, nil, &out)
	return out, err
}

func post[T any](ctx context.Context, c *Client, path string, in any) (out T, err error) {
	_, err = c.call(ctx, http.MethodPost, path, in, &out)
	return out, err
}

// post is for what has no answer but that it was done.
func (c *Client) post(ctx context.Context, path string, in any) error {
	_, err := c.call(ctx, http.MethodPost, path, in, nil)
	return err
}

func withQuery(path string, query url.Values) string { return path + "?" + query.Encode() }

func withID(path, id string) string {
	return strings.Replace(path, "{id}", url.PathEscape(id), 1)
}
