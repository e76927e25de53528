package app

import (
	"errors"
	"strings"
	"time"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// removeState is what the page of a removal knows. It has no widgets.
type removeState struct {
	profile string
	plan    creds.Removal
	// planned is set once the plan is known, and sending while the agent is asked.
	planned, sending bool
	// begun is set until the window offers to undo the removal.
	begun bool
	err   error
}

func (s *removeState) ask(profile string) { *s = removeState{profile: profile, sending: true} }

func (s *removeState) asked(plan creds.Removal, err error) {
	s.plan, s.err, s.sending = plan, err, false
	s.planned = err == nil
}

// canRemove reports whether the person has seen what would be removed.
func (s *removeState) canRemove() bool { return s.planned && !s.sending }

// request removes what was shown, after a while in which that can be undone.
func (s *removeState) request() creds.RemoveRequest {
	return creds.RemoveRequest{Profile: s.profile, Fingerprint: s.plan.Fingerprint, Delayed: true}
}

// changed reports whether the removal was refused since it would be another one by now.
func (s *removeState) changed() bool {
	known, ok := errors.AsType[*creds.Error](s.err)
	return ok && known.Code == creds.CodePlanChanged
}

// words says what the page is about.
func (s *removeState) words() (string, kit.Tone) {
	switch {
	case s.err != nil:
		return againSentence(s.err, lang.T("remove the profile")), kit.ToneRefused
	case s.sending && s.planned:
		return lang.T("Removing it…"), kit.ToneBusy
	case s.sending:
		return lang.T("Looking what belongs to it…"), kit.ToneBusy
	case len(s.plan.Breaks) > 0:
		return lang.Sprintf("Other profiles depend on it, and will get no credentials: %s.", strings.Join(s.plan.Breaks, ", ")), kit.ToneWarning
	}
	return lang.T("No other profile depends on it."), kit.ToneInfo
}

// lists are the headings and the phrases of the plan.
func (s *removeState) lists() []removeList {
	if !s.planned {
		return nil
	}
	lists := []removeList{
		{lang.T("This goes"), s.plan.Removes}, {lang.T("This stays"), s.plan.Keeps}, {lang.T("This stops working"), s.plan.Breaks},
	}
	var known []removeList
	for _, l := range lists {
		if len(l.phrases) > 0 {
			known = append(known, l)
		}
	}
	return known
}

// removeList is a part of the plan.
type removeList struct {
	title   string
	phrases []string
}

// removalLeft is how long a removal can still be undone.
func removalLeft(s creds.Status, now time.Time) time.Duration {
	if s.Removing.IsZero() {
		return 0
	}
	return max(0, min(creds.RemovalDelay, s.Removing.Sub(now)))
}

// removalSeconds says how long that is.
func removalSeconds(s creds.Status, now time.Time) string {
	n := int((removalLeft(s, now) + time.Second - 1) / time.Second)
	return countOf(n, "%s second", "%s seconds")
}

// renameState is what the page of a rename knows. It has no widgets.
type renameState struct {
	profile string
	name    string
	// taken are the names of all profiles.
	taken   map[string]bool
	sending bool
	err     error
}

func (s *renameState) ask(profile string, all creds.Snapshot) {
	*s = renameState{profile: profile, name: profile, taken: make(map[string]bool)}
	for _, p := range all.Profiles {
		s.taken[p.Name] = true
		s.taken[p.WrittenAs] = true
	}
}

// typed takes the name as it is typed.
func (s *renameState) typed(name string) { s.name, s.err = strings.TrimSpace(name), nil }

func (s *renameState) canRename() bool {
	said, _ := s.problem()
	return said == "" && s.name != s.profile && !s.sending
}

// problem says what is wrong with the name; the agent knows more, and may refuse it yet.
func (s *renameState) problem() (string, kit.Tone) {
	switch {
	case s.name == "":
		return lang.T("A profile needs a name."), kit.ToneWarning
	case s.name == s.profile:
		return "", kit.ToneQuiet
	case s.taken[s.name]:
		return lang.Sprintf("There is a profile %s already.", s.name), kit.ToneWarning
	case strings.ContainsAny(s.name, "[]\"'\\#;") || !words.IsOneLine(s.name):
		return lang.T("A name has no brackets, quotation marks, backslashes, # or ;, which AWS's files cannot hold."), kit.ToneWarning
	}
	return "", kit.ToneQuiet
}

// words says what a rename does, or what keeps it from being done.
func (s *renameState) words() (string, kit.Tone) {
	if said, t := s.problem(); said != "" {
		return said, t
	}
	switch {
	case s.err != nil:
		return againSentence(s.err, lang.T("rename the profile")), kit.ToneRefused
	case s.sending:
		return lang.T("Renaming it…"), kit.ToneBusy
	}
	return lang.T("Its sections in AWS's files, the profiles that depend on it, its key, settings and bookmarks have the new name then. Programs that name it, such as AWS_PROFILE in a shell, do not."), kit.ToneQuiet
}

// renamedWords says what was renamed.
func renamedWords(from, to string, r creds.RenameReply) string {
	return join(lang.Sprintf("%s is called %s now.", from, to), words.Sentence(strings.Join(r.Changes, "; ")))
}
