package awscall_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/awscall"
	"daypass/creds/credstest"
	"daypass/internal/textfile"
)

func loadAWS(t *testing.T) aws.Config {
	t.Helper()
	cfg, err := awscall.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// reach is what the environment says to a service's client.
type reach struct {
	Base      string
	FIPS      aws.FIPSEndpointState
	DualStack aws.DualStackEndpointState
	Attempts  int
	Mode      aws.RetryMode
}

func reaches(cfg aws.Config) map[string]reach {
	s, i, c := sts.NewFromConfig(cfg).Options(), iam.NewFromConfig(cfg).Options(), signin.NewFromConfig(cfg).Options()
	return map[string]reach{
		"sts": {aws.ToString(s.BaseEndpoint), s.EndpointOptions.UseFIPSEndpoint, s.EndpointOptions.UseDualStackEndpoint, s.RetryMaxAttempts, s.RetryMode},
		"iam": {aws.ToString(i.BaseEndpoint), i.EndpointOptions.UseFIPSEndpoint, i.EndpointOptions.UseDualStackEndpoint, i.RetryMaxAttempts, i.RetryMode},
		// The sign-in to the console.
		"signin": {aws.ToString(c.BaseEndpoint), c.EndpointOptions.UseFIPSEndpoint, c.EndpointOptions.UseDualStackEndpoint, c.RetryMaxAttempts, c.RetryMode},
	}
}

func TestTheEnvironmentIsReadAsTheSDKReadsIt(t *testing.T) {
	for name, environ := range map[string][]string{
		"nothing":                        {},
		"an endpoint for all":            {"AWS_ENDPOINT_URL=http://127.0.0.1:1"},
		"an endpoint for STS":            {"AWS_ENDPOINT_URL_STS=http://127.0.0.1:2"},
		"an endpoint for IAM":            {"AWS_ENDPOINT_URL_IAM=https://iam.internal/path"},
		"an endpoint for the sign-in":    {"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ENDPOINT_URL_SIGNIN=http://127.0.0.1:4"},
		"endpoints for all, each is own": {"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:2", "AWS_ENDPOINT_URL_IAM=http://127.0.0.1:3"},
		"empty endpoints":                {"AWS_ENDPOINT_URL=", "AWS_ENDPOINT_URL_STS=", "AWS_ENDPOINT_URL_IAM="},
		"endpoints that are ignored":     {"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:2", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"},
		"endpoints that are not ignored": {"AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false"},
		"FIPS":                           {"AWS_USE_FIPS_ENDPOINT=true"},
		"no FIPS":                        {"AWS_USE_FIPS_ENDPOINT=False"},
		"dual stack":                     {"AWS_USE_DUALSTACK_ENDPOINT=TRUE"},
		"no dual stack":                  {"AWS_USE_DUALSTACK_ENDPOINT=false"},
		"retries":                        {"AWS_MAX_ATTEMPTS=7", "AWS_RETRY_MODE=adaptive"},
		"the retries of all SDKs":        {"AWS_RETRY_MODE=standard"},
	} {
		t.Run(name, func(t *testing.T) {
			credstest.SetEnviron(t, environ...)
			want, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-west-1"),
				config.WithSharedConfigFiles([]string{}), config.WithSharedCredentialsFiles([]string{}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(reaches(want), reaches(loadAWS(t))); diff != "" {
				t.Errorf("the SDK's reading and this one (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatAShellHasSetForItselfDoesNotMatter(t *testing.T) {
	credstest.SetEnviron(t)
	want := reaches(loadAWS(t))
	credstest.SetEnviron(t, "AWS_PROFILE=nowhere", "AWS_ACCESS_KEY_ID=AKIA", "AWS_SECRET_ACCESS_KEY=x", "AWS_REGION=nowhere-1",
		"AWS_CONFIG_FILE=/nowhere/config", "AWS_RETRY_MODE=legacy")
	got := loadAWS(t)
	if got.Credentials != nil || got.Region != "" {
		t.Errorf("the config has credentials (%v) or the region %q", got.Credentials, got.Region)
	}
	if diff := cmp.Diff(want, reaches(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAVariableThatCannotBeFollowedIsNamed(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wideFile := filepath.Join(t.TempDir(), "wide.pem")
	if err := os.WriteFile(wideFile, []byte(credstest.UTF16("-----BEGIN CERTIFICATE-----\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	for entry, want := range map[string]string{
		"AWS_CA_BUNDLE=" + wideFile:                     "AWS_CA_BUNDLE, " + wideFile + ", cannot be used: " + textfile.ErrUTF16.Error(),
		"AWS_CA_BUNDLE=/nowhere/ca.pem":                 "AWS_CA_BUNDLE cannot be read: open /nowhere/ca.pem: no such file or directory",
		"AWS_CA_BUNDLE=" + empty:                        "AWS_CA_BUNDLE, " + empty + ", holds no certificate",
		"AWS_ENDPOINT_URL=localhost:4566":               "AWS_ENDPOINT_URL is not the URL of an endpoint, such as http://localhost:4566",
		"AWS_ENDPOINT_URL_STS=https://":                 "AWS_ENDPOINT_URL_STS is not the URL of an endpoint, such as http://localhost:4566",
		"AWS_ENDPOINT_URL_IAM=https://me:secret@[::":    "AWS_ENDPOINT_URL_IAM is not the URL of an endpoint, such as http://localhost:4566",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=of course": `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is "of course", neither true nor false`,
		"AWS_USE_FIPS_ENDPOINT=1":                       `AWS_USE_FIPS_ENDPOINT is "1", neither true nor false`,
		"AWS_USE_DUALSTACK_ENDPOINT=yes":                `AWS_USE_DUALSTACK_ENDPOINT is "yes", neither true nor false`,
		"AWS_RETRY_MODE=never":                          `AWS_RETRY_MODE is "never", not legacy, standard or adaptive`,
		"AWS_MAX_ATTEMPTS=0":                            `AWS_MAX_ATTEMPTS is "0", not a whole number above zero`,
		"AWS_MAX_ATTEMPTS=three":                        `AWS_MAX_ATTEMPTS is "three", not a whole number above zero`,
	} {
		t.Run(entry, func(t *testing.T) {
			credstest.SetEnviron(t, entry)
			_, err := awscall.Load(t.Context())
			if err == nil || err.Error() != want {
				t.Errorf("the error is %v, not %s", err, want)
			}
		})
	}
}

func TestOnlyWhoIsInTheCABundleIsTrusted(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, block, 0o600); err != nil {
		t.Fatal(err)
	}
	get := func() error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := loadAWS(t).HTTPClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	credstest.SetEnviron(t)
	if get() == nil {
		t.Error("a stranger is trusted")
	}
	credstest.SetEnviron(t, "AWS_CA_BUNDLE="+bundle)
	if err := get(); err != nil {
		t.Error(err)
	}
}
