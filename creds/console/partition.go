// Package console makes the AWS console's addresses: it turns credentials into links
// that sign in, cleans pasted addresses, and wraps addresses for browsers' add-ons. It
// keeps people's bookmarks and the list of opened consoles.
//
// Package browsers opens the addresses.
package console

import (
	"daypass/internal/lang"
	"daypass/internal/partition"
)

// PartitionOf returns the partition that a region is in.
func PartitionOf(region string) (partition.Partition, error) {
	if p, ok := partition.Of(region); ok {
		return p, nil
	}
	return partition.Partition{}, lang.Errorf("%q is no region whose console daypass knows; name one such as eu-west-1", region)
}

// PartitionOfARN returns the partition that an ARN is in.
func PartitionOfARN(arn string) (partition.Partition, error) {
	if p, ok := partition.OfARN(arn); ok {
		return p, nil
	}
	return partition.Partition{}, lang.Errorf("%q is no ARN of a partition whose console daypass knows", arn)
}

// choose returns the first region that is given, or the partition's default.
func choose(p partition.Partition, regions ...string) (string, error) {
	for _, region := range regions {
		switch {
		case region == "":
		case p.Has(region):
			return region, nil
		default:
			return "", lang.Errorf("%q is no region of the partition %s, which the account is in; use one such as %s", region, p.Name, p.Region)
		}
	}
	return p.Region, nil
}
