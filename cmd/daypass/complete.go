package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// completeProfile offers the names of profiles with their states. It asks an
// agent that runs and starts none: a press of the tab key should leave nothing
// behind.
func (c *cli) completeProfile(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	now := time.Now()
	for _, s := range c.lookUp(cmd.Context()).Profiles {
		// A completion is a line: a name that is none cannot be offered.
		if strings.HasPrefix(s.Name, prefix) && printable(s.Name) == s.Name {
			out = append(out, cobra.CompletionWithDesc(s.Name, describe(s, now)))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeSession offers the sessions of Identity Center that may be named.
func (c *cli) completeSession(which func(creds.Session) bool) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		now := time.Now()
		for _, s := range c.lookUp(cmd.Context()).Sessions {
			if which(s) && strings.HasPrefix(s.ID, prefix) && printable(s.ID) == s.ID {
				out = append(out, cobra.CompletionWithDesc(s.ID, describeSession(s, now)))
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFlag has a flag's value completed.
func (c *cli) completeFlag(cmd *cobra.Command, name string, complete cobra.CompletionFunc) {
	// It fails only for a flag that is not there.
	_ = cmd.RegisterFlagCompletionFunc(name, complete)
}

// completeWords offers certain words.
func completeWords(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		return startingWith(prefix, words), cobra.ShellCompDirectiveNoFileComp
	}
}

// startingWith returns the words that may be what is being typed.
func startingWith(prefix string, words []string) []string {
	var out []string
	for _, word := range words {
		if strings.HasPrefix(word, prefix) && printable(word) == word {
			out = append(out, word)
		}
	}
	return out
}

// completeBookmark offers the bookmarks: with the name of a profile before, those
// that it has.
func (c *cli) completeBookmark(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, b := range helpedBy(cmd.Context(), (*agentapi.Client).Bookmarks).Bookmarks {
		if len(args) > 0 && len(b.Profiles) > 0 && !slices.Contains(b.Profiles, args[0]) {
			continue
		}
		if strings.HasPrefix(b.Name, prefix) && printable(b.Name) == b.Name {
			out = append(out, cobra.CompletionWithDesc(b.Name, printable(b.URL)))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeBookmarkName offers the bookmark that a command is about.
func (c *cli) completeBookmarkName(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return c.completeBookmark(cmd, nil, prefix)
}

// completeOrder offers the bookmarks that have no place yet.
func (c *cli) completeOrder(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	offered, directive := c.completeBookmark(cmd, nil, prefix)
	return slices.DeleteFunc(offered, func(line string) bool {
		name, _, _ := strings.Cut(line, "\t")
		return slices.Contains(args, name)
	}), directive
}

// completeAnyProfile offers profiles to a flag that may be given several times.
func (c *cli) completeAnyProfile(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	return c.completeProfile(cmd, nil, prefix)
}

// completeBrowser offers the browsers and their profiles.
func (c *cli) completeBrowser(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, p := range helpedBy(cmd.Context(), (*agentapi.Client).Places) {
		if strings.HasPrefix(p.Place, prefix) && printable(p.Place) == p.Place {
			out = append(out, cobra.CompletionWithDesc(p.Place, printable(p.Name)))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeVisit offers the IDs of the consoles that were opened.
func (c *cli) completeVisit(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, v := range helpedBy(cmd.Context(), (*agentapi.Client).Visits) {
		if id := shownID(v); strings.HasPrefix(id, prefix) && printable(id) == id {
			out = append(out, cobra.CompletionWithDesc(id, printable(v.Profile)+" "+printable(v.Destination)))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
