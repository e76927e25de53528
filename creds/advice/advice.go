// Package advice names the step that helps against a failure, for a terminal or a window.
package advice

import (
	"strings"

	"daypass/creds"
	"daypass/creds/shell"
	"daypass/internal/lang"
)

// Subject is what a failure is about: a profile, an SSO session, or neither.
type Subject struct{ Profile, Session string }

// A step is what helps against the failures of one code. NAME is replaced by the profile,
// SESSION by the SSO session, and RETRY by what the person was doing. It is empty if the
// failure's own sentence suffices.
type step struct {
	terminal lang.Text
	// session is the step in a terminal if the failure is about an SSO session and no
	// single profile; empty if it is the same.
	session lang.Text
	window  lang.Text
}

// steps has a row for every code.
var steps = map[creds.Code]step{
	creds.CodeInternal: {
		terminal: "This is a fault of daypass itself; its agent's log, agent.log, says more.",
		window:   "This is a fault of daypass itself; its agent’s log, agent.log, says more.",
	},
	creds.CodeBadRequest: {},
	creds.CodeNoProfile: {
		terminal: "See the profiles there are with: daypass list",
	},
	creds.CodeBadProfile: {
		terminal: "Correct the profile's section in the AWS config or credentials file.",
		session:  `Correct the [sso-session] section in the AWS config file; "daypass sso add" does that for you.`,
		window:   "Correct its section in the AWS config or credentials file.",
	},
	creds.CodeUnsupported: {
		terminal: "The AWS CLI and SDKs can use this profile as it is.",
	},
	creds.CodeNotShown: {},
	creds.CodeNoKey: {
		terminal: "Store its access key with: daypass add NAME",
		window:   "Add its access key in daypass’s window.",
	},
	creds.CodeKeyExists: {
		terminal: "To put the new key in its place: daypass add NAME --replace",
	},
	creds.CodeBusy: {
		terminal: "Try again when that is over.",
		window:   "Try again when that is over.",
	},
	creds.CodeKeyChoice: {},
	creds.CodeKeyInvalid: {
		terminal: "If the region is right, make a new access key in the IAM console, and store it with:\n  daypass add NAME --replace",
		window:   "If its region is right, make a new access key in the IAM console, and add it in daypass’s window.",
	},
	creds.CodeKeyringLocked: {
		terminal: "Unlock the keyring, as the desktop does when you log in to it, and try again.\n" +
			"An encrypted file in its place is unlocked by its passphrase, with: daypass login NAME",
		window: "Refresh a profile to unlock the keyring.",
	},
	creds.CodeKeyringUnavailable: {
		terminal: "Start a keyring, such as gnome-keyring or KWallet; or use an encrypted file instead:\n" +
			"  daypass stop; export DAYPASS_KEYRING_BACKEND=file",
		window: "Start the desktop’s keyring, then RETRY again.",
	},
	creds.CodeFile:    {},
	creds.CodeBadFile: {},
	creds.CodeLongTermKey: {
		terminal: "Give that section another name, or choose another one for daypass's:\n  daypass settings set derived_suffix SUFFIX",
		window:   "Give that section another name, or choose another suffix in the settings.",
	},
	creds.CodeConfigMismatch: {
		terminal: "To use the files of this shell, end that agent first: daypass stop\n" +
			"To use the agent's, unset AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE and AWS_LOGIN_CACHE_DIRECTORY.",
		window: "Close this window, and open it from the tray.",
	},
	creds.CodeWaiting: {
		terminal: "Answer the question in daypass's window, or with: daypass login NAME",
		session:  "Sign in in daypass's window, or with: daypass sso login SESSION",
		window:   "Answer the question in its window.",
	},
	creds.CodeNobodyToAsk: {
		terminal: "Log in from a terminal: daypass login NAME\n" +
			"or give the code of the device: daypass login NAME --mfa-code CODE",
		session: "Sign in from a terminal: daypass sso login SESSION",
		window:  "Log in from a terminal, with “daypass login”.",
	},
	creds.CodeDeclined: {},
	creds.CodeMFARefused: {
		terminal: "Wait for the next code on the device, and try again: daypass login NAME",
		window:   "Wait for the device’s next code, then RETRY again.",
	},
	creds.CodeDenied: {
		terminal: "Whoever looks after the AWS account can allow it.",
		session:  "Whoever looks after IAM Identity Center can allow it.",
		window:   "Whoever looks after the AWS account can allow it.",
	},
	creds.CodeClockOff: {
		terminal: "Set this machine's clock and try again; on Linux: sudo timedatectl set-ntp true",
		window:   "Set this computer’s clock, then RETRY again.",
	},
	creds.CodeThrottled: {
		terminal: "Try again in a minute.",
		window:   "Wait a minute, then RETRY again.",
	},
	creds.CodeProgram: {
		terminal: "Run its command line in a terminal to see what is wrong. For daypass it has nothing on standard\n" +
			"input, no terminal, and few of your shell's variables.",
		window: "Run its command line in a terminal to see what is wrong, then RETRY again.",
	},
	creds.CodeNetwork: {
		terminal: "Look at the connection, and at HTTPS_PROXY if you are behind a proxy. The agent keeps\n" +
			"the proxy that it was started with; to change it: daypass stop",
		window: "Check the connection, then RETRY again.",
	},
	creds.CodeAWS: {},
	creds.CodeNoSession: {
		terminal: "See the sessions there are with: daypass sso list",
	},
	creds.CodeSignInNeeded: {
		terminal: "Sign in with: daypass login NAME",
		session:  "Sign in with: daypass sso login SESSION",
		window:   "Refresh it to sign in.",
	},
	creds.CodeSignInFailed: {
		terminal: "Try again: daypass login NAME\n" +
			"Where the browser cannot come back to this machine: daypass login NAME --device-code",
		session: "Try again: daypass sso login SESSION\n" +
			"Where the browser cannot come back to this machine: daypass sso login SESSION --device-code",
		window: "Try to sign in again.",
	},
	creds.CodePlanChanged: {
		terminal: "Run the command again: it shows the change as it is now.",
		window:   "Look at the change as it is now.",
	},
	creds.CodeNoAgent: {
		terminal: "Try again; daypass starts its agent, daypass-tray, from the folder that it lies in itself.",
		window:   "Start daypass again.",
	},
}

// Terminal returns the step for a person at a terminal, with a command to copy if there
// is one. It may have several lines, or be empty.
func Terminal(e creds.Error, of Subject) string {
	if e.Advice != "" {
		return e.Advice
	}
	s := steps[e.Code]
	switch {
	case of.Session != "" && s.session != "":
		return strings.ReplaceAll(s.session.String(), "SESSION", Word(of.Session))
	case of.Profile != "":
		return strings.ReplaceAll(s.terminal.String(), "NAME", Word(of.Profile))
	}
	return s.terminal.String()
}

// Window returns the step for a person at a window; it may be empty. retry is what they
// were doing, such as "refresh the profile".
func Window(e creds.Error, retry string) string {
	if e.Advice != "" {
		return e.Advice
	}
	return strings.ReplaceAll(steps[e.Code].window.String(), "RETRY", retry)
}

// Word quotes a name so that a command copied from advice works.
func Word(name string) string {
	quoted, err := shell.Word(name)
	if err != nil {
		return name
	}
	return quoted
}
