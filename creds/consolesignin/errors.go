package consolesignin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/signin/types"
	"github.com/aws/smithy-go"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/outage"
	"daypass/internal/partition"
	"daypass/internal/safely"
	"daypass/internal/words"
)

var (
	// ErrNoToken says that nobody is signed in: the cache has no file.
	ErrNoToken = lang.Error("nobody is signed in")
	// ErrOver says that the session has ended and a person must sign in.
	ErrOver = lang.Error("the console session has ended")
	// ErrDamaged says that the file is torn, or of another kind.
	ErrDamaged = lang.Error("damaged file in the login cache")
	// ErrUnsaved says that the credentials are good, but the file could not be written:
	// they are kept in memory.
	ErrUnsaved = lang.Error("the sign-in could not be saved")
)

// failure is a [creds.Error] that wraps one of the Err values, or none.
type failure struct {
	says *creds.Error
	kind error
}

func (f *failure) Error() string { return f.says.Message }

// Unwrap returns the [creds.Error] and the kind. AWS's error is left out: nothing that
// prints it could then print what AWS was asked with.
func (f *failure) Unwrap() []error {
	if f.kind == nil {
		return []error{f.says}
	}
	return []error{f.says, f.kind}
}

// say makes the sentence. subject is its beginning, and advice may be empty: the code's own
// is given then.
func say(subject string, code creds.Code, kind error, advice string, format lang.Text, args ...any) error {
	return &failure{&creds.Error{Code: code, Message: subject + ": " + lang.Sprintf(format, args...), Advice: advice}, kind}
}

// noCredentials begins the sentence about a renewal.
func (s Session) noCredentials() string {
	if s.Profile == "" {
		return lang.Sprintf("no credentials for %s", s.ARN)
	}
	return lang.Sprintf("no credentials for profile %q", s.Profile)
}

// noSignIn begins the sentence about a sign-in.
func (s Session) noSignIn() string {
	if s.Profile == "" {
		return lang.T("no sign-in to AWS's console")
	}
	return lang.Sprintf("no sign-in for profile %q", s.Profile)
}

// goesOn begins the sentence about a session that could not be ended.
func (s Session) goesOn(t Token) string {
	return lang.Sprintf("the console sign-in of %s goes on at AWS", t.ARN)
}

// unreadable explains why the cache has no token.
func (s Session) unreadable(ctx context.Context, err error) error {
	subject := s.noCredentials()
	u, isUnusable := errors.AsType[*unusable](err)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, ErrNoToken) && s.ARN == "":
		return say(subject, creds.CodeSignInNeeded, ErrNoToken, "", "nobody has signed in to AWS's console yet")
	case errors.Is(err, ErrNoToken):
		return say(subject, creds.CodeSignInNeeded, ErrNoToken, "", "nobody is signed in to AWS's console as %s", s.ARN)
	case !isUnusable:
		return say(subject, creds.CodeFile, nil, advice.File(err), "%v", err)
	case u.foreign != nil:
		return say(subject, creds.CodeSignInNeeded, ErrDamaged, "",
			"the file %s is not the console sign-in of %s, and is left as it is (%s); sign in again, and it is set aside", u.Path, s.ARN, u.Why)
	case u.Aside == "":
		return say(subject, creds.CodeFile, ErrDamaged, advice.File(u.Err),
			"the login cache file %s cannot be used (%s), nor be set aside: %v", u.Path, u.Why, u.Err)
	}
	return say(subject, creds.CodeSignInNeeded, ErrDamaged, "",
		"the login cache file %s could not be used (%s) and was set aside as %s; sign in again", u.Path, u.Why, u.Aside)
}

// unlocked explains why a file's lock could not be taken.
func (s Session) unlocked(subject string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return say(subject, creds.CodeFile, nil, lang.T("Another process of daypass is at it; end that, or try again."),
			"the login cache file of %s has been locked for over a minute", s.ARN)
	}
	return say(subject, creds.CodeFile, nil, advice.File(err), "%v", err)
}

// unsaved is an [ErrUnsaved].
func unsaved(t Token, err error) error {
	return say(lang.Sprintf("the console sign-in of %s", t.ARN), creds.CodeFile, ErrUnsaved, advice.File(err),
		"it could not be saved for the AWS CLI and SDKs, and is used from memory: %v", err)
}

// refusal returns an error that AWS itself answered, else nil: the refusal of a proxy must
// end no session.
func refusal(err error) smithy.APIError {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() != "UnknownError" {
		return api
	}
	return nil
}

// reasonOf returns AWS's own name of a refusal's reason, "" where it gives none.
func reasonOf(err error) types.OAuth2ErrorCode {
	if denied, ok := errors.AsType[*types.AccessDeniedException](err); ok {
		return denied.Error_
	}
	if invalid, ok := errors.AsType[*types.ValidationException](err); ok {
		return invalid.Error_
	}
	return ""
}

// isInvalid reports whether AWS does not take a request as it is.
func isInvalid(err error) bool {
	_, ok := errors.AsType[*types.ValidationException](err)
	return ok
}

// endsSession reports whether a refusal is of the refresh token, and not of the moment.
func endsSession(err error) bool {
	reason := reasonOf(err)
	return isInvalid(err) || reason == types.OAuth2ErrorCodeTokenExpired || reason == types.OAuth2ErrorCodeUserCredentialsChanged
}

// answerOf returns the status of an answer, zero without one, and AWS's time, if it has
// one.
func answerOf(err error) (status int, date time.Time) {
	answer, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || answer.Response == nil || answer.Response.Response == nil {
		return 0, time.Time{}
	}
	if at, err := http.ParseTime(answer.Response.Header.Get("Date")); err == nil {
		date = at.Add(500 * time.Millisecond) // whole seconds, cut off
	}
	return answer.HTTPStatusCode(), date
}

// clockLimit is how far off the clock may be without being the likely cause of a refusal.
const clockLimit = time.Minute

// clockOff returns how far this machine's clock is ahead of that of AWS's answer, if that
// makes a difference to a proof, else zero.
func clockOff(err error) time.Duration {
	_, date := answerOf(err)
	if date.IsZero() {
		return 0
	}
	if off := now().Sub(date).Round(time.Second); off.Abs() >= clockLimit {
		return off
	}
	return 0
}

// wrongClock says that the clock is why AWS refused.
func wrongClock(subject string, off time.Duration) error {
	return say(subject, creds.CodeClockOff, nil, "", "AWS refused it because this computer's clock is %s", words.ClockOff(off))
}

// explain turns the error of a call to AWS into one sentence. It returns the cause of a
// context's end unchanged.
func (s Session) explain(ctx context.Context, subject string, err error) error {
	if known, ok := errors.AsType[*failure](err); ok {
		return known
	}
	if broken, ok := errors.AsType[*safely.Panic](err); ok {
		return broken
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if fault, ok := errors.AsType[*answers.Fault](err); ok {
		return say(subject, creds.CodeAWS, nil, "", "%v", fault)
	}
	status, _ := answerOf(err)
	api := refusal(err)
	if api == nil {
		return s.unreached(subject, status, err)
	}
	code, message := answers.Words(api.ErrorCode()), strings.TrimSuffix(answers.Words(api.ErrorMessage()), ".")
	switch reason := reasonOf(err); {
	case reason == types.OAuth2ErrorCodeInsufficientPermissions:
		return say(subject, creds.CodeDenied, nil, lang.T("Whoever looks after the AWS account can attach the managed policy SignInLocalDevelopmentAccess to the user or the role."),
			"AWS does not allow who signed in to have credentials on this machine")
	case reason == types.OAuth2ErrorCodeAuthcodeExpired:
		return say(subject, creds.CodeSignInFailed, nil, "", "the browser's code had expired when it came to AWS; start again")
	case status == http.StatusTooManyRequests || strings.HasPrefix(code, "TooManyRequests") || strings.HasPrefix(code, "Throttling"):
		return say(subject, creds.CodeThrottled, nil, "", "AWS is being called too often just now")
	case status >= http.StatusInternalServerError:
		return say(subject, creds.CodeNetwork, nil, "", "AWS has trouble of its own (%s)", code)
	case (reason != "" || isInvalid(err)) && clockOff(err) != 0:
		return wrongClock(subject, clockOff(err))
	case code == "AccessDeniedException":
		return say(subject, creds.CodeDenied, nil, "", "AWS denied it (%s)", strings.TrimPrefix(answers.Words(string(reason))+": "+message, ": "))
	}
	return say(subject, creds.CodeAWS, nil, "", "AWS answered %s: %s", code, message)
}

// unreached returns why there is no answer of AWS. status is that of another server's
// answer, or zero.
func (s Session) unreached(subject string, status int, err error) error {
	switch {
	case status > 0:
		return say(subject, creds.CodeNetwork, nil, answers.UnreadableAdvice(status), "%s", answers.Unreadable(status, err))
	case isUnknownRegion(err):
		return say(subject, creds.CodeNetwork, nil, "", "AWS could not be reached: %s; is the region right, which is %q?", outage.Words(err), s.Region)
	}
	return say(subject, creds.CodeNetwork, nil, outage.Advice(err), "AWS could not be reached: %s", outage.Words(err))
}

// isUnknownRegion reports whether there is no host of AWS's own for the region.
func isUnknownRegion(err error) bool {
	unknown, ok := errors.AsType[*net.DNSError](err)
	return ok && outage.IsUnknownHost(err) && (isAWSHost(unknown.Name) || strings.HasSuffix(unknown.Name, ".signin.aws"))
}

// checkRegion returns an error if a session's region is none of AWS's, and AWS's own
// endpoint is asked.
func (s Session) checkRegion(subject string, base *string) error {
	switch {
	case aws.ToString(base) != "" || partition.IsRegion(s.Region):
		return nil
	case s.Region == "":
		return say(subject, creds.CodeBadProfile, nil, lang.T("Give the profile a region; the console sign-in of each has a page of its own."), "no region is set")
	}
	return say(subject, creds.CodeBadProfile, nil, lang.T("Regions are written like eu-west-1, in small letters and with hyphens."), "its region is %q, which is no region of AWS", s.Region)
}

// hours is how long AWS lets a session live.
const hours = int(MaxSession / time.Hour)

// shared is how much is left of credentials when the AWS CLI and SDKs renew them, too.
const shared = 5 * time.Minute

// over explains that AWS refused to renew a session for good, or that the clock is why.
// lost is set if the answer to an earlier renewal did not come. final reports whether the
// same refresh token need not be sent again.
func (s Session) over(t Token, err error, lost bool) (why error, final bool) {
	subject, reason := s.noCredentials(), reasonOf(err)
	if reason == types.OAuth2ErrorCodeUserCredentialsChanged {
		return say(subject, creds.CodeSignInNeeded, ErrOver, "", "the password of %s has changed since the console sign-in; sign in again", t.ARN), true
	}
	_, date := answerOf(err)
	if date.IsZero() {
		date = now()
	}
	// By AWS's clock, which the time of the sign-in is by.
	aged := !t.SignedIn.IsZero() && date.Sub(t.SignedIn) >= MaxSession
	off := clockOff(err)
	switch {
	case aged:
		return say(subject, creds.CodeSignInNeeded, ErrOver, "", "the console sign-in of %s has ended: AWS allows %d hours", t.ARN, hours), true
	case off != 0:
		return wrongClock(subject, off), false
	case isInvalid(err):
		return say(subject, creds.CodeSignInNeeded, ErrOver, "", "AWS does not take what the login cache has for %s (%s); sign in again", t.ARN, answers.Words(string(reason))), false
	case lost:
		return say(subject, creds.CodeSignInNeeded, ErrOver, "", "the console sign-in of %s has ended: AWS had renewed it, and the answer was lost on the way", t.ARN), true
	case t.lasts() < shared && !t.SignedIn.IsZero():
		return say(subject, creds.CodeSignInNeeded, ErrOver, "",
			"AWS has ended the console sign-in of %s before its %d hours: another program probably renewed it at the same time", t.ARN, hours), true
	case t.lasts() < shared:
		return say(subject, creds.CodeSignInNeeded, ErrOver, "",
			"the console sign-in of %s has ended: its %d hours are over, or another program renewed it at the same time", t.ARN, hours), true
	case t.SignedIn.IsZero():
		return say(subject, creds.CodeSignInNeeded, ErrOver, "", "AWS has ended the console sign-in of %s", t.ARN), true
	}
	return say(subject, creds.CodeSignInNeeded, ErrOver, "", "AWS has ended the console sign-in of %s before its %d hours", t.ARN, hours), true
}
