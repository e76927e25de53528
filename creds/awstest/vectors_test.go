package awstest

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The SHA-1 rows of RFC 6238, appendix B, cut to six digits.
func TestCodesAreThoseOfRFC6238(t *testing.T) {
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		d := &Device{secret: []byte("12345678901234567890")}
		if got := d.Code(time.Unix(unix, 0)); got != want {
			t.Errorf("code at %d: %s, want %s", unix, got, want)
		}
	}
}

// Requests and signatures from AWS's Signature Version 4 test suite, and the
// ListUsers example of its documentation, all with the suite's key.
func TestSignaturesAreThoseOfAWSsTestSuite(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" // #nosec G101 -- AWS's published example.
	const form = "application/x-www-form-urlencoded"
	tests := []struct {
		name, method, url, contentType, body string
		service, headers, want               string
	}{
		{
			"get-vanilla", "GET", "https://example.amazonaws.com/", "", "",
			"service", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		{
			"get-vanilla-query-order-key-case", "GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", "", "",
			"service", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
		},
		{
			"post-vanilla", "POST", "https://example.amazonaws.com/", "", "",
			"service", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
		},
		{
			"post-x-www-form-urlencoded", "POST", "https://example.amazonaws.com/", form, "Param1=value1",
			"service", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
		},
		{
			"the documentation's ListUsers", "GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", form + "; charset=utf-8", "",
			"iam", "content-type;host;x-amz-date", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, tt.url, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
			r.Header.Set("X-Amz-Date", "20150830T123600Z")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/"+tt.service+
				"/aws4_request, SignedHeaders="+tt.headers+", Signature="+tt.want)
			s, err := readSignature(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.check(secret, []byte(tt.body)); err != nil {
				t.Errorf("the suite's signature is refused: %v\n%s", err, s.canonical([]byte(tt.body)))
			}
			if s.check(secret+"x", []byte(tt.body)) == nil {
				t.Error("another secret is accepted")
			}
			if s.check(secret, []byte(tt.body+"x")) == nil {
				t.Error("another body is accepted")
			}
		})
	}
}

func TestAHostIsOfOneServiceInOneRegion(t *testing.T) {
	for host, want := range map[string][2]string{
		"sts.amazonaws.com":                       {"sts", "us-east-1"},
		"sts.eu-west-1.amazonaws.com:443":         {"sts", "eu-west-1"},
		"iam.us-gov.amazonaws.com":                {"iam", "us-gov-west-1"},
		"oidc.eu-west-1.amazonaws.com":            {"oidc", "eu-west-1"},
		"oidc-fips.us-gov-west-1.amazonaws.com":   {"oidc", "us-gov-west-1"},
		"oidc.eu-west-1.api.aws":                  {"oidc", "eu-west-1"},
		"oidc.cn-north-1.amazonaws.com.cn":        {"oidc", "cn-north-1"},
		"portal.sso.eu-west-1.amazonaws.com":      {"portal.sso", "eu-west-1"},
		"portal.sso-fips.us-east-1.api.aws":       {"portal.sso", "us-east-1"},
		"device.sso.eu-west-1.amazonaws.com":      {"device.sso", "eu-west-1"},
		"127.0.0.1:4566":                          {},
		"d-abc123.awsapps.com":                    {},
		"oidc.eu-west-1.amazonaws.com.example.io": {},
	} {
		if service, region := endpoint(host); service != want[0] || region != want[1] {
			t.Errorf("%s is %q in %q, want %q", host, service, region, want)
		}
	}
}
