package awstest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"daypass/creds/awstest"
)

// allowAll grants no more than the user has.
const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func federate(t *testing.T, c *sts.Client, name, policy string) *types.Credentials {
	t.Helper()
	in := &sts.GetFederationTokenInput{Name: &name}
	if policy != "" {
		in.Policy = &policy
	}
	return must(c.GetFederationToken(t.Context(), in))(t).Credentials
}

func TestAFederatedUserIsItselfAndMayAskWhoItIsAlone(t *testing.T) {
	s := awstest.NewSample()
	out := must(stsAs(s.AWS, s.AliceKey).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{
		Name: aws.String("al+ice@corp"), Policy: aws.String(allowAll),
	}))(t)
	const arn = "arn:aws:sts::111111111111:federated-user/al+ice@corp"
	if *out.FederatedUser.Arn != arn || *out.FederatedUser.FederatedUserId != "111111111111:al+ice@corp" {
		t.Errorf("federated user %s, %s", *out.FederatedUser.Arn, *out.FederatedUser.FederatedUserId)
	}
	packed := *out.PackedPolicySize //nolint:staticcheck // what came after it is for newer clients; this one is still answered
	if packed != 5 {                // 85 of 2048 characters
		t.Errorf("packed policy size %d%%", packed)
	}
	c := stsWith(s.AWS, out.Credentials)
	if got := whoami(t, c); got != arn {
		t.Errorf("the credentials are %s", got)
	}
	const role1 = "arn:aws:iam::111111111111:role/ReadOnly"
	_, err := c.AssumeRole(t.Context(), role(role1))
	wantRefusal(t, err, 403, "AccessDenied", "User: "+arn+" is not authorized to perform: sts:AssumeRole on resource: "+role1)
	_, err = c.GetSessionToken(t.Context(), nil)
	wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	_, err = c.GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &s.AliceKey.ID})
	wantRefusal(t, err, 403, "AccessDenied", "")
	_, err = iamWith(s.AWS, out.Credentials).GetUser(t.Context(), nil)
	wantRefusal(t, err, 403, "InvalidClientTokenId", invalidToken)
}

func TestOnlyALongTermKeyMakesFederatedUsers(t *testing.T) {
	s := awstest.NewSample()
	key := stsAs(s.AWS, s.AliceKey)
	for name, creds := range map[string]*types.Credentials{
		"GetSessionToken's":    session(t, key, nil),
		"AssumeRole's":         assume(t, key, "arn:aws:iam::111111111111:role/ReadOnly"),
		"GetFederationToken's": federate(t, key, "alice", allowAll),
	} {
		t.Log(name)
		_, err := stsWith(s.AWS, creds).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("alice")})
		wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetFederationToken with session credentials")
	}
	s.CI.Deny("sts:GetFederationToken")
	_, err := stsAs(s.AWS, s.CIKey).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("ci")})
	wantRefusal(t, err, 403, "AccessDenied", "User: arn:aws:iam::111111111111:user/ci is not authorized to perform: "+
		"sts:GetFederationToken on resource: arn:aws:sts::111111111111:federated-user/ci")
}

func TestFederatedUsersLastAsLongAsAskedAndTheRootUsersAnHour(t *testing.T) {
	for _, tt := range []struct {
		name    string
		root    bool
		seconds *int32
		want    time.Duration // 0: refused
	}{
		{"by default 12 hours", false, nil, 12 * time.Hour},
		{"at least 15 minutes", false, aws.Int32(900), 15 * time.Minute},
		{"at most 36 hours", false, aws.Int32(129600), 36 * time.Hour},
		{"not a second less", false, aws.Int32(899), 0},
		{"not a second more", false, aws.Int32(129601), 0},
		{"root by default an hour", true, nil, time.Hour},
		{"root no more than an hour", true, aws.Int32(7200), time.Hour},
		{"root less than an hour", true, aws.Int32(1800), 30 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := awstest.New()
				u := w.IAM.Account("111111111111").User("alice")
				if tt.root {
					u = w.IAM.Account("111111111111").Root()
				}
				out, err := stsAs(w, newKey(u)).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{
					Name: aws.String("alice"), DurationSeconds: tt.seconds,
				})
				if out == nil {
					out = &sts.GetFederationTokenOutput{}
				}
				wantLasting(t, w, tt.want, out.Credentials, err)
			})
		})
	}
}

func TestTheRootUserIsNoOtherUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := awstest.New()
		corp := w.IAM.Account("111111111111")
		corp.Role("Dev", awstest.Trust{Principals: []string{corp.RootARN()}})
		k := newKey(corp.Root())
		c := stsAs(w, k)
		if got := whoami(t, c); got != "arn:aws:iam::111111111111:root" {
			t.Errorf("root is %s", got)
		}
		_, err := c.AssumeRole(t.Context(), role("arn:aws:iam::111111111111:role/Dev"))
		wantRefusal(t, err, 403, "AccessDenied", "Roles may not be assumed by root accounts.")
		if got := time.Until(*session(t, c, nil).Expiration); got != time.Hour {
			t.Errorf("a session of root's lasts %v", got)
		}
		if u := must(iamAs(w, k).GetUser(t.Context(), nil))(t).User; *u.Arn != corp.RootARN() || *u.UserId != "111111111111" {
			t.Errorf("root sees itself as %s, %s", *u.Arn, *u.UserId)
		}
		_, err = iamAs(w, newKey(corp.User("alice"))).GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("root")})
		wantRefusal(t, err, 404, "NoSuchEntity", "")
	})
}

func TestFederationParametersAreValidated(t *testing.T) {
	s := awstest.NewSample()
	const (
		notJSON = "The policy is not in the valid JSON format."
		syntax  = "Syntax errors in policy."
		failed  = "1 validation error detected: Value '"
	)
	statement := func(inner string) *string { return aws.String(`{"Version":"2012-10-17","Statement":` + inner + `}`) }
	for _, tt := range []struct {
		name, user string
		policy     *string
		code, want string // or no code, where it is taken
	}{
		{"a name of two", "me", nil, "", ""},
		{"a name of 32", strings.Repeat("a", 32), nil, "", ""},
		{"a name of one", "a", nil, "ValidationError", failed + "a' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2"},
		{"a name of 33", strings.Repeat("a", 33), nil, "ValidationError", failed + strings.Repeat("a", 33) + "' at 'name' failed to satisfy constraint: Member must have length less than or equal to 32"},
		{"a name with a slash", "a/b", nil, "ValidationError", failed + `a/b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"a name with a space", "a b", nil, "ValidationError", ""},
		{"one statement without brackets", "me", statement(`{"Sid":"x","Effect":"Deny","NotAction":["s3:Get*"],"Resource":["*"],"Condition":{"Bool":{"aws:SecureTransport":false}}}`), "", ""},
		{"a policy as long as may be", "me", aws.String(allowAll + strings.Repeat(" ", 2048-len(allowAll))), "", ""},
		{"a policy too long", "me", aws.String(allowAll + strings.Repeat(" ", 2049-len(allowAll))), "ValidationError", ""},
		{"a policy of other letters", "me", aws.String(`{"Id":"世"}`), "ValidationError", ""},
		{"no JSON", "me", aws.String("{'"), "MalformedPolicyDocument", notJSON},
		{"two policies", "me", aws.String(allowAll + allowAll), "MalformedPolicyDocument", notJSON},
		{"no object", "me", aws.String("[]"), "MalformedPolicyDocument", syntax},
		{"no statement", "me", statement("[]"), "MalformedPolicyDocument", syntax},
		{"another version", "me", aws.String(strings.Replace(allowAll, "2012", "2013", 1)), "MalformedPolicyDocument", syntax},
		{"another effect", "me", aws.String(strings.Replace(allowAll, "Allow", "Permit", 1)), "MalformedPolicyDocument", syntax},
		{"an unknown element", "me", aws.String(strings.Replace(allowAll, "Effect", "Affect", 1)), "MalformedPolicyDocument", syntax},
		{"no resource", "me", statement(`[{"Effect":"Allow","Action":"*"}]`), "MalformedPolicyDocument", syntax},
		{"no action", "me", statement(`[{"Effect":"Allow","Action":null,"Resource":"*"}]`), "MalformedPolicyDocument", syntax},
		{"an action without its service", "me", statement(`[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]`), "MalformedPolicyDocument", syntax},
		{"actions and others", "me", statement(`[{"Effect":"Allow","Action":"*","NotAction":"s3:*","Resource":"*"}]`), "MalformedPolicyDocument", syntax},
		{"a principal", "me", statement(`[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]`), "MalformedPolicyDocument", syntax},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := stsAs(s.AWS, s.AliceKey).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: &tt.user, Policy: tt.policy})
			if tt.code != "" {
				wantRefusal(t, err, 400, tt.code, tt.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAPolicyThatRequiresMFADeniesAKeyWithoutMFA(t *testing.T) {
	s := awstest.NewSample()
	s.Alice.RequireMFA()
	c := stsAs(s.AWS, s.AliceKey)
	const readOnly = "arn:aws:iam::111111111111:role/ReadOnly"
	_, err := c.GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("alice"), Policy: aws.String(allowAll)})
	wantRefusal(t, err, 403, "AccessDenied", "")
	_, err = c.AssumeRole(t.Context(), role(readOnly))
	wantRefusal(t, err, 403, "AccessDenied", "")
	_, err = iamAs(s.AWS, s.AliceKey).ListAccessKeys(t.Context(), nil)
	wantRefusal(t, err, 403, "AccessDenied", "")
	must(iamAs(s.AWS, s.AliceKey).ListMFADevices(t.Context(), nil))(t)

	in := &sts.GetSessionTokenInput{SerialNumber: aws.String(s.Phone.Serial()), TokenCode: aws.String(s.Phone.Code(s.AWS.Now()))}
	withMFA := session(t, c, in)
	assume(t, stsWith(s.AWS, withMFA), readOnly)
	must(iamWith(s.AWS, withMFA).ListAccessKeys(t.Context(), nil))(t)

	s.Alice.RequireMFA("sts:GetFederationToken")
	federate(t, c, "alice", allowAll)
}
