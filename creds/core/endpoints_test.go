package core_test

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// hosts records where requests go, and refuses them.
type hosts struct {
	mu   sync.Mutex
	seen []string
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, r.URL.Scheme+"://"+r.URL.Host)
	return nil, http.ErrServerClosed
}

func TestEveryProfileIsServedByItsOwnEndpoint(t *testing.T) {
	for name, tc := range map[string]struct{ config, want string }{
		"a region has its own STS":            {"region = eu-west-1", "https://sts.eu-west-1.amazonaws.com"},
		"no region, commercial":               {"mfa_serial = arn:aws:iam::1:mfa/x", "https://sts.us-east-1.amazonaws.com"},
		"no region, China":                    {"mfa_serial = arn:aws-cn:iam::1:mfa/x", "https://sts.cn-north-1.amazonaws.com.cn"},
		"no region, GovCloud":                 {"mfa_serial = arn:aws-us-gov:iam::1:mfa/x", "https://sts.us-gov-west-1.amazonaws.com"},
		"no region, European Sovereign Cloud": {"mfa_serial = arn:aws-eusc:iam::1:mfa/x", "https://sts.eusc-de-east-1.amazonaws.eu"},
		"FIPS":                                {"region = us-east-1\nuse_fips_endpoint = true", "https://sts-fips.us-east-1.amazonaws.com"},
		"dual stack":                          {"region = eu-west-1\nuse_dualstack_endpoint = true", "https://sts.eu-west-1.api.aws"},
		"endpoint_url":                        {"region = eu-west-1\nendpoint_url = http://127.0.0.1:4566", "http://127.0.0.1:4566"},
		"services come before endpoint_url":   {"region = eu-west-1\nservices = local\nendpoint_url = http://127.0.0.1:1", "http://127.0.0.1:4567"},
		"a region in China whatever the device's ARN says": {"region = cn-northwest-1", "https://sts.cn-northwest-1.amazonaws.com.cn"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.stop()
				w.write(w.files.Config, "[profile ci]\n"+tc.config+"\n\n[services local]\nsts =\n  endpoint_url = http://127.0.0.1:4567\n")
				seen := &hosts{}
				w.aws.HTTPClient = &http.Client{Transport: seen}
				w.start()
				defer w.stop()
				_, _ = w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
				if len(seen.seen) == 0 {
					t.Fatal("no request was made")
				}
				if diff := cmp.Diff(tc.want, seen.seen[0]); diff != "" {
					t.Errorf("endpoint (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestADeadProxyIsNamed(t *testing.T) {
	w := newWorld(t)
	w.stop()
	dead := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.1:1"})}
	w.aws = aws.Config{HTTPClient: &http.Client{Transport: dead}, RetryMaxAttempts: 1}
	w.start()
	_, err := w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
	credstest.WantCode(t, err, "network", "the proxy does not answer")
}

func TestAnUnreadableCABundleIsOneSentence(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "") // it comes before the profile's
	bubble(t, func(t *testing.T, w *world) {
		w.set("ci", "ca_bundle", "/nowhere/ca.pem")
		w.stop()
		cfg, err := awscall.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.aws = cfg
		w.start()
		_, err = w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
		credstest.WantCode(t, err, "bad_profile", `ca_bundle in [profile ci] cannot be read`)
	})
}

// TestThePathOfACABundleIsReadAsBotocoreReadsIt uses missing files, so that
// each error says which path was tried.
func TestThePathOfACABundleIsReadAsBotocoreReadsIt(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct{ opened, advice string }{
		"~/no/ca.pem":     {home + "/no/ca.pem", ""},
		"$HOME/no/ca.pem": {"$HOME/no/ca.pem", "AWS's tools know no variables there"},
		"no/ca.pem":       {"no/ca.pem", "Write the whole path"},
		"/no/ca.pem":      {"/no/ca.pem", ""},
	} {
		w := newWorld(t)
		w.stop()
		if w.aws, err = awscall.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.write(w.files.Config, strings.Replace(w.Config(), "[profile ci]\n", "[profile ci]\nca_bundle = "+path+"\n", 1))
		_, err := w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeBadProfile, "ca_bundle in [profile ci] cannot be read: open "+want.opened+":")
		if known, ok := errors.AsType[*creds.Error](err); !ok || !strings.Contains(known.Advice, want.advice) || want.advice == "" && known.Advice != "" {
			t.Errorf("of %s the advice is %q", path, known.Advice)
		}
	}
}

func TestTheEnvironmentComesBeforeTheProfile(t *testing.T) {
	const local = "endpoint_url = http://127.0.0.1:4566"
	for name, tc := range map[string]struct {
		environ string
		profile string
		want    string
	}{
		"it says nothing":                      {"", local, "http://127.0.0.1:4566"},
		"it has an endpoint for all":           {"AWS_ENDPOINT_URL=http://127.0.0.1:1", local, "http://127.0.0.1:1"},
		"it has an endpoint for STS":           {"AWS_ENDPOINT_URL_STS=http://127.0.0.1:2", local, "http://127.0.0.1:2"},
		"it has an endpoint for IAM":           {"AWS_ENDPOINT_URL_IAM=http://127.0.0.1:3", local, "http://127.0.0.1:4566"},
		"it ignores the profile's endpoint":    {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", local, "https://sts.us-east-1.amazonaws.com"},
		"it wants no FIPS":                     {"AWS_USE_FIPS_ENDPOINT=false", "use_fips_endpoint = true", "https://sts.us-east-1.amazonaws.com"},
		"it wants FIPS":                        {"AWS_USE_FIPS_ENDPOINT=true", "", "https://sts-fips.us-east-1.amazonaws.com"},
		"it wants no dual stack":               {"AWS_USE_DUALSTACK_ENDPOINT=false", "use_dualstack_endpoint = true", "https://sts.us-east-1.amazonaws.com"},
		"it ignores endpoints, but no setting": {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "use_dualstack_endpoint = true", "https://sts.us-east-1.api.aws"},
	} {
		t.Run(name, func(t *testing.T) {
			credstest.SetEnviron(t, strings.Fields(tc.environ)...)
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.stop()
				w.write(w.files.Config, "[profile ci]\nregion = us-east-1\n"+tc.profile+"\n")
				seen := &hosts{}
				var err error
				if w.aws, err = awscall.Load(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.aws.HTTPClient = &http.Client{Transport: seen}
				w.start()
				defer w.stop()
				_, _ = w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
				if len(seen.seen) == 0 {
					t.Fatal("no request was made")
				}
				if diff := cmp.Diff(tc.want, seen.seen[0]); diff != "" {
					t.Errorf("endpoint (-want +got):\n%s", diff)
				}
			})
		})
	}
}
