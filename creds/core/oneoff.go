package core

import (
	"context"

	"daypass/creds"
)

// oneOff returns credentials that no profile stands for; see [Manager.OneOff].
func (r *refresher) oneOff(context.Context, creds.OneOffRequest, RefreshOptions) (creds.UseReply, error) {
	// SKELETON: the developer "role" writes this.
	return creds.UseReply{}, creds.Errorf(creds.CodeUnsupported, "not built yet")
}
