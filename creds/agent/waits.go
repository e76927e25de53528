package agent

import (
	"context"

	"daypass/creds"
	"daypass/creds/core"
)

// waits is for whoever asks the manager on behalf of somebody who waits.
type waits struct {
	manager *core.Manager
	broker  *Broker
}

// showWaiting shows a person who has clicked what waits already. A sign-in that a
// program asked for begins now.
func (w waits) showWaiting(on hanging, by creds.Requester) {
	if !byClick(by.Surface) {
		return
	}
	for _, p := range w.broker.Prompts() {
		if !on.on(p) {
			continue
		}
		_, _ = w.broker.Show(p.ID) // it may have ended by now
		_ = w.broker.Begin(p.ID, creds.SignInOptions{})
	}
}

// dependsOn says what a profile's credentials may depend on.
func (w waits) dependsOn(ctx context.Context, profile string) hanging {
	// The request itself says whether there is such a profile.
	status, _ := w.manager.Status(ctx, profile)
	return hanging{profile, status.MFASerial, status.Session}
}

// forProfile makes the broker know who waits for a profile; see [Broker.attend].
func (w waits) forProfile(ctx context.Context, profile string, by creds.Requester) (attended context.Context, on hanging, leave func()) {
	on = w.dependsOn(ctx, profile)
	attended, leave = w.broker.attend(ctx, on, by.Surface)
	return attended, on, leave
}
