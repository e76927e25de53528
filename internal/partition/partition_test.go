package partition_test

import (
	"testing"

	"daypass/internal/partition"
)

func TestEachPartitionHasItsOwnFirstRegionAndARNs(t *testing.T) {
	all := partition.All()
	for _, p := range all {
		if of, ok := partition.Of(p.Region); !ok || of.Name != p.Name || !p.Has(p.Region) {
			t.Errorf("the region %s of %s is in %s", p.Region, p.Name, of.Name)
		}
		if of, ok := partition.OfARN("arn:" + p.Name + ":iam::111111111111:user/x"); !ok || of.Name != p.Name {
			t.Errorf("an ARN of %s is in %s", p.Name, of.Name)
		}
		for _, other := range all {
			if other.Name != p.Name && p.Has(other.Region) {
				t.Errorf("%s has the region %s of %s", p.Name, other.Region, other.Name)
			}
		}
	}
	all[0].Name = "another"
	if partition.All()[0].Name != "aws" {
		t.Error("a caller changed the table")
	}
}

func TestRegionNames(t *testing.T) {
	for _, region := range []string{
		"us-east-1", "ap-southeast-12", "us-gov-west-1", "cn-northwest-1", "eusc-de-east-1", "us-isob-east-1", "eu-isoe-west-1",
		"aws-global", "aws-us-gov-global", "fips-us-east-1", "us-gov-west-1-fips",
	} {
		if !partition.IsRegion(region) {
			t.Errorf("%q is no region", region)
		}
	}
	for _, text := range []string{"", "None", "none", "local", "eu_west_1", "EU-WEST-1", "eu-west", "eu-west-1a", "eu west 1", " eu-west-1", "eu-west-1.evil", "global"} {
		if partition.IsRegion(text) {
			t.Errorf("%q is a region", text)
		}
	}
}
