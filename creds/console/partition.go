// Package console knows the AWS console's addresses: where a partition has its
// sign-in and its pages, how credentials become a link that signs in, what of a
// pasted address may be kept, and what browsers' add-ons make of all that. It
// keeps people's bookmarks and the list of what was opened.
//
// It opens nothing: that is package browsers'.
package console

import (
	"fmt"
	"regexp"
	"strings"
)

// Partition is one of AWS's worlds, which share no accounts.
type Partition struct {
	// Name is as ARNs have it.
	Name string
	// Signin is the host that trades credentials for links.
	Signin string
	// Console is the host of the console; regions stand before it.
	Console string
	// Region is the one to go to where nothing names another.
	Region string
	// region is what the names of regions look like.
	region *regexp.Regexp
}

// partitions have the hosts that aws-vault, granted and aws-sso-cli agree on.
// Of the sign-in hosts of the partition aws, that of us-east-1 is the only one
// that goes on after a logout: https://github.com/Versent/saml2aws/issues/707.
// aws-vault always uses it; a token works at the host alone that gave it. AWS
// documents neither. The regions' names are those of AWS's partitions.json,
// but that a new part of the world needs no release of daypass.
var partitions = []Partition{
	{"aws-cn", "signin.amazonaws.cn", "console.amazonaws.cn", "cn-north-1", regexp.MustCompile(`^cn-[a-z]+-\d{1,2}$`)},
	{"aws-us-gov", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com", "us-gov-west-1", regexp.MustCompile(`^us-gov-[a-z]+-\d{1,2}$`)},
	{"aws-eusc", "signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu", "eusc-de-east-1", regexp.MustCompile(`^eusc-[a-z]{2}-[a-z]+-\d{1,2}$`)},
	{"aws", "us-east-1.signin.aws.amazon.com", "console.aws.amazon.com", "us-east-1", regexp.MustCompile(`^[a-z]{2}-[a-z]+-\d{1,2}$`)},
}

// PartitionOf returns the partition that a region is in.
func PartitionOf(region string) (Partition, error) {
	for _, p := range partitions {
		if p.region.MatchString(region) {
			return p, nil
		}
	}
	return Partition{}, fmt.Errorf("%q is no region whose console daypass knows; name one such as eu-west-1", region)
}

// PartitionOfARN returns the partition that an ARN is in: the sure way, as a
// profile's region may be wrong.
func PartitionOfARN(arn string) (Partition, error) {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[0] == "arn" {
		for _, p := range partitions {
			if p.Name == parts[1] {
				return p, nil
			}
		}
	}
	return Partition{}, fmt.Errorf("%q is no ARN of a partition whose console daypass knows", arn)
}

// Has reports whether a region is in the partition, by the form of its name.
func (p Partition) Has(region string) bool {
	of, err := PartitionOf(region)
	return err == nil && of.Name == p.Name
}

// choose returns the first region that is given, or the partition's own.
func (p Partition) choose(regions ...string) (string, error) {
	for _, region := range regions {
		switch {
		case region == "":
		case p.Has(region):
			return region, nil
		default:
			return "", fmt.Errorf("%q is no region of the partition %s, which the account is in; use one such as %s", region, p.Name, p.Region)
		}
	}
	return p.Region, nil
}
