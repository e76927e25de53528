package agent

import (
	"cmp"
	"context"

	"daypass/creds"
	"daypass/creds/core"
)

// waits asks the manager on behalf of callers that wait.
type waits struct {
	manager *core.Manager
	broker  *Broker
}

// showWaiting shows the prompt that waits already to a person who clicked. A sign-in
// that a program asked for begins now.
func (w waits) showWaiting(on awaited, by creds.Requester) {
	if !byClick(by.Surface) {
		return
	}
	for _, p := range w.broker.Prompts() {
		if !on.mayNeed(p) {
			continue
		}
		_, _ = w.broker.Show(p.ID) // it may have ended by now
		_ = w.broker.Begin(p.ID, creds.SignInOptions{})
	}
}

// dependsOn says what a profile's credentials may depend on.
func (w waits) dependsOn(ctx context.Context, profile string) awaited {
	// The request itself reports a missing profile.
	status, _ := w.manager.Status(ctx, profile)
	return awaited{
		profile: cmp.Or(status.Name, profile), device: status.MFASerial, session: status.Session,
		login: status.LoginSession, owner: status.KeyProfile,
	}
}

// forProfile registers a caller that waits for a profile; see [Broker.attend].
func (w waits) forProfile(ctx context.Context, profile string, by creds.Requester) (attended context.Context, on awaited, leave func()) {
	on = w.dependsOn(ctx, profile)
	attended, leave = w.broker.attend(ctx, on, by.Surface)
	return attended, on, leave
}
