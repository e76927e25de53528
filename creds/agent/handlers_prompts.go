package agent

import (
	"context"
	"log/slog"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/browsers"
	"daypass/creds/safely"
)

// prompts serves what the broker asks of people.
type prompts struct {
	waits
	log *slog.Logger
}

func (p *prompts) routes() []route {
	return []route{
		streams(agentapi.WatchPrompts, p.watchAll),
		streams(agentapi.WatchPrompt, p.watchOne),
		answers(agentapi.Answer, p.answer),
		answers(agentapi.CancelPrompt, p.cancel),
		answers(agentapi.BeginSignIn, p.begin),
	}
}

func (p *prompts) watchAll(ctx context.Context, c call) (<-chan []creds.Prompt, error) {
	all := p.broker.Watch(ctx)
	if c.Profile == "" {
		return all, nil
	}
	some := make(chan []creds.Prompt)
	go func() {
		defer close(some)
		safely.Run(p.log, "the watch of prompts", func() {
			for prompts := range all {
				select {
				case some <- p.concerning(ctx, prompts, c.Profile):
				case <-ctx.Done():
					return
				}
			}
		})
	}()
	return some, nil
}

// concerning returns the prompts that credentials of a profile may depend on.
func (p *prompts) concerning(ctx context.Context, prompts []creds.Prompt, profile string) []creds.Prompt {
	on := p.dependsOn(ctx, profile)
	some := make([]creds.Prompt, 0, len(prompts))
	for _, one := range prompts {
		if on.on(one) {
			some = append(some, one)
		}
	}
	return some
}

func (p *prompts) watchOne(ctx context.Context, c call) (<-chan creds.PromptEvent, error) {
	return p.broker.WatchPrompt(ctx, c.ID)
}

func (p *prompts) answer(_ context.Context, c call, in creds.AnswerRequest) (agentapi.Nothing, error) {
	return done(p.broker.Answer(c.ID, in))
}

func (p *prompts) cancel(_ context.Context, c call, _ agentapi.Nothing) (agentapi.Nothing, error) {
	return done(p.broker.Cancel(c.ID))
}

func (p *prompts) begin(_ context.Context, c call, in creds.SignInOptions) (agentapi.Nothing, error) {
	if err := checkSignIn(in); err != nil {
		return done(err)
	}
	return done(p.broker.Begin(c.ID, in))
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
