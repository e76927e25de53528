package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"time"

	"daypass/internal/lang"
)

// CodeLimit is how long a browser is waited for. The AWS CLI waits as long.
const CodeLimit = 10 * time.Minute

var (
	// ErrNoBrowser ends the wait for a browser that does not open.
	ErrNoBrowser = lang.Error("no browser could be opened")
	// ErrTimeout ends the wait after [CodeLimit].
	ErrTimeout = lang.Error("nobody finished it in the browser")
)

// Verifier returns a new proof key: 52 letters of RFC 4648, within the 43 to 128 of RFC
// 7636 §4.1, and of more than its 256 bits.
func Verifier() string { return rand.Text() + rand.Text() }

// Challenge returns what the page's address has of a proof key (RFC 7636 §4.2).
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// AwaitCode opens the browser at an address, and waits until it returns to the port. Its
// errors wrap [ErrNoBrowser] or [ErrTimeout], or are the cause of the context's end.
func (w Way) AwaitCode(ctx context.Context, back *Loopback, address string, log *slog.Logger) (Answer, error) {
	page := Page{Method: MethodBrowser, URL: address, Opening: w.Open != nil, Until: time.Now().Round(0).Add(CodeLimit)}
	w.Show(page)
	opened := w.Opening(ctx, address, log)
	limit := time.NewTimer(CodeLimit)
	defer limit.Stop()
	for {
		select {
		case answer := <-back.Answers:
			return answer, nil
		case err := <-opened:
			opened = nil
			if err != nil {
				return Answer{}, fmt.Errorf("%w: %w", ErrNoBrowser, err)
			}
			page.Opening, page.Opened = false, true
			w.Show(page)
		case <-limit.C:
			return Answer{}, ErrTimeout
		case <-ctx.Done():
			return Answer{}, context.Cause(ctx)
		}
	}
}
