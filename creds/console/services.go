package console

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// servicePage is where a service's console begins.
type servicePage struct {
	path, fragment string
	// global services have one page for all regions.
	global bool
}

// servicePages are by the names that people type. The paths are those that AWS's guides
// link to, as in https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/ for
// costmanagement; the short names are those that granted's users know.
var servicePages = map[string]servicePage{
	"acm":              {path: "acm/home"},
	"apigateway":       {path: "apigateway/home"},
	"athena":           {path: "athena/home"},
	"backup":           {path: "backup/home"},
	"batch":            {path: "batch/home"},
	"bedrock":          {path: "bedrock/home"},
	"billing":          {path: "billing/home", global: true},
	"ce":               {path: "costmanagement/home", fragment: "/cost-explorer", global: true},
	"cloud9":           {path: "cloud9/home"},
	"cloudformation":   {path: "cloudformation/home"},
	"cloudfront":       {path: "cloudfront/v4/home", global: true},
	"cloudshell":       {path: "cloudshell/home"},
	"cloudtrail":       {path: "cloudtrailv2/home"},
	"cloudwatch":       {path: "cloudwatch/home"},
	"codeartifact":     {path: "codesuite/codeartifact/home"},
	"codebuild":        {path: "codesuite/codebuild/home"},
	"codecommit":       {path: "codesuite/codecommit/home"},
	"codedeploy":       {path: "codesuite/codedeploy/home"},
	"codepipeline":     {path: "codesuite/codepipeline/home"},
	"cognito":          {path: "cognito/v2/home"},
	"config":           {path: "config/home"},
	"console":          {path: "console/home"},
	"controltower":     {path: "controltower/home"},
	"directconnect":    {path: "directconnect/v2/home", global: true},
	"dms":              {path: "dms/v2/home"},
	"dynamodb":         {path: "dynamodbv2/home"},
	"ebs":              {path: "ec2/home", fragment: "Volumes:"},
	"ec2":              {path: "ec2/home"},
	"ecr":              {path: "ecr/home"},
	"ecs":              {path: "ecs/home"},
	"efs":              {path: "efs/home"},
	"eks":              {path: "eks/home"},
	"elasticache":      {path: "elasticache/home"},
	"elb":              {path: "ec2/home", fragment: "LoadBalancers:"},
	"eventbridge":      {path: "events/home"},
	"guardduty":        {path: "guardduty/home"},
	"health":           {path: "health/home", global: true},
	"iam":              {path: "iam/home", global: true},
	"kinesis":          {path: "kinesis/home"},
	"kms":              {path: "kms/home"},
	"lambda":           {path: "lambda/home"},
	"logs":             {path: "cloudwatch/home", fragment: "logsV2:log-groups"},
	"mwaa":             {path: "mwaa/home"},
	"opensearch":       {path: "aos/home"},
	"organizations":    {path: "organizations/v2/home", global: true},
	"parameters":       {path: "systems-manager/parameters"},
	"rds":              {path: "rds/home"},
	"redshift":         {path: "redshiftv2/home"},
	"route53":          {path: "route53/v2/home", global: true},
	"s3":               {path: "s3/home"},
	"sagemaker":        {path: "sagemaker/home"},
	"secretsmanager":   {path: "secretsmanager/home"},
	"securityhub":      {path: "securityhub/home"},
	"servicequotas":    {path: "servicequotas/home"},
	"ses":              {path: "ses/home"},
	"sns":              {path: "sns/v3/home"},
	"sqs":              {path: "sqs/v3/home"},
	"ssm":              {path: "systems-manager/home"},
	"sso":              {path: "singlesignon/home"},
	"stepfunctions":    {path: "states/home"},
	"support":          {path: "support/home", global: true},
	"trustedadvisor":   {path: "trustedadvisor/home", global: true},
	"vpc":              {path: "vpc/home"},
	"waf":              {path: "wafv2/homev2"},
	"elasticbeanstalk": {path: "elasticbeanstalk/home"},
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
func Services() []string { return slices.Sorted(maps.Keys(servicePages)) }

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
		return servicePage{}, fmt.Errorf("%.80q is no name of a service; use one such as s3 or ec2, or --url with the address of a page", service)
	}
	// AWS has hundreds, most of which begin at /NAME/home.
	return servicePage{path: name + "/home"}, nil
}
