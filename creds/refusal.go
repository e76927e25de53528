package creds

import "time"

// Refusal is an answer that was not taken, in words for the person who gave
// it. Another answer may be.
type Refusal struct {
	Message string
	// Fresh is when the device shows its next code, if the current one is
	// known to be spent.
	Fresh time.Time
	// ClockOff is how far this machine's clock is ahead of AWS's; zero when
	// it is near enough.
	ClockOff time.Duration
}

// Error returns the message.
func (r *Refusal) Error() string { return r.Message }
