package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
)

// completeSetting offers keys, and for "set" the known values. It offers the names of
// profiles first, of which there may be thousands, and after one its settings.
func (c *cli) completeSetting(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	switch {
	case len(args) == 1 && cmd.Name() == "set":
		return c.completeValue(cmd, args[0], prefix)
	case len(args) > 0:
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	directive := cobra.ShellCompDirectiveNoFileComp
	table, rest, inTable := strings.Cut(prefix, ".")
	name, _, named := strings.Cut(rest, ".")
	for _, s := range append(schema.All(), schema.StartAtLogin()) {
		kind, _ := s.Of()
		if whole := len(s.Path()) == 2 && kind != ""; whole {
			// The name is all of the key, and may be a new one.
			if inTable && table == kind {
				for _, name := range c.namesIn(cmd, table) {
					out = append(out, s.For(name).Key())
				}
				if len(out) == 0 {
					out = append(out, s.Key())
				}
			} else if !inTable {
				out = append(out, kind+".")
				directive |= cobra.ShellCompDirectiveNoSpace
			}
			continue
		}
		if kind == "" || named && kind == table {
			out = append(out, s.For(cmp.Or(name, "NAME")).Key())
		} else if !inTable {
			out = append(out, kind+".")
			directive |= cobra.ShellCompDirectiveNoSpace
		}
	}
	if inTable && !named && table != "accounts" {
		for _, name := range c.namesIn(cmd, table) {
			out = append(out, table+"."+name+".")
			directive |= cobra.ShellCompDirectiveNoSpace
		}
	}
	out = startingWith(prefix, out)
	slices.Sort(out)
	return slices.Compact(out), directive
}

// namesIn returns the names that a table may have settings for. Those that need quotes are
// left out, because the shell would remove the quotes.
func (c *cli) namesIn(cmd *cobra.Command, table string) []string {
	var names []string
	snapshot := lookUp(cmd.Context())
	switch table {
	case "profile":
		for _, s := range snapshot.Profiles {
			names = append(names, s.Name)
		}
	case "sso":
		for _, s := range snapshot.Sessions {
			names = append(names, s.ID)
		}
	case "accounts":
		for name := range helpedBy(cmd.Context(), (*agentapi.Client).Settings).Settings.Accounts {
			names = append(names, name)
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return schema.FormatKey([]string{name}) != name })
}

// completeValue offers the known values of a setting.
func (c *cli) completeValue(cmd *cobra.Command, key, prefix string) ([]string, cobra.ShellCompDirective) {
	s, err := settingOf(cmd, key)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var values []string
	switch s.Kind {
	case schema.Flag:
		values = []string{"true", "false"}
	case schema.Place:
		return completeBrowser(cmd, nil, prefix)
	default:
		for _, choice := range s.Choices {
			values = append(values, choice.Value)
		}
	}
	return startingWith(prefix, values), cobra.ShellCompDirectiveNoFileComp
}
