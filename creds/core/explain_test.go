package core_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// explained returns the steps to a profile, one a line.
func (w *world) explained(name string) string {
	w.t.Helper()
	e, err := w.m.Explain(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, l := range e.Links {
		line := fmt.Sprintf("%s %s: %s", l.Kind, l.Profile, l.Title)
		switch {
		case l.Missing != "":
			line += " — " + l.Missing
		case !l.Expires.IsZero():
			line += fmt.Sprintf(", %s", time.Until(l.Expires).Round(time.Minute))
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestAChainIsExplainedStepByStep(t *testing.T) {
	for name, want := range map[string]struct{ before, after string }{
		"ci": {
			"key ci: long-term key of ci\nsession ci: session of ci\nfile ci: credentials file — nothing is written yet",
			"key ci: long-term key of ci\nsession ci: session of ci, 12h0m0s\nfile ci: [ci] of the credentials file, 12h0m0s",
		},
		"dev-readonly": {
			"key alice: long-term key of alice\nsession alice: MFA session of alice\nrole dev-readonly: role ReadOnly in 111111111111\nfile dev-readonly: credentials file — nothing is written yet",
			"key alice: long-term key of alice\nsession alice: MFA session of alice, 12h0m0s\nrole dev-readonly: role ReadOnly in 111111111111, 1h0m0s\nfile dev-readonly: [dev-readonly-temporary] of the credentials file, 1h0m0s",
		},
		"chain-2": {
			"key alice: long-term key of alice\nsession alice: MFA session of alice\nrole chain-1: role Gateway in 222222222222\nrole chain-2: role Deploy in 333333333333\nfile chain-2: credentials file — nothing is written yet",
			"key alice: long-term key of alice\nsession alice: MFA session of alice, 12h0m0s\nrole chain-1: role Gateway in 222222222222, 1h0m0s\nrole chain-2: role Deploy in 333333333333, 1h0m0s\nfile chain-2: [chain-2-temporary] of the credentials file, 1h0m0s",
		},
		"sso-deploy": {
			"sign_in sso-dev-admin: sign-in to corp-sso\nsso_role sso-dev-admin: role AdministratorAccess in 444444444444\nrole sso-deploy: role Deploy in 666666666666\nfile sso-deploy: credentials file — nothing is written yet",
			"sign_in sso-dev-admin: sign-in to corp-sso as alice\nsso_role sso-dev-admin: role AdministratorAccess in 444444444444, 4h0m0s\nrole sso-deploy: role Deploy in 666666666666, 1h0m0s\nfile sso-deploy: [sso-deploy-temporary] of the credentials file, 1h0m0s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				withSSO(w)
				if diff := cmp.Diff(want.before, w.explained(name)); diff != "" {
					t.Errorf("before (-want +got):\n%s", diff)
				}
				w.refresh(name, core.RefreshOptions{})
				if diff := cmp.Diff(want.after, w.explained(name)); diff != "" {
					t.Errorf("after (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestABrokenLinkOfAChainIsExplained(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Config, w.Config()+"\n[profile lost]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = nobody\n")
		if got := w.explained("lost"); !strings.Contains(got, `names "nobody", and there is no such profile`) {
			t.Errorf("explained as %s", got)
		}
		_, err := w.m.Explain(t.Context(), "unheard-of")
		credstest.WantCode(t, err, creds.CodeNoProfile, "unheard-of")
	})
}
