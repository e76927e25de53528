package creds

import (
	"context"

	"filippo.io/age"
)

// ErrNoItem is for tests.
var ErrNoItem = errNoItem

// DataKey is for tests.
func (v *Vault) DataKey(ctx context.Context, create bool) (*age.X25519Identity, error) {
	return v.dataKey(ctx, create)
}
