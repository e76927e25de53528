//go:build !windows && !darwin

package login

import (
	"slices"
	"strings"
)

// entry is a desktop entry. Everything but the changed keys keeps its text.
// https://specifications.freedesktop.org/desktop-entry-spec/latest/
type entry struct{ lines []string } // with their line ends

// The keys of a desktop entry that this package knows.
const (
	keyExec       = "Exec"
	keyTryExec    = "TryExec"
	keyHidden     = "Hidden"
	keyOnlyShowIn = "OnlyShowIn"
	keyNotShowIn  = "NotShowIn"
	// keyGNOME is the switch in the settings of GNOME and its descendants.
	keyGNOME = "X-GNOME-Autostart-enabled"
)

func parseEntry(text string) entry { return entry{strings.SplitAfter(text, "\n")} }

func (e entry) String() string { return strings.Join(e.lines, "") }

// group returns the range of lines of the group [Desktop Entry].
func (e entry) group() (from, to int) {
	for i, line := range e.lines {
		switch line = strings.TrimSpace(line); {
		case from == 0 && line == "[Desktop Entry]":
			from = i + 1
		case from > 0 && strings.HasPrefix(line, "["):
			return from, i
		}
	}
	if from == 0 {
		return 0, 0
	}
	return from, len(e.lines)
}

// key returns the key of a line, or "".
func key(line string) string {
	name, _, found := strings.Cut(line, "=")
	if name = strings.TrimSpace(name); !found || strings.HasPrefix(name, "#") {
		return ""
	}
	return name
}

// get returns a value with its escapes undone, or "". Of several values the last one
// counts, as for GLib.
func (e entry) get(name string) string {
	from, to := e.group()
	for _, line := range slices.Backward(e.lines[from:to]) {
		if key(line) == name {
			_, value, _ := strings.Cut(line, "=")
			return unescape(strings.TrimSpace(value))
		}
	}
	return ""
}

func (e entry) is(name string, value bool) bool {
	switch e.get(name) {
	case "true", "1": // 1 and 0 are of old versions of the specification
		return value
	case "false", "0":
		return !value
	default:
		return false
	}
}

// drop removes a key.
func (e *entry) drop(name string) {
	from, to := e.group()
	kept := slices.DeleteFunc(slices.Clone(e.lines[from:to]), func(line string) bool { return key(line) == name })
	e.lines = slices.Replace(slices.Clone(e.lines), from, to, kept...)
}

// set sets a key, where it was or else at the end of the group. There must be a group.
func (e *entry) set(name, value string) {
	line := name + "=" + escape(value) + "\n"
	from, to := e.group()
	at := slices.IndexFunc(e.lines[from:to], func(line string) bool { return key(line) == name })
	e.drop(name)
	if at >= 0 {
		e.lines = slices.Insert(e.lines, from+at, line)
		return
	}
	for to > from && strings.TrimSpace(e.lines[to-1]) == "" {
		to--
	}
	if !strings.HasSuffix(e.lines[to-1], "\n") {
		e.lines[to-1] += "\n"
	}
	e.lines = slices.Insert(e.lines, to, line)
}

// escape escapes what a value may not contain, or would lose at its ends.
// https://specifications.freedesktop.org/desktop-entry-spec/latest/value-types.html
func escape(value string) string {
	value = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(value)
	inner := strings.Trim(value, " ")
	before, after, _ := strings.Cut(value, inner)
	return strings.ReplaceAll(before, " ", `\s`) + inner + strings.ReplaceAll(after, " ", `\s`)
}

func unescape(value string) string {
	return strings.NewReplacer(`\\`, `\`, `\s`, " ", `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(value)
}

// command returns an Exec key that starts a program.
// https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html
func command(program string) string {
	// A % begins a field code.
	word := strings.ReplaceAll(program, "%", "%%")
	if strings.ContainsAny(word, " \t\n\"'\\><~|&;$*?#()`") {
		word = `"` + strings.NewReplacer(`"`, `\"`, "`", "\\`", `$`, `\$`, `\`, `\\`).Replace(word) + `"`
	}
	if strings.ContainsAny(word, "%=") {
		// The specification allows no = in the program's word, and GLib looks up
		// that word before it turns %% into % (2.74,
		// g_desktop_app_info_load_from_keyfile). Later words may have both.
		// nice is on every system and, unlike env, takes any path; a shell
		// would need a $, which systemd's generator changes.
		return "nice -n 0 " + word
	}
	return word
}

// startsIn reports whether a desktop, which may have several names, starts the entry.
func (e entry) startsIn(desktop []string) bool {
	if e.get(keyExec) == "" || e.is(keyHidden, true) || e.is(keyGNOME, false) || !e.isFor(desktop) {
		return false
	}
	program := e.get(keyTryExec)
	return program == "" || isThere(program)
}

// isFor reports whether an entry is for a desktop. Every entry is for an unknown one.
func (e entry) isFor(desktop []string) bool {
	if len(desktop) == 0 {
		return true
	}
	names := func(name string) bool {
		return slices.ContainsFunc(strings.Split(e.get(name), ";"), func(one string) bool {
			return one != "" && slices.Contains(desktop, one)
		})
	}
	return !names(keyNotShowIn) && (e.get(keyOnlyShowIn) == "" || names(keyOnlyShowIn))
}
