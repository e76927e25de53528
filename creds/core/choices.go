package core

import (
	"cmp"
	"sync/atomic"
	"time"

	"daypass/creds"
)

// choices are the person's settings as they were read last.
type choices struct {
	read   func() creds.Settings
	latest atomic.Pointer[creds.Settings]
}

func newChoices(read func() creds.Settings) *choices {
	c := &choices{read: read}
	c.reread()
	return c
}

func (c *choices) reread() {
	s := c.read()
	c.latest.Store(&s)
}

// settings returns what the person has chosen; nobody changes it.
func (c *choices) settings() creds.Settings { return *c.latest.Load() }

// leaseOf returns for how long a profile is unlocked; zero if it is not sensitive.
func (c *choices) leaseOf(name string) time.Duration {
	p := c.settings().Profile[name]
	if !p.Sensitive {
		return 0
	}
	return cmp.Or(time.Duration(p.Lease), creds.DefaultLease)
}

// boundByLease bounds the lifetime of a session that is made for a sensitive
// profile itself: AWS knows no shorter one than a quarter of an hour.
func (c *choices) boundByLease(name string, wanted time.Duration) time.Duration {
	if lease := c.leaseOf(name); lease > 0 {
		return min(wanted, max(lease, creds.MinSession))
	}
	return wanted
}

// goesByKeyAlone reports whether a person wants a profile's role without the MFA
// device of its source.
func (c *choices) goesByKeyAlone(name string) bool {
	chosen := c.settings()
	return isOff(cmp.Or(chosen.Profile[name].MFAOfSource, chosen.MFAOfSource))
}

// isOff reports whether a switch that is on by itself is off.
func isOff(choice *bool) bool { return choice != nil && !*choice }
