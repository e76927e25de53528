package awscall

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/outage"
	"daypass/internal/partition"
	"daypass/internal/words"
)

// Purpose is what a call to AWS was made for, and with what: the sentence about its
// failure names these.
type Purpose struct {
	// Subject begins the sentence: `no credentials for profile "alice"`.
	Subject string
	// Region is whose endpoint was asked, and regionSetting the setting that it is
	// from, "" where none names it.
	Region, RegionSetting string
	// OwnURL reports whether an endpoint of a person's own was asked, and not AWS's.
	OwnURL bool
	// secretSetting is where the AWS files hold the secret that signed the call; ""
	// for a key of the keyring.
	secretSetting string
	// temporary is set if credentials signed the call that AWS had given before.
	temporary bool
	// device is the setting that names the MFA device.
	device string
	// Settings names the setting that a parameter of the call is from.
	Settings func(key string) string
}

// PurposeOf returns what a chain's calls are made for. temporary reports whether
// credentials that AWS gave sign the call, and not the long-term key.
func PurposeOf(c profile.Chain, temporary bool) Purpose {
	a := Purpose{
		Subject: c.Subject(), Region: c.STSRegion(), RegionSetting: c.RegionSetting, OwnURL: profile.IsURL(c.Endpoint),
		temporary: temporary, device: c.MFASetting, Settings: c.Base.Setting,
	}
	if c.Region == "" {
		a.RegionSetting = ""
	}
	if c.KeyID != "" {
		a.secretSetting = lang.Sprintf("aws_secret_access_key of [%s] in the AWS files", c.Base.Name)
	}
	if file := c.Base.KeyFile(); file != "" {
		a.secretSetting = file
	}
	if n := len(c.Roles); n > 0 {
		a.Settings, a.OwnURL = c.Roles[n-1].Profile.Setting, profile.IsURL(c.Roles[n-1].Endpoint)
	}
	return a
}

// where says which region's endpoint was asked, and why that one.
func (a Purpose) where() string {
	if a.RegionSetting == "" {
		return a.Region
	}
	return fmt.Sprintf("%s (%s)", a.Region, a.RegionSetting)
}

// correct says what to do about a region that does not fit.
func (a Purpose) correct() string {
	if a.RegionSetting == "" {
		return lang.T("give the profile a region")
	}
	return lang.Sprintf("correct %s", a.RegionSetting)
}

// The messages by which causes with one code differ. They are not part of STS's
// contract; where one changes, people get the general sentence.
const (
	wrongCode    = "MultiFactorAuthentication failed with invalid MFA one time pass code"
	wrongDevice  = "unable to validate MFA code"
	chainedLimit = "1 hour session limit for roles assumed by role chaining"
	tooLong      = "exceeds the MaxSessionDuration"

	wrongSecret  = "The request signature we calculated does not match"
	wrongRegion  = "scoped to a valid region"
	wrongService = "scoped to correct service"
	tooOld       = "Signature expired"
	tooNew       = "Signature not yet current"
)

// IsChainedLimit reports whether AWS refused a duration of over an hour
// because the role is assumed with temporary credentials.
func IsChainedLimit(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && strings.Contains(api.ErrorMessage(), chainedLimit)
}

// IsUnknownKey reports whether AWS does not know the key that signed a call, in the
// partition or in the region that was asked.
func IsUnknownKey(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && slices.Contains([]string{"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"}, api.ErrorCode())
}

// IsWrongSecret reports whether AWS knows the key that signed a call, but with another
// secret.
func IsWrongSecret(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && strings.Contains(api.ErrorMessage(), wrongSecret)
}

// IsExpired reports whether the credentials that signed a call have ended or
// are not known any more.
func IsExpired(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && (api.ErrorCode() == "ExpiredToken" || IsUnknownKey(err))
}

// Explain turns the error of a call to AWS into one sentence: who wanted
// what, and what AWS said.
func (c *Client) Explain(a Purpose, err error) error {
	var known *creds.Error
	var fault *answers.Fault
	var api smithy.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &known):
		return known
	case errors.As(err, &fault):
		return a.Say(creds.CodeAWS, "", "%v", fault)
	}
	if !errors.As(err, &api) || api.ErrorCode() == "UnknownError" {
		return a.unreached(err)
	}
	return c.refused(a, err, answers.Words(api.ErrorCode()), answers.Words(api.ErrorMessage()))
}

// refused explains AWS's refusal, by its code and its message.
func (c *Client) refused(a Purpose, err error, code, message string) error {
	switch {
	case strings.Contains(message, wrongCode):
		return &creds.Refusal{Message: lang.T(refusedCode), ClockOff: c.Skew()}
	case strings.Contains(message, wrongDevice):
		return a.Say(creds.CodeBadProfile, "", "AWS does not know the MFA device as one of this user's: correct %s", a.device)
	case IsUnknownKey(err):
		return a.unknownKey()
	case strings.Contains(message, tooOld) || strings.Contains(message, tooNew):
		return c.outOfTime(a)
	}
	switch code {
	case "RequestExpired", "RequestTimeTooSkewed":
		return c.outOfTime(a)
	case "SignatureDoesNotMatch", "InvalidSignatureException":
		return a.wrongSignature(err, message)
	case "IncompleteSignature", "MissingAuthenticationToken":
		return a.altered(message)
	case "RegionDisabledException":
		return a.Say(creds.CodeBadProfile, lang.T("Take another region; or whoever looks after the AWS account can activate STS in this one, in the account settings of IAM."),
			"STS is not active in %s for the account", a.where())
	case "OptInRequired":
		return a.Say(creds.CodeDenied, lang.T("Take another region; or whoever looks after the AWS account can enable this one."),
			"the account has not enabled %s: %s", a.where(), message)
	case "ExpiredToken", "ExpiredTokenException":
		return a.Say(creds.CodeAWS, "", "the session that AWS was asked with has ended; try again")
	case "AccessDenied", "AccessDeniedException":
		return a.Say(creds.CodeDenied, deniedAdvice(message), "AWS denied it: %s", message)
	case "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException":
		return a.Say(creds.CodeThrottled, "", "AWS is being called too often just now")
	}
	switch {
	case strings.Contains(message, tooLong):
		return a.Say(creds.CodeBadRequest, "", "the role does not allow sessions of this duration; ask for less, with %s or with --duration", a.Settings("duration_seconds"))
	case code == "ValidationError":
		return a.invalid(message)
	default:
		return a.Say(creds.CodeAWS, "", "AWS answered %s: %s", code, message)
	}
}

// Say makes the sentence. advice may be empty: the code's own is given then.
func (a Purpose) Say(code creds.Code, advice string, format lang.Text, args ...any) error {
	return &creds.Error{Code: code, Message: a.Subject + ": " + lang.Sprintf(format, args...), Advice: advice}
}

// unreached explains why AWS did not answer.
func (a Purpose) unreached(err error) error {
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.HTTPStatusCode() > 0 {
		return a.Say(creds.CodeNetwork, answers.UnreadableAdvice(response.HTTPStatusCode()), "%s", answers.Unreadable(response.HTTPStatusCode(), err))
	}
	if outage.IsUnknownHost(err) && a.RegionSetting != "" && !a.OwnURL {
		return a.Say(creds.CodeNetwork, "", "AWS could not be reached: %s; is %s right, which is %q?", outage.Words(err), a.RegionSetting, a.Region)
	}
	return a.Say(creds.CodeNetwork, outage.Advice(err), "AWS could not be reached: %s", outage.Words(err))
}

// unknownKey explains that AWS does not know a key in a region. A key that was made
// inactive, a region that the account has not enabled, and a region of another
// partition look alike.
func (a Purpose) unknownKey() error {
	if a.temporary {
		return a.Say(creds.CodeAWS, lang.T("Try again; if that does not help, correct the region."),
			"AWS does not know the session that it was asked with in %s: it was ended before its time, or its account has not enabled that region", a.where())
	}
	if p, ok := partition.Of(a.Region); ok {
		return a.Say(creds.CodeKeyInvalid, "",
			"AWS does not know the access key in %s: it was deleted or made inactive, its account has not enabled that region, or it is of another partition than %s", a.where(), p.Name)
	}
	return a.Say(creds.CodeKeyInvalid, "", "AWS does not know the access key in %s: it was deleted or made inactive", a.where())
}

// outOfTime explains that a call was signed too long before or after AWS's time.
func (c *Client) outOfTime(a Purpose) error {
	if off := c.FarOff(); off != 0 {
		return a.Say(creds.CodeClockOff, "", "this computer's clock is %s", words.ClockOff(off))
	}
	return a.Say(creds.CodeNetwork, lang.T("Try again; where a proxy holds calls back, look there."), "the call came to AWS too late")
}

// wrongSignature explains SignatureDoesNotMatch, which has several causes.
func (a Purpose) wrongSignature(err error, message string) error {
	switch {
	case strings.Contains(message, wrongRegion) && a.OwnURL:
		return a.Say(creds.CodeBadProfile, lang.T("The region has to be one that the endpoint serves: correct either, endpoint_url or AWS_ENDPOINT_URL for the latter."),
			"the endpoint does not take the region %q: %s, or the endpoint's URL", a.Region, a.correct())
	case strings.Contains(message, wrongRegion):
		return a.Say(creds.CodeBadProfile, lang.T(profile.RegionAdvice),
			"AWS does not take %q for a region: %s", a.Region, a.correct())
	case strings.Contains(message, wrongService):
		return a.Say(creds.CodeBadProfile, lang.T("An endpoint's URL is in endpoint_url of a profile or of its services section, or in AWS_ENDPOINT_URL and the like."),
			"the endpoint that was asked is not one of %s: correct %s", serviceOf(err), a.Settings("endpoint_url"))
	case !strings.Contains(message, wrongSecret):
		return a.altered(message)
	case a.temporary:
		return a.Say(creds.CodeAWS, "", "AWS does not take the session that it was asked with: %s", message)
	case a.secretSetting != "":
		return a.Say(creds.CodeKeyInvalid, lang.T("Put the secret there that AWS gave with this access key id; if it is lost, make a new key in the IAM console."),
			"the secret access key does not belong to the access key id: correct %s", a.secretSetting)
	}
	return a.Say(creds.CodeKeyInvalid, lang.T("Add the key once more, with the secret as AWS gave it; if that is lost, make a new key in the IAM console."),
		"the secret access key does not belong to the access key id")
}

// altered explains that a call did not reach AWS as it was signed.
func (a Purpose) altered(message string) error {
	return a.Say(creds.CodeNetwork, lang.T("A proxy on the way may have changed the call; look at HTTPS_PROXY and at the endpoint's URL."),
		"AWS did not get the call as it was signed: %s", message)
}

// serviceOf returns the name of the service that a call was made to.
func serviceOf(err error) string {
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		return operation.Service()
	}
	return sts.ServiceID
}

// parameters maps parameters of AssumeRole and GetSessionToken to the settings that
// they are from.
var parameters = map[string]string{
	"roleArn": "role_arn", "roleSessionName": "role_session_name", "externalId": "external_id",
	"durationSeconds": "duration_seconds", "serialNumber": "mfa_serial",
}

var invalidParameter = regexp.MustCompile(`' at '(\w+)' failed to satisfy`)

// invalid explains that AWS does not take a parameter.
func (a Purpose) invalid(message string) error {
	key := ""
	if m := invalidParameter.FindStringSubmatch(message); m != nil {
		key = parameters[m[1]]
	} else if strings.HasPrefix(message, "arn:") && strings.HasSuffix(message, " is invalid") {
		key = "role_arn"
	}
	switch key {
	case "":
		return a.Say(creds.CodeAWS, "", "AWS answered ValidationError: %s", message)
	case "mfa_serial":
		return a.Say(creds.CodeBadProfile, "", "AWS does not take %s: %s", a.device, message)
	}
	return a.Say(creds.CodeBadProfile, "", "AWS does not take %s: %s", a.Settings(key), message)
}

// deniedCall takes AWS's sentence apart:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html.
var deniedCall = regexp.MustCompile(`^User: (\S+) is not authorized to perform: (\S+) on resource: (\S+)(.*)$`)

// deniedAdvice says who can allow what AWS denied, if its message says which policy is
// in the way; else "".
func deniedAdvice(message string) string {
	m := deniedCall.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	caller, action, resource, why := m[1], m[2], m[3], m[4]
	switch {
	case strings.Contains(why, "service control policy") || strings.Contains(why, "resource control policy"):
		return lang.T("A policy of the organization is in the way; whoever looks after the organization can change it.")
	case strings.Contains(why, "permissions boundary"):
		return lang.Sprintf("The permissions boundary of %s is in the way; whoever looks after account %s can change it.", caller, profile.AccountOf(caller))
	case strings.Contains(why, "VPC endpoint policy"):
		return lang.T("The policy of the VPC endpoint that was asked is in the way; whoever looks after the network can change it.")
	case strings.Contains(why, "trust policy") || strings.Contains(why, "resource-based policy"):
		return lang.Sprintf("The trust policy of %s is in the way: it has to admit %s. Whoever looks after account %s can change it.", resource, caller, profile.AccountOf(resource))
	case strings.Contains(why, "identity-based policy") && strings.Contains(why, "explicit deny"):
		return lang.Sprintf("A policy of %s denies %s, perhaps only without an MFA code; whoever looks after account %s can change it.", caller, action, profile.AccountOf(caller))
	case strings.Contains(why, "identity-based policy"):
		return lang.Sprintf("No policy of %s allows %s; whoever looks after account %s can add one.", caller, action, profile.AccountOf(caller))
	case action == "sts:AssumeRole":
		return lang.Sprintf("The trust policy of %s has to admit %s, and may ask for an external_id or an MFA code; in another account than the role's, a policy of the caller's has to allow it, too.", resource, caller)
	}
	return ""
}

// The sentences about an MFA code that AWS does not take. AWS's message is the same for
// whatever is wrong with one; two in a row are hardly mistyped.
const (
	refusedCode  = "AWS did not accept this code: it is mistyped, spent already, from another device, or the device's clock is off."
	RefusedCodes = "AWS did not accept this code either, and this computer's clock agrees with AWS's: the codes are another device's, or the device's own clock is off."
)
