package agentapi

import (
	"context"

	"daypass/creds"
)

// What can be asked of the agent about long-term keys and the profiles that have them.
var (
	LookAtKey   = post[creds.KeyLookRequest, creds.KeyLook]("/keys/look").secret()
	FindKeys    = post[creds.FindKeysRequest, creds.FoundKeys]("/keys/find").secret()
	ImportKeys  = post[creds.ImportKeysRequest, creds.ImportedKeys]("/keys/import").secret()
	UndoImport  = post[creds.UndoImportRequest, creds.ImportedKeys]("/keys/import/undo")
	PlanRotate  = get[creds.RotationPlan]("/keys/rotation")
	Rotate      = post[creds.RotateRequest, creds.RotateReply]("/keys/rotate")
	CopyKey     = post[creds.KeyCopyRequest, creds.KeyCopyReply]("/keys/copy")
	AddCopy     = post[creds.AddCopyRequest, creds.AddReply]("/keys/add-copy")
	Remove      = post[creds.RemoveRequest, creds.Removal]("/remove")
	Rename      = post[creds.RenameRequest, creds.RenameReply]("/rename")
	Policy      = post[creds.PolicyRequest, creds.PolicyReply]("/policy")
	Health      = post[creds.HealthRequest, creds.Health]("/health")
	Keyring     = get[creds.KeyringReply]("/keyring")
	MoveKeyring = post[creds.MoveKeyringRequest, creds.KeyringReply]("/keyring/move")
)

// Custody makes the requests about long-term keys.
type Custody struct{ c *Client }

// Custody returns what makes the requests about long-term keys and the profiles that have
// them.
func (c *Client) Custody() Custody { return Custody{c} }

// Look asks AWS about a long-term key that is not stored.
func (c Custody) Look(ctx context.Context, r creds.KeyLookRequest) (creds.KeyLook, error) {
	return LookAtKey.ask(ctx, c.c, r)
}

// Find returns the long-term keys that lie outside daypass.
func (c Custody) Find(ctx context.Context, r creds.FindKeysRequest) (creds.FoundKeys, error) {
	return FindKeys.ask(ctx, c.c, r)
}

// Import moves keys into the keyring.
func (c Custody) Import(ctx context.Context, r creds.ImportKeysRequest) (creds.ImportedKeys, error) {
	return ImportKeys.ask(ctx, c.c, r)
}

// UndoImport puts imported keys back where they were.
func (c Custody) UndoImport(ctx context.Context, r creds.UndoImportRequest) (creds.ImportedKeys, error) {
	return UndoImport.ask(ctx, c.c, r)
}

// PlanRotate returns what a rotation of a profile's key would do.
func (c Custody) PlanRotate(ctx context.Context, profile string) (creds.RotationPlan, error) {
	return PlanRotate.on(Query{Profile: profile}).ask(ctx, c.c, Nothing{})
}

// Rotate replaces a profile's key, or acts on the one that it replaced.
func (c Custody) Rotate(ctx context.Context, r creds.RotateRequest) (creds.RotateReply, error) {
	return Rotate.ask(ctx, c.c, r)
}

// Copy writes a profile's key, encrypted, to a file.
func (c Custody) Copy(ctx context.Context, r creds.KeyCopyRequest) (creds.KeyCopyReply, error) {
	return CopyKey.ask(ctx, c.c, r)
}

// AddCopy adds the key of a file that Copy has made.
func (c Custody) AddCopy(ctx context.Context, r creds.AddCopyRequest) (creds.AddReply, error) {
	return AddCopy.ask(ctx, c.c, r)
}

// Remove takes a profile away, or says what that would remove.
func (c Custody) Remove(ctx context.Context, r creds.RemoveRequest) (creds.Removal, error) {
	return Remove.ask(ctx, c.c, r)
}

// Rename gives a profile another name.
func (c Custody) Rename(ctx context.Context, r creds.RenameRequest) (creds.RenameReply, error) {
	return Rename.ask(ctx, c.c, r)
}

// Policy returns the least IAM policy for what a profile does.
func (c Custody) Policy(ctx context.Context, r creds.PolicyRequest) (creds.PolicyReply, error) {
	return Policy.ask(ctx, c.c, r)
}

// Health returns the state of daypass and of what it depends on.
func (c Custody) Health(ctx context.Context, r creds.HealthRequest) (creds.Health, error) {
	return Health.ask(ctx, c.c, r)
}

// Keyring says where the keys are.
func (c Custody) Keyring(ctx context.Context) (creds.KeyringReply, error) {
	return Keyring.ask(ctx, c.c, Nothing{})
}

// MoveKeyring moves everything in the keyring to another backend.
func (c Custody) MoveKeyring(ctx context.Context, r creds.MoveKeyringRequest) (creds.KeyringReply, error) {
	return MoveKeyring.ask(ctx, c.c, r)
}
