package awstest

import (
	"fmt"
	"strings"
	"time"
)

// The SSO session of a [Sample], and the start URL of its legacy profile.
const (
	SampleSession        = "corp-sso"
	SampleStartURL       = "https://d-c0ffee1234.awsapps.com/start"
	SampleLegacyStartURL = "https://d-0ddba11555.awsapps.com/start"
)

// SampleSSO is the part of a [Sample] that is reached by signing in:
//
//	sso-dev-admin      AdministratorAccess in Development, for four hours
//	sso-prod-readonly  ReadOnly in Production
//	sso-sandbox        AdministratorAccess in Sandbox
//	sso-deploy         a role in Production through sso-dev-admin
//	sso-legacy         ReadOnly in Archive, without a session: it cannot be renewed
type SampleSSO struct {
	// Center has the session's accounts, Legacy that of the legacy profile.
	Center, Legacy *IdentityCenter

	Development, Staging, Production, Sandbox, Archive *Account

	sessions string
	profiles []profile
}

func newSampleSSO(aws *AWS) *SampleSSO {
	s := &SampleSSO{
		Center:      aws.SSO.IdentityCenter(SampleRegion, SampleStartURL),
		Legacy:      aws.SSO.IdentityCenter(SampleRegion, SampleLegacyStartURL),
		Development: aws.IAM.Account("444444444444"), Staging: aws.IAM.Account("555555555555"),
		Production: aws.IAM.Account("666666666666"), Sandbox: aws.IAM.Account("777777777777"), Archive: aws.IAM.Account("888888888888"),
	}
	const admin, readOnly, billing = "AdministratorAccess", "ReadOnly", "Billing"
	s.Center.RoleSession(admin, 4*time.Hour)
	s.Center.Assign(s.Development, "Development", "aws-dev@corp.example", admin, readOnly)
	s.Center.Assign(s.Staging, "Staging", "aws-staging@corp.example", admin, readOnly)
	s.Center.Assign(s.Production, "Production", "aws-prod@corp.example", readOnly, billing)
	s.Center.Assign(s.Sandbox, "Sandbox", "aws-sandbox@corp.example", admin)
	s.Legacy.Assign(s.Archive, "Archive", "archive@old.example", readOnly)
	deploy := s.Production.Role("Deploy", Trust{Principals: []string{s.Center.Role(s.Development, admin).ARN()}})

	session := [2]string{"sso_session", SampleSession}
	s.addSSO("sso-dev-admin", s.Development, admin, session)
	s.addSSO("sso-prod-readonly", s.Production, readOnly, session)
	s.addSSO("sso-sandbox", s.Sandbox, admin, session)
	s.profiles = append(s.profiles, newProfile("sso-deploy", [2]string{"role_arn", deploy.ARN()}, [2]string{"source_profile", "sso-dev-admin"}))
	s.addSSO("sso-legacy", s.Archive, readOnly, [2]string{"sso_start_url", SampleLegacyStartURL}, [2]string{"sso_region", SampleRegion})
	s.sessions = fmt.Sprintf("[sso-session %s]\nsso_start_url = %s\nsso_region = %s\nsso_registration_scopes = %s\n",
		SampleSession, SampleStartURL, SampleRegion, scopeAccounts)
	return s
}

func (s *SampleSSO) addSSO(name string, acct *Account, permissionSet string, settings ...[2]string) {
	settings = append(settings, [2]string{"sso_account_id", acct.id}, [2]string{"sso_role_name", permissionSet})
	s.profiles = append(s.profiles, newProfile(name, settings...))
}

// Config returns the text to add to that of [Sample.Config], after an empty line.
func (s *SampleSSO) Config() string {
	return strings.Join([]string{s.sessions, configText(s.profiles)}, "\n")
}
