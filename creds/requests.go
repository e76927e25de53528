package creds

import (
	"encoding/json"
	"log/slog"
	"time"

	"daypass/internal/secret"
)

// LoginRequest asks for fresh credentials.
type LoginRequest struct {
	Profile string `json:"profile"`
	// Duration of the session, which AWS gets in whole seconds; zero is the profile's
	// own or the default.
	Duration time.Duration `json:"duration,omitempty"`
	// Force asks for new credentials although the current ones are valid.
	Force bool `json:"force,omitempty"`
	// Keep leaves credentials that are still valid as they are, whatever Duration says.
	Keep bool `json:"keep,omitempty"`
	// Layout chooses other sections than the settings do; nil does not.
	Layout *LayoutChoice `json:"layout,omitempty"`
	SignInOptions
}

// LogoutRequest ends the session of one profile, or of all.
type LogoutRequest struct {
	Profile string `json:"profile,omitempty"`
	All     bool   `json:"all,omitempty"`
}

// AnswerRequest answers a prompt.
type AnswerRequest struct {
	// Answer is what was typed.
	Answer secret.Text
	// Grant is what was chosen. If a program has caused a prompt without choices,
	// [GrantNever] closes it.
	Grant Grant
	// SignIn starts a sign-in, opens its page again, or changes the method.
	SignIn *SignInOptions
}

// AddRequest stores a long-term key in the keyring under a profile's name.
type AddRequest struct {
	Profile         string
	AccessKeyID     string
	SecretAccessKey secret.Text
	// Region is written to the config file; may be empty.
	Region string
	// MFASerial is written to the config file; when it is empty the agent
	// asks IAM which device the user has.
	MFASerial string
	// NoMFA leaves the profile without an MFA device, also if the user has one.
	NoMFA bool
	// Replace allows overwriting another key of this name in the keyring.
	Replace bool
}

// AddConsoleRequest makes a profile of a console sign-in, and signs in.
type AddConsoleRequest struct {
	Profile string `json:"profile"`
	// Region is written to the config file, unless the profile has one there. Empty is
	// the default profile's, or the first of the standard partition.
	Region string `json:"region,omitempty"`
	SignInOptions
}

// AddReply describes the key that was added.
type AddReply struct {
	Status  Status `json:"status"`
	UserARN string `json:"user_arn"`
	// Note is one sentence about what is not known of it.
	Note string `json:"note,omitempty"`
}

// Credentials are temporary credentials in the form of
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey secret.Text
	SessionToken    secret.Text
	Expires         time.Time
	AccountID       string
	// Region is the profile's; it is not part of the form above and crosses the socket
	// in a header.
	Region string
}

// The types below marshal their secrets on purpose: this form crosses the owner's socket,
// or a pipe to the SDK that asked.

type answerWire struct {
	Answer string         `json:"answer,omitempty"`
	Grant  Grant          `json:"grant,omitempty"`
	SignIn *SignInOptions `json:"sign_in,omitempty"`
}

// MarshalJSON returns the wire form, the secret in clear.
func (a AnswerRequest) MarshalJSON() ([]byte, error) {
	return json.Marshal(answerWire{a.Answer.Reveal(), a.Grant, a.SignIn})
}

// UnmarshalJSON reads the wire form.
func (a *AnswerRequest) UnmarshalJSON(data []byte) error {
	var w answerWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*a = AnswerRequest{secret.New(w.Answer), w.Grant, w.SignIn}
	return nil
}

// LogValue leaves the answer out.
func (a AnswerRequest) LogValue() slog.Value { return a.Answer.LogValue() }

type addWire struct {
	Profile         string `json:"profile"`
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
	Region          string `json:"region,omitempty"`
	MFASerial       string `json:"mfa_serial,omitempty"`
	NoMFA           bool   `json:"no_mfa,omitempty"`
	Replace         bool   `json:"replace,omitempty"`
}

// MarshalJSON returns the wire form, the secret in clear.
func (a AddRequest) MarshalJSON() ([]byte, error) {
	return json.Marshal(addWire{
		a.Profile, a.AccessKeyID, a.SecretAccessKey.Reveal(), a.Region, a.MFASerial, a.NoMFA, a.Replace,
	})
}

// UnmarshalJSON reads the wire form.
func (a *AddRequest) UnmarshalJSON(data []byte) error {
	var w addWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*a = AddRequest{
		w.Profile, w.AccessKeyID, secret.New(w.SecretAccessKey), w.Region, w.MFASerial, w.NoMFA, w.Replace,
	}
	return nil
}

// LogValue leaves the secret out.
func (a AddRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("profile", a.Profile), slog.String("access_key_id", a.AccessKeyID))
}

type credentialsWire struct {
	Version         int    `json:"Version"`
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string `json:"SecretAccessKey"`
	SessionToken    string `json:"SessionToken,omitempty"`
	Expiration      string `json:"Expiration,omitempty"`
	AccountID       string `json:"AccountId,omitempty"`
}

// MarshalJSON returns what a credential_process prints, the secrets in clear.
func (c Credentials) MarshalJSON() ([]byte, error) {
	w := credentialsWire{
		Version: 1, AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey.Reveal(),
		SessionToken: c.SessionToken.Reveal(), AccountID: c.AccountID,
	}
	if !c.Expires.IsZero() {
		w.Expiration = c.Expires.UTC().Format(time.RFC3339)
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what a credential_process prints.
func (c *Credentials) UnmarshalJSON(data []byte) error {
	var w credentialsWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*c = Credentials{
		AccessKeyID: w.AccessKeyID, SecretAccessKey: secret.New(w.SecretAccessKey),
		SessionToken: secret.New(w.SessionToken), AccountID: w.AccountID,
	}
	if w.Expiration == "" {
		return nil
	}
	var err error
	c.Expires, err = time.Parse(time.RFC3339, w.Expiration)
	return err
}

// LogValue leaves the secrets out.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("access_key_id", c.AccessKeyID), slog.Time("expires", c.Expires))
}
