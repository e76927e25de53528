package awstest_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"daypass/creds/awstest"
)

// config is the SDK's, in process and without retries.
func config(w *awstest.AWS, region, id, secret, token string) aws.Config {
	return aws.Config{
		Region:      region,
		HTTPClient:  &http.Client{Transport: w.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// newKey mints a key for the user.
func newKey(u *awstest.User) awstest.Key {
	id, secret := u.AccessKey()
	return awstest.Key{ID: id, Secret: secret}
}

func stsAs(w *awstest.AWS, k awstest.Key) *sts.Client {
	return sts.NewFromConfig(config(w, "eu-west-1", k.ID, k.Secret, ""))
}

func iamAs(w *awstest.AWS, k awstest.Key) *iam.Client {
	return iam.NewFromConfig(config(w, "eu-west-1", k.ID, k.Secret, ""))
}

func stsWith(w *awstest.AWS, c *types.Credentials) *sts.Client {
	return sts.NewFromConfig(config(w, "eu-west-1", *c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken))
}

func iamWith(w *awstest.AWS, c *types.Credentials) *iam.Client {
	return iam.NewFromConfig(config(w, "eu-west-1", *c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken))
}

// wantRefusal asserts AWS's code, message and HTTP status; an empty message
// is any.
func wantRefusal(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Errorf("error %v, want %s", err, code)
		return
	}
	if api.ErrorCode() != code || message != "" && api.ErrorMessage() != message {
		t.Errorf("refused with %s: %q\nwant         %s: %q", api.ErrorCode(), api.ErrorMessage(), code, message)
	}
	if resp, ok := errors.AsType[*smithyhttp.ResponseError](err); !ok || resp.HTTPStatusCode() != status {
		t.Errorf("HTTP status of %v is not %d", err, status)
	}
}

// must fails the test unless a call succeeded: must(call())(t).
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantLasting asserts that a call returns credentials that end after so long or, if that is
// zero, refuses its DurationSeconds.
func wantLasting(t *testing.T, w *awstest.AWS, want time.Duration, c *types.Credentials, err error) {
	t.Helper()
	if want == 0 {
		wantRefusal(t, err, 400, "ValidationError", "")
		if err != nil && !strings.Contains(err.Error(), "at 'durationSeconds' failed to satisfy constraint: Member must have value") {
			t.Error(err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := time.Until(*c.Expiration); got != want {
		t.Errorf("lasts %v, want %v", got, want)
	}
	time.Sleep(want - time.Second)
	whoami(t, stsWith(w, c))
	time.Sleep(time.Second)
	_, err = stsWith(w, c).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, 403, "ExpiredToken", "The security token included in the request is expired")
}

func matches(pattern, s string) bool { return regexp.MustCompile(pattern).MatchString(s) }
