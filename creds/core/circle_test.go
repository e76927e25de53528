package core

import (
	"testing"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/profile"
)

// A request that is for no profile comes by no other way.
func TestNoSessionIsStartedForTheProgramThatItWaitsFor(t *testing.T) {
	c := profile.Chain{Asked: "role", Base: profile.Profile{Name: "op"}}
	_, err := (&issuer{}).obtain(t.Context(), c, RefreshOptions{Requester: creds.Requester{Within: creds.AddWithin(`"else"`, "op")}})
	credstest.WantCode(t, err, creds.CodeBadProfile, `profile "role" is asked for by the program that daypass runs for "op"`)
}
