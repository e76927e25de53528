package creds_test

import (
	"testing"

	"daypass/creds"
)

func TestARequesterSaysWhereAPersonAskedOrWhichProgram(t *testing.T) {
	for want, r := range map[string]creds.Requester{
		"you, in the tray":             {Surface: creds.SurfaceTray},
		"you, in the window":           {Surface: creds.SurfaceWindow},
		"you, in a terminal":           {Surface: creds.SurfaceTerminal, PID: 7},
		"a program (pid 7)":            {Surface: creds.SurfaceProgram, PID: 7},
		"terraform (pid 7)":            {Surface: creds.SurfaceProgram, Program: "terraform", PID: 7},
		"terraform (pid 7, ~/infra)":   {Surface: creds.SurfaceProgram, Program: "terraform", PID: 7, Dir: "~/infra"},
		"daypass (pid 7, ~/elsewhere)": {Surface: creds.SurfaceTerminal, Program: "daypass", PID: 7, Dir: "~/elsewhere"},
	} {
		if got := r.String(); got != want {
			t.Errorf("%+v is %q, want %q", r, got, want)
		}
	}
}
