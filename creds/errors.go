package creds

import (
	"context"
	"errors"
	"strings"

	"daypass/internal/lang"
)

// Code is the kind of a failure, on which programs decide. Package advice has the step
// that helps for each code.
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
	// CodeBadProfile: the profile's settings contradict each other, form a circle or
	// name a missing source.
	CodeBadProfile Code = "bad_profile"
	// CodeUnsupported: the profile gets its credentials in a way that daypass does not
	// serve.
	CodeUnsupported Code = "unsupported"
	// CodeNotShown: the agent can reach no window, page or clipboard; the sentence says
	// what to do instead.
	CodeNotShown Code = "not_shown"
	// CodeNoKey: neither the keyring nor the AWS files hold a usable long-term key for
	// the profile.
	CodeNoKey Code = "no_key"
	// CodeKeyExists: the keyring holds another long-term key under the
	// profile's name.
	CodeKeyExists Code = "key_exists"
	// CodeBusy: another change of the same profile or key is under way.
	CodeBusy Code = "busy"
	// CodeKeyChoice: the user has two keys, and a person must choose which one to delete.
	CodeKeyChoice Code = "key_choice"
	// CodeKeyInvalid: AWS does not know the long-term key, or it is inactive.
	CodeKeyInvalid Code = "key_invalid"
	// CodeKeyringLocked: the keyring is locked.
	CodeKeyringLocked Code = "keyring_locked"
	// CodeKeyringUnavailable: no keyring answers.
	CodeKeyringUnavailable Code = "keyring_unavailable"
	// CodeFile: one of the AWS files, or one of daypass's own, could not be
	// read or written.
	CodeFile Code = "file"
	// CodeBadFile: one of a person's files has a mistake that the person must correct.
	CodeBadFile Code = "bad_file"
	// CodeLongTermKey: writing would destroy a long-term key of which the keyring has no
	// copy.
	CodeLongTermKey Code = "long_term_key"
	// CodeConfigMismatch: the client's environment names other AWS files
	// than the agent's.
	CodeConfigMismatch Code = "config_mismatch"
	// CodeWaiting: the prompt is still open.
	CodeWaiting Code = "waiting"
	// CodeNobodyToAsk: a person is needed, and there is neither a desktop nor a terminal
	// for a prompt.
	CodeNobodyToAsk Code = "nobody_to_ask"
	// CodeDeclined: the person closed the prompt.
	CodeDeclined Code = "declined"
	// CodeMFARefused: AWS did not accept the code.
	CodeMFARefused Code = "mfa_refused"
	// CodeDenied: AWS said that this identity may not do that.
	CodeDenied Code = "denied"
	// CodeClockOff: this machine's clock is too far from AWS's.
	CodeClockOff Code = "clock_off"
	// CodeThrottled: AWS asked to be called less often.
	CodeThrottled Code = "throttled"
	// CodeProgram: a person's own program, which credential_process or mfa_process names,
	// gave nothing that can be used.
	CodeProgram Code = "program"
	// CodeNetwork: AWS could not be reached.
	CodeNetwork Code = "network"
	// CodeAWS: AWS answered with an error of another kind.
	CodeAWS Code = "aws"
	// CodeNoSession: the config file knows no such SSO session.
	CodeNoSession Code = "no_session"
	// CodeSignInNeeded: a person must sign in to the SSO session.
	CodeSignInNeeded Code = "sign_in_needed"
	// CodeSignInFailed: a sign-in was started and failed.
	CodeSignInFailed Code = "sign_in_failed"
	// CodePlanChanged: the change of the config file now differs from the one that the
	// person has seen.
	CodePlanChanged Code = "plan_changed"
	// CodeNoAgent: no agent is running and none could be started.
	CodeNoAgent Code = "no_agent"
)

// Error is a failure in one plain sentence, as it crosses the socket and as
// people read it. It never contains a secret.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	// Advice is the step that helps, if the cause allows better advice than the code:
	// whole sentences for window and terminal alike. If empty, the code's advice is
	// used.
	Advice string `json:"advice,omitempty"`
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// Errorf returns a failure in one sentence.
func Errorf(code Code, format lang.Text, args ...any) error {
	return &Error{Code: code, Message: lang.Sprintf(format, args...)}
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
		return &Error{Code: CodeInternal, Message: lang.T("it was broken off")}
	case !ok:
		return &Error{Code: CodeInternal, Message: oneSentence(err)}
	case err.Error() == known.Message:
		return known
	}
	return &Error{Code: known.Code, Message: oneSentence(err), Advice: known.Advice}
}

// oneSentence returns an error's text. Joined errors have lines of their own.
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
