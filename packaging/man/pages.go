package main

import (
	"fmt"
	"strings"

	"daypass/creds/settings/schema"
)

// pages returns the manual pages by the names of their files.
func pages(t tree, date string) map[string]string {
	all := map[string]string{"daypass-config.5": configPage(t, date)}
	for _, c := range t.Commands {
		name := pageOf(c.Path)
		if strings.Contains(c.Path, " ") {
			all[name+".1"] = commandPage(t, c, date)
		} else {
			all[name+".1"] = mainPage(t, c, date)
		}
	}
	for _, about := range t.Topics {
		if about.Name == "config" {
			continue // which has a page of its own
		}
		p := begin("daypass-"+about.Name, 7, date, t.Version, about.Short)
		p.section("DESCRIPTION")
		p.text(about.Text)
		p.seeAlso("daypass(1)")
		all["daypass-"+about.Name+".7"] = p.String()
	}
	return all
}

// pageOf is the name of a command's page.
func pageOf(path string) string { return strings.ReplaceAll(path, " ", "-") }

// topicPage is how a topic is referred to.
func topicPage(name string) string {
	if name == "config" {
		return "daypass-config(5)"
	}
	return "daypass-" + name + "(7)"
}

func mainPage(t tree, c command, date string) string {
	p := begin("daypass", 1, date, t.Version, c.Short)
	p.synopsis(c)
	p.section("DESCRIPTION")
	p.text(c.Long)
	p.section("COMMANDS")
	shorts := map[string]string{}
	for _, other := range t.Commands {
		shorts[other.Path] = other.Short
	}
	for _, g := range t.Groups {
		p.subsection(strings.TrimSuffix(g.Title, ":"))
		for _, name := range g.Names {
			p.item(bold("daypass-"+name) + escape("(1)"))
			p.line(escape(shorts["daypass "+name]))
		}
	}
	p.section("TOPICS")
	for _, about := range t.Topics {
		p.item(reference(topicPage(about.Name)))
		p.line(escape(about.Short))
	}
	p.options(c)
	if len(t.Statuses) > 0 {
		p.section("EXIT STATUS")
		for _, s := range t.Statuses {
			p.item(bold(fmt.Sprint(s.Status)))
			p.line(escape(s.Text))
		}
	}
	p.example(c)
	p.seeAlso("aws(1)")
	return p.String()
}

func commandPage(t tree, c command, date string) string {
	p := begin(pageOf(c.Path), 1, date, t.Version, c.Short)
	p.synopsis(c)
	p.section("DESCRIPTION")
	if c.Long == "" {
		c.Long = c.Short + "."
	}
	p.text(c.Long)
	p.options(c)
	p.example(c)
	above := c.Path[:strings.LastIndex(c.Path, " ")]
	others := []string{pageOf(above) + "(1)"}
	for _, name := range c.Below {
		others = append(others, pageOf(c.Path+" "+name)+"(1)")
	}
	if strings.HasPrefix(c.Path, "daypass settings") {
		others = append(others, "daypass-config(5)")
	}
	p.seeAlso(others...)
	return p.String()
}

// configPage has all settings, of which the topic has the first words.
func configPage(t tree, date string) string {
	p := begin("daypass-config", 5, date, t.Version, "settings of daypass")
	p.section("DESCRIPTION")
	for _, about := range t.Topics {
		if about.Name == "config" {
			before, _, _ := strings.Cut(about.Text, "\n\n")
			p.text(before)
		}
	}
	p.raw(".PP\n")
	p.text("The file is TOML. A key stands here with its table: console.place is place in the table [console]. " +
		"NAME is a profile, or a session of Identity Center. A name with other characters than a-z, 0-9, - and _ goes in quotes: " +
		"[profile.\"my prod\"].")
	p.section("SETTINGS")
	for _, s := range schema.All() {
		p.setting(s)
	}
	p.section("NOT IN THE FILE")
	p.setting(schema.StartAtLogin())
	p.line(escape("The desktop keeps it."))
	p.seeAlso("daypass-settings(1)", "daypass-files(7)")
	return p.String()
}

func (p *page) setting(s schema.Setting) {
	p.item(bold(s.Key()))
	what := []string{plain(s.Help)}
	if s.Label != "" && s.Label != "NAME" {
		what = append([]string{plain(s.Label) + "."}, what...)
	}
	if rule := s.Rule(); s.Kind != schema.Suffix {
		what = append(what, "It is "+rule+".")
	}
	switch {
	case s.Default != "":
		what = append(what, "The default is "+s.Literal(s.Default)+".")
	case s.Unset != "":
		what = append(what, "Where it is not set: "+plain(s.Unset)+".")
	}
	p.line(escape(strings.TrimSpace(strings.Join(what, " "))))
	if s.Example != "" && s.Example != s.Default && s.InFile() {
		path := s.Path()
		table, key := schema.FormatKey(path[:len(path)-1]), path[len(path)-1]
		p.raw(".sp\n.nf\n")
		if table != "" {
			p.line(escape("[" + table + "]"))
		}
		p.line(escape(key + " = " + s.Literal(s.Example)))
		p.raw(".fi\n")
	}
}

// plain has the apostrophe of a keyboard, as the documents have it.
func plain(text string) string { return strings.ReplaceAll(text, "’", "'") }
