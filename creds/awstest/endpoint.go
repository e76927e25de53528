package awstest

import (
	"net/http"
	"regexp"
	"strings"
)

func hostOf(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}

var (
	regionPattern = regexp.MustCompile(`^(us-gov|cn|eusc-[a-z]{2}|us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+$`)
	oauthPattern  = regexp.MustCompile(`^([a-z0-9-]+)\.oauth\.signin\.aws(?::443)?$`)
	hostPattern   = regexp.MustCompile(`^((?:portal\.|device\.)?[a-z]+)(?:-fips)?\.(?:([a-z0-9-]+)\.)?(?:amazonaws\.(?:com|com\.cn|eu)|api\.aws)(?::443)?$`)
)

// partitionOf returns the partition that a region is in, or "" when the name
// is no region's.
func partitionOf(region string) string {
	m := regionPattern.FindStringSubmatch(region)
	switch {
	case m == nil:
		return ""
	case m[1] == "cn":
		return "aws-cn"
	case m[1] == "us-gov":
		return "aws-us-gov"
	case strings.HasPrefix(m[1], "eusc"):
		return "aws-eusc"
	}
	return "aws"
}

// dnsSuffix is what the names of a region's hosts end in.
func dnsSuffix(region string) string {
	switch partitionOf(region) {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-eusc":
		return "amazonaws.eu"
	}
	return "amazonaws.com"
}

// endpoint returns the service, as hosts call it ("sts", "oidc", "portal.sso",
// "signin", "oauth.signin", "console"), and the region that answer at one of AWS's own hosts, and
// two empty strings for any other host, a loopback address above all: there any
// service answers for any region.
func endpoint(host string) (service, region string) {
	if h, ok := parseBrowserHost(host); ok {
		return h.service, h.region
	}
	if m := oauthPattern.FindStringSubmatch(host); m != nil {
		return "oauth.signin", m[1]
	}
	m := hostPattern.FindStringSubmatch(host)
	switch {
	case m == nil:
		return "", ""
	case m[2] == "": // sts.amazonaws.com, iam.amazonaws.com
		return m[1], "us-east-1"
	case m[2] == "us-gov": // iam.us-gov.amazonaws.com
		return m[1], "us-gov-west-1"
	}
	return m[1], m[2]
}

// browserDomains are where the partitions have their sign-in and their console,
// and the region that answers where a host names none. They are the hosts that
// aws-vault, granted and aws-sso-cli agree on.
var browserDomains = []struct{ partition, domain, region string }{
	{"aws", "aws.amazon.com", "us-east-1"},
	{"aws-cn", "amazonaws.cn", "cn-north-1"},
	{"aws-us-gov", "amazonaws-us-gov.com", "us-gov-west-1"},
	{"aws-eusc", "amazonaws-eusc.eu", "eusc-de-east-1"},
}

// browserHost is a host that people's browsers are sent to, taken apart:
// 444444444444-x7k2p9qa.eu-west-1.console.aws.amazon.com has them all.
type browserHost struct {
	service   string // "signin" or "console"
	partition string
	domain    string // the partition's
	region    string // the partition's first one unless it is named
	named     bool   // whether the host names the region
	label     string // what comes before: a session of several, or a service
}

// parseBrowserHost takes a host apart, and reports whether it is such a host. A
// region of another partition makes it none.
func parseBrowserHost(host string) (browserHost, bool) {
	host = "." + strings.TrimSuffix(strings.ToLower(host), ":443")
	for _, d := range browserDomains {
		for _, service := range []string{"signin", "console"} {
			rest, ok := strings.CutSuffix(host, "."+service+"."+d.domain)
			if !ok {
				continue
			}
			h := browserHost{service: service, partition: d.partition, domain: d.domain, region: d.region}
			i := strings.LastIndexByte(rest, '.') + 1
			switch partitionOf(rest[i:]) {
			case d.partition:
				h.region, h.named = rest[i:], true
				rest = strings.TrimSuffix(rest[:i], ".")
			case "":
			default:
				return browserHost{}, false
			}
			h.label = strings.TrimPrefix(rest, ".")
			return h, service == "console" || h.label == ""
		}
	}
	return browserHost{}, false
}
