package main

import (
	"strings"

	"daypass/internal/lang"
)

// topic is a page of help that is about no single command.
type topic struct {
	name  string
	short lang.Text
	text  func() string // made when it is asked for
}

// topics are shown by "daypass help TOPIC", and are manual pages. None has the name of a
// command. In their texts a line that begins with blanks is shown as it is.
var topics = []topic{
	{"codes", "Where MFA codes come from", aboutCodes},
	{"config", "What can be chosen in config.toml", aboutConfig},
	{"environment", "The variables that daypass goes by, and those that it sets", aboutEnvironment},
	{"exit-statuses", "What the exit status says", aboutExitStatuses},
	{"files", "Where everything is", aboutFiles},
	{"formats", "The formats of export", aboutFormats},
	{"layouts", "What the sections of the AWS files are called", aboutLayouts},
	{"old-words", "The commands of other programs", aboutOldWords},
	{"shell", "Switching this shell, its prompt, completion", aboutShell},
	{"unattended", "cron, CI, and wherever there is nobody to ask", aboutUnattended},
}

func topicNamed(name string) (topic, bool) {
	for _, t := range topics {
		if t.name == name {
			return t, true
		}
	}
	return topic{}, false
}

func topicNames() []string {
	names := make([]string, 0, len(topics))
	for _, t := range topics {
		names = append(names, t.name)
	}
	return names
}

// beside lays out words with what they mean, for a terminal of 80 columns.
func beside(rows [][2]string) string {
	width := 0
	for _, row := range rows {
		width = max(width, columns(row[0]))
	}
	var out strings.Builder
	for _, row := range rows {
		first := row[0]
		for _, line := range wrapped(row[1], 80-width-4) {
			out.WriteString("  " + first + strings.Repeat(" ", width-columns(first)+2) + line + "\n")
			first = ""
		}
	}
	return out.String()
}

// indented lists words in lines that are shown as they are.
func indented(words ...string) string {
	return "  " + strings.Join(wrapped(strings.Join(words, ", "), 78), "\n  ") + "\n"
}
