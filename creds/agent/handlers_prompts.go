package agent

import (
	"context"
	"log/slog"
	"slices"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/browsers"
	"daypass/internal/safely"
)

// questions serves the broker's prompts.
type questions struct {
	waits
	log *slog.Logger
}

func (q *questions) routes() []route {
	return []route{
		streams(agentapi.WatchPrompts, q.watchAll),
		streams(agentapi.WatchPrompt, q.watchOne),
		answers(agentapi.Answer, q.answer),
		answers(agentapi.CancelPrompt, q.cancel),
	}
}

func (q *questions) watchAll(ctx context.Context, c call) (<-chan []creds.Prompt, error) {
	all := q.broker.Watch(ctx)
	if c.Profile == "" {
		return all, nil
	}
	some := make(chan []creds.Prompt)
	go func() {
		defer close(some)
		safely.Run(q.log, "the watch of prompts", func() {
			for prompts := range all {
				select {
				case some <- q.concerning(ctx, prompts, c.Profile):
				case <-ctx.Done():
					return
				}
			}
		})
	}()
	return some, nil
}

// concerning returns the prompts that credentials of a profile may depend on.
func (q *questions) concerning(ctx context.Context, prompts []creds.Prompt, profile string) []creds.Prompt {
	all := []awaited{q.dependsOn(ctx, profile)}
	for _, name := range q.manager.MadeOf(all[0].profile) {
		// Whoever logs in to a profile with other sections waits for the one that it makes.
		all = append(all, q.dependsOn(ctx, name))
	}
	some := make([]creds.Prompt, 0, len(prompts))
	for _, one := range prompts {
		if slices.ContainsFunc(all, func(on awaited) bool { return on.mayNeed(one) }) {
			some = append(some, one)
		}
	}
	return some
}

func (q *questions) watchOne(ctx context.Context, c call) (<-chan creds.PromptEvent, error) {
	return q.broker.WatchPrompt(ctx, c.ID)
}

func (q *questions) answer(_ context.Context, c call, in creds.AnswerRequest) (agentapi.Nothing, error) {
	return done(q.broker.Answer(c.ID, in))
}

func (q *questions) cancel(_ context.Context, c call, _ agentapi.Nothing) (agentapi.Nothing, error) {
	return done(q.broker.Cancel(c.ID))
}

func checkSignIn(o creds.SignInOptions) error {
	switch o.Method {
	case "", creds.SignInBrowser, creds.SignInDeviceCode:
	default:
		return badRequest("%q is no way to sign in", o.Method)
	}
	if _, err := browsers.ParsePlace(o.Place); err != nil {
		return badRequest("%v", err)
	}
	return nil
}
