package awstest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

func TestAUserSeesItselfAndItsDevices(t *testing.T) {
	s := awstest.NewSample()
	tablet := s.Alice.MFA("tablet")
	c := iamAs(s.AWS, s.AliceKey)
	user := must(c.GetUser(t.Context(), nil))(t).User
	if *user.UserName != "alice" || *user.Arn != s.Alice.ARN() || *user.Path != "/" || len(*user.UserId) != 21 {
		t.Errorf("user %s %s %s %s", *user.UserName, *user.Arn, *user.Path, *user.UserId)
	}
	var serials []string
	for _, d := range must(c.ListMFADevices(t.Context(), nil))(t).MFADevices {
		serials = append(serials, *d.SerialNumber)
	}
	if diff := cmp.Diff([]string{s.Phone.Serial(), tablet.Serial()}, serials); diff != "" {
		t.Errorf("devices (-want +got):\n%s", diff)
	}
	if out := must(iamAs(s.AWS, s.CIKey).ListMFADevices(t.Context(), nil))(t); len(out.MFADevices) != 0 {
		t.Errorf("ci has devices: %v", out.MFADevices)
	}
}

func TestKeysAreCreatedSwitchedOffAndDeleted(t *testing.T) {
	s := awstest.NewSample()
	c := iamAs(s.AWS, s.AliceKey)
	made := must(c.CreateAccessKey(t.Context(), nil))(t).AccessKey
	whoami(t, stsAs(s.AWS, awstest.Key{ID: *made.AccessKeyId, Secret: *made.SecretAccessKey}))

	_, err := c.CreateAccessKey(t.Context(), nil)
	wantRefusal(t, err, 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")

	update := &iam.UpdateAccessKeyInput{AccessKeyId: made.AccessKeyId, Status: types.StatusTypeInactive}
	must(c.UpdateAccessKey(t.Context(), update))(t)
	status := map[string]types.StatusType{}
	for _, k := range must(c.ListAccessKeys(t.Context(), nil))(t).AccessKeyMetadata {
		status[*k.AccessKeyId] = k.Status
	}
	if diff := cmp.Diff(map[string]types.StatusType{s.AliceKey.ID: "Active", *made.AccessKeyId: "Inactive"}, status); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	_, err = stsAs(s.AWS, awstest.Key{ID: *made.AccessKeyId, Secret: *made.SecretAccessKey}).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, 403, "InvalidClientTokenId", unknownKey)

	remove := &iam.DeleteAccessKeyInput{AccessKeyId: made.AccessKeyId}
	must(c.DeleteAccessKey(t.Context(), remove))(t)
	_, err = c.DeleteAccessKey(t.Context(), remove)
	wantRefusal(t, err, 404, "NoSuchEntity", "The Access Key with id "+*made.AccessKeyId+" cannot be found.")
	update.Status = "Off"
	_, err = c.UpdateAccessKey(t.Context(), update)
	wantRefusal(t, err, 400, "ValidationError",
		"1 validation error detected: Value 'Off' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]")
}

func TestLastUseIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awstest.NewSample()
		ask := func() *types.AccessKeyLastUsed {
			return must(iamAs(s.AWS, s.AliceKey).GetAccessKeyLastUsed(t.Context(),
				&iam.GetAccessKeyLastUsedInput{AccessKeyId: &s.CIKey.ID}))(t).AccessKeyLastUsed
		}
		if used := ask(); used.LastUsedDate != nil || *used.ServiceName != "N/A" || *used.Region != "N/A" {
			t.Errorf("before any use: %v %s %s", used.LastUsedDate, *used.ServiceName, *used.Region)
		}
		time.Sleep(time.Hour)
		want := time.Now()
		whoami(t, stsAs(s.AWS, s.CIKey))
		time.Sleep(time.Hour)
		if used := ask(); !used.LastUsedDate.Equal(want) || *used.ServiceName != "sts" || *used.Region != "eu-west-1" {
			t.Errorf("after one: %v %s %s, want %v sts eu-west-1", used.LastUsedDate, *used.ServiceName, *used.Region, want)
		}
		_, err := iamAs(s.AWS, s.AliceKey).GetAccessKeyLastUsed(t.Context(), &iam.GetAccessKeyLastUsedInput{AccessKeyId: aws.String("AKIAIOSFODNN7EXAMPLE")})
		wantRefusal(t, err, 404, "NoSuchEntity", "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found.")
	})
}

func TestWhoMayCallIAM(t *testing.T) {
	s := awstest.NewSample()
	key := stsAs(s.AWS, s.AliceKey)

	_, err := iamWith(s.AWS, session(t, key, nil)).GetUser(t.Context(), nil)
	t.Log("a session without MFA")
	wantRefusal(t, err, 403, "InvalidClientTokenId", invalidToken)

	mfa := session(t, key, &sts.GetSessionTokenInput{SerialNumber: aws.String(s.Phone.Serial()), TokenCode: aws.String(s.Phone.Code(s.AWS.Now()))})
	must(iamWith(s.AWS, mfa).GetUser(t.Context(), nil))(t)

	byRole := iamWith(s.AWS, assume(t, key, "arn:aws:iam::111111111111:role/ReadOnly"))
	_, err = byRole.GetUser(t.Context(), nil)
	t.Log("a role that names no user")
	wantRefusal(t, err, 400, "ValidationError", "Must specify userName when calling with non-User credentials")
	must(byRole.GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("ci")}))(t)
	_, err = byRole.GetUser(t.Context(), &iam.GetUserInput{UserName: aws.String("bob")})
	wantRefusal(t, err, 404, "NoSuchEntity", "The user with name bob cannot be found.")
}

func TestDeniedActionsAreRefusedByName(t *testing.T) {
	s := awstest.NewSample()
	s.Alice.Deny("iam:ListMFADevices", "sts:GetSessionToken")
	_, err := iamAs(s.AWS, s.AliceKey).ListMFADevices(t.Context(), nil)
	wantRefusal(t, err, 403, "AccessDenied", "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: "+
		"iam:ListMFADevices on resource: user alice because no identity-based policy allows the iam:ListMFADevices action")
	_, err = stsAs(s.AWS, s.AliceKey).GetSessionToken(t.Context(), nil)
	wantRefusal(t, err, 403, "AccessDenied", "")
	must(iamAs(s.AWS, s.AliceKey).GetUser(t.Context(), nil))(t)
}
