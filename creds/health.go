package creds

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"daypass/internal/lang"
)

// The topics of findings, in the order in which they are shown.
const (
	TopicKeyring  = "keyring"
	TopicKeys     = "keys" // the items in the keyring, and keys outside of it
	TopicFiles    = "files"
	TopicProfiles = "profiles"
	TopicNetwork  = "network"
	TopicClock    = "clock"
	TopicDaypass  = "daypass"
	TopicDesktop  = "desktop"
)

var topics = []struct {
	topic string
	name  lang.Text
}{
	{TopicKeyring, "Keyring"},
	{TopicKeys, "Long-term keys"},
	{TopicFiles, "Files"},
	{TopicProfiles, "Profiles"},
	{TopicNetwork, "Network"},
	{TopicClock, "Clock"},
	{TopicDaypass, "daypass itself"},
	{TopicDesktop, "Desktop"},
}

// TopicName returns a topic as a heading.
func TopicName(topic string) string {
	for _, t := range topics {
		if t.topic == topic {
			return t.name.String()
		}
	}
	return topic
}

// rank orders severities, worst first.
func (s Severity) rank() int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityUnknown, SeverityOK}, s)
}

// IsBad reports whether something should be done.
func (s Severity) IsBad() bool { return s == SeverityError || s == SeverityWarning }

// HealthCheck is one of the checks that the state of daypass is made of.
type HealthCheck struct {
	// ID begins the IDs of its findings, which are "ID" or "ID/WHAT".
	ID    string
	Topic string
	// Title is what it looks at, as a phrase, for when it does not come to an end.
	Title string
	// Look returns what it has found, and at least one finding. It should return when its
	// context ends, and must not ask a person.
	Look func(context.Context) []Finding
}

// HealthGroup are the findings of one topic.
type HealthGroup struct {
	Topic    string
	Findings []Finding
}

// Groups returns the findings by topic: the topic with the worst finding first, and in each
// the worst finding first.
func (h Health) Groups() []HealthGroup {
	var groups []HealthGroup
	for _, f := range h.Findings {
		i := slices.IndexFunc(groups, func(g HealthGroup) bool { return g.Topic == f.Topic })
		if i < 0 {
			i = len(groups)
			groups = append(groups, HealthGroup{Topic: f.Topic})
		}
		groups[i].Findings = append(groups[i].Findings, f)
	}
	for _, g := range groups {
		slices.SortStableFunc(g.Findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), strings.Compare(a.ID, b.ID))
		})
	}
	at := func(topic string) int {
		for i, t := range topics {
			if t.topic == topic {
				return i
			}
		}
		return len(topics)
	}
	slices.SortStableFunc(groups, func(a, b HealthGroup) int {
		return cmp.Or(cmp.Compare(a.Findings[0].Severity.rank(), b.Findings[0].Severity.rank()), cmp.Compare(at(a.Topic), at(b.Topic)))
	})
	return groups
}

// Worst returns the severity of the worst finding.
func (h Health) Worst() Severity {
	worst := SeverityOK
	for _, f := range h.Findings {
		if f.Severity.rank() < worst.rank() {
			worst = f.Severity
		}
	}
	return worst
}

// Summary says in one sentence how many findings of each severity there are.
func (h Health) Summary() string {
	n := map[Severity]int{}
	for _, f := range h.Findings {
		n[f.Severity]++
	}
	if n[SeverityError]+n[SeverityWarning]+n[SeverityUnknown] == 0 {
		return lang.T("Everything is in order.")
	}
	var parts []string
	if n := n[SeverityError]; n > 0 {
		parts = append(parts, lang.Count(n, "%d error", "%d errors"))
	}
	if n := n[SeverityWarning]; n > 0 {
		parts = append(parts, lang.Count(n, "%d warning", "%d warnings"))
	}
	if n := n[SeverityUnknown]; n > 0 {
		parts = append(parts, lang.Count(n, "%d that could not be found out", "%d that could not be found out"))
	}
	return lang.Sprintf("%s; %s.", strings.Join(parts, ", "), lang.Count(n[SeverityOK], "%d is in order", "%d are in order"))
}

// reachVariables change how AWS is reached. Of those with two spellings Go's and botocore's
// readers take either.
var reachVariables = [][]string{
	{"HTTPS_PROXY", "https_proxy"},
	{"HTTP_PROXY", "http_proxy"},
	{"NO_PROXY", "no_proxy"},
	{"AWS_CA_BUNDLE"},
	{EndpointURL},
	{"AWS_USE_FIPS_ENDPOINT"},
	{"AWS_USE_DUALSTACK_ENDPOINT"},
}

// ReachEnvironment returns the variables of an environment that change how AWS is reached,
// without passwords.
func ReachEnvironment(getenv func(string) string) map[string]string {
	found := map[string]string{}
	for _, names := range reachVariables {
		for _, name := range names {
			if value := getenv(name); value != "" {
				found[names[0]] = withoutPassword(value)
				break
			}
		}
	}
	return found
}

// withoutPassword takes name and password out of a URL, also out of one that is malformed
// or has no scheme, as proxies may.
func withoutPassword(address string) string {
	scheme, rest, has := strings.Cut(address, "://")
	if !has {
		scheme, rest = "", address
	} else {
		scheme += "://"
	}
	host, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		// A password may have a slash in it.
		host, path, _ = strings.Cut(rest[at+1:], "/")
	}
	if path != "" {
		path = "/" + path
	}
	return scheme + host + path
}
