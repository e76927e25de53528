package main

import (
	"strings"

	"daypass/creds/agentapi"
	"daypass/creds/shell"
)

// hints say what to do about each kind of failure; NAME stands for the
// profile. An empty one says that the failure's own sentence says it all.
var hints = map[agentapi.Code]string{
	agentapi.CodeInternal:   "This is a fault of daypass itself; its agent's log, agent.log, says more.",
	agentapi.CodeBadRequest: "",
	agentapi.CodeNoProfile:  "See the profiles there are with: daypass list",
	agentapi.CodeBadProfile: "Correct the profile's section in the AWS config or credentials file.",
	agentapi.CodeUnsupported: "The AWS CLI and SDKs can use this profile as it is; " +
		"daypass serves IAM users, IAM Identity Center, and the roles behind them.",
	agentapi.CodeNoKey:      "Store its access key with: daypass add NAME",
	agentapi.CodeKeyExists:  "To put the new key in its place: daypass add NAME --replace",
	agentapi.CodeKeyInvalid: "Make a new access key in the IAM console, and store it with: daypass add NAME --replace",
	agentapi.CodeKeyringLocked: "Unlock the keyring, as the desktop does when you log in to it, and try again.\n" +
		"An encrypted file in its place is unlocked by its passphrase, with: daypass login NAME",
	agentapi.CodeKeyringUnavailable: "Start a keyring, such as gnome-keyring or KWallet; or use an encrypted file instead:\n" +
		"  daypass stop; export DAYPASS_KEYRING_BACKEND=file",
	agentapi.CodeFile:        "Where it cannot be read or written, look at its permissions and whether its disk is full.",
	agentapi.CodeBadFile:     "",
	agentapi.CodeLongTermKey: "Give that section another name, or choose another one for daypass's:\n  daypass settings set derived_suffix SUFFIX",
	agentapi.CodeConfigMismatch: "To use the files of this shell, end that agent first: daypass stop\n" +
		"To use the agent's, unset AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE.",
	agentapi.CodeWaiting: "Answer the question in daypass's window, or with: daypass login NAME",
	agentapi.CodeNobodyToAsk: "Log in from a terminal: daypass login NAME\n" +
		"or give the code of the device: daypass login NAME --mfa-code CODE",
	agentapi.CodeDeclined:     "",
	agentapi.CodeMFARefused:   "Wait for the next code on the device, and try again: daypass login NAME",
	agentapi.CodeDenied:       "Whoever looks after the AWS account can allow it.",
	agentapi.CodeClockOff:     "Set this machine's clock and try again; on Linux: sudo timedatectl set-ntp true",
	agentapi.CodeThrottled:    "Try again in a minute.",
	agentapi.CodeNetwork:      "Look at the connection, and at HTTPS_PROXY if you are behind a proxy. The agent keeps\nthe proxy that it was started with; to change it: daypass stop",
	agentapi.CodeAWS:          "",
	agentapi.CodeNoSession:    "See the sessions there are with: daypass sso list",
	agentapi.CodeSignInNeeded: "Sign in with: daypass login NAME",
	agentapi.CodeSignInFailed: "Try again: daypass login NAME\n" +
		"Where the browser cannot come back to this machine: daypass login NAME --device-code",
	agentapi.CodePlanChanged: "Run the command again: it shows the change as it is now.",
	agentapi.CodeNoAgent:     "Try again; daypass starts its agent, daypass-tray, from the folder that it lies in itself.",
}

// sessionHints say what to do about a failure that concerns a session of
// Identity Center and no single profile; SESSION stands for it. What is not here
// is said in hints.
var sessionHints = map[agentapi.Code]string{
	agentapi.CodeBadProfile:   `Correct the [sso-session] section in the AWS config file; "daypass sso add" does that for you.`,
	agentapi.CodeWaiting:      "Sign in in daypass's window, or with: daypass sso login SESSION",
	agentapi.CodeNobodyToAsk:  "Sign in from a terminal: daypass sso login SESSION",
	agentapi.CodeSignInNeeded: "Sign in with: daypass sso login SESSION",
	agentapi.CodeSignInFailed: "Try again: daypass sso login SESSION\n" +
		"Where the browser cannot come back to this machine: daypass sso login SESSION --device-code",
	agentapi.CodeDenied: "Whoever looks after IAM Identity Center can allow it.",
}

// sessionHint returns what to do about a failure of a session, or "".
func sessionHint(code agentapi.Code, session string) string {
	text, ok := sessionHints[code]
	if !ok {
		return hints[code]
	}
	return strings.ReplaceAll(text, "SESSION", shellWord(session))
}

// hint returns what to do about a failure of a profile, or "".
func hint(code agentapi.Code, profile string) string {
	if profile == "" {
		return hints[code]
	}
	return strings.ReplaceAll(hints[code], "NAME", shellWord(profile))
}

// shellWord writes a name so that a command copied from a hint works.
func shellWord(name string) string {
	quoted, err := shell.Word(name)
	if err != nil {
		return printable(name)
	}
	return printable(quoted)
}
