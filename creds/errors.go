package creds

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure an [Error] is, for whoever decides on it. The
// advice that goes with a code is given where a person reads it: in cmd and
// app.
type Code string

// The codes.
const (
	// CodeInternal is a failure that nobody foresaw.
	CodeInternal Code = "internal"
	// CodeBadRequest is a request that makes no sense: a name with a
	// newline, a duration out of bounds.
	CodeBadRequest Code = "bad_request"
	// CodeNoProfile: the AWS files know no such profile.
	CodeNoProfile Code = "no_profile"
	// CodeBadProfile: the profile's settings contradict each other, lead in
	// a circle or name a source that is not there.
	CodeBadProfile Code = "bad_profile"
	// CodeUnsupported: the profile gets its credentials in a way that
	// daypass leaves to other programs.
	CodeUnsupported Code = "unsupported"
	// CodeNotShown: a window, a page or the clipboard was wanted, and there is
	// none that the agent can reach; the sentence says what can be done without.
	CodeNotShown Code = "not_shown"
	// CodeNoKey: neither the keyring nor the AWS files hold a long-term key
	// for the profile that can be used.
	CodeNoKey Code = "no_key"
	// CodeKeyExists: the keyring holds another long-term key under the
	// profile's name.
	CodeKeyExists Code = "key_exists"
	// CodeKeyInvalid: AWS does not know the long-term key, or it has been
	// made inactive.
	CodeKeyInvalid Code = "key_invalid"
	// CodeKeyringLocked: the keyring is there, and locked.
	CodeKeyringLocked Code = "keyring_locked"
	// CodeKeyringUnavailable: no keyring answers.
	CodeKeyringUnavailable Code = "keyring_unavailable"
	// CodeFile: one of the AWS files, or one of daypass's own, could not be
	// read or written.
	CodeFile Code = "file"
	// CodeBadFile: one of a person's files can be read, and what stands in it
	// has to be corrected there.
	CodeBadFile Code = "bad_file"
	// CodeLongTermKey: writing would have destroyed a long-term key of which
	// the keyring has no copy.
	CodeLongTermKey Code = "long_term_key"
	// CodeConfigMismatch: the client's environment names other AWS files
	// than the agent's.
	CodeConfigMismatch Code = "config_mismatch"
	// CodeWaiting: a person has been asked and has not answered yet. The
	// question stays open.
	CodeWaiting Code = "waiting"
	// CodeNobodyToAsk: a person is needed, and there is neither a desktop nor
	// a terminal to ask one on.
	CodeNobodyToAsk Code = "nobody_to_ask"
	// CodeDeclined: the person closed the question.
	CodeDeclined Code = "declined"
	// CodeMFARefused: AWS did not accept the code.
	CodeMFARefused Code = "mfa_refused"
	// CodeDenied: AWS said that this identity may not do that.
	CodeDenied Code = "denied"
	// CodeClockOff: this machine's clock is too far from AWS's.
	CodeClockOff Code = "clock_off"
	// CodeThrottled: AWS asked to be called less often.
	CodeThrottled Code = "throttled"
	// CodeNetwork: AWS could not be reached.
	CodeNetwork Code = "network"
	// CodeAWS: AWS answered with an error of another kind.
	CodeAWS Code = "aws"
	// CodeNoSession: the config file knows no such session.
	CodeNoSession Code = "no_session"
	// CodeSignInNeeded: the session of Identity Center is over, or never
	// began, and a person must sign in.
	CodeSignInNeeded Code = "sign_in_needed"
	// CodeSignInFailed: a sign-in was begun and came to nothing.
	CodeSignInFailed Code = "sign_in_failed"
	// CodePlanChanged: the change of the config file is another one by now
	// than the person has seen.
	CodePlanChanged Code = "plan_changed"
	// CodeNoAgent: no agent is running and none could be started.
	CodeNoAgent Code = "no_agent"
)

// Error is a failure in one plain sentence, as it crosses the socket and as
// people read it. It never contains a secret.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Advice is the step that helps, where the cause that was seen says more
	// about it than the code does; whole sentences, as true in a window as in
	// a terminal. Empty, the advice that goes with the code is given.
	Advice string `json:"advice,omitempty"`
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// Errorf returns a failure in one sentence.
func Errorf(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// AsError returns an error in the form that people read and that crosses the
// socket: err's own sentence, with the code and the advice of the [Error] that it
// wraps, else with [CodeInternal]. It returns nil for nil.
func AsError(err error) *Error {
	known, ok := errors.AsType[*Error](err)
	switch {
	case err == nil:
		return nil
	case !ok && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)):
		return &Error{Code: CodeInternal, Message: "it was broken off"}
	case !ok:
		return &Error{Code: CodeInternal, Message: oneSentence(err)}
	case err.Error() == known.Message:
		return known
	}
	return &Error{Code: known.Code, Message: oneSentence(err), Advice: known.Advice}
}

// oneSentence returns what an error says. Joined errors are on lines of their own.
func oneSentence(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; and ") }

// CodeOf returns the code of the [Error] that err is or wraps; empty for another
// error, and for none.
func CodeOf(err error) Code {
	known, ok := errors.AsType[*Error](err)
	if !ok {
		return ""
	}
	return known.Code
}
