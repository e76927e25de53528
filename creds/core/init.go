package core

import (
	"context"

	"daypass/creds"
)

// initialise writes what AWS says of a key beside it; see [Manager.Init].
func (ad *adder) initialise(context.Context, creds.InitRequest, creds.Requester) (creds.InitReply, error) {
	// SKELETON: the developer "layouts" writes this.
	return creds.InitReply{}, creds.Errorf(creds.CodeUnsupported, "not built yet")
}
