package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

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
func (c *cli) completeSession(which func(agentapi.Session) bool) cobra.CompletionFunc {
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
