package sso

import (
	"context"
	"errors"
	"fmt"
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
	"daypass/internal/outage"
	"daypass/internal/safely"
)

// The kinds of [Error], for errors.Is.
var (
	// ErrSignIn means that a person must sign in.
	ErrSignIn = errors.New("a sign-in is needed")
	// ErrDenied means that the person, or AWS, said no in the browser.
	ErrDenied = errors.New("the sign-in was denied")
	// ErrTimeout means that nobody finished the sign-in in time.
	ErrTimeout = errors.New("the sign-in was not finished in time")
	// ErrNoAccess means that the role is not assigned to the person.
	ErrNoAccess = errors.New("no access to the role")
	// ErrNetwork means that AWS could not be reached.
	ErrNetwork = errors.New("AWS could not be reached")
	// ErrThrottled means that AWS is called too often.
	ErrThrottled = errors.New("AWS is called too often")
	// ErrConfig means that the start URL, the region or the scopes are wrong.
	ErrConfig = errors.New("the session's settings are wrong")
	// ErrUnsafe means that an address is not one of AWS's and was not opened.
	ErrUnsafe = errors.New("the address is not one of AWS's")
	// ErrUnsaved means that all went well but for the token's file: the
	// token is kept in memory and used.
	ErrUnsaved = errors.New("the token could not be saved")
	// ErrKept means that credentials of a session that was signed out are
	// still there.
	ErrKept = errors.New("credentials could not be removed")
	// ErrAWS is any other refusal.
	ErrAWS = errors.New("AWS refused")
)

// Error is what goes wrong with Identity Center, in one sentence for people.
type Error struct {
	// Kind is one of the Err values of this package.
	Kind error
	// Message is the sentence. It holds no secret.
	Message string
	// Advice is the step that helps, in whole sentences, where the cause says more
	// about it than the kind does.
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

func failure(kind, cause error, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Err: cause}
}

// misconfigured is an [ErrConfig] about the settings of a session.
func misconfigured(s Session, cause error, format string, args ...any) error {
	advice := "Correct " + s.section() + " in the AWS config file."
	return &Error{Kind: ErrConfig, Message: fmt.Sprintf(format, args...), Advice: advice, Err: cause}
}

// signInNeeded is an [ErrSignIn].
func signInNeeded(s Session, cause error, why string) error {
	return failure(ErrSignIn, cause, "%s: sign in to %q", why, s.ID())
}

// is reports whether an error is of a type, as those of AWS's models are.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// isClientGone reports whether Identity Center does not take a registration
// any more: it has expired, or was made for another kind of sign-in.
func isClientGone(err error) bool {
	return is[*types.InvalidClientException](err) || is[*types.UnauthorizedClientException](err)
}

// isInvalidGrant reports whether AWS does not take a refresh token or a code: it
// does not know it, or, in ExpiredTokenException, knows it as one that has ended.
func isInvalidGrant(err error) bool {
	return is[*types.InvalidGrantException](err) || is[*types.ExpiredTokenException](err)
}

// refusal returns an error that AWS itself answered, else nil: a proxy that wants a
// password must end no session.
func refusal(err error) smithy.APIError {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() != "UnknownError" {
		return api
	}
	return nil
}

// refusedWith returns the HTTP status of a refusal of AWS's own, else zero.
func refusedWith(err error) int {
	if refusal(err) == nil {
		return 0
	}
	return statusOf(err)
}

// statusOf returns the HTTP status of an answer that was an error, zero where
// there was none.
func statusOf(err error) int {
	if answer, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return answer.HTTPStatusCode()
	}
	return 0
}

// unreachable reports whether a call failed because AWS could not be reached,
// or had trouble of its own: a later try may well succeed.
func unreachable(err error) bool {
	if known, ok := errors.AsType[*Error](err); ok {
		return errors.Is(known, ErrNetwork) || errors.Is(known, ErrThrottled)
	}
	status := statusOf(err)
	return status >= 500 || status == http.StatusTooManyRequests || refusal(err) == nil
}

// explain turns the error of a call to AWS into one sentence. subject says what
// was wanted: `no sign-in to "corp"`. A context's end is returned as it is.
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
	say := func(kind error, format string, args ...any) error {
		return failure(kind, err, "%s: %s", subject, fmt.Sprintf(format, args...))
	}
	if fault, ok := errors.AsType[*answers.Fault](err); ok {
		return say(ErrAWS, "%v", fault)
	}
	api, status := refusal(err), statusOf(err)
	if api == nil {
		return unreached(subject, s, status, err)
	}
	wrong := func(format string, args ...any) error {
		return misconfigured(s, err, "%s: %s", subject, fmt.Sprintf(format, args...))
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

// aboutURL is what AWS says of a start URL that it does not know in a region; where
// it says nothing at all, that is mostly why.
var aboutURL = regexp.MustCompile(`(?i)^$|\b(url|issuer|region)\b`)

// isAboutStartURL reports whether a call was refused for the start URL or the
// region. AWS has one code for all requests that it finds wrong.
func isAboutStartURL(err error, message string) bool {
	call, ok := errors.AsType[*smithy.OperationError](err)
	return ok && (call.OperationName == "RegisterClient" || call.OperationName == "StartDeviceAuthorization") &&
		aboutURL.MatchString(answers.Words(message))
}

// isUnassigned reports whether the portal says that a role or an account is not the
// person's, as against all else that it forbids: it says "No access" of the one, and
// does not find the other.
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

// messageOf returns what AWS says of an error, or "". All errors of the sign-in have it
// where RFC 6749 does, and not where the SDK's common method looks.
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

// unreached says why there is no answer of AWS. status is that of what answered, or
// zero.
func unreached(subject string, s Session, status int, err error) error {
	e := &Error{Kind: ErrNetwork, Err: err}
	switch fault := RegionFault(s); {
	case status > 0:
		e.Message, e.Advice = answers.Unreadable(status, err), answers.UnreadableAdvice(status)
	case fault != "":
		e.Kind, e.Message, e.Advice = ErrConfig, fault, regionAdvice
	case outage.IsUnknownHost(err):
		e.Message = fmt.Sprintf("AWS could not be reached: %s; is %s right, which is %q?", outage.Words(err), s.regionSetting(), s.Region)
	default:
		e.Message, e.Advice = "AWS could not be reached: "+outage.Words(err), outage.Advice(err)
	}
	e.Message = subject + ": " + e.Message
	return e
}

// words are AWS's own, or what to say in their place.
func words(message string) string {
	if message = answers.Words(message); message != "" {
		return strings.TrimSuffix(message, ".")
	}
	return "without a reason"
}
