package agent

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
	"daypass/creds/safely"
)

const (
	// waitDefault and waitMost bound how long a program waits for a person.
	// The Go SDK kills a credential_process after a minute.
	waitDefault = 50 * time.Second
	waitMost    = 55 * time.Second
)

func (a *Agent) hello(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, agentapi.Hello{
		Version:         a.cfg.Version,
		PID:             os.Getpid(),
		ConfigFile:      a.cfg.Files.Config,
		CredentialsFile: a.cfg.Files.Credentials,
		Headless:        a.cfg.Headless,
		Desktop:         a.cfg.Desktop,
	})
}

func (a *Agent) snapshot(w http.ResponseWriter, r *http.Request) error {
	s := a.cfg.Manager.Snapshot(r.Context())
	s.Prompts = a.cfg.Broker.Prompts()
	consoles := a.consoles.Current()
	s.Bookmarks, s.Visits, s.NoIcon = consoles.bookmarks, consoles.visits, a.noIcon.Current()
	if r.URL.Query().Get(agentapi.QueryOnly) == agentapi.OnlyNoteworthy {
		s.Profiles = noteworthy(s.Profiles, time.Now())
	}
	return writeJSON(w, http.StatusOK, s)
}

// noteworthy returns the profiles of which there is something to say. The
// snapshot that they come from is shared, so it stays as it is.
func noteworthy(all []creds.Status, now time.Time) []creds.Status {
	some := []creds.Status{}
	for _, s := range all {
		if s.Noteworthy(now) {
			some = append(some, s)
		}
	}
	return some
}

func (a *Agent) watch(w http.ResponseWriter, r *http.Request) error {
	return stream(w, r, a.feed.Watch(r.Context()), never)
}

func (a *Agent) status(w http.ResponseWriter, r *http.Request) error {
	s, err := a.cfg.Manager.Status(r.Context(), r.URL.Query().Get(agentapi.QueryProfile))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, s)
}

func (a *Agent) credentials(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	profile := query.Get(agentapi.QueryProfile)
	wait := waitDefault
	if text := query.Get(agentapi.QueryWait); text != "" {
		var err error
		if wait, err = time.ParseDuration(text); err != nil || wait <= 0 {
			return badRequest("%q is no time to wait", text)
		}
	}
	c, err := a.waitForCredentials(r.Context(), profile, requester(r.Context(), surface(r)), min(wait, waitMost))
	if err != nil {
		return err
	}
	w.Header().Set(agentapi.HeaderRegion, c.Region)
	return writeJSON(w, http.StatusOK, c)
}

// waitForCredentials waits no longer than a program can. The work goes on when
// the program has gone, so that what a person answers then serves its retry.
func (a *Agent) waitForCredentials(
	ctx context.Context, profile string, by creds.Requester, wait time.Duration,
) (creds.Credentials, error) {
	ctx, on, leave := a.attend(ctx, profile, by)
	defer leave()
	type result struct {
		credentials creds.Credentials
		err         error
	}
	done := make(chan result, 1)
	go func() {
		c, err := safely.Get(a.cfg.Log, "the request for credentials", func() (creds.Credentials, error) {
			return a.cfg.Manager.Credentials(a.life, profile, by)
		})
		done <- result{c, err}
	}()
	limit := time.NewTimer(wait)
	defer limit.Stop()
	select {
	case got := <-done:
		return got.credentials, got.err
	case <-ctx.Done():
		return creds.Credentials{}, whyEnded(ctx, ctx.Err())
	case <-limit.C:
		return creds.Credentials{}, a.stillWaiting(on)
	}
}

// stillWaiting says what the credentials of a profile hang on.
func (a *Agent) stillWaiting(on hanging) error {
	message := fmt.Sprintf("the refresh of profile %q is not over yet; it goes on", on.profile)
	for _, p := range a.cfg.Broker.Prompts() {
		if !on.on(p) {
			continue
		}
		message = fmt.Sprintf("profile %q is still waiting for %s; the question stays open", on.profile, words(p))
		break
	}
	return &creds.Error{Code: creds.CodeWaiting, Message: message}
}

func (a *Agent) login(w http.ResponseWriter, r *http.Request) error {
	var in creds.LoginRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := checkSignIn(in.SignInOptions); err != nil {
		return err
	}
	by := requester(r.Context(), surface(r))
	ctx, _, leave := a.attend(r.Context(), in.Profile, by)
	defer leave()
	s, err := a.cfg.Manager.Refresh(ctx, in.Profile, core.RefreshOptions{
		Duration: in.Duration, Force: in.Force, Requester: by, SignIn: in.SignInOptions,
	})
	if err != nil {
		return whyEnded(ctx, err)
	}
	s.Warning = a.cfg.Manager.Unsaved()
	return writeJSON(w, http.StatusOK, s)
}

func (a *Agent) logout(w http.ResponseWriter, r *http.Request) error {
	var in creds.LogoutRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	var err error
	switch {
	case in.All && in.Profile == "":
		err = a.cfg.Manager.LogoutAll(r.Context())
	case !in.All && in.Profile != "":
		err = a.cfg.Manager.Logout(r.Context(), in.Profile)
	default:
		err = badRequest("a logout is of one profile or of all")
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) add(w http.ResponseWriter, r *http.Request) error {
	defer a.used()
	var in creds.AddRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	ctx, _, leave := a.attend(r.Context(), in.Profile, creds.Requester{Surface: surface(r)})
	defer leave()
	reply, err := a.cfg.Manager.Add(ctx, in)
	if err != nil {
		return whyEnded(ctx, err)
	}
	return writeJSON(w, http.StatusOK, reply)
}

func (a *Agent) watchPrompts(w http.ResponseWriter, r *http.Request) error {
	all := a.cfg.Broker.Watch(r.Context())
	profile := r.URL.Query().Get(agentapi.QueryProfile)
	if profile == "" {
		return stream(w, r, all, never)
	}
	some := make(chan []creds.Prompt)
	go func() {
		defer close(some)
		safely.Run(a.cfg.Log, "the watch of prompts", func() {
			for prompts := range all {
				select {
				case some <- a.concerning(r.Context(), prompts, profile):
				case <-r.Context().Done():
					return
				}
			}
		})
	}()
	return stream(w, r, some, never)
}

// concerning returns the prompts that credentials of a profile may hang on.
func (a *Agent) concerning(ctx context.Context, prompts []creds.Prompt, profile string) []creds.Prompt {
	on := a.hangs(ctx, profile)
	some := make([]creds.Prompt, 0, len(prompts))
	for _, p := range prompts {
		if on.on(p) {
			some = append(some, p)
		}
	}
	return some
}

func (a *Agent) watchPrompt(w http.ResponseWriter, r *http.Request) error {
	events, err := a.cfg.Broker.WatchPrompt(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	return stream(w, r, events, func(e creds.PromptEvent) bool { return e.End != nil })
}

func (a *Agent) answerPrompt(w http.ResponseWriter, r *http.Request) error {
	var in creds.AnswerRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := a.cfg.Broker.Answer(r.PathValue("id"), in); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) cancelPrompt(w http.ResponseWriter, r *http.Request) error {
	if err := a.cfg.Broker.Cancel(r.PathValue("id")); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) show(w http.ResponseWriter, r *http.Request) error {
	if err := a.Show(r.Context()); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) showWindow(w http.ResponseWriter, r *http.Request) error {
	var in agentapi.ShowRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	switch in.Window {
	case agentapi.WindowStatus, agentapi.WindowSettings, agentapi.WindowBookmarks, agentapi.WindowAdd:
	case agentapi.WindowImport, agentapi.WindowMigrate:
		if in.Arg == "" {
			return badRequest("the window %q is about a session, and none is named", string(in.Window))
		}
	default:
		return badRequest("there is no window %q", string(in.Window))
	}
	if a.cfg.Show == nil {
		return &creds.Error{Code: creds.CodeNotShown, Message: "the agent runs without a desktop, and opens no windows"}
	}
	if err := a.cfg.Show(in.Window, in.Arg).Wait(r.Context()); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) unlock(w http.ResponseWriter, r *http.Request) error {
	if err := a.Unlock(r.Context(), requester(r.Context(), surface(r))); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) stop(w http.ResponseWriter, _ *http.Request) error {
	err := writeJSON(w, http.StatusOK, struct{}{})
	a.end()
	return err
}
