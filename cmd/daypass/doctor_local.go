package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// localHealth is what can be seen without an agent, which why says why there is none.
func localHealth(why error) creds.Health {
	problem := creds.AsError(why)
	h := creds.Health{Findings: []creds.Finding{{
		ID: "agent", Topic: creds.TopicDaypass, Severity: creds.SeverityError, Title: lang.T("No agent answers, and without it nothing else can be looked at"),
		Detail: words.Sentence(problem.Message), Advice: advice.Terminal(*problem, advice.Subject{}),
	}}}
	h.Findings = append(h.Findings, socketFolder())
	h.Findings = append(h.Findings, awsFiles()...)
	h.Findings = append(h.Findings, bundle()...)
	return h
}

// socketFolder looks at the folder of the agent's socket.
func socketFolder() creds.Finding {
	f := creds.Finding{ID: "socket", Topic: creds.TopicFiles, Severity: creds.SeverityOK, Title: lang.T("The folder of the agent’s socket is yours alone")}
	dir, err := agentapi.SocketDir(os.Getenv, runtime.GOOS)
	if err == nil {
		f.Detail = lang.Sprintf("It is %s.", dir)
		err = agentapi.CheckSocketDir(dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		problem := creds.AsError(err)
		f.Severity, f.Title = creds.SeverityError, lang.T("The agent’s socket has no safe place")
		f.Detail, f.Advice = words.Sentence(problem.Message), problem.Advice
	}
	return f
}

// awsFiles looks who may read and write the AWS files.
func awsFiles() (found []creds.Finding) {
	files, err := agentapi.LocateFiles(os.Getenv, runtime.GOOS)
	if err != nil {
		problem := creds.AsError(err)
		return []creds.Finding{{
			ID: "files", Topic: creds.TopicFiles, Severity: creds.SeverityError, Title: lang.T("The AWS files cannot be found"),
			Detail: words.Sentence(problem.Message), Advice: problem.Advice,
		}}
	}
	const readByOthers, writtenByOthers = 0o077, 0o022
	for _, one := range []struct {
		path   string
		forbid fs.FileMode
	}{
		{filepath.Dir(files.Config), writtenByOthers},
		{files.Config, writtenByOthers},
		{files.Credentials, readByOthers},
	} {
		f := creds.Finding{ID: "modes/" + one.path, Topic: creds.TopicFiles, Severity: creds.SeverityOK, Title: lang.Sprintf("%s is as it should be", one.path)}
		info, err := os.Stat(one.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.Title = lang.Sprintf("%s is not there", one.path)
		case err != nil:
			f.Severity, f.Title, f.Detail = creds.SeverityError, lang.Sprintf("%s cannot be looked at", one.path), words.Sentence(err.Error())
		case runtime.GOOS != "windows" && info.Mode().Perm()&one.forbid != 0:
			mode := info.Mode().Perm()
			f.Severity, f.Title = creds.SeverityWarning, lang.Sprintf("%s is open to other users", one.path)
			f.Detail = lang.Sprintf("Its mode is %#o.", mode)
			f.Advice = lang.Sprintf("Take their permissions away: chmod %o %s", mode&^one.forbid, advice.Word(one.path))
		}
		found = append(found, f)
	}
	return found
}

// bundle looks whether the file of certificates is there that an agent would read first.
func bundle() []creds.Finding {
	path := os.Getenv("AWS_CA_BUNDLE")
	if path == "" || strings.HasPrefix(path, "~") {
		return nil
	}
	f := creds.Finding{ID: "bundle", Topic: creds.TopicNetwork, Severity: creds.SeverityOK, Title: lang.T("The file of certificates is there"), Detail: lang.Sprintf("AWS_CA_BUNDLE is %s.", path)}
	if file, err := os.Open(path); err != nil { //nolint:gosec // the person's own variable
		f.Severity, f.Title, f.Detail = creds.SeverityError, lang.T("The file of certificates cannot be read"), words.Sentence(err.Error())
		f.Advice = lang.T("Correct AWS_CA_BUNDLE, or take it out of the environment.")
	} else {
		_ = file.Close() // nothing was written to it
	}
	return []creds.Finding{f}
}
