package awstest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"daypass/creds/awstest"
)

const (
	invalidCode   = "MultiFactorAuthentication failed with invalid MFA one time pass code."
	invalidDevice = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."
	invalidToken  = "The security token included in the request is invalid"
)

func session(t *testing.T, c *sts.Client, in *sts.GetSessionTokenInput) *types.Credentials {
	t.Helper()
	return must(c.GetSessionToken(t.Context(), in))(t).Credentials
}

func assume(t *testing.T, c *sts.Client, arn string) *types.Credentials {
	t.Helper()
	return must(c.AssumeRole(t.Context(), role(arn)))(t).Credentials
}

func role(arn string) *sts.AssumeRoleInput {
	return &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("test")}
}

func whoami(t *testing.T, c *sts.Client) string {
	t.Helper()
	return *must(c.GetCallerIdentity(t.Context(), nil))(t).Arn
}

func TestGetCallerIdentityReturnsTheSigner(t *testing.T) {
	w := awstest.New()
	alice := w.IAM.Account("111111111111").User("team/alice")
	dev := w.IAM.Account("111111111111").Role("team/Dev", awstest.Trust{Principals: []string{alice.ARN()}})
	c := stsAs(w, newKey(alice))
	for _, tt := range []struct {
		who    string
		client *sts.Client
		want   string
	}{
		{"a key", c, "arn:aws:iam::111111111111:user/team/alice"},
		{"a session", stsWith(w, session(t, c, nil)), "arn:aws:iam::111111111111:user/team/alice"},
		{"a role's session", stsWith(w, assume(t, c, dev.ARN())), "arn:aws:sts::111111111111:assumed-role/Dev/test"},
	} {
		if got := whoami(t, tt.client); got != tt.want {
			t.Errorf("%s is %s, want %s", tt.who, got, tt.want)
		}
	}
}

func TestMintedCredentialsLookReal(t *testing.T) {
	s := awstest.NewSample()
	c := session(t, stsAs(s.AWS, s.AliceKey), nil)
	for _, tt := range []struct{ name, value, pattern string }{
		{"long-term id", s.AliceKey.ID, `^AKIA[A-Z2-7]{16}$`},
		{"long-term secret", s.AliceKey.Secret, `^[A-Za-z0-9+/]{40}$`},
		{"temporary id", *c.AccessKeyId, `^ASIA[A-Z2-7]{16}$`},
		{"temporary secret", *c.SecretAccessKey, `^[A-Za-z0-9+/]{40}$`},
		{"session token", *c.SessionToken, `^IQoJb3JpZ2luX2Vj[A-Za-z0-9+/=]{300,}$`},
		{"MFA seed", s.Phone.Secret(), `^[A-Z2-7]{64}$`},
		{"MFA serial", s.Phone.Serial(), `^arn:aws:iam::111111111111:mfa/alice-phone$`},
	} {
		if !matches(tt.pattern, tt.value) {
			t.Errorf("%s %q does not match %s", tt.name, tt.value, tt.pattern)
		}
	}
}

func TestSessionsLastAsLongAsAsked(t *testing.T) {
	for _, tt := range []struct {
		name    string
		seconds *int32
		want    time.Duration // 0: refused
	}{
		{"by default 12 hours", nil, 12 * time.Hour},
		{"at least 15 minutes", aws.Int32(900), 15 * time.Minute},
		{"at most 36 hours", aws.Int32(129600), 36 * time.Hour},
		{"not a second less", aws.Int32(899), 0},
		{"not a second more", aws.Int32(129601), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := awstest.NewSample()
				out, err := stsAs(s.AWS, s.AliceKey).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: tt.seconds})
				if out == nil {
					out = &sts.GetSessionTokenOutput{}
				}
				wantLasting(t, s.AWS, tt.want, out.Credentials, err)
			})
		})
	}
}

func TestACodeIsGoodOnceAndAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awstest.NewSample()
		other := s.CI.MFA("other")
		c := stsAs(s.AWS, s.AliceKey)
		try := func(serial, code string) error {
			_, err := c.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{SerialNumber: &serial, TokenCode: &code})
			return err
		}
		serial := s.Phone.Serial()
		code := func(after time.Duration) string { return s.Phone.Code(time.Now().Add(after)) }

		time.Sleep(10 * time.Minute)
		wantRefusal(t, try(serial, code(-time.Minute)), 403, "AccessDenied", invalidCode)
		wantRefusal(t, try(serial, code(time.Minute)), 403, "AccessDenied", invalidCode)
		wantRefusal(t, try(other.Serial(), other.Code(time.Now())), 403, "AccessDenied", invalidDevice)
		wantRefusal(t, try("arn:aws:iam::111111111111:mfa/nobody", "123456"), 403, "AccessDenied", invalidDevice)
		wantRefusal(t, try(serial, "12345"), 400, "ValidationError",
			"1 validation error detected: Value '12345' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6")
		wantRefusal(t, try(serial, "abcde"), 400, "ValidationError", "2 validation errors detected: "+
			"Value 'abcde' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6; "+
			`Value 'abcde' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*`)

		if err := try(serial, code(-30*time.Second)); err != nil {
			t.Errorf("one step late: %v", err)
		}
		if err := try(serial, code(30*time.Second)); err != nil {
			t.Errorf("one step early: %v", err)
		}
		wantRefusal(t, try(serial, code(30*time.Second)), 403, "AccessDenied", invalidCode)
		wantRefusal(t, try(serial, code(0)), 403, "AccessDenied", invalidCode) // before the last one accepted

		before := time.Now()
		next, err := s.Phone.NextCode(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := time.Since(before); got != time.Minute {
			t.Errorf("the next code was waited for %v, want 1m0s", got)
		}
		if err := try(serial, next); err != nil {
			t.Errorf("the next code: %v", err)
		}
	})
}

func TestHalfOfACodeIsRefused(t *testing.T) {
	s := awstest.NewSample()
	_, err := stsAs(s.AWS, s.AliceKey).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{TokenCode: aws.String("123456")})
	wantRefusal(t, err, 403, "AccessDenied", "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
}

func TestSessionsCannotMakeSessions(t *testing.T) {
	s := awstest.NewSample()
	key := stsAs(s.AWS, s.AliceKey)
	for name, creds := range map[string]*types.Credentials{
		"GetSessionToken's": session(t, key, nil),
		"AssumeRole's":      assume(t, key, "arn:aws:iam::111111111111:role/ReadOnly"),
	} {
		_, err := stsWith(s.AWS, creds).GetSessionToken(t.Context(), nil)
		t.Log(name)
		wantRefusal(t, err, 403, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	}
}

func TestRolesLastAsLongAsTheyMay(t *testing.T) {
	const (
		oneHourRole    = "arn:aws:iam::111111111111:role/Short"
		twelveHourRole = "arn:aws:iam::111111111111:role/Long"
		chaining       = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
		tooLong        = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
	)
	for _, tt := range []struct {
		name    string
		by      string // key, session, role
		arn     string
		seconds *int32
		want    time.Duration
		refusal string
	}{
		{"an hour by default", "key", twelveHourRole, nil, time.Hour, ""},
		{"as long as the role allows", "key", twelveHourRole, aws.Int32(43200), 12 * time.Hour, ""},
		{"no longer than the role allows", "key", oneHourRole, aws.Int32(3601), 0, tooLong},
		{"an hour from a session", "session", twelveHourRole, aws.Int32(3600), time.Hour, ""},
		{"no more than an hour from a session", "session", twelveHourRole, aws.Int32(3601), 0, chaining},
		{"no more than an hour from a role", "role", twelveHourRole, aws.Int32(3601), 0, chaining},
		{
			"at least 15 minutes", "key", oneHourRole, aws.Int32(899), 0,
			"1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
		},
		{
			"never more than 12 hours", "key", twelveHourRole, aws.Int32(43201), 0,
			"1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := awstest.New()
				corp := w.IAM.Account("111111111111")
				trust := awstest.Trust{Principals: []string{corp.ID()}}
				corp.Role("Short", trust)
				corp.Role("Long", trust).MaxSession(12 * time.Hour)
				c := stsAs(w, newKey(corp.User("alice")))
				switch tt.by {
				case "session":
					c = stsWith(w, session(t, c, nil))
				case "role":
					c = stsWith(w, assume(t, c, oneHourRole))
				}
				in := role(tt.arn)
				in.DurationSeconds = tt.seconds
				out, err := c.AssumeRole(t.Context(), in)
				if tt.refusal != "" {
					wantRefusal(t, err, 400, "ValidationError", tt.refusal)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := time.Until(*out.Credentials.Expiration); got != tt.want {
					t.Errorf("lasts %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestTrustPoliciesHold(t *testing.T) {
	const id = "arn:aws:iam::111111111111:"
	for _, tt := range []struct {
		name    string
		trust   awstest.Trust
		arrange func(alice *awstest.User, near *awstest.Role)
		by      string // key, mfa (a session with MFA), session, code (with the call), near (a role)
		account string // of the role; 111111111111 by default
		ext     string
		want    bool
	}{
		{name: "its account", trust: awstest.Trust{Principals: []string{id + "root"}}, want: true},
		{name: "its account by number", trust: awstest.Trust{Principals: []string{"111111111111"}}, want: true},
		{name: "another account", trust: awstest.Trust{Principals: []string{"222222222222"}}},
		{name: "nobody", trust: awstest.Trust{}},
		{name: "the user", trust: awstest.Trust{Principals: []string{id + "user/alice"}}, want: true},
		{name: "another user", trust: awstest.Trust{Principals: []string{id + "user/ci"}}},
		{name: "the user by its session", trust: awstest.Trust{Principals: []string{id + "user/alice"}}, by: "session", want: true},
		{name: "the role", trust: awstest.Trust{Principals: []string{id + "role/Near"}}, by: "near", want: true},
		{name: "the role's user is not the role", trust: awstest.Trust{Principals: []string{id + "user/alice"}}, by: "near"},
		{name: "across accounts", trust: awstest.Trust{Principals: []string{id + "root"}}, account: "222222222222", want: true},

		{name: "MFA missing", trust: awstest.Trust{Principals: []string{id + "root"}, RequireMFA: true}},
		{name: "MFA missing from a session", trust: awstest.Trust{Principals: []string{id + "root"}, RequireMFA: true}, by: "session"},
		{name: "MFA in the session", trust: awstest.Trust{Principals: []string{id + "root"}, RequireMFA: true}, by: "mfa", want: true},
		{name: "MFA with the call", trust: awstest.Trust{Principals: []string{id + "root"}, RequireMFA: true}, by: "code", want: true},
		{name: "a role carries no MFA on", trust: awstest.Trust{Principals: []string{id + "root"}, RequireMFA: true}, by: "near"},

		{name: "external id right", trust: awstest.Trust{Principals: []string{id + "root"}, ExternalID: "e-1"}, ext: "e-1", want: true},
		{name: "external id wrong", trust: awstest.Trust{Principals: []string{id + "root"}, ExternalID: "e-1"}, ext: "e-2"},
		{name: "external id missing", trust: awstest.Trust{Principals: []string{id + "root"}, ExternalID: "e-1"}},
		{name: "external id not asked for", trust: awstest.Trust{Principals: []string{id + "root"}}, ext: "e-1", want: true},

		{
			name: "own policies too narrow", trust: awstest.Trust{Principals: []string{id + "root"}},
			arrange: func(u *awstest.User, _ *awstest.Role) { u.MayAssume() },
		},
		{
			name: "own policies name the role", trust: awstest.Trust{Principals: []string{id + "root"}},
			arrange: func(u *awstest.User, _ *awstest.Role) { u.MayAssume(id + "role/Wanted") }, want: true,
		},
		{
			name: "named in the account, own policies do not matter", trust: awstest.Trust{Principals: []string{id + "user/alice"}},
			arrange: func(u *awstest.User, _ *awstest.Role) { u.MayAssume() }, want: true,
		},
		{
			name: "named across accounts, they do", trust: awstest.Trust{Principals: []string{id + "user/alice"}}, account: "222222222222",
			arrange: func(u *awstest.User, _ *awstest.Role) { u.MayAssume() },
		},
		{
			name: "an explicit denial always does", trust: awstest.Trust{Principals: []string{id + "user/alice"}},
			arrange: func(u *awstest.User, _ *awstest.Role) { u.Deny("sts:AssumeRole") },
		},
		{
			name: "a role's own policies too narrow", trust: awstest.Trust{Principals: []string{id + "root"}}, by: "near",
			arrange: func(_ *awstest.User, r *awstest.Role) { r.MayAssume() },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := awstest.New()
			corp := w.IAM.Account("111111111111")
			alice := corp.User("alice")
			phone := alice.MFA("phone")
			near := corp.Role("Near", awstest.Trust{Principals: []string{alice.ARN()}})
			if tt.account == "" {
				tt.account = corp.ID()
			}
			wanted := w.IAM.Account(tt.account).Role("Wanted", tt.trust)
			if tt.arrange != nil {
				tt.arrange(alice, near)
			}
			c := stsAs(w, newKey(alice))
			serial, code := aws.String(phone.Serial()), aws.String(phone.Code(w.Now()))
			in := role(wanted.ARN())
			switch tt.by {
			case "session":
				c = stsWith(w, session(t, c, nil))
			case "mfa":
				c = stsWith(w, session(t, c, &sts.GetSessionTokenInput{SerialNumber: serial, TokenCode: code}))
			case "code":
				in.SerialNumber, in.TokenCode = serial, code
			case "near":
				nearIn := role(near.ARN())
				nearIn.SerialNumber, nearIn.TokenCode = serial, code
				c = stsWith(w, must(c.AssumeRole(t.Context(), nearIn))(t).Credentials)
			}
			if tt.ext != "" {
				in.ExternalId = &tt.ext
			}
			out, err := c.AssumeRole(t.Context(), in)
			if !tt.want {
				wantRefusal(t, err, 403, "AccessDenied",
					"User: "+whoami(t, c)+" is not authorized to perform: sts:AssumeRole on resource: "+wanted.ARN())
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := "arn:aws:sts::" + tt.account + ":assumed-role/Wanted/test"
			if got := *out.AssumedRoleUser.Arn; got != want || whoami(t, stsWith(w, out.Credentials)) != want {
				t.Errorf("became %s, want %s", got, want)
			}
		})
	}
}

func TestRoleParametersAreValidated(t *testing.T) {
	s := awstest.NewSample()
	const arn = "arn:aws:iam::111111111111:role/ReadOnly"
	for _, tt := range []struct {
		name, arn, session, ext string
		status                  int
		code, message           string
	}{
		{"a role that does not exist", arn + "x", "me", "", 403, "AccessDenied", "User: " + s.Alice.ARN() + " is not authorized to perform: sts:AssumeRole on resource: " + arn + "x"},
		{"an ARN that is none", "not-an-arn-but-long-enough", "me", "", 400, "ValidationError", "not-an-arn-but-long-enough is invalid"},
		{"a session name with a slash", arn, "a/b", "", 400, "ValidationError", `1 validation error detected: Value 'a/b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"a session name too short", arn, "a", "", 400, "ValidationError", "1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2"},
		{"a session name too long", arn, strings.Repeat("a", 65), "", 400, "ValidationError", "1 validation error detected: Value '" + strings.Repeat("a", 65) + "' at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"an external id with a space", arn, "me", "a b", 400, "ValidationError", `1 validation error detected: Value 'a b' at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@:\/-]*`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := &sts.AssumeRoleInput{RoleArn: &tt.arn, RoleSessionName: &tt.session}
			if tt.ext != "" {
				in.ExternalId = &tt.ext
			}
			_, err := stsAs(s.AWS, s.AliceKey).AssumeRole(t.Context(), in)
			wantRefusal(t, err, tt.status, tt.code, tt.message)
		})
	}
}

func TestWhatIsNotModelledIsRefused(t *testing.T) {
	s := awstest.NewSample()
	c := stsAs(s.AWS, s.AliceKey)
	_, err := c.AssumeRoot(t.Context(), &sts.AssumeRootInput{
		TargetPrincipal: aws.String("222222222222"), TaskPolicyArn: &types.PolicyDescriptorType{Arn: aws.String("arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials")},
	})
	wantRefusal(t, err, 400, "InvalidAction", "Could not find operation AssumeRoot for version 2011-06-15")
	in := role("arn:aws:iam::111111111111:role/ReadOnly")
	in.Policy = aws.String("{}")
	_, err = c.AssumeRole(t.Context(), in)
	wantRefusal(t, err, 501, "NotImplemented", "parameter Policy of AssumeRole is not modelled")
	_, err = c.GetFederationToken(t.Context(), &sts.GetFederationTokenInput{
		Name: aws.String("me"), PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}},
	})
	wantRefusal(t, err, 501, "NotImplemented", "parameter PolicyArns.member.1.arn of GetFederationToken is not modelled")
}

func TestASampleChainCanBeWalked(t *testing.T) {
	s := awstest.NewSample()
	c := stsAs(s.AWS, s.AliceKey)
	for _, arn := range []string{
		"arn:aws:iam::222222222222:role/Gateway", "arn:aws:iam::333333333333:role/Deploy", "arn:aws:iam::333333333333:role/Operate",
	} {
		c = stsWith(s.AWS, assume(t, c, arn))
	}
	if got, want := whoami(t, c), "arn:aws:sts::333333333333:assumed-role/Operate/test"; got != want {
		t.Errorf("the chain ends at %s, want %s", got, want)
	}
	_, err := stsAs(s.AWS, s.AliceKey).AssumeRole(t.Context(), role("arn:aws:iam::333333333333:role/Operate"))
	wantRefusal(t, err, 403, "AccessDenied", "")
}

func TestGetAccessKeyInfoReturnsTheAccount(t *testing.T) {
	s := awstest.NewSample()
	out := must(stsAs(s.AWS, s.CIKey).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &s.AliceKey.ID}))(t)
	if *out.Account != "111111111111" {
		t.Errorf("account %s", *out.Account)
	}
}
