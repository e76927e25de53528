package sso_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"daypass/internal/secret"
	"daypass/sso"
)

// What AWS's own readers make of the files is the measure, and that they can
// renew what is in them.

// endsSoon is a token that every reader wants to renew.
func endsSoon(s sso.Session, by time.Duration) sso.Token {
	token := tokenOf(s, "old")
	token.Expires = time.Now().Add(by)
	return token
}

// wantRenewed checks what a reader has left after its renewal.
func wantRenewed(t *testing.T, cache *sso.Cache, s sso.Session) {
	t.Helper()
	got, err := cache.Token(t.Context(), s)
	if err != nil || got.AccessToken != secret.New("new") || got.RefreshToken != secret.New("next") || !got.Renewable(time.Now()) {
		t.Errorf("what it renewed is read as %+v (%v)", got, err)
	}
	if left := got.Left(time.Now()); left < 50*time.Minute || left > time.Hour {
		t.Errorf("it is good for %v", left)
	}
}

func TestBotocoreReadsAndRenewsWhatIsStored(t *testing.T) {
	const script = `
import sys
from botocore.session import Session
from botocore.tokens import SSOTokenProvider
from botocore.utils import JSONFileCache, SSOTokenLoader

folder, name, url, region = sys.argv[1:]
cache = JSONFileCache(folder)
assert SSOTokenLoader(cache=cache)(url, session_name=name)['accessToken'] == 'old'

class Session:
    full_config = {
        'profiles': {'p': {'sso_session': name}},
        'sso_sessions': {name: {'sso_start_url': url, 'sso_region': region}},
    }

class Client:
    def create_token(self, **asked):
        assert asked == {
            'grantType': 'refresh_token', 'clientId': 'client', 'clientSecret': 'client-secret', 'refreshToken': 'refresh-old',
        }, asked
        return {'accessToken': 'new', 'refreshToken': 'next', 'expiresIn': 3600}

from botocore.tokens import _sso_json_dumps
provider = SSOTokenProvider(Session(), cache=JSONFileCache(folder, dumps_func=_sso_json_dumps), profile_name='p')
provider._client = Client()
print(provider.load_token().get_frozen_token().token, end='')
`
	session := corpSession
	session.Name = "dépôt 🔑"
	cache := sso.NewCache(t.TempDir(), nil)
	if err := cache.StoreToken(t.Context(), session, endsSoon(session, 10*time.Minute)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "python3", "-c", script, cache.Dir(), session.Name, session.StartURL, session.Region)
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	var problem strings.Builder
	cmd.Stderr = &problem
	if out, err := cmd.Output(); err != nil || string(out) != "new" {
		t.Fatalf("botocore says %q (%v): %s", out, err, &problem)
	}
	wantRenewed(t, cache, session)
}

// renewing is AWS, as far as the Go SDK asks it here.
type renewing struct{ t *testing.T }

func (r renewing) CreateToken(_ context.Context, in *ssooidc.CreateTokenInput, _ ...func(*ssooidc.Options)) (*ssooidc.CreateTokenOutput, error) {
	if aws.ToString(in.ClientId) != "client" || aws.ToString(in.ClientSecret) != "client-secret" || aws.ToString(in.RefreshToken) != "refresh-old" {
		r.t.Error("the Go SDK sends something else than was stored")
	}
	return &ssooidc.CreateTokenOutput{AccessToken: aws.String("new"), RefreshToken: aws.String("next"), ExpiresIn: 3600}, nil
}

func TestTheGoSDKReadsAndRenewsWhatIsStored(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	cache := sso.NewCache(filepath.Join(home, ".aws", "sso", "cache"), nil)
	for _, session := range []sso.Session{corpSession, {StartURL: corpSession.StartURL, Region: corpSession.Region}} {
		if err := cache.StoreToken(t.Context(), session, endsSoon(session, -time.Minute)); err != nil {
			t.Fatal(err)
		}
		path, err := ssocreds.StandardCachedTokenFilepath(session.ID())
		if err != nil {
			t.Fatal(err)
		}
		token, err := ssocreds.NewSSOTokenProvider(renewing{t}, path).RetrieveBearerToken(t.Context())
		if err != nil || token.Value != "new" {
			t.Errorf("the Go SDK reads %q (%v)", token.Value, err)
		}
		wantRenewed(t, cache, session)
	}
}
