package agent

import (
	"context"
	"errors"
	"net/http"

	"daypass/creds/agentapi"
)

// asError returns the form in which an error crosses the socket, or nil for
// nil.
func asError(err error) *agentapi.Error {
	if err == nil {
		return nil
	}
	if known, ok := err.(*agentapi.Error); ok { //nolint:errorlint // only an error that is not wrapped may be passed on as it is
		return known
	}
	if known, ok := errors.AsType[*agentapi.Error](err); ok {
		// What wraps it has words of its own.
		return &agentapi.Error{Code: known.Code, Message: err.Error(), Advice: known.Advice}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &agentapi.Error{Code: agentapi.CodeInternal, Message: "it was broken off"}
	}
	return &agentapi.Error{Code: agentapi.CodeInternal, Message: err.Error()}
}

// httpStatus returns the status that goes with a code. Clients go by the code;
// the status is for whoever looks at the socket with curl.
func httpStatus(code agentapi.Code) int {
	switch code {
	case agentapi.CodeBadRequest, agentapi.CodeBadProfile, agentapi.CodeBadFile, agentapi.CodeUnsupported:
		return http.StatusBadRequest
	case agentapi.CodeNoProfile, agentapi.CodeNoKey, agentapi.CodeNoSession:
		return http.StatusNotFound
	case agentapi.CodeConfigMismatch, agentapi.CodeLongTermKey, agentapi.CodeKeyExists, agentapi.CodePlanChanged:
		return http.StatusConflict
	case agentapi.CodeDeclined, agentapi.CodeMFARefused, agentapi.CodeDenied, agentapi.CodeKeyInvalid,
		agentapi.CodeSignInNeeded, agentapi.CodeSignInFailed:
		return http.StatusForbidden
	case agentapi.CodeWaiting, agentapi.CodeNobodyToAsk, agentapi.CodeThrottled,
		agentapi.CodeKeyringLocked, agentapi.CodeKeyringUnavailable, agentapi.CodeNoAgent, agentapi.CodeNotShown:
		return http.StatusServiceUnavailable
	case agentapi.CodeAWS, agentapi.CodeNetwork, agentapi.CodeClockOff:
		return http.StatusBadGateway
	case agentapi.CodeFile, agentapi.CodeInternal:
	}
	return http.StatusInternalServerError
}
