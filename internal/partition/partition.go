// Package partition knows AWS's partitions, which share no accounts and no keys,
// and what the names of regions look like.
package partition

import (
	"regexp"
	"slices"
	"strings"
)

// Partition is one of AWS's worlds. What an account, a key or a session is good for
// ends at its border.
type Partition struct {
	// Name is as ARNs have it.
	Name string
	// Signin is the host that trades credentials for links to the console.
	Signin string
	// Console is the host of the console; regions stand before it.
	Console string
	// Region is the one to go to where nothing names another.
	Region string
	// region is what the names of regions look like.
	region *regexp.Regexp
}

// all have the hosts that aws-vault, granted and aws-sso-cli agree on. Of the
// sign-in hosts of the partition aws, that of us-east-1 is the only one that goes on
// after a logout: https://github.com/Versent/saml2aws/issues/707. aws-vault always
// uses it; a token works at the host alone that gave it. AWS documents neither. The
// regions' names are those of AWS's partitions.json, but that a new part of the
// world needs no release of daypass.
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
	// The form of those of "aws", the first, is China's too.
	for _, p := range slices.Backward(all) {
		if p.region.MatchString(region) {
			return p, true
		}
	}
	return Partition{}, false
}

// OfARN returns the partition that an ARN is in: the sure way, as the region in a
// profile may be wrong.
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

// regions are AWS's by their form, also those of partitions that are not in the
// table, and the names that SDKs once had for endpoints of a whole partition and for
// those of FIPS 140, and still take.
var regions = regexp.MustCompile(`^((fips-)?[a-z]{2,4}(-[a-z]+)+-\d{1,2}(-fips)?|aws(-[a-z]+)*-global)$`)

// IsRegion reports whether a text has the form of a region's name.
func IsRegion(text string) bool { return regions.MatchString(text) }
