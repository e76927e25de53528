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

// endpoint returns the service, as hosts call it ("sts", "oidc", "portal.sso"),
// and the region that answer at one of AWS's own hosts, and two empty strings for any other host, a loopback address above
// all: there any service answers for any region.
func endpoint(host string) (service, region string) {
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
