package browsers

import (
	"cmp"
	"context"
	"log/slog"
	"runtime"
	"time"

	"daypass/internal/lang"
	"daypass/internal/secret"
)

// Options is what else Open needs. Its zero value suffices for all places but
// containers.
type Options struct {
	// Wrap returns the address by which a container add-on opens another one. A place
	// with an AddOn needs it. It is given no secret.
	Wrap func(address string) (string, error)
	// Environ is the browser's environment, nil for that of this process.
	Environ []string
	// Log records other users' programs that ask for the address; nil discards it.
	Log *slog.Logger
}

// Open opens an address in a place. found is from [Find]; the system's browser
// and commands do without.
//
// The address is a secret, so the browser is given a [Handoff]'s. Open returns
// when the browser has got the real one, when the browser cannot be started or
// fails, after [Lifetime], or when ctx ends, which also ends the Handoff but
// never a browser. Errors are sentences for people; they and the browser's
// arguments do not hold the address.
func Open(ctx context.Context, found []Browser, p Place, address secret.Text, options Options) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return opener{lifetime: Lifetime, grace: grace}.open(ctx, found, p, address, options)
}

// grace is how long the browser may still ask after the started program has failed.
// Some openers fail although the page opens: Windows' explorer.exe, which people start
// from WSL, always does.
const grace = 2 * time.Second

// opener has Open's limits.
type opener struct{ lifetime, grace time.Duration }

func (o opener) open(ctx context.Context, found []Browser, p Place, address secret.Text, options Options) error {
	// Checked first, so that no port is opened for a place that does not exist.
	if _, err := arguments(runtime.GOOS, found, p, ""); err != nil {
		return err
	}
	handoff, err := NewHandoff(ctx, address, o.lifetime, options.Log)
	if err != nil {
		return err
	}
	err = o.hand(ctx, handoff, found, p, options)
	if err != nil {
		handoff.Close()
	}
	return err
}

func (o opener) hand(ctx context.Context, handoff *Handoff, found []Browser, p Place, options Options) error {
	target := handoff.Address
	if p.AddOn != "" {
		if options.Wrap == nil {
			return lang.Error("nothing says how the address of a container is made")
		}
		var err error
		if target, err = options.Wrap(target); err != nil {
			return err
		}
	}
	s, err := arguments(runtime.GOOS, found, p, target)
	if err != nil {
		return err
	}
	ended, err := s.launch(options.Environ)
	if err != nil {
		return lang.Errorf("%s cannot be started (%w); %s", s.name, err, s.advice)
	}
	return o.await(ctx, handoff, s, ended)
}

// await waits for the browser to ask. ended may be nil.
func (o opener) await(ctx context.Context, handoff *Handoff, s start, ended <-chan error) error {
	var failed error
	var graceOver <-chan time.Time
	for {
		select {
		case <-handoff.Taken():
			return nil
		case err := <-ended:
			// Most programs end at once and leave the rest to a running browser.
			ended = nil
			if err != nil {
				failed = err
				timer := time.NewTimer(o.grace)
				defer timer.Stop()
				graceOver = timer.C
			}
		case <-graceOver:
			return lang.Errorf("%s failed (%w); %s", s.name, failed, s.advice)
		case <-handoff.Ended():
			return o.unasked(ctx, handoff, s)
		}
	}
}

// unasked says why the Handoff has ended.
func (o opener) unasked(ctx context.Context, handoff *Handoff, s start) error {
	select {
	case <-handoff.Taken(): // at the last moment
		return nil
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := handoff.Denied(); err != nil {
		return lang.Errorf("%s was started, but the page was not handed over: %w", s.name, err)
	}
	return lang.Errorf("%s was started, but did not ask for the page within %v; %s", s.name, o.lifetime, cmp.Or(s.silence, s.advice))
}
