package main

import (
	"context"
	"debug/buildinfo"
	"os"
	"path/filepath"
	"runtime"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/creds/browsers"
	"daypass/creds/core"
	"daypass/internal/lang"
	"daypass/internal/words"
	"daypass/tray"
)

// surroundings are what the state of daypass depends on besides keyring, files and AWS.
func surroundings(folders core.Folders, o options) core.Surroundings {
	around := core.Surroundings{Own: []string{
		folders.Config, filepath.Join(folders.Config, "config.toml"), filepath.Join(folders.Config, "bookmarks.toml"),
	}}
	socket, err := agentapi.SocketDir(os.Getenv, runtime.GOOS)
	if err == nil {
		around.Private = []string{socket}
	}
	around.Checks = []creds.HealthCheck{{
		ID: "agents", Topic: creds.TopicDaypass, Title: lang.T("Other agents of daypass"),
		Look: func(context.Context) []creds.Finding { return lookForAgents("/proc", socket, folders.State) },
	}}
	if o.headless {
		return around
	}
	around.Checks = append(around.Checks, tray.Checks()...)
	around.Checks = append(around.Checks, creds.HealthCheck{
		ID: "browser", Topic: creds.TopicDesktop, Title: lang.T("The browser"), Look: lookAtBrowser,
	})
	return around
}

// lookForAgents looks for agents that do the same as this one.
func lookForAgents(proc, socket, state string) (found []creds.Finding) {
	switch other, err := agent.OtherAgents(socket, state); {
	case err != nil:
		found = append(found, creds.Finding{ID: "agents/state", Severity: creds.SeverityUnknown, Title: lang.T("Other agents of daypass"), Detail: lang.Sprintf("It could not be found out whether there are any: %s.", err.Error())})
	case other:
		found = append(found, creds.Finding{
			ID: "agents/state", Severity: creds.SeverityError, Title: lang.T("Another agent uses the same files"),
			Detail: lang.T("It has another socket, as DAYPASS_RUNTIME_DIR or XDG_RUNTIME_DIR differs, and both write sessions and credentials."),
			Advice: lang.T("End it where it was started, with: daypass stop"),
		})
	}
	self, err := os.Executable()
	if err != nil {
		self = ""
	}
	for _, one := range runningAgents(proc) {
		if one.program == self {
			continue
		}
		version := lang.T("of an unknown version")
		if info, err := buildinfo.ReadFile(one.program); err == nil {
			version = lang.Sprintf("of version %s", info.Main.Version)
		}
		found = append(found, creds.Finding{
			ID: "agents/" + one.program, Severity: creds.SeverityWarning, Title: lang.T("Another daypass runs"),
			Detail: lang.Sprintf("Process %d is %s, %s; this agent is %s, of version %s.", one.pid, one.program, version, self, words.Version()),
			Advice: lang.T("Have one of the two alone: end the other with its own \"daypass stop\", or remove its installation."),
		})
	}
	if len(found) == 0 {
		return []creds.Finding{{ID: "agents", Severity: creds.SeverityOK, Title: lang.T("This agent is the only one"), Detail: lang.Sprintf("It is of version %s.", words.Version())}}
	}
	return found
}

// runningAgent is a process of this user's that is an agent.
type runningAgent struct {
	pid     int
	program string
}

// lookAtBrowser looks for what opens sign-ins and consoles.
func lookAtBrowser(ctx context.Context) []creds.Finding {
	f := creds.Finding{ID: "browser", Severity: creds.SeverityOK, Title: lang.T("There is a browser")}
	found := browsers.Find(ctx, browsers.System())
	system := browsers.CheckSystem(runtime.GOOS)
	switch {
	case ctx.Err() != nil:
		f.Severity, f.Title, f.Detail = creds.SeverityUnknown, lang.T("The browser"), lang.T("The search for browsers was not over in time.")
	case len(found) == 0 && system != nil:
		f.Severity, f.Title = creds.SeverityWarning, lang.T("No browser is found")
		f.Detail = words.Sentence(system.Error())
		f.Advice = lang.T("Install a browser. Until then sign in with a code, on another machine: daypass sso login --device-code")
	case system != nil:
		f.Severity, f.Title = creds.SeverityWarning, lang.T("The system’s browser cannot be opened")
		f.Detail = words.Sentence(system.Error())
		f.Advice = lang.Sprintf("Or have consoles and sign-ins opened in %s: daypass settings set console.place %s", found[0].Name, found[0].ID)
	case len(found) == 0:
		f.Detail = lang.T("It is the system’s; none whose profiles daypass knows is found.")
	default:
		f.Detail = lang.Sprintf("The system’s is used unless another place is chosen, such as %s.", found[0].Name)
	}
	return []creds.Finding{f}
}
