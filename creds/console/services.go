package console

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"daypass/internal/lang"
)

// servicePage is where a service's console begins.
type servicePage struct {
	path, fragment string
	// global services have one page for all regions.
	global bool
}

// plainServices are well-known services whose pages begin at /NAME/home, like most of
// AWS's.
const plainServices = `
	acm apigateway athena backup batch bedrock cloud9 cloudformation cloudshell
	cloudwatch config console controltower ec2 ecr ecs efs eks elasticache guardduty
	kinesis kms lambda mwaa rds s3 sagemaker secretsmanager securityhub servicequotas
	ses vpc elasticbeanstalk
`

// servicePages are by the names that people type, where the page has another name than
// the service, or no region. The paths are those that AWS's guides link to, as in
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/ for costmanagement; the
// short names are those that granted's users know.
var servicePages = map[string]servicePage{
	"billing":        {path: "billing/home", global: true},
	"ce":             {path: "costmanagement/home", fragment: "/cost-explorer", global: true},
	"cloudfront":     {path: "cloudfront/v4/home", global: true},
	"cloudtrail":     {path: "cloudtrailv2/home"},
	"codeartifact":   {path: "codesuite/codeartifact/home"},
	"codebuild":      {path: "codesuite/codebuild/home"},
	"codecommit":     {path: "codesuite/codecommit/home"},
	"codedeploy":     {path: "codesuite/codedeploy/home"},
	"codepipeline":   {path: "codesuite/codepipeline/home"},
	"cognito":        {path: "cognito/v2/home"},
	"directconnect":  {path: "directconnect/v2/home", global: true},
	"dms":            {path: "dms/v2/home"},
	"dynamodb":       {path: "dynamodbv2/home"},
	"ebs":            {path: "ec2/home", fragment: "Volumes:"},
	"elb":            {path: "ec2/home", fragment: "LoadBalancers:"},
	"eventbridge":    {path: "events/home"},
	"health":         {path: "health/home", global: true},
	"iam":            {path: "iam/home", global: true},
	"logs":           {path: "cloudwatch/home", fragment: "logsV2:log-groups"},
	"opensearch":     {path: "aos/home"},
	"organizations":  {path: "organizations/v2/home", global: true},
	"parameters":     {path: "systems-manager/parameters"},
	"redshift":       {path: "redshiftv2/home"},
	"route53":        {path: "route53/v2/home", global: true},
	"sns":            {path: "sns/v3/home"},
	"sqs":            {path: "sqs/v3/home"},
	"ssm":            {path: "systems-manager/home"},
	"sso":            {path: "singlesignon/home"},
	"stepfunctions":  {path: "states/home"},
	"support":        {path: "support/home", global: true},
	"trustedadvisor": {path: "trustedadvisor/home", global: true},
	"waf":            {path: "wafv2/homev2"},
}

// serviceNames are other names for some of them.
var serviceNames = map[string]string{
	"": "console", "home": "console", "apigw": "apigateway", "aos": "opensearch", "beanstalk": "elasticbeanstalk",
	"bills": "billing", "c9": "cloud9", "certificates": "acm", "cf": "cloudfront", "cfn": "cloudformation",
	"cost": "ce", "cost-explorer": "ce", "costexplorer": "ce", "cost-management": "ce", "costmanagement": "ce",
	"ct": "cloudtrail", "cw": "cloudwatch", "cwl": "logs", "cloudwatch-logs": "logs", "cloudwatchlogs": "logs",
	"ddb": "dynamodb", "dynamo": "dynamodb", "dx": "directconnect", "eb": "elasticbeanstalk", "es": "opensearch",
	"events": "eventbridge", "gd": "guardduty", "identitycenter": "sso", "identity-center": "sso", "l": "lambda",
	"load-balancers": "elb", "loadbalancers": "elb", "orgs": "organizations", "param": "parameters",
	"params": "parameters", "parameter-store": "parameters", "quotas": "servicequotas", "r53": "route53",
	"secrets": "secretsmanager", "secrets-manager": "secretsmanager", "sfn": "stepfunctions", "singlesignon": "sso",
	"sm": "secretsmanager", "states": "stepfunctions", "stepfn": "stepfunctions", "step-functions": "stepfunctions",
	"systems-manager": "ssm", "systemsmanager": "ssm", "tra": "trustedadvisor", "trusted-advisor": "trustedadvisor",
	"wafv2": "waf",
}

// Services returns the names of well-known services, in order, for completion. Others
// may work too.
func Services() []string {
	return slices.Sorted(slices.Values(slices.AppendSeq(strings.Fields(plainServices), maps.Keys(servicePages))))
}

// serviceName is the form of the name of any other service.
var serviceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

func pageOf(service string) (servicePage, error) {
	name := strings.ToLower(strings.TrimSpace(service))
	if full, ok := serviceNames[name]; ok {
		name = full
	}
	if page, ok := servicePages[name]; ok {
		return page, nil
	}
	if !serviceName.MatchString(name) {
		return servicePage{}, lang.Errorf("%.80q is no name of a service; use one such as s3 or ec2, or --url with the address of a page", service)
	}
	return servicePage{path: name + "/home"}, nil
}
