package core

import (
	"sync"
	"time"

	"daypass/creds"
	"daypass/internal/secret"
)

// codeStep is how long an MFA device shows one code (RFC 6238).
const codeStep = 30 * time.Second

// questions are what people are being asked, and what they have answered to
// questions for MFA codes.
type questions struct {
	mu sync.Mutex
	// open counts, for each MFA device and each sign-in, the questions that are open.
	open map[string]int
	// spent is, for each MFA device, the code that AWS took last: it takes none
	// twice.
	spent map[string]spentCode
	// refused counts, for each MFA device, the codes that AWS refused since.
	refused map[string]int
	// allowed is until when programs may have sensitive profiles without a
	// question.
	allowed map[string]time.Time
}

type spentCode struct {
	code secret.Text
	at   time.Time
}

func newQuestions() *questions {
	return &questions{open: map[string]int{}, spent: map[string]spentCode{}, refused: map[string]int{}, allowed: map[string]time.Time{}}
}

// aboutSignIn is the key of questions about a sign-in. Those for codes have the
// device's serial number.
func aboutSignIn(id string) string { return "sign-in " + id }

// count counts a question that is opened or, with -1, closed.
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

// checkCode refuses a code that AWS took already: AWS would only say that it is
// invalid. clockOff is how far this machine's clock is off.
func (q *questions) checkCode(serial string, code secret.Text, clockOff time.Duration) *creds.Refusal {
	q.mu.Lock()
	defer q.mu.Unlock()
	last, ok := q.spent[serial]
	// AWS accepts a code one step early or late, so that one may be seen
	// again for three.
	if !ok || last.code != code || time.Since(last.at) > 3*codeStep {
		return nil
	}
	return &creds.Refusal{
		Message:  "This code has been used already, and each works once. Wait for the next one.",
		Fresh:    last.at.Truncate(codeStep).Add(codeStep),
		ClockOff: clockOff,
	}
}

// accepted notes that AWS has taken a code.
func (q *questions) accepted(serial string, code secret.Text) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spent[serial] = spentCode{code, time.Now()}
	delete(q.refused, serial)
}

// countRefusal counts a code of a device that AWS refused, and returns how many it
// has refused in a row.
func (q *questions) countRefusal(serial string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.refused[serial]++
	return q.refused[serial]
}

// allow has programs get a sensitive profile without a question until then, by a
// person's word.
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
