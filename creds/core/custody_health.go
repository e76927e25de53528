package core

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/lang"
)

// Surroundings are what [Custody.Health] looks at besides the core's own.
type Surroundings struct {
	// Private are files and folders of daypass's that must be open to nobody else, and Own
	// those that others may read but not write.
	Private, Own []string
	Checks       []creds.HealthCheck
}

const (
	// checkLimit is how long a check may take.
	checkLimit = 5 * time.Second
	// checkMargin is how much sooner its context ends, so that it can say itself why it has
	// found out nothing.
	checkMargin = 500 * time.Millisecond
	// readLimit is how long the checks wait for the saved sessions.
	readLimit = 2 * time.Second
	// mostAlike is how many findings of one check are named: of ten thousand profiles all
	// may have the same flaw.
	mostAlike = 25
)

// finding is one with what mends it; fix is nil where that has no button.
type finding struct {
	creds.Finding

	fix func(ctx context.Context, by creds.Requester) error
}

// check is a [creds.HealthCheck] whose findings can be mended.
type check struct {
	id, topic, title string
	look             func(context.Context) []finding
}

// doctor looks at everything that daypass depends on. It needs no unlocked keyring and
// asks nobody: each check has a limit of its own and runs beside the others.
type doctor struct {
	*Custody
	// client has the variables of whoever asks, nil if they are the agent's.
	client map[string]string
}

// Health returns the state of daypass and of what it depends on, after it has mended the
// findings that the request names.
func (cu *Custody) Health(ctx context.Context, r creds.HealthRequest, by creds.Requester) (creds.Health, error) {
	d := doctor{cu, r.Environment}
	d.prepare(ctx)
	failed := map[string]error{}
	if len(r.Fix) > 0 {
		concerned := slices.DeleteFunc(d.checks(), func(c check) bool {
			return !slices.ContainsFunc(r.Fix, func(id string) bool { return id == c.id || strings.HasPrefix(id, c.id+"/") })
		})
		for _, f := range d.run(ctx, concerned) {
			if f.fix == nil || !slices.Contains(r.Fix, f.ID) {
				continue
			}
			if err := f.fix(ctx, by); err != nil {
				d.cfg.Log.Warn("a fault was not mended", "finding", f.ID, "err", err)
				failed[f.ID] = err
			} else {
				d.cfg.Log.Info("a fault was mended", "finding", f.ID, "by", by.Surface)
			}
			if ctx.Err() != nil {
				return creds.Health{}, ctx.Err()
			}
		}
		d.reread()
	}
	all := creds.Health{Findings: []creds.Finding{}}
	for _, f := range d.run(ctx, d.checks()) {
		if err := failed[f.ID]; err != nil {
			problem := creds.AsError(err)
			f.Detail = lang.Sprintf("It could not be mended: %s.", strings.TrimSuffix(problem.Message, "."))
			f.Advice = cmp.Or(problem.Advice, f.Advice)
		}
		all.Findings = append(all.Findings, f.Finding)
	}
	return all, ctx.Err()
}

// prepare reads what can be read without a person.
func (d doctor) prepare(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	d.keeper.loadQuietly(ctx)
	if d.keyring.known() {
		_ = d.journal.open() // what is wrong with it is found below
	}
	d.reread()
}

func (d doctor) checks() []check {
	all := []check{
		{"keyring", creds.TopicKeyring, lang.T("The keyring"), d.lookAtKeyring},
		{"items", creds.TopicKeys, lang.T("The items in the keyring"), d.lookAtItems},
		{"plaintext", creds.TopicKeys, lang.T("Long-term keys in plaintext"), d.lookForPlaintext},
		{"modes", creds.TopicFiles, lang.T("Who may read and write daypass's files"), d.lookAtModes},
		{"files", creds.TopicFiles, lang.T("The AWS files"), d.lookAtFiles},
		{"shadowed", creds.TopicProfiles, lang.T("Profiles that AWS's tools read differently"), d.lookForShadowed},
		{"stale", creds.TopicProfiles, lang.T("Credentials that have ended"), d.lookForStale},
		{"nowhere", creds.TopicProfiles, lang.T("How profiles get their credentials"), d.lookForNowhere},
		{"network", creds.TopicNetwork, lang.T("The way to AWS"), d.lookAtNetwork},
		{"environment", creds.TopicNetwork, lang.T("Proxies and certificates"), d.lookAtEnvironment},
		{"sessions", creds.TopicDaypass, lang.T("The saved sessions"), d.lookAtSessions},
		{"journal", creds.TopicDaypass, lang.T("Changes of long-term keys under way"), d.lookAtJournal},
		{"settings", creds.TopicDaypass, lang.T("The settings"), d.lookAtSettings},
	}
	for _, c := range d.cfg.Around.Checks {
		all = append(all, check{c.ID, c.Topic, c.Title, func(ctx context.Context) (found []finding) {
			for _, f := range c.Look(ctx) {
				found = append(found, finding{Finding: f})
			}
			return found
		}})
	}
	return all
}

// run runs checks beside each other, and returns what they found, in their order.
func (d doctor) run(ctx context.Context, checks []check) (all []finding) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	limited, stop := context.WithTimeout(ctx, checkLimit-checkMargin)
	defer stop()
	results := make([]chan []finding, len(checks))
	for i, c := range checks {
		result := make(chan []finding, 1)
		results[i] = result
		started := d.back.start("a check of "+c.id, func(context.Context) {
			defer close(result) // also after a panic
			result <- c.look(limited)
		})
		if !started {
			close(result)
		}
	}
	over := time.NewTimer(checkLimit)
	defer over.Stop()
	timeout := false
	for i, c := range checks {
		var found []finding
		if !timeout {
			select {
			case found = <-results[i]:
			case <-over.C:
				timeout = true
			case <-ctx.Done():
				return all
			case <-d.back.life.Done():
				return all
			}
		}
		if timeout {
			select { // what others have found meanwhile
			case found = <-results[i]:
			default:
			}
		}
		all = append(all, c.complete(found, timeout)...)
	}
	return all
}

// complete gives findings what they have of their check.
func (c check) complete(found []finding, timeout bool) []finding {
	if len(found) == 0 {
		detail := lang.T("It ended without a result; the agent’s log says more.")
		if timeout {
			detail = lang.Sprintf("It took longer than %s, and was given up.", checkLimit)
		}
		return []finding{c.unknown("", c.title, detail)}
	}
	if more := len(found) - mostAlike; more > 0 {
		worst := slices.MinFunc(found[mostAlike:], func(a, b finding) int {
			return cmp.Compare(severityRank(a.Severity), severityRank(b.Severity))
		})
		rest := c.found(worst.Severity, "more", c.title, lang.Count(more, "There is %d more like these.", "There are %d more like these."))
		found = append(found[:mostAlike:mostAlike], rest)
	}
	for i := range found {
		found[i].Topic = cmp.Or(found[i].Topic, c.topic)
	}
	return found
}

func severityRank(s creds.Severity) int {
	return slices.Index([]creds.Severity{creds.SeverityError, creds.SeverityWarning, creds.SeverityUnknown, creds.SeverityOK}, s)
}

// found makes a finding of a check. what distinguishes it from the check's others, and may be empty.
func (c check) found(severity creds.Severity, what, title, detail string) finding {
	id := c.id
	if what != "" {
		id += "/" + what
	}
	return finding{Finding: creds.Finding{ID: id, Topic: c.topic, Severity: severity, Title: title, Detail: detail}}
}

func (c check) ok(title, detail string) finding {
	return c.found(creds.SeverityOK, "", title, detail)
}

func (c check) unknown(what, title, detail string) finding {
	return c.found(creds.SeverityUnknown, what, title, detail)
}

// advise adds what a person can do.
func (f finding) advise(text string) finding {
	f.Advice = text
	return f
}

// in adds the window in which a person can do it.
func (f finding) in(window, arg string) finding {
	f.Window, f.Arg = window, arg
	return f
}

// mend adds what daypass can do about it, as the words of a button.
func (f finding) mend(words string, fix func(context.Context, creds.Requester) error) finding {
	f.Fix, f.fix = words, fix
	return f
}

// because makes a finding of an error. of is the profile that it is about, or "".
func (c check) because(severity creds.Severity, what, title string, err error, of string) finding {
	problem := creds.AsError(err)
	return c.found(severity, what, title, sentence(problem.Message)).advise(advice.Terminal(*problem, advice.Subject{Profile: of}))
}
