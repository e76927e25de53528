package main

import (
	"strings"
	"testing"
)

func TestTheTerminalAsksWhichMFADeviceToUse(t *testing.T) {
	for name, tc := range map[string]struct {
		typed string
		want  string
	}{
		"the second":            {"2\r", "mfa/tablet"},
		"the first":             {"1\r", "mfa/alice-phone"},
		"a number that is none": {"7\rphone\r2\r", "mfa/tablet"},
	} {
		t.Run(name, func(t *testing.T) {
			w := inWorld(t)
			yubi := w.sample.Alice.SecurityKey("yubi")
			tablet := w.sample.Alice.MFA("tablet")
			s := inTerminal(t, w, "daypass add work")
			s.await("Access key ID: ")
			s.typeIn(w.sample.AliceKey.ID + "\r")
			s.await("Secret access key (not shown): ")
			s.typeIn(w.sample.AliceKey.Secret + "\r")
			s.await(w.sample.Alice.ARN() + " has 3 MFA devices:\r\n")
			s.await("  1  " + w.sample.Phone.Serial() + "\r\n")
			s.await("     " + yubi + " (cannot be used: it is a FIDO security key, and AWS's API takes codes only)\r\n")
			s.await("  2  " + tablet.Serial() + "\r\n")
			s.await("Which one, 1 to 2? ")
			s.typeIn(tc.typed)
			if strings.Contains(tc.typed, "7") {
				s.await("This is none of the numbers: type 1 to 2.")
			}
			s.await("work: the key is in the keyring")
			s.await(tc.want + "\r\n")
			s.exits(exitOK)
			if strings.Contains(s.text(), w.sample.AliceKey.Secret) {
				t.Error("the secret was shown")
			}
		})
	}
	t.Run("not without a terminal", func(t *testing.T) {
		w := inWorld(t)
		w.sample.Alice.MFA("tablet")
		s := inTerminal(t, w, "printf '%s\\n%s\\n' '"+w.sample.AliceKey.ID+"' '"+w.sample.AliceKey.Secret+"' | setsid daypass add work 2>&1 | cat")
		s.await(w.sample.Phone.Serial())
		s.await("The user has 2 MFA devices; the first is used, and mfa_serial in the config file changes that.")
		s.exits(exitOK)
	})
	t.Run("nor with --mfa-serial", func(t *testing.T) {
		w := inWorld(t)
		tablet := w.sample.Alice.MFA("tablet")
		s := inTerminal(t, w, "daypass add work --mfa-serial "+tablet.Serial())
		s.await("Access key ID: ")
		s.typeIn(w.sample.AliceKey.ID + "\r")
		s.await("Secret access key (not shown): ")
		s.typeIn(w.sample.AliceKey.Secret + "\r")
		s.await("work: the key is in the keyring")
		s.await("mfa/tablet\r\n")
		s.exits(exitOK)
	})
}
