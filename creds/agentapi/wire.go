package agentapi

// The headers that every request carries.
const (
	// HeaderConfigFile and HeaderCredentialsFile name the AWS files of the
	// client's environment. A client whose files are not the agent's must
	// not be answered from the agent's.
	HeaderConfigFile      = "Daypass-Config-File"
	HeaderCredentialsFile = "Daypass-Credentials-File" //nolint:gosec // the name of a header
	// HeaderLoginCache names the folder of console sign-ins likewise. Clients of an earlier
	// version do not send it.
	HeaderLoginCache = "Daypass-Login-Cache"
	// HeaderSurface is the [creds.Surface] of the client: with [creds.SurfaceTerminal]
	// it shows prompts itself, and the agent opens no window for it.
	HeaderSurface = "Daypass-Surface"
	// HeaderWithin is what [creds.EnvWithin] is for the client. It is left out if that is
	// empty.
	HeaderWithin = "Daypass-Within"
)

// HeaderRegion is the profile's region in the answer to a request for credentials. The
// body is what a credential_process prints, which has no place for it.
const HeaderRegion = "Daypass-Region"

// Hello is what the agent says of itself.
type Hello struct {
	Version         string `json:"version"`
	PID             int    `json:"pid"`
	ConfigFile      string `json:"config_file"`
	CredentialsFile string `json:"credentials_file"`
	// Headless agents have no icon and open no window.
	Headless bool `json:"headless"`
	// Desktop identifies the desktop session that the agent shows itself in; empty for
	// none.
	Desktop string `json:"desktop,omitempty"`
}
