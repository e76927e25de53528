package console_test

import (
	"net/url"
	"strings"
	"testing"

	"daypass/creds/console"
)

func TestThePortalsLinkComesFromAnyStartURL(t *testing.T) {
	const want = "#/console?account_id=111122223333&role_name=ReadOnly"
	for start, base := range map[string]string{
		"https://d-abc123.awsapps.com/start":                      "https://d-abc123.awsapps.com/start/",
		"https://d-abc123.awsapps.com/start/":                     "https://d-abc123.awsapps.com/start/",
		"https://d-abc123.awsapps.com/start#":                     "https://d-abc123.awsapps.com/start/",
		"https://d-abc123.awsapps.com/start/#/":                   "https://d-abc123.awsapps.com/start/",
		"https://d-abc123.awsapps.com/start#/?tab=accounts":       "https://d-abc123.awsapps.com/start/",
		"https://d-abc123.awsapps.com":                            "https://d-abc123.awsapps.com/start/",
		" https://corp.awsapps.com/start?x=y ":                    "https://corp.awsapps.com/start/",
		"https://start.home.awsapps.cn/directory/d-1":             "https://start.home.awsapps.cn/directory/d-1/",
		"https://start.us-gov-home.awsapps.com/directory/d-1#/":   "https://start.us-gov-home.awsapps.com/directory/d-1/",
		"https://ssoins-722.portal.eu-west-1.app.aws":             "https://ssoins-722.portal.eu-west-1.app.aws/",
		"https://sso.example.com":                                 "https://sso.example.com/",
		"https://example.com/aws":                                 "https://example.com/aws",
		"https://d-abc123.awsapps.com.example.com/somewhere/else": "https://d-abc123.awsapps.com.example.com/somewhere/else",
	} {
		if got, err := console.PortalLink(start, "111122223333", "ReadOnly", ""); err != nil || got != base+want {
			t.Errorf("%s: %s, %v", start, got, err)
		}
	}
}

func TestThePortalReadsBackWhatWasMeant(t *testing.T) {
	const start = "https://d-abc123.awsapps.com/start"
	for _, role := range []string{"ReadOnly", "a+b=c,d.e@f-g_h"} {
		for _, destination := range []string{
			"https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1&x=%26#/a?b=c%20d",
			"https://console.amazonaws.cn/iam/home",
		} {
			link := must[string](t)(console.PortalLink(start, "111122223333", role, destination))
			_, fragment, _ := strings.Cut(link, "#/console?")
			q := must[url.Values](t)(url.ParseQuery(fragment))
			if q.Get("account_id") != "111122223333" || q.Get("role_name") != role || q.Get("destination") != destination || len(q) != 3 || strings.ContainsAny(fragment, "+# ") {
				t.Errorf("%s has %v", link, q)
			}
		}
	}
	for _, tt := range [][5]string{
		{"http://d-abc123.awsapps.com/start", "111122223333", "x", "", "the start URL"},
		{"https://me@d-abc123.awsapps.com/start", "111122223333", "x", "", "the start URL"},
		{"", "111122223333", "x", "", "the start URL"},
		{start, "11112222333", "x", "", "12 digits"},
		{start, "111122223333\n", "x", "", "12 digits"},
		{start, "111122223333", "a&b", "", "no name of a role"},
		{start, "111122223333", "", "", "no name of a role"},
		{start, "111122223333", "x", "https://evil.example/", "pages of the AWS console only"},
		{start, "111122223333", "x", "https://{region}.console.aws.amazon.com/", "pages of the AWS console only"},
	} {
		if got, err := console.PortalLink(tt[0], tt[1], tt[2], tt[3]); err == nil || got != "" || !strings.Contains(err.Error(), tt[4]) {
			t.Errorf("%q: %s, %v", tt, got, err)
		}
	}
}
