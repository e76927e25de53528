package creds

import (
	"encoding/json"
	"log/slog"
	"time"

	"daypass/internal/secret"
)

// UseRequest asks for a profile's credentials on behalf of a command or a shell that takes
// them out of the AWS files.
type UseRequest struct {
	Profile string `json:"profile"`
	// MinTTL is how long the credentials must last at least; they are renewed first if less
	// is left. Zero leaves that to daypass.
	MinTTL time.Duration `json:"min_ttl,omitempty"`
	// Duration is as in [LoginRequest].
	Duration time.Duration `json:"duration,omitempty"`
	// WithoutMFA takes what an IAM user's key is given without a code, unless a session with
	// one is at hand. Nobody is asked.
	WithoutMFA bool `json:"without_mfa,omitempty"`
	// Keeps is set if the credentials go where the end of a lease does not reach them, such as
	// a command's environment.
	Keeps bool `json:"keeps,omitempty"`
	SignInOptions
}

// UseReply has credentials and what goes with them into an environment.
type UseReply struct {
	Credentials Credentials
	// Region is the profile's.
	Region string
	// Variables are environment variables that say how AWS is reached, as the profile's
	// settings do: endpoint URLs, FIPS, dual stack and the file of CA certificates.
	Variables map[string]string
	// MFA is set if a code was given for the credentials.
	MFA bool
	// Status is the profile's, and the zero value where there is none.
	Status Status
	// Note is one sentence if AWS gave less than was asked for or expected, where there is no
	// Status.
	Note string
}

// The variables of endpoints; those of single services begin like the first.
const (
	EndpointURL     = "AWS_ENDPOINT_URL"
	IgnoreEndpoints = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
)

type useWire struct {
	Credentials Credentials       `json:"credentials"`
	Region      string            `json:"region,omitempty"`
	Variables   map[string]string `json:"variables,omitempty"`
	MFA         bool              `json:"mfa,omitempty"`
	Status      Status            `json:"status,omitzero"`
	Note        string            `json:"note,omitempty"`
}

// MarshalJSON returns the wire form, the secrets in clear.
func (u UseReply) MarshalJSON() ([]byte, error) {
	return json.Marshal(useWire(u))
}

// UnmarshalJSON reads the wire form.
func (u *UseReply) UnmarshalJSON(data []byte) error {
	var w useWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*u = UseReply(w)
	u.Credentials.Region = u.Region
	return nil
}

// LogValue leaves the secrets out.
func (u UseReply) LogValue() slog.Value { return u.Credentials.LogValue() }

// OneOffRequest asks for credentials that no profile of the AWS files has: those of a
// role without a profile, or those of a key that the request brings.
type OneOffRequest struct {
	// Profile is the one whose credentials the role is assumed with; empty with Key.
	Profile string
	// FromBase assumes the role with what the profile's own chain starts from, and not
	// through the profile's roles: from one account straight to the next.
	FromBase bool
	// Key serves this request alone: it is kept in memory until the answer, and stored
	// nowhere. Nil takes Profile's. With SessionToken it is that of temporary credentials,
	// which a role alone can be had with.
	Key          *LongTermKey
	SessionToken secret.Text
	// MFASerial is the device whose code is asked for; empty is the profile's.
	MFASerial string
	// Account is the number of the account of a key in the folder of keys, by which its device
	// is known, where nothing else names that.
	Account string
	// Role is nil for the session of Key or Profile itself.
	Role *OneOffRole
	// Duration of the last session; zero is the default.
	Duration time.Duration
	// Region is where STS is asked; empty is the profile's.
	Region string
	// Keeps is as in [UseRequest].
	Keeps bool
	SignInOptions
}

// OneOffRole is a role without a profile.
type OneOffRole struct {
	// Role is an ARN, or a name in Account.
	Role string `json:"role"`
	// Account is a number of twelve digits, or a name in the settings' accounts.
	Account     string `json:"account,omitempty"`
	ExternalID  string `json:"external_id,omitempty"`
	SessionName string `json:"session_name,omitempty"`
	// PolicyARNs are those of managed policies that bound the session.
	PolicyARNs []string `json:"policy_arns,omitempty"`
}

type oneOffWire struct {
	Profile         string        `json:"profile,omitempty"`
	FromBase        bool          `json:"from_base,omitempty"`
	AccessKeyID     string        `json:"access_key_id,omitempty"`
	SecretAccessKey string        `json:"secret_access_key,omitempty"`
	SessionToken    string        `json:"session_token,omitempty"`
	MFASerial       string        `json:"mfa_serial,omitempty"`
	Account         string        `json:"account,omitempty"`
	Role            *OneOffRole   `json:"role,omitempty"`
	Duration        time.Duration `json:"duration,omitempty"`
	Region          string        `json:"region,omitempty"`
	Keeps           bool          `json:"keeps,omitempty"`
	SignInOptions
}

// LayoutChoice is which sections of the AWS files a login takes the key from and writes to,
// where that is not as the settings have it.
type LayoutChoice struct {
	// Layout is the name of one; empty is as found, or as the settings have it.
	Layout string `json:"layout,omitempty"`
	// LongTermSuffix and ShortTermSuffix are put after the profile's name; "none" is no
	// suffix, empty that of the layout.
	LongTermSuffix  string `json:"long_term_suffix,omitempty"`
	ShortTermSuffix string `json:"short_term_suffix,omitempty"`
	// RoleARN, SessionName, ExternalID and MFASerial replace what the files say, for the section
	// that is written.
	RoleARN     string `json:"role_arn,omitempty"`
	SessionName string `json:"session_name,omitempty"`
	ExternalID  string `json:"external_id,omitempty"`
	MFASerial   string `json:"mfa_serial,omitempty"`
}

// InitRequest asks for what AWS says of a profile's long-term key to be written beside it.
type InitRequest struct {
	Profile string `json:"profile"`
}

// InitReply is what was written.
type InitReply struct {
	UserARN   string `json:"user_arn"`
	Username  string `json:"username"`
	MFASerial string `json:"mfa_serial,omitempty"`
	// Section and Path are where it was written, and Wrote has the settings; it is empty if
	// they were there already.
	Section string   `json:"section"`
	Path    string   `json:"path"`
	Wrote   []string `json:"wrote,omitempty"`
	// Note is one sentence about what is not known.
	Note string `json:"note,omitempty"`
}

// MarshalJSON returns the wire form, the secret in clear.
func (r OneOffRequest) MarshalJSON() ([]byte, error) {
	w := oneOffWire{
		Profile: r.Profile, FromBase: r.FromBase, MFASerial: r.MFASerial, Account: r.Account, Role: r.Role,
		Duration: r.Duration, Region: r.Region, Keeps: r.Keeps, SignInOptions: r.SignInOptions,
	}
	if r.Key != nil {
		w.AccessKeyID, w.SecretAccessKey, w.SessionToken = r.Key.ID, r.Key.Secret.Reveal(), r.SessionToken.Reveal()
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads the wire form.
func (r *OneOffRequest) UnmarshalJSON(data []byte) error {
	var w oneOffWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = OneOffRequest{
		Profile: w.Profile, FromBase: w.FromBase, MFASerial: w.MFASerial, Account: w.Account, Role: w.Role,
		Duration: w.Duration, Region: w.Region, Keeps: w.Keeps, SignInOptions: w.SignInOptions,
	}
	if w.AccessKeyID != "" || w.SecretAccessKey != "" || w.SessionToken != "" {
		r.Key = &LongTermKey{ID: w.AccessKeyID, Secret: secret.New(w.SecretAccessKey)}
		r.SessionToken = secret.New(w.SessionToken)
	}
	return nil
}

// LogValue leaves the secret out.
func (r OneOffRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("profile", r.Profile), slog.Any("role", r.Role))
}
