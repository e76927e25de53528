package core_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/internal/secret"
)

// keeper knows the passphrase, and gives it unless it declines.
type keeper struct {
	declines bool
	asked    int
}

func (k *keeper) Ask(ctx context.Context, _ creds.Prompt, try func(context.Context, creds.AnswerRequest) error) error {
	if k.asked++; k.declines {
		return credstest.Declined("the question for the passphrase")
	}
	return try(ctx, creds.AnswerRequest{Answer: secret.New("correct horse")})
}

// lockKeyring restarts the manager with a locked keyring.
func (w *world) lockKeyring() *keeper {
	w.t.Helper()
	w.stop()
	k := &keeper{}
	w.vaultOf = func() *vault.Vault {
		return vault.New(vault.Config{Backend: "file", Dir: filepath.Join(w.home, "state"), User: k})
	}
	w.start()
	synctest.Wait()
	return k
}

// awaitingConfig has profiles that may have a key in the keyring, and others.
const awaitingConfig = `
[profile self]
role_arn = arn:aws:iam::111111111111:role/ReadOnly
source_profile = self
mfa_serial = arn:aws:iam::111111111111:mfa/alice-phone

[profile through-process]
credential_process = daypass credential-process --profile through-process

[profile nothing]
region = eu-west-1

[profile half]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE

[profile stale]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = secret
aws_session_token = stale

[profile of-a-program]
aws_access_key_id = ASIAIOSFODNN7EXAMPLE
aws_secret_access_key = secret
aws_session_token = fresh

[profile behind-a-program]
role_arn = arn:aws:iam::111111111111:role/ReadOnly
source_profile = of-a-program

[profile plain]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = secret

[profile web]
role_arn = arn:aws:iam::111111111111:role/ReadOnly
web_identity_token_file = /token

[profile metadata]
role_arn = arn:aws:iam::111111111111:role/ReadOnly
credential_source = Ec2InstanceMetadata

[profile lost]
role_arn = arn:aws:iam::111111111111:role/ReadOnly
source_profile = nobody
`

func TestAProfileWhoseKeyMayBeInALockedKeyringIsNotJudged(t *testing.T) {
	awaiting := map[string]creds.Kind{
		"alice": creds.KindUser, "ci": creds.KindUser, "dev-admin": creds.KindRole, "chain-1": creds.KindRole, "chain-3": creds.KindRole,
		"self": creds.KindRole, "through-process": creds.KindUser, "nothing": creds.KindUser, "half": creds.KindUser,
		"stale": creds.KindUser, "of-a-program": creds.KindUser, "behind-a-program": creds.KindRole,
	}
	judged := map[string]creds.Code{
		"plain": "", "web": creds.CodeUnsupported, "metadata": creds.CodeUnsupported, "lost": creds.CodeBadProfile, "sso-dev-admin": "",
	}
	for name, tc := range map[string]struct {
		lock  func(w *world) *keeper
		code  creds.Code
		words string
	}{
		"locked": {(*world).lockKeyring, creds.CodeKeyringLocked, "the keyring is locked"},
		"locked, and the person has closed its question": {func(w *world) *keeper {
			k := w.lockKeyring()
			k.declines = true
			credstest.WantCode(w.t, w.m.Unlock(w.t.Context(), atTray), creds.CodeDeclined, "closed")
			_, err := w.m.Refresh(w.t.Context(), "dev-admin", core.RefreshOptions{Requester: atTray})
			credstest.WantCode(w.t, err, creds.CodeDeclined, "closed")
			if k.asked != 2 {
				w.t.Errorf("asked %d times by two clicks", k.asked)
			}
			k.declines = false
			return k
		}, creds.CodeKeyringLocked, "the keyring is locked"},
		"away": {func(w *world) *keeper {
			w.stop()
			k := &keeper{}
			backend := "secret-service"
			w.vaultOf = func() *vault.Vault {
				return vault.New(vault.Config{Backend: backend, Dir: filepath.Join(w.home, "state"), User: k})
			}
			w.start()
			synctest.Wait()
			return nil
		}, creds.CodeKeyringUnavailable, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
			bubble(t, func(t *testing.T, w *world) {
				w.withSSO(awaitingConfig)
				for _, name := range []string{"self", "through-process"} {
					key := creds.LongTermKey{ID: w.AliceKey.ID, Secret: secret.New(w.AliceKey.Secret)}
					if err := w.vault().SetKey(t.Context(), name, key); err != nil {
						t.Fatal(err)
					}
				}
				k := tc.lock(w)
				problems := w.m.Snapshot(t.Context()).Problems
				if len(problems) != 1 || problems[0].Code != tc.code || !strings.Contains(problems[0].Message, tc.words) {
					t.Fatalf("the problems are %v", problems)
				}
				for name, kind := range awaiting {
					s, _ := w.status(name)
					if !s.AwaitsKeyring() || s.Foreign() || s.Kind != kind || *s.Err != problems[0] {
						t.Errorf("%s is judged: %s %v", name, s.Kind, s.Err)
					}
					if got := w.explained(name); !strings.Contains(got, tc.words) {
						t.Errorf("%s is explained as %s", name, got)
					}
				}
				for name, code := range judged {
					s, _ := w.status(name)
					if s.AwaitsKeyring() || code == "" && s.Err != nil || code != "" && (s.Err == nil || s.Err.Code != code) {
						t.Errorf("%s: %v", name, s.Err)
					}
				}
				if got := w.explained("chain-1"); !strings.HasPrefix(got, "key alice: long-term key of alice — ") || !strings.Contains(got, "role chain-1: role Gateway") {
					t.Errorf("chain-1 is explained as %s", got)
				}
				if k == nil {
					credstest.WantCode(t, w.m.Unlock(t.Context(), atTray), tc.code, tc.words)
					return
				}
				if err := w.m.Unlock(t.Context(), atTray); err != nil {
					t.Fatal(err)
				}
				asked := k.asked
				for name, want := range map[string]creds.Code{
					"alice": "", "ci": "", "dev-admin": "", "chain-3": "", "plain": "", "self": "", "through-process": "",
					"nothing": creds.CodeNoKey, "half": creds.CodeBadProfile,
					"stale": creds.CodeNoKey, "of-a-program": creds.CodeUnsupported, "behind-a-program": creds.CodeUnsupported,
				} {
					s, _ := w.status(name)
					if want == "" && s.Err != nil || want != "" && (s.Err == nil || s.Err.Code != want) {
						t.Errorf("when the keyring is open %s has %v", name, s.Err)
					}
				}
				if problems := w.m.Snapshot(t.Context()).Problems; len(problems) > 0 {
					t.Errorf("still: %v", problems)
				}
				w.refresh("dev-admin", core.RefreshOptions{Requester: atTray})
				if k.asked != asked {
					t.Error("the person was asked once more")
				}
			})
		})
	}
}

func TestAClickOnAProfileBehindALockedKeyringUnlocksIt(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		k := w.lockKeyring()
		w.refresh("dev-admin", core.RefreshOptions{Requester: atTray})
		w.wantState("dev-admin", creds.StateValid)
		if k.asked != 1 {
			t.Errorf("asked %d times", k.asked)
		}
	})
}
