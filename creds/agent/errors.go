package agent

import (
	"context"
	"errors"
	"net/http"

	"daypass/creds"
)

// asError returns the form in which an error crosses the socket, or nil for
// nil.
func asError(err error) *creds.Error {
	if err == nil {
		return nil
	}
	if known, ok := err.(*creds.Error); ok { //nolint:errorlint // only an error that is not wrapped may be passed on as it is
		return known
	}
	if known, ok := errors.AsType[*creds.Error](err); ok {
		// What wraps it has words of its own.
		return &creds.Error{Code: known.Code, Message: err.Error(), Advice: known.Advice}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &creds.Error{Code: creds.CodeInternal, Message: "it was broken off"}
	}
	return &creds.Error{Code: creds.CodeInternal, Message: err.Error()}
}

// httpStatus returns the status that goes with a code. Clients go by the code;
// the status is for whoever looks at the socket with curl.
func httpStatus(code creds.Code) int {
	switch code {
	case creds.CodeBadRequest, creds.CodeBadProfile, creds.CodeBadFile, creds.CodeUnsupported:
		return http.StatusBadRequest
	case creds.CodeNoProfile, creds.CodeNoKey, creds.CodeNoSession:
		return http.StatusNotFound
	case creds.CodeConfigMismatch, creds.CodeLongTermKey, creds.CodeKeyExists, creds.CodePlanChanged:
		return http.StatusConflict
	case creds.CodeDeclined, creds.CodeMFARefused, creds.CodeDenied, creds.CodeKeyInvalid,
		creds.CodeSignInNeeded, creds.CodeSignInFailed:
		return http.StatusForbidden
	case creds.CodeWaiting, creds.CodeNobodyToAsk, creds.CodeThrottled,
		creds.CodeKeyringLocked, creds.CodeKeyringUnavailable, creds.CodeNoAgent, creds.CodeNotShown:
		return http.StatusServiceUnavailable
	case creds.CodeAWS, creds.CodeNetwork, creds.CodeClockOff:
		return http.StatusBadGateway
	case creds.CodeFile, creds.CodeInternal:
	}
	return http.StatusInternalServerError
}
