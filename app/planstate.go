package app

import (
	"errors"
	"strings"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// planStage is how far a change of the config file is.
type planStage int

const (
	// planAsking waits for the preview.
	planAsking planStage = iota
	planShown
	planWriting
	planDone
	planFailed
)

// planState is a change of the config file, from its preview until it is written. It has
// no widgets.
type planState struct {
	stage  planStage
	change creds.ConfigChange
	lines  []kit.DiffLine
	// again is set when the change became another one before it was written.
	again bool
	err   error
	// why says what the change is for.
	why string
	// home is shortened to ~ in paths.
	home string
	// after is the message about what follows once the change is written.
	after     string
	afterTone kit.Tone
}

// ask begins a preview.
func (s *planState) ask() { s.stage, s.err = planAsking, nil }

// asked takes the preview.
func (s *planState) asked(c creds.ConfigChange, err error) {
	if err != nil {
		s.stage, s.err = planFailed, err
		return
	}
	s.stage, s.change, s.lines = planShown, c, kit.DiffLines(c.Diff)
}

// canWrite reports whether there is a change that a person has seen.
func (s *planState) canWrite() bool { return s.stage == planShown && s.change.Diff != "" }

// write agrees to the change that is shown.
func (s *planState) write() creds.ConfigWrite {
	s.stage, s.again = planWriting, false
	return creds.ConfigWrite{Write: true, Seen: s.change.Fingerprint}
}

// wrote takes the result, and reports whether to ask for another preview.
func (s *planState) wrote(c creds.ConfigChange, err error) (again bool) {
	known, ok := errors.AsType[*creds.Error](err)
	switch {
	case ok && known.Code == creds.CodePlanChanged:
		s.again = true
		s.ask()
		return true
	case err != nil:
		s.stage, s.err = planFailed, err
		return false
	}
	s.stage, s.change = planDone, c
	return false
}

// view returns what is said now.
func (s *planState) view() (text string, t kit.Tone) {
	switch s.stage {
	case planAsking:
		return lang.T("Working out what would change…"), kit.ToneBusy
	case planWriting:
		return lang.T("Writing…"), kit.ToneBusy
	case planDone:
		if s.after != "" {
			return join(s.doneWords(), s.after), s.afterTone
		}
		return s.doneWords(), kit.ToneDone
	case planFailed:
		return againSentence(s.err, lang.T("try")), kit.ToneRefused
	}
	counts := planCounts(s.change)
	for _, warning := range s.change.Warnings {
		counts = join(counts, words.Sentence(warning))
	}
	switch {
	case s.change.Diff == "":
		return join(lang.T("Nothing changes."), counts), kit.ToneInfo
	case s.again:
		return join(lang.T("The config file has changed meanwhile. This is what would be written now."), counts), kit.ToneWarning
	case len(s.change.Warnings) > 0:
		return join(s.why, counts), kit.ToneWarning
	}
	return join(s.why, counts), kit.ToneInfo
}

// doneWords says what was written.
func (s *planState) doneWords() string {
	path := homePath(s.change.Path, s.home)
	made, gone := len(s.change.Added)+len(s.change.Changed), len(s.change.Removed)
	switch {
	case made == 0 && gone == 0:
		return lang.Sprintf("Wrote %s.", path)
	case made == 0:
		return lang.Sprintf("Removed %s from %s.", countOf(gone, "%s profile", "%s profiles"), path)
	case gone == 0:
		return lang.Sprintf("Wrote %s to %s.", countOf(made, "%s profile", "%s profiles"), path)
	}
	return lang.Sprintf("Wrote %s to %s, and removed %s.", countOf(made, "%s profile", "%s profiles"), path, thousands(gone))
}

// planCounts counts what a change does: "37 added, 4 kept".
func planCounts(c creds.ConfigChange) string {
	var parts []string
	for _, one := range []struct {
		n    int
		word string
	}{
		{len(c.Added), lang.T("added")},
		{len(c.Changed), lang.T("changed")},
		{len(c.Removed), lang.T("removed")},
		{len(c.Kept), lang.T("kept")},
		{len(c.Skipped), lang.T("skipped")},
	} {
		if one.n > 0 {
			parts = append(parts, thousands(one.n)+" "+one.word)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return lang.Sprintf("Profiles: %s.", strings.Join(parts, ", "))
}

// skippedLines says for each skipped profile why.
func skippedLines(skipped []creds.ImportedProfile) []kit.DiffLine {
	lines := make([]kit.DiffLine, 0, len(skipped))
	for _, p := range skipped {
		lines = append(lines, kit.DiffLine{Mark: kit.DiffSame, Text: join(p.Profile+":", p.Why)})
	}
	return lines
}
