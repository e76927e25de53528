package agentapi

import (
	"context"
	"time"

	"daypass/creds"
)

// What can be asked of the agent.
var (
	Greeting = get[Hello]("/hello").anyFiles()
	Unlock   = post[Nothing, Nothing]("/unlock")
	Stop     = post[Nothing, Nothing]("/stop").anyFiles()

	Snapshot = get[creds.Snapshot]("/snapshot")
	Records  = get[Text]("/records")
	List     = get[Text]("/list")
	Watch    = Stream[creds.Snapshot]{Path: "/watch"}

	Status      = get[creds.Status]("/status")
	Explain     = get[creds.Explanation]("/explain")
	Credentials = get[creds.Credentials]("/credentials").secret()
	Use         = post[creds.UseRequest, creds.UseReply]("/use").secret()
	OneOff      = post[creds.OneOffRequest, creds.UseReply]("/one-off").secret()
	Init        = post[creds.InitRequest, creds.InitReply]("/init")
	Login       = post[creds.LoginRequest, creds.Status]("/login")
	Logout      = post[creds.LogoutRequest, Nothing]("/logout")
	Add         = post[creds.AddRequest, creds.AddReply]("/add").secret()
	AddConsole  = post[creds.AddConsoleRequest, creds.Status]("/add/console")

	WatchPrompts = Stream[[]creds.Prompt]{Path: "/prompts"}
	WatchPrompt  = Stream[creds.PromptEvent]{Path: "/prompts/{id}", Last: func(e creds.PromptEvent) bool { return e.End != nil }}
	Answer       = post[creds.AnswerRequest, Nothing]("/prompts/{id}/answer").secret()
	CancelPrompt = post[Nothing, Nothing]("/prompts/{id}/cancel")

	AddSession  = post[creds.AddSessionRequest, Nothing]("/sso/add")
	SSOLogin    = post[creds.SSOLoginRequest, creds.SSOLoginReply]("/sso/login")
	SSOLogout   = post[creds.SSOLoginRequest, Nothing]("/sso/logout")
	SSOAccounts = get[[]creds.SSOAccount]("/sso/accounts")
	SSOImport   = post[creds.SSOImportRequest, creds.ConfigChange]("/sso/import")
	SSOMigrate  = post[creds.SSOMigrateRequest, creds.ConfigChange]("/sso/migrate")

	Console         = post[creds.ConsoleRequest, creds.ConsoleReply]("/console").secret()
	Bookmarks       = get[creds.Bookmarks]("/console/bookmarks")
	ChangeBookmarks = post[creds.BookmarksRequest, creds.Bookmarks]("/console/bookmarks")
	Places          = get[[]creds.ConsolePlace]("/console/places")
	Visits          = get[[]creds.Visit]("/console/visits")
	ChangeVisits    = post[creds.VisitsRequest, Nothing]("/console/visits")

	Settings       = get[creds.SettingsReply]("/settings")
	ChangeSettings = post[creds.SettingsRequest, creds.SettingsReply]("/settings")

	Show       = post[Nothing, Nothing]("/show").anyFiles()
	ShowWindow = post[ShowRequest, Nothing]("/window")
)

// Every method below returns the agent's own error as a [*creds.Error], one with
// [creds.CodeNoAgent] when the agent ends before it has answered, and ctx's error
// when ctx ends first.

// Hello asks the agent who it is. It is answered whatever the client's AWS files.
func (c *Client) Hello(ctx context.Context) (Hello, error) { return Greeting.ask(ctx, c, Nothing{}) }

// Snapshot returns what the agent knows after another look at the AWS files.
func (c *Client) Snapshot(ctx context.Context) (creds.Snapshot, error) {
	return Snapshot.ask(ctx, c, Nothing{})
}

// Noteworthy returns [Client.Snapshot] without the profiles that there is nothing to say
// about; see [creds.Status.Noteworthy].
func (c *Client) Noteworthy(ctx context.Context) (creds.Snapshot, error) {
	return Snapshot.on(Query{Noteworthy: true}).ask(ctx, c, Nothing{})
}

// Records returns all profiles as [AppendRecords] has them.
func (c *Client) Records(ctx context.Context) (Text, error) { return Records.ask(ctx, c, Nothing{}) }

// List returns a table of all profiles.
func (c *Client) List(ctx context.Context) (t Table, err error) {
	text, err := List.ask(ctx, c, Nothing{})
	if err != nil {
		return t, err
	}
	return t, unmarshal(text, &t)
}

// Status returns the facts about one profile. Its error has [creds.CodeNoProfile]
// when the AWS files know no such profile.
func (c *Client) Status(ctx context.Context, profile string) (creds.Status, error) {
	return Status.on(Query{Profile: profile}).ask(ctx, c, Nothing{})
}

// Watch calls each with the present snapshot and with every later one, until
// ctx or the agent ends. A slow watcher misses snapshots in between, never the
// last one.
func (c *Client) Watch(ctx context.Context, each func(creds.Snapshot)) error {
	return Watch.watch(ctx, c, each)
}

// Credentials returns a profile's temporary credentials. If a person must be asked, it
// waits no longer than the given time (at most 55 s; zero is 50 s) and then fails with
// [creds.CodeWaiting]. The question stays open: a later call succeeds once it is
// answered.
func (c *Client) Credentials(ctx context.Context, profile string, wait time.Duration) (creds.Credentials, error) {
	out, region, err := Credentials.on(Query{Profile: profile, Wait: wait}).askWithRegion(ctx, c, Nothing{})
	out.Region = region
	return out, err
}

// Login gets fresh credentials, and waits for them until ctx ends.
func (c *Client) Login(ctx context.Context, r creds.LoginRequest) (creds.Status, error) {
	return Login.ask(ctx, c, r)
}

// Use returns a profile's credentials with what goes with them into an environment. It waits
// for a person until ctx ends where a terminal asks, and else as [Client.Credentials] does.
func (c *Client) Use(ctx context.Context, r creds.UseRequest) (creds.UseReply, error) {
	return Use.ask(ctx, c, r)
}

// OneOff returns credentials that no profile has, and waits as [Client.Use] does.
func (c *Client) OneOff(ctx context.Context, r creds.OneOffRequest) (creds.UseReply, error) {
	return OneOff.ask(ctx, c, r)
}

// Init writes the user's name and MFA device beside a profile's long-term key.
func (c *Client) Init(ctx context.Context, r creds.InitRequest) (creds.InitReply, error) {
	return Init.ask(ctx, c, r)
}

// Logout ends sessions: it forgets their credentials and removes them from the
// credentials file.
func (c *Client) Logout(ctx context.Context, r creds.LogoutRequest) error {
	return Logout.do(ctx, c, r)
}

// Add stores a long-term key.
func (c *Client) Add(ctx context.Context, r creds.AddRequest) (creds.AddReply, error) {
	return Add.ask(ctx, c, r)
}

// AddConsole makes a profile of a console sign-in and signs in, for which it waits until ctx
// ends. The profile stays if nobody signs in.
func (c *Client) AddConsole(ctx context.Context, r creds.AddConsoleRequest) (creds.Status, error) {
	return AddConsole.ask(ctx, c, r)
}

// WatchPrompts calls each with the open prompts, now and at each change, until ctx or
// the agent ends. With a profile it reports only prompts that its credentials may depend
// on: its own, those of its MFA device or its session, and those for a passphrase.
func (c *Client) WatchPrompts(ctx context.Context, profile string, each func([]creds.Prompt)) error {
	return WatchPrompts.on(Query{Profile: profile}).watch(ctx, c, each)
}

// WatchPrompt calls each with a prompt's present form, each change and its end, and then
// returns nil. It fails with [creds.CodeBadRequest] if the prompt has ended already.
func (c *Client) WatchPrompt(ctx context.Context, id string, each func(creds.PromptEvent)) error {
	return WatchPrompt.on(Query{ID: id}).watch(ctx, c, each)
}

// Answer gives a prompt an answer to check. It returns once the check has begun; the
// prompt shows the outcome. It fails with [creds.CodeBadRequest] if the prompt has
// ended, takes no such answer, or is checking an earlier one.
func (c *Client) Answer(ctx context.Context, id string, r creds.AnswerRequest) error {
	return Answer.on(Query{ID: id}).do(ctx, c, r)
}

// CancelPrompt declines a prompt; whoever waits for it fails with
// [creds.CodeDeclined].
func (c *Client) CancelPrompt(ctx context.Context, id string) error {
	return CancelPrompt.on(Query{ID: id}).do(ctx, c, Nothing{})
}

// SSOLogin signs in to a session, if that is needed, and then refreshes the
// profiles that depend on it. [Client.Watch] shows how far that is.
func (c *Client) SSOLogin(ctx context.Context, r creds.SSOLoginRequest) (creds.SSOLoginReply, error) {
	return SSOLogin.ask(ctx, c, r)
}

// SSOLogout ends a session at AWS, and forgets its token and the credentials
// of all its profiles.
func (c *Client) SSOLogout(ctx context.Context, session string) error {
	return SSOLogout.do(ctx, c, creds.SSOLoginRequest{Session: session})
}

// SSOAccounts lists the accounts that a session gives access to, sorted by
// name. It signs in first if that is needed and a person asks.
func (c *Client) SSOAccounts(ctx context.Context, session string) ([]creds.SSOAccount, error) {
	return SSOAccounts.on(Query{Session: session}).ask(ctx, c, Nothing{})
}

// SSOImport makes profiles for the accounts and roles of a session, or shows
// what it would make.
func (c *Client) SSOImport(ctx context.Context, r creds.SSOImportRequest) (creds.ConfigChange, error) {
	return SSOImport.ask(ctx, c, r)
}

// AddSession writes an [sso-session] section to the config file, or corrects the one of
// that name. It fails with [creds.CodeBadRequest] if the section cannot be right, or
// somebody is signed in with what it says.
func (c *Client) AddSession(ctx context.Context, r creds.AddSessionRequest) error {
	return AddSession.do(ctx, c, r)
}

// SSOMigrate moves legacy profiles to an [sso-session], or shows how.
func (c *Client) SSOMigrate(ctx context.Context, r creds.SSOMigrateRequest) (creds.ConfigChange, error) {
	return SSOMigrate.ask(ctx, c, r)
}

// Console makes a link to the console and opens it, or does with it what the
// request says. Credentials that have ended are refreshed first.
func (c *Client) Console(ctx context.Context, r creds.ConsoleRequest) (creds.ConsoleReply, error) {
	return Console.ask(ctx, c, r)
}

// Bookmarks returns the bookmarks of the console.
func (c *Client) Bookmarks(ctx context.Context) (creds.Bookmarks, error) {
	return Bookmarks.ask(ctx, c, Nothing{})
}

// ChangeBookmarks changes the bookmarks and returns them.
func (c *Client) ChangeBookmarks(ctx context.Context, r creds.BookmarksRequest) (creds.Bookmarks, error) {
	return ChangeBookmarks.ask(ctx, c, r)
}

// Places returns the browsers and browser profiles in which the console can be opened.
func (c *Client) Places(ctx context.Context) ([]creds.ConsolePlace, error) {
	return Places.ask(ctx, c, Nothing{})
}

// Visits returns the consoles that were opened, newest first.
func (c *Client) Visits(ctx context.Context) ([]creds.Visit, error) {
	return Visits.ask(ctx, c, Nothing{})
}

// ChangeVisits forgets visits, or opens one again.
func (c *Client) ChangeVisits(ctx context.Context, r creds.VisitsRequest) error {
	return ChangeVisits.do(ctx, c, r)
}

// Explain says how a profile comes by its credentials.
func (c *Client) Explain(ctx context.Context, profile string) (creds.Explanation, error) {
	return Explain.on(Query{Profile: profile}).ask(ctx, c, Nothing{})
}

// Settings returns the present settings.
func (c *Client) Settings(ctx context.Context) (creds.SettingsReply, error) {
	return Settings.ask(ctx, c, Nothing{})
}

// ChangeSettings changes settings and returns the result.
func (c *Client) ChangeSettings(ctx context.Context, r creds.SettingsRequest) (creds.SettingsReply, error) {
	return ChangeSettings.ask(ctx, c, r)
}

// Show makes the agent show itself: a prompt that waits, or its icon.
func (c *Client) Show(ctx context.Context) error { return Show.do(ctx, c, Nothing{}) }

// ShowWindow opens a window, or brings it to the front. It fails with
// [creds.CodeNotShown] where there is no desktop.
func (c *Client) ShowWindow(ctx context.Context, r ShowRequest) error {
	return ShowWindow.do(ctx, c, r)
}

// Unlock reads a keyring that was locked or did not answer, which may ask the person.
func (c *Client) Unlock(ctx context.Context) error { return Unlock.do(ctx, c, Nothing{}) }

// Stop ends the agent. It returns when the agent has begun to end.
func (c *Client) Stop(ctx context.Context) error { return Stop.do(ctx, c, Nothing{}) }
