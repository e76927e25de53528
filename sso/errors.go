package sso

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	portal "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/aws/smithy-go"

	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/outage"
	"daypass/internal/safely"
)

// The kinds of [Error], for errors.Is.
var (
	// ErrSignIn means that a person must sign in.
	ErrSignIn = lang.Error("a sign-in is needed")
	// ErrDenied means that the person, or AWS, said no in the browser.
	ErrDenied = lang.Error("the sign-in was denied")
	// ErrTimeout means that nobody finished the sign-in in time.
	ErrTimeout = lang.Error("the sign-in was not finished in time")
	// ErrNoAccess means that the role is not assigned to the person.
	ErrNoAccess = lang.Error("no access to the role")
	// ErrNetwork means that AWS could not be reached.
	ErrNetwork = lang.Error("AWS could not be reached")
	// ErrThrottled means that AWS is called too often.
	ErrThrottled = lang.Error("AWS is called too often")
	// ErrConfig means that the start URL, the region or the scopes are wrong.
	ErrConfig = lang.Error("the session's settings are wrong")
	// ErrUnsafe means that an address is not one of AWS's and was not opened.
	ErrUnsafe = lang.Error("the address is not one of AWS's")
	// ErrUnsaved means that all went well but for the token's file: the
	// token is kept in memory and used.
	ErrUnsaved = lang.Error("the token could not be saved")
	// ErrKept means that credentials of a session that was signed out are
	// still there.
	ErrKept = lang.Error("credentials could not be removed")
	// ErrAWS is any other refusal.
	ErrAWS = lang.Error("AWS refused")
)

// Error is what goes wrong with Identity Center, in one sentence for people.
type Error struct {
	// Kind is one of the Err values of this package.
	Kind error
	// Message is the sentence. It holds no secret.
	Message string
	// Advice is the step that helps, in whole sentences, if the cause gives a better
	// one than the kind.
	Advice string
	// Err is the cause, if there is one.
	Err error
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

func failure(kind, cause error, format lang.Text, args ...any) error {
	return &Error{Kind: kind, Message: lang.Sprintf(format, args...), Err: cause}
}

// misconfigured is an [ErrConfig] about the settings of a session.
func misconfigured(s Session, cause error, format lang.Text, args ...any) error {
	advice := lang.Sprintf("Correct %s in the AWS config file.", s.section())
	return &Error{Kind: ErrConfig, Message: lang.Sprintf(format, args...), Advice: advice, Err: cause}
}

// signInNeeded is an [ErrSignIn].
func signInNeeded(s Session, cause error, why string) error {
	return failure(ErrSignIn, cause, "%s: sign in to %q", why, s.ID())
}

// is reports whether an error has the type of one of AWS's models.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// isClientGone reports whether Identity Center refuses a registration: it has expired, or
// was made for another kind of sign-in.
func isClientGone(err error) bool {
	return is[*types.InvalidClientException](err) || is[*types.UnauthorizedClientException](err)
}

// isInvalidGrant reports whether AWS refuses a refresh token or a code, as unknown or as
// expired.
func isInvalidGrant(err error) bool {
	return is[*types.InvalidGrantException](err) || is[*types.ExpiredTokenException](err)
}

// refusal returns an error that AWS itself answered, else nil: the refusal of a proxy must
// end no session.
func refusal(err error) smithy.APIError {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() != "UnknownError" {
		return api
	}
	return nil
}

// refusedWith returns the HTTP status of a refusal by AWS itself, else zero.
func refusedWith(err error) int {
	if refusal(err) == nil {
		return 0
	}
	return statusOf(err)
}

// statusOf returns the HTTP status of an error, or zero.
func statusOf(err error) int {
	if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return answer.HTTPStatusCode()
	}
	return 0
}

// unreachable reports whether a call failed because AWS could not be reached or had an
// internal error, so that a later call may succeed.
func unreachable(err error) bool {
	if known, ok := errors.AsType[*Error](err); ok {
		return errors.Is(known, ErrNetwork) || errors.Is(known, ErrThrottled)
	}
	status := statusOf(err)
	return status >= 500 || status == http.StatusTooManyRequests || refusal(err) == nil
}

// explain turns the error of a call to AWS into one sentence. subject is its beginning:
// `no sign-in to "corp"`. It returns the cause of a context's end unchanged.
func explain(ctx context.Context, subject string, s Session, err error) error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	if broken, ok := errors.AsType[*safely.Panic](err); ok {
		return broken
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	say := func(kind error, format lang.Text, args ...any) error {
		return failure(kind, err, "%s: %s", subject, lang.Sprintf(format, args...))
	}
	if fault, ok := errors.AsType[*answers.Fault](err); ok {
		return say(ErrAWS, "%v", fault)
	}
	api, status := refusal(err), statusOf(err)
	if api == nil {
		return unreached(subject, s, status, err)
	}
	wrong := func(format lang.Text, args ...any) error {
		return misconfigured(s, err, "%s: %s", subject, lang.Sprintf(format, args...))
	}
	switch code := answers.Words(api.ErrorCode()); {
	case status == http.StatusTooManyRequests || strings.HasPrefix(code, "TooManyRequests") || strings.HasPrefix(code, "Throttling"):
		return say(ErrThrottled, "AWS is being called too often just now")
	case code == "InvalidRequestRegionException":
		return wrong("its Identity Center is not in %s, the sso_region in %s", s.Region, s.section())
	case code == "InvalidScopeException":
		return wrong("AWS does not accept the sso_registration_scopes in %s, %s", s.section(), strings.Join(s.Scopes, ", "))
	case code == "InvalidRequestException" && status < 500 && isAboutStartURL(err, messageOf(api)):
		return wrong("AWS does not accept %s in %s as a start URL (%s); these are sso_start_url and sso_region in %s",
			s.StartURL, s.Region, words(messageOf(api)), s.section())
	case status >= 500:
		return say(ErrNetwork, "AWS has trouble of its own (%s)", code)
	case (status == http.StatusForbidden || status == http.StatusNotFound) && calledOf(err) == portal.ServiceID:
		return say(ErrNoAccess, "AWS refused it, with %s: %s", code, words(messageOf(api)))
	case code == "AccessDeniedException":
		return say(ErrDenied, "it was denied")
	default:
		return say(ErrAWS, "AWS answered %s: %s", code, words(messageOf(api)))
	}
}

// calledOf returns the service that answered with an error.
func calledOf(err error) string {
	if call, ok := errors.AsType[*smithy.OperationError](err); ok {
		return call.ServiceID
	}
	return ""
}

// aboutURL matches AWS's messages about a start URL that it does not know in a region; an
// empty message mostly has the same reason.
var aboutURL = regexp.MustCompile(`(?i)^$|\b(url|issuer|region)\b`)

// isAboutStartURL reports whether a call was refused for the start URL or the region. AWS
// has one code for all invalid requests.
func isAboutStartURL(err error, message string) bool {
	call, ok := errors.AsType[*smithy.OperationError](err)
	return ok && (call.OperationName == "RegisterClient" || call.OperationName == "StartDeviceAuthorization") &&
		aboutURL.MatchString(answers.Words(message))
}

// isUnassigned reports whether the portal refuses a role or an account because it is not
// assigned to the person, and for no other reason: it answers "No access" about the
// role, and does not find the account.
func isUnassigned(err error) bool {
	api := refusal(err)
	if api == nil {
		return false
	}
	said := strings.ToLower(strings.TrimSuffix(answers.Words(api.ErrorMessage()), "."))
	switch statusOf(err) {
	case http.StatusForbidden:
		return api.ErrorCode() == "ForbiddenException" && (said == "" || said == "no access")
	case http.StatusNotFound:
		return api.ErrorCode() == "ResourceNotFoundException"
	}
	return false
}

// messageOf returns AWS's message of an error, or "". The errors of the sign-in have it in
// the field of RFC 6749, and not where the SDK's common method looks.
func messageOf(api smithy.APIError) string {
	said := api.ErrorMessage()
	if fields := reflect.Indirect(reflect.ValueOf(api)); said == "" && fields.Kind() == reflect.Struct {
		if description := fields.FieldByName("Error_description"); description.IsValid() {
			text, _ := description.Interface().(*string)
			said = aws.ToString(text)
		}
	}
	return said
}

// unreached returns why there is no answer of AWS. status is that of another server's
// answer, or zero.
func unreached(subject string, s Session, status int, err error) error {
	e := &Error{Kind: ErrNetwork, Err: err}
	switch fault := RegionFault(s); {
	case status > 0:
		e.Message, e.Advice = answers.Unreadable(status, err), answers.UnreadableAdvice(status)
	case fault != "":
		e.Kind, e.Message, e.Advice = ErrConfig, fault, lang.T(regionAdvice)
	case outage.IsUnknownHost(err):
		e.Message = lang.Sprintf("AWS could not be reached: %s; is %s right, which is %q?", outage.Words(err), s.regionSetting(), s.Region)
	default:
		e.Message, e.Advice = lang.Sprintf("AWS could not be reached: %s", outage.Words(err)), outage.Advice(err)
	}
	e.Message = subject + ": " + e.Message
	return e
}

// words returns AWS's message without its full stop, or a substitute.
func words(message string) string {
	if message = answers.Words(message); message != "" {
		return strings.TrimSuffix(message, ".")
	}
	return lang.T("without a reason")
}
