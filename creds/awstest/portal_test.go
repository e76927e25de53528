package awstest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

func TestThePortalListsWhatIsAssignedPageByPage(t *testing.T) {
	w := newSSOWorld()
	w.ic.Assign(w.aws.IAM.Account("666666666666"), "Sandbox", "sandbox@example.com", "AdministratorAccess")
	w.ic.Set(awstest.SSOSettings{PageSize: 2})
	_, token := w.signIn(t, "sso:account:access")
	var pages [][]string
	accounts := sso.NewListAccountsPaginator(w.portal, &sso.ListAccountsInput{AccessToken: token.AccessToken, MaxResults: aws.Int32(100)})
	for accounts.HasMorePages() {
		var page []string
		for _, a := range must(accounts.NextPage(t.Context()))(t).AccountList {
			page = append(page, *a.AccountId+" "+*a.AccountName+" "+*a.EmailAddress)
		}
		pages = append(pages, page)
	}
	want := [][]string{
		{"444444444444 Development dev@example.com", "555555555555 Production prod@example.com"},
		{"666666666666 Sandbox sandbox@example.com"},
	}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}

	in := &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: aws.String("444444444444"), MaxResults: aws.Int32(1)}
	first := must(w.portal.ListAccountRoles(t.Context(), in))(t)
	in.NextToken = first.NextToken
	second := must(w.portal.ListAccountRoles(t.Context(), in))(t)
	if got := *first.RoleList[0].RoleName + " " + *second.RoleList[0].RoleName; got != "AdministratorAccess ReadOnly" || second.NextToken != nil {
		t.Errorf("roles %s, then %v", got, second.NextToken)
	}
	in.AccountId = aws.String("555555555555")
	_, err := w.portal.ListAccountRoles(t.Context(), in)
	wantRefusal(t, err, 400, "InvalidRequestException", "next_token is not one of this list")
	_, err = w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken, MaxResults: aws.Int32(101)})
	wantRefusal(t, err, 400, "InvalidRequestException", "")
}

func TestWhatIsNotAssignedIsRefused(t *testing.T) {
	w := newSSOWorld()
	_, token := w.signIn(t, "sso:account:access")
	roles := func(account string) error {
		_, err := w.portal.ListAccountRoles(t.Context(), &sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: &account})
		return err
	}
	keys := func(account *awstest.Account, role string) error {
		_, err := w.credentials(t.Context(), token.AccessToken, account, role)
		return err
	}
	stranger := w.aws.IAM.Account("999999999999")
	wantRefusal(t, keys(w.prod, "AdministratorAccess"), 403, "ForbiddenException", "No access")
	wantRefusal(t, keys(stranger, "ReadOnly"), 403, "ForbiddenException", "No access")
	wantRefusal(t, roles(stranger.ID()), 403, "ForbiddenException", "No access")
	wantRefusal(t, roles("123456789012"), 404, "ResourceNotFoundException", "")

	w.ic.Unassign(w.dev, "ReadOnly")
	wantRefusal(t, keys(w.dev, "ReadOnly"), 403, "ForbiddenException", "No access")
	if err := keys(w.dev, "AdministratorAccess"); err != nil {
		t.Error(err)
	}
	w.ic.Unassign(w.dev)
	wantRefusal(t, roles(w.dev.ID()), 403, "ForbiddenException", "No access")
	list := must(w.portal.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken}))(t)
	if len(list.AccountList) != 1 {
		t.Errorf("%d accounts are left, want 1", len(list.AccountList))
	}
}

func TestATokenOfAnotherScopeIsNotForThePortal(t *testing.T) {
	w := newSSOWorld()
	_, token := w.signIn(t, "codewhisperer:completions")
	wantRefusal(t, w.list(t, token.AccessToken), 403, "ForbiddenException", "No access")
}

func TestAnAccessTokenIsForItsTimeItsRegionAndItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		c, token := w.signIn(t, "sso:account:access")
		_, elsewhere := unsigned(w.aws, "us-east-1")
		_, err := elsewhere.ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken})
		wantRefusal(t, err, 401, "UnauthorizedException", "Session token not found or invalid")
		wantRefusal(t, w.list(t, aws.String("made up")), 401, "UnauthorizedException", "")

		time.Sleep(time.Hour)
		wantRefusal(t, w.list(t, token.AccessToken), 401, "UnauthorizedException", "")
		renewed := must(w.refresh(t.Context(), c, token.RefreshToken))(t)
		rc := must(w.credentials(t.Context(), renewed.AccessToken, w.dev, "ReadOnly"))(t).RoleCredentials

		must(w.portal.Logout(t.Context(), &sso.LogoutInput{AccessToken: renewed.AccessToken}))(t)
		_, err = w.portal.Logout(t.Context(), &sso.LogoutInput{AccessToken: renewed.AccessToken})
		wantRefusal(t, err, 401, "UnauthorizedException", "")
		_, err = w.refresh(t.Context(), c, renewed.RefreshToken)
		wantRefusal(t, err, 400, "InvalidGrantException", "")
		whoami(t, sts.NewFromConfig(config(w.aws, ssoRegion, *rc.AccessKeyId, *rc.SecretAccessKey, *rc.SessionToken)))
	})
}

func TestRoleCredentialsLastAsThePermissionSetSaysAndChainForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		w.ic.RoleSession("AdministratorAccess", 12*time.Hour).Person("bob@example.com")
		_, token := w.signIn(t, "sso:account:access")
		rc := must(w.credentials(t.Context(), token.AccessToken, w.dev, "AdministratorAccess"))(t).RoleCredentials
		c := sts.NewFromConfig(config(w.aws, ssoRegion, *rc.AccessKeyId, *rc.SecretAccessKey, *rc.SessionToken))
		deploy := w.prod.Role("Deploy", awstest.Trust{Principals: []string{w.ic.Role(w.dev, "AdministratorAccess").ARN()}}).MaxSession(12 * time.Hour)

		in := role(deploy.ARN())
		in.DurationSeconds = aws.Int32(3601)
		_, err := c.AssumeRole(t.Context(), in)
		wantRefusal(t, err, 400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
		if got := whoami(t, stsWith(w.aws, assume(t, c, deploy.ARN()))); got != "arn:aws:sts::555555555555:assumed-role/Deploy/test" {
			t.Errorf("the chained role is %s", got)
		}
		_, err = c.AssumeRole(t.Context(), role(w.ic.Role(w.dev, "ReadOnly").ARN()))
		wantRefusal(t, err, 403, "AccessDenied", "") // nobody assumes a reserved role

		time.Sleep(12*time.Hour - time.Second)
		if got := whoami(t, c); !strings.HasSuffix(got, "/bob@example.com") {
			t.Errorf("the session is %s", got)
		}
		time.Sleep(time.Second)
		_, err = c.GetCallerIdentity(t.Context(), nil)
		wantRefusal(t, err, 403, "ExpiredToken", "")
	})
}

func TestThePortalAnswersSoManyCallsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newSSOWorld()
		w.ic.Set(awstest.SSOSettings{PortalRate: 10, PortalBurst: 5})
		_, token := w.signIn(t, "sso:account:access")
		calls := func(n int) (answered int) {
			for range n {
				err := w.list(t, token.AccessToken)
				if err == nil {
					answered++
					continue
				}
				wantRefusal(t, err, 429, "TooManyRequestsException", "HTTP 429 Unknown Code")
			}
			return answered
		}
		if got := calls(8); got != 5 {
			t.Errorf("%d of 8 calls at once were answered, want 5", got)
		}
		time.Sleep(200 * time.Millisecond)
		if got := calls(8); got != 2 {
			t.Errorf("%d of 8 calls 200 ms later were answered, want 2", got)
		}
		time.Sleep(time.Minute)
		if got := calls(8); got != 5 {
			t.Errorf("%d of 8 calls a minute later were answered, want 5", got)
		}

		cfg := config(w.aws, ssoRegion, "", "", "") // and the SDK's own retryer gets over it
		cfg.Credentials, cfg.Retryer = nil, nil
		must(sso.NewFromConfig(cfg).ListAccounts(t.Context(), &sso.ListAccountsInput{AccessToken: token.AccessToken}))(t)
	})
}

func TestFaultsHaveTheShapeOfTheirService(t *testing.T) {
	w := newSSOWorld()
	c, token := w.signIn(t, "sso:account:access")
	list := func() error { return w.list(t, token.AccessToken) }
	refresh := func() error {
		_, err := w.refresh(t.Context(), c, token.RefreshToken)
		return err
	}
	w.aws.Faults.Throttle("ListAccounts", 1)
	wantRefusal(t, list(), 429, "TooManyRequestsException", "HTTP 429 Unknown Code")
	w.aws.Faults.Throttle("CreateToken", 1)
	wantRefusal(t, refresh(), 400, "SlowDownException", "")
	w.aws.Faults.Add("ListAccounts", awstest.Fault{Times: 1, Code: "UnauthorizedException", Message: "gone"})
	wantRefusal(t, list(), 401, "UnauthorizedException", "gone")
	w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Status: 503, Code: "InternalServerException"})
	wantRefusal(t, refresh(), 503, "InternalServerException", "")
	w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Late: true, Reset: true})
	if err := refresh(); err == nil {
		t.Error("a reset went unnoticed")
	}
	wantRefusal(t, refresh(), 400, "InvalidGrantException", "") // the lost answer held the next token
	if err := list(); err != nil {
		t.Error(err)
	}
}

func TestThePortalsRefusalsHaveAWSsShape(t *testing.T) {
	w := newSSOWorld()
	for _, tt := range []struct {
		name, method, url string
		status            int
		want              string
	}{
		{
			"no token", "GET", "https://portal.sso.eu-west-1.amazonaws.com/assignment/accounts", 401,
			`{"message":"Session token not found or invalid","__type":"com.amazonaws.switchboard.portal#UnauthorizedException"}`,
		},
		{
			"an unknown parameter", "GET", "https://portal.sso.eu-west-1.amazonaws.com/assignment/accounts?filter=x", 501,
			`{"message":"parameter filter of ListAccounts is not modelled","__type":"com.amazonaws.switchboard.portal#NotImplemented"}`,
		},
		{
			"an unknown path", "GET", "https://portal.sso.eu-west-1.amazonaws.com/instance/appinstances", 404,
			`{"message":"","__type":"com.amazonaws.switchboard.portal#UnknownOperationException"}`,
		},
		{
			"another service's path", "POST", "https://portal.sso.eu-west-1.amazonaws.com/token", 404,
			`{"message":"","__type":"com.amazonaws.switchboard.portal#UnknownOperationException"}`,
		},
		{"another method", "GET", "http://127.0.0.1/token", 404, `{"error":"unknown_operation","error_description":""}`},
		{"no path of AWS's", "GET", "http://127.0.0.1/nothing", 404, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if resp, body := answer(t, w.aws.Transport(), request(t, tt.method, tt.url, "")); resp.StatusCode != tt.status || body != tt.want {
				t.Errorf("%d %s\nwant %d %s", resp.StatusCode, body, tt.status, tt.want)
			}
		})
	}
}

func TestThousandsOfRolesAreMadeAndListed(t *testing.T) {
	w := awstest.New()
	ic := w.SSO.IdentityCenter(ssoRegion, startURL)
	ic.Populate(500, 10)
	world := clientsOf(w, ic)
	_, token := world.signIn(t, "sso:account:access")
	accounts := sso.NewListAccountsPaginator(world.portal, &sso.ListAccountsInput{AccessToken: token.AccessToken})
	pairs := map[string]bool{}
	for accounts.HasMorePages() {
		for _, a := range must(accounts.NextPage(t.Context()))(t).AccountList {
			for _, r := range must(world.portal.ListAccountRoles(t.Context(),
				&sso.ListAccountRolesInput{AccessToken: token.AccessToken, AccountId: a.AccountId}))(t).RoleList {
				pairs[*r.AccountId+"/"+*r.RoleName] = true
			}
		}
	}
	if len(pairs) != 5000 || !pairs["900000000500/Team-10"] {
		t.Errorf("%d pairs", len(pairs))
	}
	if got := len(w.Calls("ListAccounts")); got != 5 {
		t.Errorf("%d pages of accounts, want 5", got)
	}
}
