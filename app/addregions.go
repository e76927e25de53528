package app

import (
	"slices"
	"strings"

	"daypass/app/kit"
	"daypass/internal/lang"
	"daypass/internal/partition"
)

// knownRegion is a region of AWS. Others can be typed.
type knownRegion struct {
	name  string
	place lang.Text
}

// knownRegions are those of AWS's list, most used first in each partition:
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var knownRegions = []knownRegion{
	{"us-east-1", "N. Virginia"},
	{"us-east-2", "Ohio"},
	{"us-west-1", "N. California"},
	{"us-west-2", "Oregon"},
	{"eu-central-1", "Frankfurt"},
	{"eu-central-2", "Zurich"},
	{"eu-north-1", "Stockholm"},
	{"eu-south-1", "Milan"},
	{"eu-south-2", "Spain"},
	{"eu-west-1", "Ireland"},
	{"eu-west-2", "London"},
	{"eu-west-3", "Paris"},
	{"ap-east-1", "Hong Kong"},
	{"ap-northeast-1", "Tokyo"},
	{"ap-northeast-2", "Seoul"},
	{"ap-northeast-3", "Osaka"},
	{"ap-south-1", "Mumbai"},
	{"ap-south-2", "Hyderabad"},
	{"ap-southeast-1", "Singapore"},
	{"ap-southeast-2", "Sydney"},
	{"ap-southeast-3", "Jakarta"},
	{"ap-southeast-4", "Melbourne"},
	{"ap-southeast-5", "Malaysia"},
	{"ap-southeast-7", "Thailand"},
	{"af-south-1", "Cape Town"},
	{"ca-central-1", "Montreal"},
	{"ca-west-1", "Calgary"},
	{"il-central-1", "Tel Aviv"},
	{"me-central-1", "UAE"},
	{"me-south-1", "Bahrain"},
	{"mx-central-1", "Mexico"},
	{"sa-east-1", "Sao Paulo"},
	{"us-gov-west-1", "GovCloud, US-West"},
	{"us-gov-east-1", "GovCloud, US-East"},
	{"cn-north-1", "Beijing"},
	{"cn-northwest-1", "Ningxia"},
	{"eusc-de-east-1", "Brandenburg"},
}

// regionsLike returns the known regions whose name or place has a text, of the partition
// that an ARN is in unless that is "".
func regionsLike(text, arn string) (found []kit.Named) {
	text = strings.ToLower(strings.TrimSpace(text))
	of, within := partition.OfARN(arn)
	exact := slices.ContainsFunc(knownRegions, func(r knownRegion) bool { return r.name == text })
	for _, r := range knownRegions {
		if within && !of.Has(r.name) {
			continue
		}
		// A name that is complete leaves the others to choose from.
		if exact || strings.Contains(r.name, text) || strings.Contains(strings.ToLower(r.place.String()), text) {
			found = append(found, kit.Named{Name: r.name, About: r.place.String()})
		}
	}
	return found
}

// regionProblem says why a region cannot be used, or "".
func regionProblem(region, arn string) string {
	of, within := partition.OfARN(arn)
	switch {
	case !partition.IsRegion(region):
		return lang.Sprintf("%s is no region of AWS: regions are written like eu-central-1.", region)
	case within && !of.Has(region):
		return lang.Sprintf("%s is in a part of AWS of its own, where this key is not known.", region)
	}
	return ""
}
