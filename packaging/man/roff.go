package main

import (
	"fmt"
	"strings"
)

// page is a manual page in the macros of man(7).
type page struct{ out strings.Builder }

func (p *page) String() string { return p.out.String() }

// raw writes what is roff already.
func (p *page) raw(text string) { fmt.Fprint(&p.out, text) }

func begin(name string, section int, date, version, short string) *page {
	p := &page{}
	if version == "(devel)" {
		version = ""
	}
	// The date is one, and no text, only with plain hyphens.
	fmt.Fprintf(&p.out, ".TH \"%s\" \"%d\" \"%s\" \"%s\" \"daypass\"\n", escape(strings.ToUpper(name)), section, date, escape(strings.TrimSpace("daypass "+version)))
	p.section("NAME")
	p.line(escape(name) + ` \- ` + escape(strings.TrimSuffix(short, ".")))
	return p
}

// escape writes a text so that it is shown as it is: what roff takes for typography is
// named, and everything else than ASCII has its number.
func escape(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '\\':
			out.WriteString(`\e`)
		case r == '-':
			out.WriteString(`\-`)
		case r == '\'':
			out.WriteString(`\(aq`)
		case r == '`':
			out.WriteString(`\(ga`)
		case r == '^':
			out.WriteString(`\(ha`)
		case r == '~':
			out.WriteString(`\(ti`)
		case r == '"':
			out.WriteString(`\(dq`)
		case r > '~':
			fmt.Fprintf(&out, `\[u%04X]`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func bold(text string) string   { return `\fB` + escape(text) + `\fR` }
func italic(text string) string { return `\fI` + escape(text) + `\fR` }

// reference writes the name of another page: only the name is bold.
func reference(other string) string {
	name, section, _ := strings.Cut(other, "(")
	return bold(name) + "(" + section
}

// line writes one line of text. A full stop in front of it would be a macro.
func (p *page) line(escaped string) {
	if strings.HasPrefix(escaped, ".") {
		p.raw(`\&`)
	}
	p.raw(escaped + "\n")
}

func (p *page) section(title string)    { p.raw(".SH \"" + escape(title) + "\"\n") }
func (p *page) subsection(title string) { p.raw(".SS \"" + escape(title) + "\"\n") }

// item begins one of a list: its name, whose description follows.
func (p *page) item(escaped string) {
	p.raw(".TP\n")
	p.line(escaped)
}

// text writes a text as help has it. Blank lines are between its paragraphs, and lines
// that begin with a blank or a tab are shown as they are.
func (p *page) text(text string) {
	for i, paragraph := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			p.raw(".PP\n")
		}
		shown := false
		for line := range strings.Lines(paragraph) {
			line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "  ")
			if as := strings.HasPrefix(line, " "); as != shown {
				p.raw(map[bool]string{true: ".nf\n", false: ".fi\n"}[as])
				shown = as
			}
			p.line(escape(line))
		}
		if shown {
			p.raw(".fi\n")
		}
	}
}

func (p *page) synopsis(c command) {
	p.section("SYNOPSIS")
	for i, usage := range c.Usage {
		if i > 0 {
			p.raw(".br\n")
		}
		rest, _ := strings.CutPrefix(usage, c.Path)
		p.line(bold(c.Path) + escape(rest))
	}
}

func (p *page) options(c command) {
	p.section("OPTIONS")
	for _, f := range append(c.Flags, c.Global...) {
		name := bold("--" + f.Name)
		if f.Letter != "" {
			name = bold("-"+f.Letter) + ", " + name
		}
		if f.Value != "" {
			name += " " + italic(f.Value)
		}
		p.item(name)
		text := f.Text
		if f.Default != "" {
			text += " (default " + f.Default + ")"
		}
		p.line(escape(text))
	}
}

func (p *page) example(c command) {
	if c.Example != "" {
		p.section("EXAMPLES")
		p.text(c.Example)
	}
}

func (p *page) seeAlso(others ...string) {
	p.section("SEE ALSO")
	for i, other := range others {
		if i < len(others)-1 {
			p.line(reference(other) + ",")
		} else {
			p.line(reference(other))
		}
	}
}
