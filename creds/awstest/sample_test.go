package awstest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

func TestTheSampleHasAnSSOSessionAndProfilesOfIt(t *testing.T) {
	const want = `[sso-session corp-sso]
sso_start_url = https://d-c0ffee1234.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[profile sso-dev-admin]
region = eu-west-1
sso_session = corp-sso
sso_account_id = 444444444444
sso_role_name = AdministratorAccess

[profile sso-prod-readonly]
region = eu-west-1
sso_session = corp-sso
sso_account_id = 666666666666
sso_role_name = ReadOnly

[profile sso-sandbox]
region = eu-west-1
sso_session = corp-sso
sso_account_id = 777777777777
sso_role_name = AdministratorAccess

[profile sso-deploy]
region = eu-west-1
role_arn = arn:aws:iam::666666666666:role/Deploy
source_profile = sso-dev-admin

[profile sso-legacy]
region = eu-west-1
sso_start_url = https://d-0ddba11555.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 888888888888
sso_role_name = ReadOnly
`
	if diff := cmp.Diff(want, awstest.NewSample().SSO.Config()); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}
