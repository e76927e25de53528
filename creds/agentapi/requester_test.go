package agentapi_test

import (
	"testing"

	"daypass/creds/agentapi"
)

func TestARequesterSaysWhereAPersonAskedOrWhichProgram(t *testing.T) {
	for want, r := range map[string]agentapi.Requester{
		"you, in the tray":             {Surface: agentapi.SurfaceTray},
		"you, in the window":           {Surface: agentapi.SurfaceWindow},
		"you, in a terminal":           {Surface: agentapi.SurfaceTerminal, PID: 7},
		"a program (pid 7)":            {Surface: agentapi.SurfaceProgram, PID: 7},
		"terraform (pid 7)":            {Surface: agentapi.SurfaceProgram, Program: "terraform", PID: 7},
		"terraform (pid 7, ~/infra)":   {Surface: agentapi.SurfaceProgram, Program: "terraform", PID: 7, Dir: "~/infra"},
		"daypass (pid 7, ~/elsewhere)": {Surface: agentapi.SurfaceTerminal, Program: "daypass", PID: 7, Dir: "~/elsewhere"},
	} {
		if got := r.String(); got != want {
			t.Errorf("%+v is %q, want %q", r, got, want)
		}
	}
}
