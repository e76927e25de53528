// Package partition knows AWS's partitions, which share no accounts and no keys,
// and what the names of regions look like.
package partition

import (
	"regexp"
	"slices"
	"strings"
)

// Partition is one of AWS's partitions. An account, a key or a session is valid only
// within its own.
type Partition struct {
	// Name is as ARNs have it.
	Name string
	// Signin is the host that trades credentials for links to the console.
	Signin string
	// Console is the host of the console; a region may come before it.
	Console string
	// Region is used where nothing names another.
	Region string
	// region is the form of the names of its regions.
	region *regexp.Regexp
}

// all lists the hosts that aws-vault, granted and aws-sso-cli agree on. Of the sign-in
// hosts of the partition aws, only that of us-east-1 redirects after a logout:
// https://github.com/Versent/saml2aws/issues/707. aws-vault always uses it; a token is
// valid only at the host that issued it. AWS documents neither. The forms of regions'
// names follow AWS's partitions.json, and also allow new parts of the world, so that
// these need no release of daypass.
var all = []Partition{
	{"aws", "us-east-1.signin.aws.amazon.com", "console.aws.amazon.com", "us-east-1", regexp.MustCompile(`^[a-z]{2}-[a-z]+-\d{1,2}$`)},
	{"aws-us-gov", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com", "us-gov-west-1", regexp.MustCompile(`^us-gov-[a-z]+-\d{1,2}$`)},
	{"aws-cn", "signin.amazonaws.cn", "console.amazonaws.cn", "cn-north-1", regexp.MustCompile(`^cn-[a-z]+-\d{1,2}$`)},
	{"aws-eusc", "signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu", "eusc-de-east-1", regexp.MustCompile(`^eusc-[a-z]{2}-[a-z]+-\d{1,2}$`)},
}

// All returns the partitions, those with most accounts first.
func All() []Partition { return slices.Clone(all) }

// Of returns the partition that a region is in, and whether it is in one of them.
func Of(region string) (Partition, bool) {
	// Names of China's regions match the form of the first, "aws", too.
	for _, p := range slices.Backward(all) {
		if p.region.MatchString(region) {
			return p, true
		}
	}
	return Partition{}, false
}

// OfARN returns the partition that an ARN is in. It is more reliable than Of, as the
// region in a profile may be wrong.
func OfARN(arn string) (Partition, bool) {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[0] == "arn" {
		for _, p := range all {
			if p.Name == parts[1] {
				return p, true
			}
		}
	}
	return Partition{}, false
}

// Has reports whether a region is in the partition, by the form of its name.
func (p Partition) Has(region string) bool {
	of, ok := Of(region)
	return ok && of.Name == p.Name
}

// regions is the form of all region names, also in partitions that are not in the table,
// and of the old names for global and FIPS endpoints that SDKs still accept.
var regions = regexp.MustCompile(`^((fips-)?[a-z]{2,4}(-[a-z]+)+-\d{1,2}(-fips)?|aws(-[a-z]+)*-global)$`)

// IsRegion reports whether a text has the form of a region's name.
func IsRegion(text string) bool { return regions.MatchString(text) }
