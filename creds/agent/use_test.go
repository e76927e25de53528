package agent_test

import (
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
)

func TestACommandGetsWhatItUsesWhereverItsCodeIsTyped(t *testing.T) {
	for _, surface := range []creds.Surface{creds.SurfaceProgram, creds.SurfaceTerminal} {
		t.Run(string(surface), func(t *testing.T) {
			h := newHouse(t, false)
			c := h.connect(t, surface)
			if surface == creds.SurfaceProgram {
				go func() { h.answer(t, c, <-h.windows) }()
			} else {
				go func() {
					_ = c.WatchPrompts(t.Context(), "alice", func(prompts []creds.Prompt) {
						if len(prompts) == 1 && !prompts[0].Checking {
							h.answer(t, c, prompts[0].ID)
						}
					})
				}()
			}
			got, err := c.Use(t.Context(), creds.UseRequest{Profile: "alice", MinTTL: 20 * time.Hour, Keeps: true})
			if err != nil {
				t.Fatal(err)
			}
			if time.Until(got.Credentials.Expires) < 19*time.Hour || got.Credentials.SessionToken.IsZero() || got.Credentials.Region != awstest.SampleRegion ||
				got.Region != awstest.SampleRegion || !got.MFA || got.Status.Name != "alice" || got.Status.WrittenAs != "alice" {
				t.Errorf("it is %+v", got)
			}
			_, err = c.Use(t.Context(), creds.UseRequest{Profile: "alice", SignInOptions: creds.SignInOptions{Method: "pigeon"}})
			wantCode(t, err, creds.CodeBadRequest)
		})
	}
}

func TestWithoutADesktopACommandThatNeedsACodeFailsAtOnce(t *testing.T) {
	h := newHouse(t, true)
	_, err := h.connect(t, creds.SurfaceProgram).Use(t.Context(), creds.UseRequest{Profile: "alice"})
	wantCode(t, err, creds.CodeNobodyToAsk)
	got, err := h.connect(t, creds.SurfaceProgram).Use(t.Context(), creds.UseRequest{Profile: "alice", WithoutMFA: true})
	if err != nil || got.MFA || got.Status.Note == "" {
		t.Errorf("without a code: %+v, %v", got, err)
	}
}
