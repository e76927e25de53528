package creds

import (
	"context"
	"fmt"
	"time"
)

// Requester is who asked for credentials.
type Requester struct {
	// Program is the name of the executable: "terraform". Empty when a
	// person asked, at the tray or in a terminal.
	Program string `json:"program,omitempty"`
	PID     int    `json:"pid,omitempty"`
	// Dir is the folder the program runs in.
	Dir string `json:"dir,omitempty"`
	// Surface is where a person asked.
	Surface Surface `json:"surface"`
}

// Surface is where a request comes from, and so where its prompt belongs.
type Surface string

// The surfaces.
const (
	// SurfaceTray is a click in the tray.
	SurfaceTray Surface = "tray"
	// SurfaceWindow is a click or a key in one of daypass's windows.
	SurfaceWindow Surface = "window"
	// SurfaceTerminal is a command line that answers prompts by itself; no
	// window is opened for it.
	SurfaceTerminal Surface = "terminal"
	// SurfaceProgram is a program that cannot ask a person.
	SurfaceProgram Surface = "program"
)

// String says who asked: "terraform (pid 4312, ~/infra)".
func (r Requester) String() string {
	switch {
	case r.Surface == SurfaceTray:
		return "you, in the tray"
	case r.Surface == SurfaceWindow:
		return "you, in the window"
	case r.Program == "" && r.Surface == SurfaceTerminal:
		return "you, in a terminal"
	case r.Program == "":
		return fmt.Sprintf("a program (pid %d)", r.PID)
	case r.Dir == "":
		return fmt.Sprintf("%s (pid %d)", r.Program, r.PID)
	}
	return fmt.Sprintf("%s (pid %d, %s)", r.Program, r.PID, r.Dir)
}

// PromptKind says what a prompt asks for. Package prompts describes each.
type PromptKind string

// The kinds of prompt.
const (
	// PromptMFA asks for the six digits that an MFA device shows.
	PromptMFA PromptKind = "mfa"
	// PromptPassphrase asks for the passphrase of the encrypted file that
	// stands in for a keyring.
	PromptPassphrase PromptKind = "passphrase"
	// PromptSSO asks to sign in with a browser. Its answers are ways to do that.
	PromptSSO PromptKind = "sso"
	// PromptConsent asks whether a program may have a sensitive profile. Its
	// answer is a [Grant].
	PromptConsent PromptKind = "consent"
	// PromptPerson asks whether the profiles of a session of Identity Center
	// are to get the credentials of another person than before. Its answer is
	// [GrantPerson].
	PromptPerson PromptKind = "person"
)

// Grant is what a person lets programs have that want a profile for which a
// person is asked.
type Grant string

// The grants.
const (
	// GrantOnce is for those that wait now.
	GrantOnce Grant = "once"
	// GrantHour is for an hour: nobody is asked again whether programs may
	// have the profile.
	GrantHour Grant = "hour"
	// GrantAlways is until the settings say otherwise; see [ProgramsAlways].
	GrantAlways Grant = "always"
	// GrantNever refuses the programs that wait and all later ones; see
	// [ProgramsNever].
	GrantNever Grant = "never"
	// GrantPerson takes the other person; see [PromptPerson].
	GrantPerson Grant = "person"
)

// Prompt is a question that waits for a person. There is one for each MFA
// device and each session of Identity Center, however many callers wait for its answer.
type Prompt struct {
	ID   string     `json:"id"`
	Kind PromptKind `json:"kind"`
	// Profile is the one asked for first.
	Profile   string `json:"profile,omitempty"`
	AccountID string `json:"account_id,omitempty"`
	// Device is the serial number of the MFA device: an ARN for a virtual
	// one.
	Device string `json:"device,omitempty"`
	// SignIn is set with [PromptSSO].
	SignIn *SignIn `json:"sign_in,omitempty"`
	// Person is set with [PromptPerson].
	Person    *Person   `json:"person,omitempty"`
	Requester Requester `json:"requester"`
	Created   time.Time `json:"created"`
	// Checking is set while an answer is on its way to AWS.
	Checking bool `json:"checking,omitempty"`
	// Lease is for how long a consent would unlock the profile.
	Lease time.Duration `json:"lease,omitempty"`
	// Refusal says in one sentence why the last answer was not taken.
	Refusal string `json:"refusal,omitempty"`
	// Fresh is when the device shows its next code; it is set when the
	// current one is known to be spent.
	Fresh time.Time `json:"fresh,omitzero"`
	// ClockOff is how far this machine's clock is ahead of AWS's, positive
	// or negative; zero when it is near enough.
	ClockOff time.Duration `json:"clock_off,omitempty"`
}

// Asker asks the person at the machine.
type Asker interface {
	// Ask shows a prompt until try accepts an answer to it, the person declines,
	// or ctx ends. Of the prompt the asker fills in what changes while it waits. A
	// [*Refusal] of try is shown and the question asked again; any other error of
	// try ends the question and is returned as it is. A person who closes the
	// question gives an [Error] with [CodeDeclined].
	Ask(ctx context.Context, p Prompt, try func(ctx context.Context, answer AnswerRequest) error) error
}

// SessionID returns the [Session.ID] of what the prompt is about; "" if that is no
// session of Identity Center.
func (p Prompt) SessionID() string {
	switch {
	case p.SignIn != nil:
		return p.SignIn.Session
	case p.Person != nil:
		return p.Person.Session
	}
	return ""
}

// Person is who has signed in to a session of Identity Center instead of whom.
type Person struct {
	// Session is the ID of the session of Identity Center.
	Session string `json:"session"`
	// Before is who its profiles belonged to so far, and Now who has signed
	// in, as Identity Center calls them. Now is "" where that could not be
	// learnt; Why says then in one sentence why.
	Before string `json:"before"`
	Now    string `json:"now,omitempty"`
	Why    string `json:"why,omitempty"`
}

// PromptEvent is one step in a prompt's life as [Client.WatchPrompt] reports
// it: its present form, or its end.
type PromptEvent struct {
	Prompt *Prompt    `json:"prompt,omitempty"`
	End    *PromptEnd `json:"end,omitempty"`
}

// PromptEnd is how a prompt ended.
type PromptEnd struct {
	// Err is nil when an answer was accepted.
	Err *Error `json:"error,omitempty"`
}
