package agent

import (
	"cmp"
	"context"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
)

// custody serves requests about long-term keys and the profiles that have them.
type custody struct {
	waits
	// used is called when work with a secret is over.
	used func()
}

func (k *custody) routes() []route {
	return []route{
		answers(agentapi.LookAtKey, asking(k, func(r creds.KeyLookRequest) string { return r.Profile }, (*core.Custody).Look)).after(k.used),
		answers(agentapi.FindKeys, asking(k, nil, (*core.Custody).Find)).after(k.used),
		answers(agentapi.ImportKeys, asking(k, nil, (*core.Custody).Import)).after(k.used),
		answers(agentapi.UndoImport, asking(k, nil, (*core.Custody).UndoImport)).after(k.used),
		answers(agentapi.Rotate, asking(k, func(r creds.RotateRequest) string { return r.Profile }, (*core.Custody).Rotate)).after(k.used),
		answers(agentapi.CopyKey, asking(k, func(r creds.KeyCopyRequest) string { return r.Profile }, (*core.Custody).Copy)).after(k.used),
		answers(agentapi.AddCopy, asking(k, func(r creds.AddCopyRequest) string { return cmp.Or(r.Profile, r.Path) }, (*core.Custody).AddCopy)).after(k.used),
		answers(agentapi.Remove, asking(k, func(r creds.RemoveRequest) string { return r.Profile }, (*core.Custody).Remove)),
		answers(agentapi.Rename, asking(k, func(r creds.RenameRequest) string { return r.Profile }, (*core.Custody).Rename)).after(k.used),
		answers(agentapi.Policy, asking(k, func(r creds.PolicyRequest) string { return r.Profile }, (*core.Custody).Policy)),
		answers(agentapi.Health, asking(k, nil, (*core.Custody).Health)).after(k.used),
		answers(agentapi.MoveKeyring, asking(k, nil, (*core.Custody).MoveKeyring)).after(k.used),
		answers(agentapi.PlanRotate, func(ctx context.Context, c call, _ agentapi.Nothing) (creds.RotationPlan, error) {
			return asking(k, func(name string) string { return name }, (*core.Custody).PlanRotate)(ctx, c, c.Profile)
		}).after(k.used),
		answers(agentapi.Keyring, func(ctx context.Context, c call, _ agentapi.Nothing) (creds.KeyringReply, error) {
			return k.manager.Custody().Keyring(ctx, c.by())
		}),
	}
}

// asking has a request done for whoever makes it, whose terminal shows what is asked
// meanwhile. of returns the profile that the request is about; nil for none.
func asking[In, Out any](
	k *custody, of func(In) string, do func(*core.Custody, context.Context, In, creds.Requester) (Out, error),
) func(context.Context, call, In) (Out, error) {
	return func(ctx context.Context, c call, in In) (Out, error) {
		by := c.by()
		var on awaited
		if of != nil {
			on = k.dependsOn(ctx, of(in))
		}
		ctx, leave := k.broker.attend(ctx, on, by.Surface)
		defer leave()
		out, err := do(k.manager.Custody(), ctx, in, by)
		return out, whyEnded(ctx, err)
	}
}
