package app

import (
	"slices"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
)

// healthState is what the window of the health knows and says.
type healthState struct {
	// findings are in the order in which they are shown: the worst first.
	findings []creds.Finding
	summary  string
	worst    creds.Severity
	// at is the chosen one, -1 for none.
	at int
}

// take takes what was found. The finding that was chosen stays so, or else the worst is.
func (s *healthState) take(h creds.Health) {
	chosen := s.chosen().ID
	s.findings = nil
	for _, g := range h.Groups() {
		s.findings = append(s.findings, g.Findings...)
	}
	s.summary, s.worst = h.Summary(), h.Worst()
	s.at = slices.IndexFunc(s.findings, func(f creds.Finding) bool { return f.ID == chosen })
	if s.at < 0 && len(s.findings) > 0 {
		s.at = 0
	}
}

func (s *healthState) chosen() creds.Finding {
	if s.at < 0 || s.at >= len(s.findings) {
		return creds.Finding{}
	}
	return s.findings[s.at]
}

// names are the rows of the list.
func (s *healthState) names() []kit.Named {
	names := make([]kit.Named, len(s.findings))
	for i, f := range s.findings {
		names[i] = kit.Named{Name: f.Title, About: severityWords(f.Severity) + " · " + creds.TopicName(f.Topic)}
	}
	return names
}

func severityWords(s creds.Severity) string {
	switch s {
	case creds.SeverityError:
		return lang.T("Error")
	case creds.SeverityWarning:
		return lang.T("Warning")
	case creds.SeverityOK:
		return lang.T("In order")
	case creds.SeverityUnknown:
	}
	return lang.T("Not known")
}

func severityTone(s creds.Severity) kit.Tone {
	switch s {
	case creds.SeverityError:
		return kit.ToneRefused
	case creds.SeverityWarning:
		return kit.ToneWarning
	case creds.SeverityOK:
		return kit.ToneDone
	case creds.SeverityUnknown:
	}
	return kit.ToneInfo
}

// openWords are those of the button that opens a finding's window.
func openWords(window string) string {
	switch window {
	case "import":
		return lang.T("Import keys…")
	case "add":
		return lang.T("Add a key…")
	}
	return lang.T("Open…")
}
