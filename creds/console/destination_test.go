package console_test

import (
	"slices"
	"strings"
	"testing"

	"daypass/creds/console"
)

func TestRegionsAndARNsNameTheirPartition(t *testing.T) {
	for text, want := range map[string]string{
		"eu-west-1": "aws", "us-east-1": "aws", "ap-southeast-5": "aws", "mx-central-1": "aws", "il-central-1": "aws",
		"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "eusc-de-east-1": "aws-eusc",
		"us-iso-east-1": "", "eu-isoe-west-1": "", "aws-global": "", "": "", "EU-WEST-1": "", "eu-west-1 ": "", "eu-west": "", "eu-west-1.evil": "",
		"arn:aws:iam::111111111111:role/x": "aws", "arn:aws-cn:iam::1:user/x": "aws-cn", "arn:aws-us-gov:sts::1:x": "aws-us-gov",
		"arn:aws-eusc:iam::1:x": "aws-eusc", "arn:aws-iso:iam::1:x": "", "arn": "", "x:aws:iam": "", "arn:": "",
	} {
		of := console.PartitionOf
		if strings.Contains(text, ":") {
			of = console.PartitionOfARN
		}
		if p, err := of(text); p.Name != want || (err == nil) != (want != "") {
			t.Errorf("%q is in %q, %v", text, p.Name, err)
		}
	}
}

func TestServicesHaveTheirPages(t *testing.T) {
	const eu, global = "https://eu-west-1.console.aws.amazon.com/", "https://console.aws.amazon.com/"
	for service, want := range map[string]string{
		"":               eu + "console/home?region=eu-west-1",
		"s3":             eu + "s3/home?region=eu-west-1",
		" S3 ":           eu + "s3/home?region=eu-west-1",
		"ec2":            eu + "ec2/home?region=eu-west-1",
		"logs":           eu + "cloudwatch/home?region=eu-west-1#logsV2:log-groups",
		"cw":             eu + "cloudwatch/home?region=eu-west-1",
		"cfn":            eu + "cloudformation/home?region=eu-west-1",
		"ddb":            eu + "dynamodbv2/home?region=eu-west-1",
		"ssm":            eu + "systems-manager/home?region=eu-west-1",
		"secretsmanager": eu + "secretsmanager/home?region=eu-west-1",
		"some-new-thing": eu + "some-new-thing/home?region=eu-west-1",
		"iam":            global + "iam/home",
		"r53":            global + "route53/v2/home",
		"billing":        global + "billing/home",
		"ce":             global + "costmanagement/home#/cost-explorer",
		"trustedadvisor": global + "trustedadvisor/home",
		"dx":             global + "directconnect/v2/home",
	} {
		got, err := console.Destination(partitionOf(t, "eu-west-1"), console.Page{Service: service, ProfileRegion: "eu-west-1"}, "")
		if err != nil || got != want {
			t.Errorf("%q is %s, %v", service, got, err)
		}
	}
	for _, service := range []string{"s3/buckets", "../x", "s3?x", "https://x", "s 3", "💥", "-s3", strings.Repeat("a", 64), "s3#"} {
		got, err := console.Destination(partitionOf(t, "eu-west-1"), console.Page{Service: service}, "")
		if err == nil || !strings.Contains(err.Error(), "is no name of a service; use one such as s3") {
			t.Errorf("%q is %s, %v", service, got, err)
		}
	}
}

func TestEveryKnownServiceHasAWellFormedPage(t *testing.T) {
	p := partitionOf(t, "cn-north-1")
	services := console.Services()
	if !slices.IsSorted(services) || len(services) < 50 {
		t.Errorf("there are %d services", len(services))
	}
	for _, service := range services {
		got, err := console.Destination(p, console.Page{Service: service}, "")
		if err != nil {
			t.Errorf("%s: %v", service, err)
			continue
		}
		// The result is what a bookmark would keep.
		if clean, err := console.Clean(got, ""); err != nil || clean != got {
			t.Errorf("%s: %s becomes %s, %v", service, got, clean, err)
		}
	}
}

func TestTheRegionAskedForComesFirst(t *testing.T) {
	const page = "https://us-east-1.console.aws.amazon.com/lambda/home?region=us-east-1#/functions?region=us-east-1&x=1"
	for _, tt := range []struct {
		name string
		page console.Page
		want string
	}{
		{"the profile's", console.Page{Service: "s3", ProfileRegion: "eu-west-1"}, "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1"},
		{"the asked one", console.Page{Service: "s3", ProfileRegion: "eu-west-1", Region: "sa-east-1"}, "https://sa-east-1.console.aws.amazon.com/s3/home?region=sa-east-1"},
		{"none", console.Page{Service: "s3"}, "https://us-east-1.console.aws.amazon.com/s3/home?region=us-east-1"},
		{"a page's own", console.Page{URL: page, ProfileRegion: "eu-west-1"}, page},
		{"the asked one for a page", console.Page{URL: page, Region: "eu-west-1"}, strings.ReplaceAll(page, "us-east-1", "eu-west-1")},
		{"filled in", console.Page{URL: strings.ReplaceAll(page, "us-east-1", "{region}"), ProfileRegion: "eu-west-1"}, strings.ReplaceAll(page, "us-east-1", "eu-west-1")},
		{"filled in by the asked one", console.Page{URL: strings.ReplaceAll(page, "us-east-1", "%7Bregion%7d"), ProfileRegion: "eu-west-1", Region: "sa-east-1"}, strings.ReplaceAll(page, "us-east-1", "sa-east-1")},
		{"filled in by the partition's", console.Page{URL: "https://console.aws.amazon.com/x?region={region}"}, "https://console.aws.amazon.com/x?region=us-east-1"},
		{"a page without", console.Page{URL: "https://console.aws.amazon.com/iam/home#/roles", Region: "eu-west-1"}, "https://console.aws.amazon.com/iam/home#/roles"},
		{"a global page and a profile astray", console.Page{URL: "https://console.aws.amazon.com/iam/home#/roles", ProfileRegion: "nowhere"}, "https://console.aws.amazon.com/iam/home#/roles"},
		{"a global service and a profile astray", console.Page{Service: "iam", ProfileRegion: "nowhere"}, "https://console.aws.amazon.com/iam/home"},
		{"another session's page", console.Page{URL: "https://111122223333-abcdefgh.eu-west-1.console.aws.amazon.com/s3/home?X-Amz-Security-Token=x"}, "https://eu-west-1.console.aws.amazon.com/s3/home"},
		{"what a page is about", console.Page{URL: "https://eu-west-1.console.aws.amazon.com/config/home?accountId=111122223333"}, "https://eu-west-1.console.aws.amazon.com/config/home?accountId=111122223333"},
	} {
		if got, err := console.Destination(partitionOf(t, "eu-west-1"), tt.page, ""); err != nil || got != tt.want {
			t.Errorf("%s: %s, %v", tt.name, got, err)
		}
	}
}

func TestWhatIsNoPageOfTheAccountsConsoleIsRefused(t *testing.T) {
	const no = "this is no page of the AWS console; copy an address that begins like https://eu-west-1.console.aws.amazon.com/"
	for _, tt := range []struct {
		page console.Page
		want string
	}{
		{console.Page{Service: "s3", URL: "https://console.aws.amazon.com/"}, "a service and the address of a page exclude each other; give one of them"},
		{console.Page{Service: "s3", Region: "cn-north-1"}, `"cn-north-1" is no region of the partition aws, which the account is in; use one such as us-east-1`},
		{console.Page{Service: "s3", Region: "eu"}, `"eu" is no region of the partition aws, which the account is in; use one such as us-east-1`},
		{console.Page{URL: "https://console.amazonaws.cn/s3"}, "the page is one of the partition aws-cn, but the account is in aws; copy the address from console.aws.amazon.com"},
		{console.Page{URL: "http://console.aws.amazon.com/"}, no},
		{console.Page{URL: "https://console.aws.amazon.com.example.com/"}, no},
		{console.Page{URL: "https://xconsole.aws.amazon.com/"}, no},
		{console.Page{URL: "https://console.aws.amazon.com@example.com/"}, no},
		{console.Page{URL: `https://example.com\@console.aws.amazon.com/`}, no},
		{console.Page{URL: `https://console.aws.amazon.com\@example.com/`}, no},
		{console.Page{URL: "https://console.aws.amazon.com:8443/"}, no},
		{console.Page{URL: "https://console.aws.amazon.com./"}, no},
		{console.Page{URL: "https://cn-north-1.console.aws.amazon.com/"}, no},
		{console.Page{URL: "https://a..console.aws.amazon.com/"}, no},
		{console.Page{URL: "https://a.b.c.console.aws.amazon.com/"}, no},
		{console.Page{URL: "https://signin.aws.amazon.com/console"}, no},
		{console.Page{URL: "https://console.aws.amazon.com/\nx"}, no},
		{console.Page{URL: "javascript:alert(1)"}, no},
		{console.Page{URL: "//console.aws.amazon.com/"}, no},
		{console.Page{URL: "console.aws.amazon.com"}, no},
		{console.Page{URL: "http://127.0.0.1:4566/console?dest=https%3A%2F%2Fconsole.aws.amazon.com%2F"}, no},
		{console.Page{URL: "https://console.aws.amazon.com/" + strings.Repeat("x", 16<<10)}, "the address is too long for a page of the AWS console"},
	} {
		if got, err := console.Destination(partitionOf(t, "eu-west-1"), tt.page, ""); err == nil || err.Error() != tt.want {
			t.Errorf("%+v: %s, %v", tt.page, got, err)
		}
	}
}
