package awstest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds/awstest"
)

const (
	wrongSignature = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	unknownKey = "The security token included in the request is invalid."
)

func TestOnlyTheRealSecretSigns(t *testing.T) {
	s := awstest.NewSample()
	_, err := stsAs(s.AWS, awstest.Key{ID: s.AliceKey.ID, Secret: s.CIKey.Secret}).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, 403, "SignatureDoesNotMatch", wrongSignature)
	_, err = stsAs(s.AWS, awstest.Key{ID: "AKIAIOSFODNN7EXAMPLE", Secret: s.CIKey.Secret}).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, 403, "InvalidClientTokenId", unknownKey)
	s.Alice.Deactivate(s.AliceKey.ID)
	_, err = stsAs(s.AWS, s.AliceKey).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, 403, "InvalidClientTokenId", unknownKey)
}

func TestTemporaryKeysNeedTheirOwnToken(t *testing.T) {
	s := awstest.NewSample()
	alice := session(t, stsAs(s.AWS, s.AliceKey), nil)
	other := session(t, stsAs(s.AWS, s.CIKey), nil)
	for _, tt := range []struct{ name, id, secret, token string }{
		{"no token", *alice.AccessKeyId, *alice.SecretAccessKey, ""},
		{"another session's token", *alice.AccessKeyId, *alice.SecretAccessKey, *other.SessionToken},
		{"a token with a long-term key", s.AliceKey.ID, s.AliceKey.Secret, *alice.SessionToken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := sts.NewFromConfig(config(s.AWS, "eu-west-1", tt.id, tt.secret, tt.token)).GetCallerIdentity(t.Context(), nil)
			wantRefusal(t, err, 403, "InvalidClientTokenId", invalidToken)
		})
	}
}

func TestAWrongClockIsRefusedAfterFifteenMinutes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		skew    time.Duration
		message string // empty: accepted
	}{
		{"15 minutes behind AWS", 15 * time.Minute, ""},
		{"more behind", 15*time.Minute + time.Second, "Signature expired: 20000101T000000Z is now earlier than 20000101T000001Z (20000101T001501Z - 15 min.)"},
		{"15 minutes ahead of AWS", -15 * time.Minute, ""},
		{"more ahead", -15*time.Minute - time.Second, "Signature not yet current: 20000101T000000Z is still later than 19991231T235959Z (19991231T234459Z + 15 min.)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := awstest.NewSample()
				s.AWS.Skew(tt.skew)
				var date string
				c := sts.NewFromConfig(config(s.AWS, "eu-west-1", s.AliceKey.ID, s.AliceKey.Secret, ""), func(o *sts.Options) {
					o.HTTPClient = &http.Client{Transport: dateSpy{s.AWS.Transport(), &date}}
				})
				_, err := c.GetCallerIdentity(t.Context(), nil)
				if tt.message == "" && err != nil {
					t.Error(err)
				} else if tt.message != "" {
					wantRefusal(t, err, 403, "SignatureDoesNotMatch", tt.message)
				}
				if want := time.Now().Add(tt.skew).UTC().Format(http.TimeFormat); date != want {
					t.Errorf("Date: %s, want %s", date, want)
				}
			})
		})
	}
}

// dateSpy notes the Date of the last answer.
type dateSpy struct {
	http.RoundTripper
	date *string
}

func (d dateSpy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := d.RoundTripper.RoundTrip(r)
	if err == nil {
		*d.date = resp.Header.Get("Date")
	}
	return resp, err
}

func TestCodesFollowAWSsClock(t *testing.T) {
	s := awstest.NewSample()
	s.AWS.Skew(10 * time.Minute)
	c, serial := stsAs(s.AWS, s.AliceKey), s.Phone.Serial()
	_, err := c.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{SerialNumber: &serial, TokenCode: aws.String(s.Phone.Code(time.Now()))})
	wantRefusal(t, err, 403, "AccessDenied", invalidCode)
	session(t, c, &sts.GetSessionTokenInput{SerialNumber: &serial, TokenCode: aws.String(s.Phone.Code(s.AWS.Now()))})
}

func TestEachPartitionAndRegionIsHeldToItsOwn(t *testing.T) {
	w := awstest.New()
	key := map[string]awstest.Key{
		"aws":        newKey(w.IAM.Account("111111111111").User("alice")),
		"aws-cn":     newKey(w.IAM.AccountIn("aws-cn", "222222222222").User("alice")),
		"aws-us-gov": newKey(w.IAM.AccountIn("aws-us-gov", "333333333333").User("alice")),
		"aws-eusc":   newKey(w.IAM.AccountIn("aws-eusc", "444444444444").User("alice")),
	}
	for _, tt := range []struct {
		partition, region, arn string // no ARN: refused
	}{
		{"aws", "us-east-1", "arn:aws:iam::111111111111:user/alice"},
		{"aws", "ap-southeast-2", "arn:aws:iam::111111111111:user/alice"},
		{"aws-cn", "cn-north-1", "arn:aws-cn:iam::222222222222:user/alice"},
		{"aws-us-gov", "us-gov-west-1", "arn:aws-us-gov:iam::333333333333:user/alice"},
		{"aws-eusc", "eusc-de-east-1", "arn:aws-eusc:iam::444444444444:user/alice"},
		{"aws", "us-gov-west-1", ""},
		{"aws-cn", "us-east-1", ""},
	} {
		t.Run(tt.partition+" in "+tt.region, func(t *testing.T) {
			k := key[tt.partition]
			cfg := config(w, tt.region, k.ID, k.Secret, "")
			out, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			if tt.arn == "" {
				wantRefusal(t, err, 403, "InvalidClientTokenId", unknownKey)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			user := must(iam.NewFromConfig(cfg).GetUser(t.Context(), nil))(t)
			if *out.Arn != tt.arn || *user.User.Arn != tt.arn {
				t.Errorf("STS says %s, IAM %s, want %s", *out.Arn, *user.User.Arn, tt.arn)
			}
		})
	}
}

func TestScopeMustFitTheHost(t *testing.T) {
	s := awstest.NewSample()
	for _, tt := range []struct{ name, endpoint, region, code, message string }{
		{"another region's host", "https://sts.eu-central-1.amazonaws.com", "eu-west-1", "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'eu-west-1'. "},
		{"the global host", "https://sts.amazonaws.com", "eu-west-1", "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'eu-west-1'. "},
		{"no region", "http://127.0.0.1:1", "mars-1", "SignatureDoesNotMatch", "Credential should be scoped to a valid region, not 'mars-1'. "},
		{"another service's host", "https://iam.amazonaws.com", "us-east-1", "InvalidAction", "Could not find operation GetCallerIdentity for version 2011-06-15"},
		{"its own host", "https://sts.eu-west-1.amazonaws.com", "eu-west-1", "", ""},
		{"loopback", "http://127.0.0.1:1", "eu-west-1", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config(s.AWS, tt.region, s.AliceKey.ID, s.AliceKey.Secret, "")
			cfg.BaseEndpoint = &tt.endpoint
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			switch {
			case tt.code == "InvalidAction":
				wantRefusal(t, err, 400, tt.code, tt.message)
			case tt.code != "":
				wantRefusal(t, err, 403, tt.code, tt.message)
			case err != nil:
				t.Error(err)
			}
		})
	}
}
