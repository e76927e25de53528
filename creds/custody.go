package creds

import (
	"encoding/json"
	"log/slog"
	"time"

	"daypass/internal/secret"
)

// KeyStatus is what is known of a profile's own long-term key.
type KeyStatus struct {
	// ID is the access key ID; "" while the keyring has not been read.
	ID string `json:"id,omitempty"`
	// InKeyring is set if the keyring holds the key, and Plaintext is the file that has it
	// in the clear, or "".
	InKeyring bool   `json:"in_keyring,omitempty"`
	Plaintext string `json:"plaintext,omitempty"`
	// Announce is the ID of the key in plaintext if no notice of it was ever shown.
	Announce string `json:"announce,omitempty"`
	// Created is when the key was made, as IAM says, or else since when daypass has had it.
	Created time.Time `json:"created,omitzero"`
	// SharedWith are the other profiles with the same key.
	SharedWith []string `json:"shared_with,omitempty"`
	// RotateAfter is when daypass begins to remind of a rotation; zero for never.
	RotateAfter time.Time `json:"rotate_after,omitzero"`
	// Reminded is when a notice recalled that last.
	Reminded time.Time `json:"reminded,omitzero"`
	// Rotating is set while the key is being rotated.
	Rotating bool `json:"rotating,omitempty"`
	// Old is the key that this one replaced, until it is deleted.
	Old *OldKey `json:"old,omitempty"`
	// News is one sentence on what became of a change of the key that was cut off, and
	// NewsAt when that was.
	News   string    `json:"news,omitempty"`
	NewsAt time.Time `json:"news_at,omitzero"`
}

// OldKey is a key that a rotation replaced.
type OldKey struct {
	ID string `json:"id"`
	// Active is set if a person has made it active again.
	Active bool `json:"active,omitempty"`
	// DeletedAfter is when daypass deletes it; zero if it does not.
	DeletedAfter time.Time `json:"deleted_after,omitzero"`
	LastUsed     KeyUse    `json:"last_used,omitzero"`
}

// KeyUse is when, and for which service, an access key was last used, as IAM's
// GetAccessKeyLastUsed says: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
type KeyUse struct {
	// At is zero if the key was never used.
	At      time.Time `json:"at,omitzero"`
	Service string    `json:"service,omitempty"`
	Region  string    `json:"region,omitempty"`
	// Unknown is set if AWS does not let the user ask.
	Unknown bool `json:"unknown,omitempty"`
}

// KeyLookRequest asks AWS about a long-term key that is not stored.
type KeyLookRequest struct {
	AccessKeyID     string
	SecretAccessKey secret.Text
	// Profile is the name that the key is to be stored under; empty if that is not decided.
	Profile string
	// Region is where AWS is asked; empty leaves that to the agent.
	Region string
}

// KeyLook is what AWS says of a long-term key, and daypass of a profile for it.
type KeyLook struct {
	UserARN   string `json:"user_arn"`
	AccountID string `json:"account_id"`
	// Region is one that knows the key.
	Region  string      `json:"region"`
	Devices []MFADevice `json:"devices,omitempty"`
	// DevicesDenied is set if AWS does not let the user list its MFA devices.
	DevicesDenied bool `json:"devices_denied,omitempty"`
	// Suggested is a name for the profile that is not taken.
	Suggested string `json:"suggested"`
	// UsedBy are the profiles that have this key already.
	UsedBy []string `json:"used_by,omitempty"`
	// Notes are sentences on what the person should know.
	Notes []string `json:"notes,omitempty"`
}

// MFADevice is an MFA device of an IAM user.
type MFADevice struct {
	// Serial is its ARN, or the serial number of a hardware device.
	Serial string `json:"serial"`
	// Unusable is one sentence on why STS does not accept the device; empty if it does.
	Unusable string `json:"unusable,omitempty"`
}

// FindKeysRequest asks where long-term keys lie outside daypass.
type FindKeysRequest struct {
	// CSV are the absolute paths of access-keys files as AWS's console downloads them.
	CSV []string
	// Environment is the key in the client's environment, nil for none, and
	// EnvironmentProfile the AWS_PROFILE there.
	Environment        *LongTermKey
	EnvironmentProfile string
	// Ask has AWS say whose each key is and how old.
	Ask bool
	// Open has a person asked for what opens the keyrings of aws-vault's that are locked.
	Open bool
}

// KeySource is the kind of place where a key was found.
type KeySource string

// The places.
const (
	SourceFile        KeySource = "file"        // the credentials or config file
	SourceEnvironment KeySource = "environment" // of the client
	SourceCSV         KeySource = "csv"
	SourceFolder      KeySource = "folder" // of keys, as ec2switch has it
	SourceVault       KeySource = "aws-vault"
)

// FoundKey is a long-term key in one place outside daypass.
type FoundKey struct {
	// Ref names the finding in an [ImportKeysRequest]. It has no secret.
	Ref         string    `json:"ref"`
	AccessKeyID string    `json:"access_key_id,omitempty"`
	Source      KeySource `json:"source"`
	// Place is where it is, for people: a path with its section, a variable.
	Place string `json:"place"`
	Path  string `json:"path,omitempty"`
	// Profile is the name that it is stored under unless another is chosen.
	Profile string `json:"profile"`
	// UserARN and Created are as AWS says; zero if it was not asked, or did not.
	UserARN string    `json:"user_arn,omitempty"`
	Created time.Time `json:"created,omitzero"`
	// Known is set if the keyring holds this key under Profile already.
	Known bool `json:"known,omitempty"`
	// Stays is one sentence on why the key stays where it is when it is imported; empty if
	// it is taken out.
	Stays string `json:"stays,omitempty"`
	// Err is why it cannot be imported.
	Err *Error `json:"error,omitempty"`
}

// FoundKeys are the findings.
type FoundKeys struct {
	Keys []FoundKey `json:"keys,omitempty"`
	// Notes are sentences on places that could not be searched.
	Notes []string `json:"notes,omitempty"`
}

// ImportKeysRequest moves keys into the keyring.
type ImportKeysRequest struct {
	FindKeysRequest

	// Keys are the findings to import.
	Keys []ImportKey
}

// ImportKey is a finding to import.
type ImportKey struct {
	Ref string `json:"ref"`
	// Profile is the name to store it under; empty is the finding's.
	Profile string `json:"profile,omitempty"`
}

// UndoImportRequest puts imported keys back where they were.
type UndoImportRequest struct {
	// Profiles are those whose keys are put back; empty are all.
	Profiles []string `json:"profiles,omitempty"`
}

// ImportedKeys are what became of each key of an import, or of its undoing.
type ImportedKeys struct {
	Keys []ImportedKey `json:"keys,omitempty"`
}

// ImportedKey is what became of one.
type ImportedKey struct {
	FoundKey

	// Done is set if the key is in the keyring, or when undoing, back in its place.
	Done bool `json:"done,omitempty"`
	// TakenOut is set if it was taken out of its place.
	TakenOut bool `json:"taken_out,omitempty"`
	// Note is one sentence on what the person should know.
	Note string `json:"note,omitempty"`
}

// RotateRequest replaces a profile's long-term key, or acts on the one that it replaced.
type RotateRequest struct {
	Profile string    `json:"profile"`
	Act     RotateAct `json:"act,omitempty"`
	// Delete is the access key ID of one of the user's two keys, which is deleted to make
	// room for the new one. It must not be the one in use.
	Delete string `json:"delete,omitempty"`
	// DeleteNow deletes the old key as soon as the new one is proved.
	DeleteNow bool `json:"delete_now,omitempty"`
}

// RotateAct is what is done.
type RotateAct string

// The acts.
const (
	ActRotate     RotateAct = ""
	ActReactivate RotateAct = "reactivate" // makes the old key active again
	ActDeactivate RotateAct = "deactivate" // and inactive once more
	ActDeleteOld  RotateAct = "delete"     // deletes it now
)

// RotationPlan is what a rotation would do.
type RotationPlan struct {
	Profile string `json:"profile"`
	UserARN string `json:"user_arn"`
	// Profiles are all whose key is replaced.
	Profiles []string `json:"profiles"`
	// Keys are the user's, the one in use first.
	Keys []UserKey `json:"keys"`
	// Choice is set if the user has two keys, so that one must be deleted first.
	Choice bool `json:"choice,omitempty"`
	// Plaintext is the file that the key is moved out of first, or "".
	Plaintext string `json:"plaintext,omitempty"`
	// KeptFor is how long the old key stays, inactive.
	KeptFor time.Duration `json:"kept_for"`
}

// UserKey is an access key of an IAM user.
type UserKey struct {
	ID       string    `json:"id"`
	Active   bool      `json:"active"`
	Created  time.Time `json:"created,omitzero"`
	LastUsed KeyUse    `json:"last_used,omitzero"`
	// InUse is set if it is the profile's, and Stored if the keyring holds it.
	InUse  bool `json:"in_use,omitempty"`
	Stored bool `json:"stored,omitempty"`
}

// RotateReply is what was done.
type RotateReply struct {
	Status   Status   `json:"status"`
	UserARN  string   `json:"user_arn"`
	Profiles []string `json:"profiles"`
	// New is the ID of the key in use, and Old that of the other one.
	New string `json:"new"`
	Old string `json:"old,omitempty"`
	// OldLastUsed is when the old key was used last, before this rotation.
	OldLastUsed KeyUse `json:"old_last_used,omitzero"`
	// Deleted is set if the old key is gone. DeletedAfter is when it will be.
	Deleted      bool      `json:"deleted,omitempty"`
	DeletedAfter time.Time `json:"deleted_after,omitzero"`
	// Imported is the file that the old key was taken out of, or "".
	Imported string `json:"imported,omitempty"`
	// Note is one sentence on what the person should know.
	Note string `json:"note,omitempty"`
}

// RemoveRequest takes a profile and all that daypass has of it away, or says what that
// would be.
type RemoveRequest struct {
	Profile string `json:"profile"`
	// Plan asks for what would be removed, and changes nothing.
	Plan bool `json:"plan,omitempty"`
	// Fingerprint is that of the plan which the person has seen: another one is refused.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Delayed carries the removal out after [RemovalDelay], unless Undo comes before.
	Delayed bool `json:"delayed,omitempty"`
	Undo    bool `json:"undo,omitempty"`
}

// RemovalDelay is how long a removal in the window can be undone.
const RemovalDelay = 10 * time.Second

// Removal is what a removal takes away.
type Removal struct {
	Profile string `json:"profile"`
	// Removes are phrases: "the long-term key AKIA… in the keyring".
	Removes []string `json:"removes"`
	// Keeps are phrases on what stays, and why.
	Keeps []string `json:"keeps,omitempty"`
	// Breaks are the profiles that depend on this one, and will get no credentials.
	Breaks      []string `json:"breaks,omitempty"`
	Fingerprint string   `json:"fingerprint"`
	// At is when it is carried out, if it is delayed.
	At time.Time `json:"at,omitzero"`
}

// RenameRequest gives a profile another name.
type RenameRequest struct {
	Profile string `json:"profile"`
	To      string `json:"to"`
}

// RenameReply is what was renamed.
type RenameReply struct {
	Status Status `json:"status"`
	// Changes are phrases on each thing that was changed.
	Changes []string `json:"changes"`
}

// KeyCopyRequest writes a profile's long-term key, encrypted, to a file.
type KeyCopyRequest struct {
	Profile string `json:"profile"`
	// Path is the absolute path of a file that is not there yet.
	Path string `json:"path"`
}

// KeyCopyReply is what was written.
type KeyCopyReply struct {
	Path        string `json:"path"`
	AccessKeyID string `json:"access_key_id"`
}

// AddCopyRequest adds the key of a file that [KeyCopyRequest] has made.
type AddCopyRequest struct {
	Path string `json:"path"`
	// Profile is the name to store it under; empty is the one in the file.
	Profile string `json:"profile,omitempty"`
	Replace bool   `json:"replace,omitempty"`
}

// PolicyRequest asks for the least IAM policy for what a profile does.
type PolicyRequest struct {
	Profile string `json:"profile"`
	// Trust asks for the trust policy of the profile's role instead.
	Trust bool `json:"trust,omitempty"`
}

// PolicyReply is a policy.
type PolicyReply struct {
	// Document is one JSON document.
	Document json.RawMessage `json:"document"`
	// Notes are sentences on what the settings do not say.
	Notes []string `json:"notes,omitempty"`
}

// Severity ranks findings.
type Severity string

// The severities, worst last.
const (
	SeverityOK      Severity = "ok"
	SeverityUnknown Severity = "unknown" // it could not be found out
	SeverityWarning Severity = "warning"
	SeverityError   Severity = "error"
)

// HealthRequest asks for the state of daypass and what it depends on.
type HealthRequest struct {
	// Fix has the findings of these IDs mended first.
	Fix []string `json:"fix,omitempty"`
	// Environment has the client's variables that change how AWS is reached: proxies and
	// certificates, without passwords.
	Environment map[string]string `json:"environment,omitempty"`
}

// Health is what was found.
type Health struct {
	Findings []Finding `json:"findings"`
}

// Finding is one thing that was looked at.
type Finding struct {
	// ID stays the same for the same finding.
	ID       string   `json:"id"`
	Topic    string   `json:"topic"`
	Severity Severity `json:"severity"`
	// Title is a phrase, Detail one sentence with what was seen, Advice what to do.
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Advice string `json:"advice,omitempty"`
	// Fix is what daypass can do, as the words of a button; empty for nothing.
	Fix string `json:"fix,omitempty"`
	// Window and Arg name the window of daypass's in which a person can do it, or "".
	Window string `json:"window,omitempty"`
	Arg    string `json:"arg,omitempty"`
}

// KeyringReply is where the keys are.
type KeyringReply struct {
	Backend string `json:"backend"`
	// Place is a phrase for people.
	Place  string `json:"place"`
	Locked bool   `json:"locked,omitempty"`
	Keys   int    `json:"keys"`
	// Others are the backends that the keys can be moved to.
	Others []string `json:"others,omitempty"`
}

// MoveKeyringRequest moves everything in the keyring to another backend.
type MoveKeyringRequest struct {
	Backend string `json:"backend"`
}

type keyWire struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
}

func (k *LongTermKey) wire() *keyWire {
	if k == nil {
		return nil
	}
	return &keyWire{k.ID, k.Secret.Reveal()}
}

func (w *keyWire) key() *LongTermKey {
	if w == nil {
		return nil
	}
	return &LongTermKey{ID: w.AccessKeyID, Secret: secret.New(w.SecretAccessKey)}
}

type keyLookWire struct {
	keyWire

	Profile string `json:"profile,omitempty"`
	Region  string `json:"region,omitempty"`
}

// MarshalJSON returns the wire form, the secret in clear.
func (r KeyLookRequest) MarshalJSON() ([]byte, error) {
	return json.Marshal(keyLookWire{keyWire{r.AccessKeyID, r.SecretAccessKey.Reveal()}, r.Profile, r.Region})
}

// UnmarshalJSON reads the wire form.
func (r *KeyLookRequest) UnmarshalJSON(data []byte) error {
	var w keyLookWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = KeyLookRequest{w.AccessKeyID, secret.New(w.SecretAccessKey), w.Profile, w.Region}
	return nil
}

// LogValue leaves the secret out.
func (r KeyLookRequest) LogValue() slog.Value {
	return slog.GroupValue(slog.String("profile", r.Profile), slog.String("access_key_id", r.AccessKeyID))
}

type findKeysWire struct {
	CSV                []string `json:"csv,omitempty"`
	Environment        *keyWire `json:"environment,omitempty"`
	EnvironmentProfile string   `json:"environment_profile,omitempty"`
	Ask                bool     `json:"ask,omitempty"`
	Open               bool     `json:"open,omitempty"`
}

func (r FindKeysRequest) wire() findKeysWire {
	return findKeysWire{r.CSV, r.Environment.wire(), r.EnvironmentProfile, r.Ask, r.Open}
}

func (w findKeysWire) request() FindKeysRequest {
	return FindKeysRequest{w.CSV, w.Environment.key(), w.EnvironmentProfile, w.Ask, w.Open}
}

// MarshalJSON returns the wire form, the secret in clear.
func (r FindKeysRequest) MarshalJSON() ([]byte, error) { return json.Marshal(r.wire()) }

// UnmarshalJSON reads the wire form.
func (r *FindKeysRequest) UnmarshalJSON(data []byte) error {
	var w findKeysWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = w.request()
	return nil
}

// LogValue leaves the secret out.
func (r FindKeysRequest) LogValue() slog.Value { return slog.AnyValue(r.CSV) }

type importKeysWire struct {
	findKeysWire

	Keys []ImportKey `json:"keys,omitempty"`
}

// MarshalJSON returns the wire form, the secret in clear.
func (r ImportKeysRequest) MarshalJSON() ([]byte, error) {
	return json.Marshal(importKeysWire{r.wire(), r.Keys})
}

// UnmarshalJSON reads the wire form.
func (r *ImportKeysRequest) UnmarshalJSON(data []byte) error {
	var w importKeysWire
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = ImportKeysRequest{w.request(), w.Keys}
	return nil
}

// LogValue leaves the secret out.
func (r ImportKeysRequest) LogValue() slog.Value { return slog.AnyValue(r.Keys) }
