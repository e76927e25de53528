package core

import (
	"context"

	"daypass/creds"
)

// use returns a profile's credentials for a command or a shell; see [Manager.Use].
func (r *refresher) use(ctx context.Context, in creds.UseRequest, o RefreshOptions) (creds.UseReply, error) {
	// SKELETON: the developer "use" writes this.
	got, err := r.credentials(ctx, in.Profile, o.Requester)
	return creds.UseReply{Credentials: got, Region: got.Region}, err
}
