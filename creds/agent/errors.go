package agent

import (
	"net/http"

	"daypass/creds"
)

// httpStatus returns the status for a code. Clients use the code; the status is for
// people who look at the socket with curl.
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
