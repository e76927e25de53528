package creds

import "time"

// Refusal says why a person's answer was refused. Another answer may be accepted.
type Refusal struct {
	Message string
	// Fresh is when the device shows its next code, if the current one was used already.
	Fresh time.Time
	// ClockOff is how far this machine's clock is ahead of AWS's; zero when
	// it is near enough.
	ClockOff time.Duration
}

// Error returns the message.
func (r *Refusal) Error() string { return r.Message }
