package agentapi

// ShowRequest asks for a window of daypass-ui.
type ShowRequest struct {
	Window Window `json:"window"`
	// Arg is what the window is about, or "": a profile, or a session.
	Arg string `json:"arg,omitempty"`
}

// Window is a window of daypass-ui, by the name of its command.
type Window string

// The windows that can be asked for.
const (
	WindowStatus    Window = "status"
	WindowSettings  Window = "settings"
	WindowBookmarks Window = "bookmarks"
	WindowAdd       Window = "add"
	WindowHealth    Window = "health"
	// WindowAddConsole is that of [WindowAdd], which begins with a sign-in to the console.
	WindowAddConsole Window = "add-console"
	WindowImport     Window = "sso-import"
	WindowMigrate    Window = "sso-migrate"
	// WindowImportKeys brings long-term keys in plaintext into the keyring.
	WindowImportKeys Window = "import"
	// WindowKey is about the long-term key of a profile. WindowRotate is the same window,
	// with what a rotation would do.
	WindowKey    Window = "key"
	WindowRotate Window = "rotate"
)

// WindowShown is the line that daypass-ui prints when its window is on the
// screen.
const WindowShown = "shown"
