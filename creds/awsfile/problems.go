package awsfile

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"daypass/internal/lang"
)

// Problem is a line that not all of AWS's readers understand, or understand alike.
type Problem struct {
	Line int // counted from 1
	// Text is one sentence, without any value from the file, and Advice what to do.
	Text, Advice string
	// Section is the one that the line belongs to, as this package reads it; the
	// zero Section above the first header.
	Section Section
	// Refused is set if the AWS CLI refuses the whole file for the line.
	Refused bool
	// Hides are the tools that do not find the section.
	Hides Tools
}

// Problems checks the whole file and reports what is wrong, by line. If it returns
// nothing, botocore, the Go SDK and the JavaScript SDK read the same from the file, as
// far as this package knows.
func (f *File) Problems() []Problem { return f.problems((*report).plain) }

// problems is Problems with plain, which skips most blocks.
func (f *File) problems(plain func(*report, block) bool) []Problem {
	r := report{kind: f.kind, line: 1, cli: cliReader{sections: make(map[string]bool, len(f.blocks))}}
	for i, b := range f.blocks {
		r.sec = b.sec
		if i == 0 && b.head > 0 {
			r.cli.read(byteOrderMark + "\n")
			r.refused(lang.T("The file starts with a byte order mark: the AWS CLI refuses the whole file for it, and the Go SDK overlooks a section that begins right behind it."),
				lang.T("Save the file as UTF-8 without a byte order mark (BOM)."))
		}
		if i > 0 && plain(&r, b) {
			continue
		}
		if i > 0 && b.head > 0 {
			r.header(b)
			r.line += strings.Count(b.text[:b.head], "\n")
		}
		r.body(b)
	}
	slices.SortStableFunc(r.out, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return r.out
}

type report struct {
	kind Kind
	line int // of what is looked at
	sec  Section
	cli  cliReader
	// below is set if there is a header above.
	below bool
	keys  []string // of the block that is looked at
	out   []Problem
}

func (r *report) add(p Problem) {
	p.Line, p.Section = r.line, r.sec
	r.out = append(r.out, p)
}

func (r *report) misread(text, advice string) { r.add(Problem{Text: text, Advice: advice}) }

func (r *report) refused(text, advice string) {
	r.add(Problem{Text: text, Advice: advice, Refused: true})
}

func (r *report) hidden(from Tools, text, advice string) {
	r.add(Problem{Text: text, Advice: advice, Hides: from})
}

// plain reports whether a block is written as all tools want it, as almost all are, and
// reads it if so. Below its header it has only empty lines and lines of key = value,
// without what any tool takes for a comment, a quote or a line's end.
func (r *report) plain(b block) bool {
	if b.sec.Type == TypeOther || !isPlain(r.kind, b.text[:b.head], b.sec) {
		return false
	}
	title, _ := cliTitle(b.text[:b.head])
	body := b.text[b.head:]
	odd := func(c byte) bool { return strings.IndexByte(body, c) >= 0 } // quicker than strings.ContainsAny
	if r.cli.sections[title] || odd('#') || odd(';') || odd('"') || odd('\'') || odd('\r') || !utf8.ValidString(body) {
		return false
	}
	r.keys = r.keys[:0]
	for at, end := 0, 0; at < len(body); at = end {
		end = lineEnd(body, at)
		key, ok := plainKey(strings.TrimSuffix(body[at:end], "\n"))
		if !ok || key != "" && slices.Contains(r.keys, key) || len(r.keys) == maxFew {
			return false
		}
		if key != "" {
			r.keys = append(r.keys, key)
		}
	}
	r.below = true
	r.line += strings.Count(b.text, "\n")
	r.cli.header(title)
	r.cli.indent, r.cli.nests = 0, false
	for _, key := range r.keys {
		r.cli.options.add(key)
		r.cli.option = key
	}
	return true
}

// plainKey returns the key of a line that is key = value, at the margin and in small
// letters; "" for an empty line. ok is false for all others.
func plainKey(line string) (key string, ok bool) {
	if line == "" {
		return "", true
	}
	n := 0
	for n < len(line) && (line[n] >= 'a' && line[n] <= 'z' || line[n] >= '0' && line[n] <= '9' || line[n] == '_') {
		n++
	}
	value, ok := strings.CutPrefix(strings.TrimLeft(line[n:], " "), "=")
	value = strings.TrimLeft(value, " ")
	return line[:n], ok && n > 0 && value != "" && value[0] > ' ' && value[0] < utf8.RuneSelf
}

const (
	noteItOut  = "Correct it, or put a # before it."
	renameIt   = "Give it another name: all of AWS's tools find names of the letters a to z, digits and _ - @ + . % : / alone."
	unindentIt = "Let it begin at the margin."
)

func (r *report) header(b block) {
	r.below = true
	raw := b.text[:b.head]
	sees, fault := r.cliLine(raw)
	h, _ := parseHeader(r.kind, raw)
	name, _ := cutComment(strings.TrimSpace(raw))
	if end := strings.LastIndexByte(name, ']'); end > 0 {
		name = name[:end+1]
	}
	switch fault {
	case cliSectionTwice:
		r.refused(lang.Sprintf("The section %s stands here a second time, for which the AWS CLI refuses the whole file.", name), lang.T("Make one section of the two."))
	case cliBadNested:
		r.refused(lang.Sprintf("The header %s is indented below a key without a value, for which the AWS CLI refuses the whole file.", name), lang.T(unindentIt))
	}
	switch {
	case fault == cliBadNested:
	case h.sec.Name == "" && sees == cliOption:
		r.refused(lang.T("The section has no name, for which the AWS CLI refuses the whole file."), lang.T("Give it one."))
	case h.sec.Name == "":
		r.misread(lang.T("The section has no name."), lang.T("Give it one."))
	case sees != cliHeader:
		r.hidden(AWSCLI, lang.Sprintf("The header %s is indented, so that the AWS CLI takes it, and what stands below it, for a part of the section above.", name), lang.T(unindentIt))
	case name == "[DEFAULT]":
		r.misread(lang.T("The AWS CLI gives the settings of [DEFAULT] to all profiles."), lang.T("The default profile is called [default], in small letters."))
	case h.sec.Type == TypeOther:
		r.unknown(h, name)
	default:
		r.unfound(h, raw, name)
	}
	r.bytes(raw)
}

// unknown reports why a section is none of AWS's, if it looks as if it should be one.
func (r *report) unknown(h header, name string) {
	word, rest, _ := strings.Cut(h.sec.Name, " ")
	switch {
	case r.kind == Credentials:
		r.misread(lang.Sprintf("%s is no profile to AWS's tools, because this file names profiles without the word profile.", name),
			lang.T("Leave the word out here."))
	case h.sec.Name == "plugins" || h.sec.Name == "preview": // the AWS CLI's own
	case strings.EqualFold(word, "profile") && rest == "":
		r.misread(lang.Sprintf("%s is no profile to AWS's tools, because its name is missing.", name), lang.T("Give it a name: [profile NAME]."))
	case strings.EqualFold(word, "profile"):
		r.misread(lang.Sprintf("%s is no profile to AWS's tools, because the word profile has capitals.", name), lang.T("Write it in small letters."))
	default:
		r.misread(lang.Sprintf("%s is no profile to AWS's tools, because the word profile is missing.", name),
			lang.Sprintf("If it is to be one, write [profile %s].", h.sec.Name))
	}
}

// unfound reports which tools do not find a section by its header.
func (r *report) unfound(h header, raw, name string) {
	find, deaf := headerSeen(r.kind, raw, h.sec)
	blind := allTools &^ find
	if blind == 0 {
		return
	}
	what := map[SectionType]string{TypeProfile: lang.T("the profile"), TypeSSOSession: lang.T("the sso-session"), TypeServices: lang.T("the services section")}[h.sec.Type]
	text := lang.Sprintf("%s %s not find %s %q by the header %s", upperFirst(blind.String()), blind.verb("does", "do"), what, h.sec.Name, name)
	switch deaf {
	case 0:
	case blind:
		text += lang.Sprintf(", but %s what stands below it for a part of the section above", blind.verb("takes", "take"))
	default:
		text += lang.Sprintf(", and %s %s what stands below it for a part of the section above", deaf, deaf.verb("takes", "take"))
	}
	advice := lang.T(renameIt)
	if plain := headerOf(r.kind, h.sec); CheckName(r.kind, h.sec) == nil {
		if all, _ := headerSeen(r.kind, plain, h.sec); all == allTools {
			advice = lang.Sprintf("Write the header as %s.", plain)
			if h.comment != "" {
				advice = lang.Sprintf("Write the header as %s, and the comment on a line of its own.", plain)
			}
		}
	}
	r.hidden(blind, text+".", advice)
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (r *report) body(b block) {
	var above line // the property above
	continued := false
	for l := range b.lines() {
		raw := b.text[l.start:l.end]
		if n := len(l.text); n > 1 && (l.text[n-1] == '"' || l.text[n-1] == '\'') && isLoneQuote(l) {
			r.misread(lang.T("A value of one quote alone stops the Go SDK."), lang.T("Write another one there, or remove the line."))
		}
		sees, fault := r.cliLine(raw)
		refused := r.fault(l, above, fault)
		switch {
		case l.kind == propertyLine:
			above, continued = l, false
			if !refused {
				r.property(l, sees)
			}
		case l.kind == junkLine && !refused:
			r.misread(lang.T("The line begins with white space that is neither a blank nor a tab, and not all tools read it alike."), lang.T(unindentIt))
		case l.kind == moreLine && above.value != "" && !continued:
			continued = true
			r.misread(lang.Sprintf("The JavaScript SDK leaves out the lines that continue %q.", above.key), lang.T("Write the value on one line."))
		}
		r.bytes(raw)
		r.line++
	}
}

// isLoneQuote reports whether a line's value is one quote.
func isLoneQuote(l line) bool {
	_, value, ok := splitProperty(l.text)
	return ok && l.kind != commentLine && len(value) == 1
}

// cliLine passes a line to the AWS CLI's reader, which sees several if it holds a lone
// carriage return.
func (r *report) cliLine(raw string) (sees cliSees, fault cliFault) {
	bare := strings.TrimRight(raw, "\r\n")
	if !strings.Contains(bare, "\r") {
		return r.cli.read(bare)
	}
	for i, part := range strings.Split(bare, "\r") {
		s, f := r.cli.read(part)
		if i == 0 {
			sees = s
		}
		fault = max(fault, f)
	}
	return sees, fault
}

// fault reports a line for which the AWS CLI refuses the file, and returns whether it is
// one.
func (r *report) fault(l, above line, fault cliFault) bool {
	switch fault {
	case cliFine:
		return false
	case cliSectionTwice:
		r.refused(lang.T("The section stands here a second time, for which the AWS CLI refuses the whole file."), lang.T("Make one section of the two."))
	case cliNoSection:
		if l.kind == propertyLine {
			r.refused(lang.Sprintf("The key %q stands before any section, for which the AWS CLI refuses the whole file.", l.key), lang.T("Put it below the header of its section."))
			return true
		}
		r.refused(lang.T("The line stands before any section, for which the AWS CLI refuses the whole file."), lang.T(noteItOut))
	case cliOptionTwice:
		r.refused(lang.Sprintf("The key %q stands in this section a second time, for which the AWS CLI refuses the whole file.", l.key), lang.T("Remove one of the two lines."))
	case cliNoKey:
		r.refused(lang.T("The line has no key before its = sign, for which the AWS CLI refuses the whole file."), lang.T(noteItOut))
	case cliBadNested:
		r.refused(lang.Sprintf("The line is nested below %q and is not key = value, for which the AWS CLI refuses the whole file.", above.key), lang.T(noteItOut))
	case cliNoSign:
		r.refused(lang.T("The line is neither a section, nor key = value, nor a comment, for which the AWS CLI refuses the whole file."), lang.T(noteItOut))
	}
	return true
}

func (r *report) property(l line, sees cliSees) {
	switch {
	case !l.plain && sees == cliMore:
		r.misread(lang.Sprintf("The key %q is indented so that the AWS CLI takes it for a part of the value above.", l.key), lang.T(unindentIt))
	case !l.plain:
		r.misread(lang.Sprintf("The key %q is indented so that the Go SDK takes it for a part of the value above.", l.key), lang.T(unindentIt))
	case l.comment != "":
		r.misread(lang.Sprintf("The AWS CLI takes the comment behind %q for a part of its value.", l.key), lang.T("Put the comment on a line of its own."))
	case Unquote(l.value) != l.value && l.key != "credential_process" && l.key != "mfa_process":
		// A command may begin and end with a quote.
		r.misread(lang.Sprintf("The AWS CLI and the JavaScript SDK take the quotes around the value of %q for a part of it.", l.key), lang.T("Remove the quotes."))
	case !l.spelled():
		r.misread(lang.Sprintf("The JavaScript SDK does not find the key %q, as it wants small letters and an = sign.", l.key), lang.Sprintf("Write it as %s = ….", l.key))
	}
}

// spelled reports whether a property's key is written as all readers want it.
func (l line) spelled() bool {
	return strings.HasPrefix(l.text, l.key) && strings.HasPrefix(strings.TrimLeft(l.text[len(l.key):], " \t"), "=")
}

func (r *report) bytes(raw string) {
	if !utf8.ValidString(raw) {
		r.refused(lang.T("The line is not UTF-8, for which the AWS CLI refuses the whole file."), lang.T("Save the file as UTF-8."))
	}
	if strings.Contains(strings.TrimSuffix(strings.TrimSuffix(raw, "\n"), "\r"), "\r") {
		r.misread(lang.T("A lone carriage return stands in the line, which the AWS CLI takes for the line's end."), lang.T("Replace it by a line's end."))
	}
}
