package sso

import (
	"cmp"
	"errors"
	"strings"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/lang"
)

// Explain turns an error of this package into a [creds.Error]. subject, unless empty, is
// the beginning of its sentence.
func Explain(subject string, err error) error {
	var known *Error
	if !errors.As(err, &known) {
		return explainDamage(err)
	}
	code := creds.CodeAWS
	for kind, its := range map[error]creds.Code{
		ErrSignIn: creds.CodeSignInNeeded,
		ErrDenied: creds.CodeSignInFailed, ErrTimeout: creds.CodeSignInFailed, ErrUnsafe: creds.CodeSignInFailed,
		ErrNoAccess: creds.CodeDenied, ErrNetwork: creds.CodeNetwork, ErrThrottled: creds.CodeThrottled,
		ErrConfig: creds.CodeBadProfile, ErrUnsaved: creds.CodeFile, ErrKept: creds.CodeFile,
	} {
		if errors.Is(known.Kind, kind) {
			code = its
		}
	}
	message := known.Message
	if subject != "" {
		message = subject + ": " + strings.TrimPrefix(message, "no credentials for ")
	}
	step := known.Advice
	if code == creds.CodeFile {
		step = cmp.Or(step, advice.File(known.Err))
	}
	return &creds.Error{Code: code, Message: message, Advice: step}
}

// explainDamage turns a [Damaged] into a [creds.Error]. A sign-in writes a new file,
// unless the damaged one could not be set aside.
func explainDamage(err error) error {
	var damaged *Damaged
	switch {
	case !errors.As(err, &damaged):
		return err
	case damaged.Aside == "":
		return &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
	}
	return &creds.Error{
		Code: creds.CodeSignInNeeded, Message: err.Error(),
		Advice: lang.T("Sign in again; that makes the file anew."),
	}
}
