package creds

import (
	"strconv"
	"strings"
)

// EnvWithin is set for the programs that daypass's agent runs for profiles, and names
// those: a daypass within such a program must not wait for what waits for the program.
const EnvWithin = "DAYPASS_PROCESS_CHAIN"

// AddWithin returns the value of [EnvWithin] for a program of a profile that is run within
// others.
func AddWithin(within, profile string) string {
	return strings.TrimSpace(within + " " + strconv.QuoteToASCII(profile))
}

// IsWithin reports whether a value of [EnvWithin] names a profile. Names are quoted, so
// that none looks like two.
func IsWithin(within, profile string) bool {
	return strings.Contains(" "+within+" ", " "+strconv.QuoteToASCII(profile)+" ")
}
