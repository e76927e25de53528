package console_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"daypass/creds/console"
)

func TestABookmarkKeepsThePageAlone(t *testing.T) {
	const s3 = "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"
	for _, tt := range []struct{ name, pasted, want string }{
		{"a plain page", s3, s3},
		{"space around", " \n" + s3 + "\t", s3},
		{"capitals and a port", "HTTPS://EU-west-1.CONSOLE.aws.amazon.com:443/s3/home?region=eu-west-1", s3},
		{"one session of several", "https://111122223333-abcdefgh.eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1", s3},
		{"an account alone", "https://111122223333.eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1", s3},
		{"a session without a region", "https://111122223333-abcdefgh.console.aws.amazon.com/iam/home", "https://console.aws.amazon.com/iam/home"},
		{"a user", "https://me:secret@eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1", s3},
		{"a service's host", "https://s3.console.aws.amazon.com/s3/buckets/b?region=eu-west-1&tab=objects", "https://s3.console.aws.amazon.com/s3/buckets/b?region=eu-west-1&tab=objects"},
		{"the account in the query", "https://eu-west-1.console.aws.amazon.com/s3/home?account=111122223333&region=eu-west-1", s3},
		{"after a sign-in", "https://eu-west-1.console.aws.amazon.com/s3/home?state=hashArgs%23&isauthcode=true&code=eyJhb&region=eu-west-1", s3},
		{"presigned", s3 + "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA&x-amz-security-token=abc&X-Amz-Signature=1f", s3},
		{"a sign-in token", "https://eu-west-1.console.aws.amazon.com/s3/home?SigninToken=abc&region=eu-west-1&session_token=x&NextToken=y", s3},
		{"a temporary key's id", s3 + "&key=ASIAABCDEFGHIJKLMNOP", s3},
		{"an address within", s3 + "&to=https%253A%252F%252Fx%252F%253FX-Amz-Security-Token%253Dabc", s3},
		{"without an end", s3 + "&to=" + "%" + strings.Repeat("25", 30) + "41", s3},
		{"a fragment", s3 + "#Instances:instanceState=running;sort=desc", s3 + "#Instances:instanceState=running;sort=desc"},
		{"a fragment's query", s3 + "#/functions/f?tab=code&token=abc&x=1", s3 + "#/functions/f?tab=code&x=1"},
		{"a fragment's first", s3 + "#access_token=abc&id_token=def", s3},
		{"only secrets behind it", s3 + "#/x?token=abc", s3 + "#/x"},
		{"after a semicolon", s3 + "#Logs:a=1;token=abc;b=2", s3 + "#Logs:a=1;b=2"},
		{"hashArgs", s3 + "#hashArgs=%23abc", s3},
		{
			"CloudWatch's escapes", s3 + "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fx/log-events$3Fstart$3D-3600000",
			s3 + "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fx/log-events$3Fstart$3D-3600000",
		},
		{"CloudWatch's escapes of a secret", s3 + "#x/$3FsessionToken$3Dabc", s3},
		{"an ARN", "https://eu-west-1.console.aws.amazon.com/states/home#/v2/arn:aws:states:eu-west-1:111122223333:x", "https://eu-west-1.console.aws.amazon.com/states/home#/v2/arn:aws:states:eu-west-1:111122223333:x"},
		{"a mark", "https://{region}.console.aws.amazon.com/s3?region=%7bregion%7D#/x?region={Region}", "https://{region}.console.aws.amazon.com/s3?region={region}#/x?region={region}"},
		{"asiapacific is no key", s3 + "&bucket=asiapacificproduction1", s3 + "&bucket=asiapacificproduction1"},
		{"a function called like a secret", s3 + "#/functions/token-rotator?tab=code", s3 + "#/functions/token-rotator?tab=code"},
		{"a parameter of one", s3 + "#/functions/password-token/x=1;y=2", s3 + "#/functions/password-token/x=1;y=2"},
		{"a secret called like one", "https://console.aws.amazon.com/secretsmanager/secret?name=prod%2Fsession-token&region=eu-west-1", "https://console.aws.amazon.com/secretsmanager/secret?name=prod%2Fsession-token&region=eu-west-1"},
		{"credentials in JSON", s3 + "&x=%7B%22sessionToken%22%3A%22abc%22%7D", s3},
		{"what browsers let pass", "https://console.aws.amazon.com/a b/ü?q=\"<x>|{y}\"&z=50%#a b|50%ü", "https://console.aws.amazon.com/a%20b/%C3%BC?q=%22%3Cx%3E%7C%7By%7D%22&z=50%25#a%20b%7C50%25%C3%BC"},
		{"no path", "https://console.aws.amazon.com", "https://console.aws.amazon.com/"},
		{"China", "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1", "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1"},
		{"an empty query", "https://console.aws.amazon.com/x?#", "https://console.aws.amazon.com/x"},
	} {
		if got, err := console.Clean(tt.pasted, ""); err != nil || got != tt.want {
			t.Errorf("%s: %s becomes\n%s, %v, want\n%s", tt.name, tt.pasted, got, err, tt.want)
		}
	}
	if got, err := console.Clean("https://console.aws.amazon.com/x/X-Amz-Signature=1f", ""); err == nil || strings.Contains(err.Error(), "1f") {
		t.Errorf("a secret in a path: %s, %v", got, err)
	}
}

func TestABookmarkForAnyRegionHasItWhereTheRegionWas(t *testing.T) {
	for pasted, want := range map[string]string{
		"https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions?region=eu-west-1": "https://{region}.console.aws.amazon.com/lambda/home?region={region}#/functions?region={region}",
		"https://s3.console.aws.amazon.com/s3/buckets/b?tab=objects&region=eu-west-1":                       "https://s3.console.aws.amazon.com/s3/buckets/b?tab=objects&region={region}",
		"https://console.aws.amazon.com/iam/home#/roles":                                                    "https://console.aws.amazon.com/iam/home#/roles",
		"https://{region}.console.aws.amazon.com/s3":                                                        "https://{region}.console.aws.amazon.com/s3",
		"https://console.aws.amazon.com/x?region=cn-north-1&subregion=eu-west-1":                            "https://console.aws.amazon.com/x?region=cn-north-1&subregion=eu-west-1",
		"https://123456789012-abcdefgh.us-gov-west-1.console.amazonaws-us-gov.com/s3?region=us-gov-west-1":  "https://{region}.console.amazonaws-us-gov.com/s3?region={region}",
	} {
		if got, err := console.CleanAnyRegion(pasted, ""); err != nil || got != want {
			t.Errorf("%s becomes %s, %v", pasted, got, err)
		}
	}
}

// FuzzClean checks the result with other readers.
func FuzzClean(f *testing.F) {
	for _, seed := range []string{
		"https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1#x?y=z",
		"https://111122223333-abcdefgh.eu-west-1.console.aws.amazon.com/s3/home?X-Amz-Security-Token=a;SigninToken=b",
		"https://u:p@{region}.console.amazonaws.cn/a%2Fb?x=%2525&y=$3FsessionToken$3Dabc#%7bregion%7d&code=1?token=2;secret=3",
		"https://console.aws.amazon.com/x?q=50%#a?b?c&d;e=ASIAABCDEFGHIJKLMNOP",
		"https://console.aws.amazon.com/where-the-region-goes#sess;ion-token=x",
		"https://s3.111122223333.console.amazonaws-us-gov.com",
		"https://{region}.console.amazonaws.cn/%{region}?&token#0%{region}",
	} {
		f.Add(seed)
	}
	account := regexp.MustCompile(`\d{12}`)
	secrets := regexp.MustCompile(`(?i)(x-amz-security-token|x-amz-signature|sign-?in_?token|session_?token)=|ASIA[A-Z0-9]{16}`)
	f.Fuzz(func(t *testing.T, pasted string) {
		got, err := console.Clean(pasted, "")
		if err != nil {
			if got != "" || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q with the error %q", got, err)
			}
			return
		}
		if again, err := console.Clean(got, ""); err != nil || again != got {
			t.Errorf("%q becomes %q, then %q, %v", pasted, got, again, err)
		}
		host, _, _ := strings.Cut(strings.TrimPrefix(got, "https://"), "/")
		if account.MatchString(host) || strings.ContainsAny(host, "@:\\?# ") || !regexp.MustCompile(`(^|\.)console\.(aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com|amazonaws-eusc\.eu)$`).MatchString(host) {
			t.Errorf("%q has the host %q", pasted, host)
		}
		u, err := url.Parse(strings.ReplaceAll(got, "{region}", "eu-west-1"))
		if err != nil || u.User != nil || u.Scheme != "https" {
			t.Errorf("%q is no address any more: %v", got, err)
		}
		// Only IDs of keys are case-sensitive: names of secrets are found in any case.
		for text, n := got, 0; n < 4; n++ {
			if m := secrets.FindString(text); m != "" && (!strings.HasPrefix(strings.ToUpper(m), "ASIA") || m == strings.ToUpper(m)) {
				t.Errorf("%q still has %q", pasted, m)
			}
			if text, err = url.PathUnescape(text); err != nil {
				break
			}
		}
		marked, err := console.CleanAnyRegion(pasted, "")
		if err != nil {
			t.Errorf("%q cannot be for any region: %v", pasted, err)
		}
		if again, err := console.Clean(marked, ""); err != nil || again != marked {
			t.Errorf("%q becomes %q, %v", marked, again, err)
		}
	})
}
