package sso_test

import (
	"strings"
	"testing"

	"daypass/sso"
)

func TestAStartURLIsWrittenInItsRightForm(t *testing.T) {
	for given, want := range map[string]string{
		"https://corp.awsapps.com/start":                             "https://corp.awsapps.com/start",
		"https://corp.awsapps.com/start/":                            "https://corp.awsapps.com/start",
		"https://corp.awsapps.com/start#/":                           "https://corp.awsapps.com/start",
		"https://corp.awsapps.com/start/#/?tab=accounts":             "https://corp.awsapps.com/start",
		`https://corp.awsapps.com/start/\#/`:                         "https://corp.awsapps.com/start",
		`https://corp.awsapps.com/start\#`:                           "https://corp.awsapps.com/start",
		"https://corp.awsapps.com/start/%23/":                        "https://corp.awsapps.com/start",
		"d-c0ffee1234.awsapps.com/start/":                            "https://d-c0ffee1234.awsapps.com/start",
		"https://ssoins-abc.portal.eu-west-1.app.aws/start#/":        "https://ssoins-abc.portal.eu-west-1.app.aws/start",
		"https://corp.awsapps.com/start/?tab=accounts":               "https://corp.awsapps.com/start",
		"https://corp.awsapps.com/start/console?account_id=1":        "https://corp.awsapps.com/start",
		"  https://corp.awsapps.com/start\t\n":                       "https://corp.awsapps.com/start",
		"HTTPS://D-C0FFEE1234.AWSAPPS.COM/Start":                     "https://d-c0ffee1234.awsapps.com/start",
		"https://corp.awsapps.com:443":                               "https://corp.awsapps.com/start",
		"https://corp.awsapps.com/?":                                 "https://corp.awsapps.com/start",
		"corp.awsapps.com":                                           "https://corp.awsapps.com/start",
		"https://start.us-gov-home.awsapps.com/directory/d-abc123/":  "https://start.us-gov-home.awsapps.com/directory/d-abc123",
		"https://start.cn-north-1.home.awsapps.cn/directory/d-abc#/": "https://start.cn-north-1.home.awsapps.cn/directory/d-abc",
		"https://ssoins-abc.portal.us-west-2.app.aws/":               "https://ssoins-abc.portal.us-west-2.app.aws",
		"https://ssoins-abc.us-west-2.portal.amazonaws.com/start/":   "https://ssoins-abc.us-west-2.portal.amazonaws.com/start",
		"https://identitycenter.amazonaws.com/ssoins-abc":            "https://identitycenter.amazonaws.com/ssoins-abc",
		"https://SSO.corp.example/aws/?x=1#/":                        "https://sso.corp.example/aws/?x=1",
		"sso.corp.example":                                           "https://sso.corp.example",
		"https://portal:8443/":                                       "https://portal:8443/",
	} {
		if got, err := sso.StartURL(given); got != want || err != nil {
			t.Errorf("%q: got %q, %v, want %q", given, got, err, want)
		}
		if again, err := sso.StartURL(want); again != want || err != nil {
			t.Errorf("%q: changed to %q, %v", want, again, err)
		}
	}
}

func TestWhatIsNoStartURLSaysWhatItIs(t *testing.T) {
	for given, words := range map[string]string{
		"":                                       "no host",
		"corp":                                   "not an address",
		"my corp":                                "letters",
		"http://corp.awsapps.com/start":          "not https",
		"javascript:alert(1)":                    "not an address",
		"https://corp.awsapps.com:8443/start":    "port of its own",
		"https://me:secret@corp.awsapps.com/":    "user name",
		`https://evil.example\.awsapps.com/`:     "letters",
		"https://start.us-gov-home.awsapps.com/": "/directory/",
		"https://eu-west-1.signin.aws/platform/login?workflowStateHandle=1": "the page where one signs in to the access portal",
		"https://signin.aws.amazon.com/console":                             "the sign-in page of the AWS console",
		"https://eu-west-1.signin.aws.amazon.com/oauth?client_id=x":         "the sign-in page of the AWS console",
		"https://123456789012.signin.aws.amazon.com/console":                "the sign-in page of the AWS console",
		"https://signin.amazonaws-us-gov.com/":                              "the sign-in page of the AWS console",
		"https://eu-west-1.console.aws.amazon.com/singlesignon/home":        "a page of the AWS console",
		"https://console.amazonaws.cn/":                                     "a page of the AWS console",
		"https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH":   "takes the code",
		"https://oidc.eu-west-1.amazonaws.com/authorize":                    "for programs",
		"https://portal.sso.eu-west-1.amazonaws.com/assignment/accounts":    "for programs",
	} {
		got, err := sso.StartURL(given)
		if err == nil || !strings.HasPrefix(err.Error(), "it ") || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: got %q, %v, want %q", given, got, err, words)
		}
	}
}
