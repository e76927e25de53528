package sso

import (
	"context"
	"errors"
	"fmt"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/aws/smithy-go"

	"daypass/creds/answers"
	"daypass/creds/outage"
	"daypass/creds/safely"
)

// The kinds of [Error]; errors.Is tells them apart.
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

// signInNeeded is an [ErrSignIn].
func signInNeeded(s Session, cause error, why string) error {
	return failure(ErrSignIn, cause, "%s: sign in to %q", why, s.ID())
}

// isClientGone reports whether Identity Center does not take a registration
// any more: it has expired, or was made for another kind of sign-in.
func isClientGone(err error) bool {
	var invalid *types.InvalidClientException
	var unauthorized *types.UnauthorizedClientException
	return errors.As(err, &invalid) || errors.As(err, &unauthorized)
}

func isInvalidGrant(err error) bool {
	var invalid *types.InvalidGrantException
	// AWS's name for a refresh token or a code that has ended, as against
	// one that it does not know.
	var expired *types.ExpiredTokenException
	return errors.As(err, &invalid) || errors.As(err, &expired)
}

// refusedWith returns the HTTP status of a refusal of AWS's own, else zero: a
// proxy that wants a password must end no session.
func refusedWith(err error) int {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() == "UnknownError" {
		return 0
	}
	return statusOf(err)
}

// statusOf returns the HTTP status of an answer that was an error, zero where
// there was none.
func statusOf(err error) int {
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}

// unreachable reports whether a call failed because AWS could not be reached,
// or had trouble of its own: a later try may well succeed.
func unreachable(err error) bool {
	var known *Error
	if errors.As(err, &known) {
		return errors.Is(known, ErrNetwork) || errors.Is(known, ErrThrottled)
	}
	var api smithy.APIError
	status := statusOf(err)
	return status >= 500 || status == 429 || !errors.As(err, &api) || api.ErrorCode() == "UnknownError"
}

// explain turns the error of a call to AWS into one sentence. subject says what
// was wanted: `no sign-in to "corp"`. A context's end is returned as it is.
func explain(ctx context.Context, subject string, s Session, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	var broken *safely.Panic
	if errors.As(err, &broken) {
		return broken
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	say := func(kind error, format string, args ...any) error {
		return failure(kind, err, "%s: %s", subject, fmt.Sprintf(format, args...))
	}
	var fault *answers.Fault
	if errors.As(err, &fault) {
		return say(ErrAWS, "%v", fault)
	}
	var api smithy.APIError
	status := statusOf(err)
	if !errors.As(err, &api) || api.ErrorCode() == "UnknownError" {
		if status > 0 {
			return say(ErrNetwork, "%s", answers.Unreadable(status, err))
		}
		return say(ErrNetwork, "AWS could not be reached: %s", outage.Words(err))
	}
	switch code := answers.Words(api.ErrorCode()); {
	case status == 429 || strings.HasPrefix(code, "TooManyRequests") || strings.HasPrefix(code, "Throttling"):
		return say(ErrThrottled, "AWS is being called too often just now")
	case code == "InvalidRequestRegionException":
		return say(ErrConfig, "its Identity Center is not in %s: correct sso_region", s.Region)
	case code == "InvalidScopeException":
		return say(ErrConfig, "AWS does not accept its sso_registration_scopes %s", strings.Join(s.Scopes, ", "))
	case code == "InvalidRequestException" && status < 500:
		return say(ErrConfig, "AWS does not accept %s in %s as a start URL (%s)", s.StartURL, s.Region, words(api.ErrorMessage()))
	case status >= 500:
		return say(ErrNetwork, "AWS has trouble of its own (%s)", code)
	case code == "AccessDeniedException":
		return say(ErrDenied, "it was denied")
	default:
		return say(ErrAWS, "AWS answered %s: %s", code, words(api.ErrorMessage()))
	}
}

// words are AWS's own, or what stands for none.
func words(message string) string {
	if message = answers.Words(message); message != "" {
		return strings.TrimSuffix(message, ".")
	}
	return "without a reason"
}
