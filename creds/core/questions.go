package core

import (
	"context"
	"sync"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// codeStep is how long an MFA device shows one code (RFC 6238).
const codeStep = 30 * time.Second

// questions are what people are being asked, and what they answered about MFA codes.
type questions struct {
	mu sync.Mutex
	// open counts the open questions about each MFA device and each sign-in.
	open map[string]int
	// spent is the last code of each MFA device that AWS accepted: it accepts none
	// twice.
	spent map[string]spentCode
	// refused counts the codes of each MFA device that AWS has refused since.
	refused map[string]int
	// turns has a token for each MFA device while a program is asked for its code.
	turns map[string]chan struct{}
	// allowed is until when programs get sensitive profiles without a question.
	allowed map[string]time.Time
}

type spentCode struct {
	code secret.Text
	at   time.Time
}

func newQuestions() *questions {
	return &questions{open: map[string]int{}, spent: map[string]spentCode{}, refused: map[string]int{}, turns: map[string]chan struct{}{}, allowed: map[string]time.Time{}}
}

// aboutSignIn is the key of questions about a sign-in. Questions for codes have the
// device's serial number as their key.
func aboutSignIn(id string) string { return "sign-in " + id }

// count counts a question that opens or, with -1, closes.
func (q *questions) count(key string, change int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.open[key] += change
	if q.open[key] == 0 {
		delete(q.open, key)
	}
}

// isOpen reports whether somebody is being asked.
func (q *questions) isOpen(key string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.open[key] > 0
}

// checkCode refuses a code that AWS has accepted before: AWS would only call it invalid.
// clockOff is how far this machine's clock is off.
func (q *questions) checkCode(serial string, code secret.Text, clockOff time.Duration) *creds.Refusal {
	q.mu.Lock()
	defer q.mu.Unlock()
	last, ok := q.spent[serial]
	// AWS accepts a code one step early or late, so one may come again for three.
	if !ok || last.code != code || time.Since(last.at) > 3*codeStep {
		return nil
	}
	return &creds.Refusal{
		Message:  lang.T("This code has been used already, and each works once. Wait for the next one."),
		Fresh:    last.at.Truncate(codeStep).Add(codeStep),
		ClockOff: clockOff,
	}
}

// accepted records that AWS has accepted a code.
func (q *questions) accepted(serial string, code secret.Text) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spent[serial] = spentCode{code, time.Now()}
	delete(q.refused, serial)
}

// countRefusal counts a code that AWS refused, and returns how many of the device's were
// refused in a row.
func (q *questions) countRefusal(serial string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.refused[serial]++
	return q.refused[serial]
}

// turn waits until no program is asked for a device's code, until done is called.
func (q *questions) turn(ctx context.Context, serial string) (done func(), err error) {
	q.mu.Lock()
	turns, ok := q.turns[serial]
	if !ok {
		turns = make(chan struct{}, 1)
		q.turns[serial] = turns
	}
	q.mu.Unlock()
	select {
	case turns <- struct{}{}:
		return func() { <-turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// allow lets programs have a sensitive profile without a question until then, because a
// person said so.
func (q *questions) allow(name string, until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.allowed[name] = until
}

// isAllowed reports whether programs get a sensitive profile without a question.
func (q *questions) isAllowed(name string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.allowed[name].After(time.Now())
}

// allowNothing ends what was allowed.
func (q *questions) allowNothing() {
	q.mu.Lock()
	defer q.mu.Unlock()
	clear(q.allowed)
}
