package core

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"daypass/creds"
)

// choices are the person's settings as last read.
type choices struct {
	read   func() creds.Settings
	latest atomic.Pointer[chosen]
}

type chosen struct {
	settings creds.Settings
	// accounts are the person's names of accounts, by their numbers.
	accounts map[string]string
}

func newChoices(read func() creds.Settings) *choices {
	c := &choices{read: read}
	c.reread()
	return c
}

func (c *choices) reread() {
	s := c.read()
	names := make(map[string]string, len(s.Accounts))
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(s.Accounts))) {
		names[s.Accounts[name]] = name // the first of several
	}
	c.latest.Store(&chosen{s, names})
}

// accountName returns what the person calls an account, "" if nothing.
func (c *choices) accountName(number string) string { return c.latest.Load().accounts[number] }

// settings returns what the person has chosen. It must not be changed.
func (c *choices) settings() creds.Settings { return c.latest.Load().settings }

// leaseOf returns how long a profile stays unlocked; zero if it is not sensitive.
func (c *choices) leaseOf(name string) time.Duration {
	p := c.settings().Profile[name]
	if !p.Sensitive {
		return 0
	}
	return cmp.Or(time.Duration(p.Lease), creds.DefaultLease)
}

// boundByLease bounds the lifetime of a sensitive profile's own session. AWS gives none
// shorter than 15 minutes.
func (c *choices) boundByLease(name string, wanted time.Duration) time.Duration {
	if lease := c.leaseOf(name); lease > 0 {
		return min(wanted, max(lease, creds.MinSession))
	}
	return wanted
}

// goesByKeyAlone reports whether the person wants the profile's role assumed without its
// source's MFA device.
func (c *choices) goesByKeyAlone(name string) bool {
	chosen := c.settings()
	return isOff(cmp.Or(chosen.Profile[name].MFAOfSource, chosen.MFAOfSource))
}

// signsInToConsole reports whether the person wants the profile to get its credentials by a
// sign-in to the console.
func (c *choices) signsInToConsole(name string) bool { return c.settings().Profile[name].ConsoleSignIn }

// isOff reports whether a switch that is on by default is off.
func isOff(choice *bool) bool { return choice != nil && !*choice }
