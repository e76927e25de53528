package app

import (
	"fmt"
	"strings"
	"time"

	"daypass/creds"
)

// promptTitle is the title of a prompt's window. It names the profile in full:
// the headline inside may have to cut it short.
func promptTitle(p creds.Prompt) string {
	switch {
	case p.Kind == creds.PromptPassphrase:
		return "daypass — passphrase"
	case p.Kind == creds.PromptSSO:
		return "daypass — sign in to " + sessionName(p)
	case p.Kind == creds.PromptConsent:
		return "daypass — " + consentHeadline(p)
	case p.Kind == creds.PromptPerson && p.Person != nil:
		return "daypass — " + personHeadline(p)
	case p.Kind != creds.PromptMFA:
		return "daypass — question"
	case p.Profile == "":
		return "daypass — code for " + deviceName(p.Device)
	}
	return "daypass — code for " + p.Profile
}

func promptHeadline(p creds.Prompt) string {
	switch {
	case p.Kind == creds.PromptPassphrase:
		return "Unlock your keys"
	case p.Kind != creds.PromptMFA:
		return "daypass has a question"
	case p.Profile == "":
		return "Code for " + deviceName(p.Device)
	}
	return "Code for " + p.Profile
}

func promptInstruction(p creds.Prompt) string {
	switch p.Kind {
	case creds.PromptPassphrase:
		return "Type the passphrase of daypass’s encrypted file."
	case creds.PromptMFA:
	default: // Of an agent that was updated while this program was not.
		return "This window does not know what the agent asks, and takes no answer. Quit daypass and start it again, so that both are of one version."
	}
	return fmt.Sprintf("Type the six digits that %s shows.", briefDevice(p.Device))
}

// asker says who asked; empty when the agent asks for itself.
func asker(r creds.Requester) string {
	if r == (creds.Requester{}) {
		return ""
	}
	return r.String()
}

// deviceName is what a person calls an MFA device: the last part of a virtual
// device's ARN, or the serial number that is printed on a hardware one.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html.
func deviceName(serial string) string {
	name := serial[strings.LastIndexByte(serial, '/')+1:]
	if name == "" {
		return someDevice
	}
	return name
}

// someDevice stands for a device's name where there is none, or no room for it.
const someDevice = "your MFA device"

// briefDevice is a device's name where it fits into a sentence.
func briefDevice(serial string) string {
	if name := deviceName(serial); len(name) <= 24 {
		return name
	}
	return someDevice
}

// clockSentence tells a person that this machine's clock is wrong, with what
// it means for codes: they are made from the time, of whatever shows them.
func clockSentence(off time.Duration) string {
	direction := "ahead of"
	if off < 0 {
		direction, off = "behind", -off
	}
	return fmt.Sprintf("This computer’s clock is %s %s AWS’s; codes that it makes itself are refused until it is right.",
		roughly(off), direction)
}

// roughly gives a positive duration in its largest sensible unit.
func roughly(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Round(time.Hour)/time.Hour))
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}

// nextCode says when the device shows its next code; the seconds are rounded
// up, so that "1 s" is the last thing said.
func nextCode(left time.Duration) string {
	return fmt.Sprintf("Next code in %d s", int((left+time.Second-1)/time.Second))
}
