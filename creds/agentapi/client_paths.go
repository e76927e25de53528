package agentapi

// Where the agent's answers are. A request that changes nothing is a GET, every
// other one a POST; bodies are JSON, and the watches answer with one JSON value
// a line for as long as the connection lasts.
const (
	PathHello       = "/hello"
	PathSnapshot    = "/snapshot"
	PathWatch       = "/watch"
	PathStatus      = "/status"
	PathCredentials = "/credentials"
	PathLogin       = "/login"
	PathLogout      = "/logout"
	PathAdd         = "/add"
	PathPrompts     = "/prompts"
	// PathPrompt has the prompt's id in the place of its wildcard, as
	// [net/http.ServeMux] has it, and so have the two below.
	PathPrompt       = "/prompts/{id}"
	PathPromptAnswer = "/prompts/{id}/answer"
	PathPromptCancel = "/prompts/{id}/cancel"
	// PathPromptBegin opens the page of a sign-in.
	PathPromptBegin = "/prompts/{id}/begin"

	PathSSOAdd      = "/sso/add"
	PathSSOLogin    = "/sso/login"
	PathSSOLogout   = "/sso/logout"
	PathSSOAccounts = "/sso/accounts"
	PathSSOImport   = "/sso/import"
	PathSSOMigrate  = "/sso/migrate"

	PathConsole   = "/console"
	PathBookmarks = "/console/bookmarks"
	PathPlaces    = "/console/places"
	PathVisits    = "/console/visits"

	PathExplain  = "/explain"
	PathSettings = "/settings"

	PathShow = "/show"
	// PathWindow opens a window of daypass-ui.
	PathWindow = "/window"
	// PathUnlock has a keyring read that was locked.
	PathUnlock = "/unlock"
	PathStop   = "/stop"
)

// The parameters of a request's query.
const (
	// QueryProfile is the name of a profile.
	QueryProfile = "profile"
	// QuerySession is a [Session.ID].
	QuerySession = "session"
	// QueryOnly is "noteworthy" in a request for a snapshot that leaves all
	// other profiles out: ten thousand of them are 2.4 MB of JSON, which takes
	// the agent and the client longer than all else that status does.
	QueryOnly = "only"
	// QueryWait is how long to wait for a person, in the form of
	// [time.ParseDuration].
	QueryWait = "wait"
)

// OnlyNoteworthy is the one value of [QueryOnly].
const OnlyNoteworthy = "noteworthy"
