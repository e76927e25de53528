package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// offered returns the completions of a prefix, each with its meaning. They come from a
// running agent: the tab key should start none.
func offered[T any](prefix string, all []T, offer func(T) (word, meaning string)) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, one := range all {
		word, meaning := offer(one)
		if fits(prefix, word) {
			out = append(out, cobra.CompletionWithDesc(word, meaning))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// fits reports whether a word completes a prefix. A completion is a line, so that a word of
// several lines cannot be offered.
func fits(prefix, word string) bool {
	return strings.HasPrefix(word, prefix) && printable(word) == word
}

// startingWith returns the words that complete a prefix.
func startingWith(prefix string, words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(word string) bool { return !fits(prefix, word) })
}

// once offers nothing after the first argument.
func once(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, args, prefix)
	}
}

// completeFlag completes a flag's value.
func completeFlag(cmd *cobra.Command, name string, complete cobra.CompletionFunc) {
	// It fails only for an unknown flag.
	_ = cmd.RegisterFlagCompletionFunc(name, complete)
}

// completeWords offers certain words.
func completeWords(words ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		return startingWith(prefix, words), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeProfile offers the names of profiles with their states.
func completeProfile(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	now := time.Now()
	return offered(prefix, lookUp(cmd.Context()).Profiles, func(s creds.Status) (word, meaning string) {
		return s.Name, describe(s, now)
	})
}

// completeSession offers the SSO sessions that may be named.
func completeSession(which func(creds.Session) bool) cobra.CompletionFunc {
	return once(func(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
		now := time.Now()
		sessions := slices.DeleteFunc(lookUp(cmd.Context()).Sessions, func(s creds.Session) bool { return !which(s) })
		return offered(prefix, sessions, func(s creds.Session) (word, meaning string) {
			return s.ID, describeSession(s, now)
		})
	})
}

// completeBookmark offers the bookmarks; after the name of a profile, only its own.
func completeBookmark(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	all := slices.DeleteFunc(bookmarksThere(cmd.Context()), func(b creds.Bookmark) bool {
		return len(args) > 0 && len(b.Profiles) > 0 && !slices.Contains(b.Profiles, args[0])
	})
	return offered(prefix, all, bookmarkOffer)
}

// completeOrder offers the bookmarks that are not among the arguments yet.
func completeOrder(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
	all := slices.DeleteFunc(bookmarksThere(cmd.Context()), func(b creds.Bookmark) bool { return slices.Contains(args, b.Name) })
	return offered(prefix, all, bookmarkOffer)
}

func bookmarksThere(ctx context.Context) []creds.Bookmark {
	return helpedBy(ctx, (*agentapi.Client).Bookmarks).Bookmarks
}

func bookmarkOffer(b creds.Bookmark) (word, meaning string) { return b.Name, printable(b.URL) }

// completeBrowser offers the browsers and their profiles.
func completeBrowser(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	return offered(prefix, helpedBy(cmd.Context(), (*agentapi.Client).Places), func(p creds.ConsolePlace) (word, meaning string) {
		return p.Place, printable(p.Name)
	})
}

// completeVisit offers the IDs of the consoles that were opened, the last one first.
func completeVisit(cmd *cobra.Command, _ []string, prefix string) ([]string, cobra.ShellCompDirective) {
	offers, directive := offered(prefix, helpedBy(cmd.Context(), (*agentapi.Client).Visits), func(v creds.Visit) (word, meaning string) {
		return shownID(v), printable(v.Profile) + " " + printable(v.Destination)
	})
	return offers, directive | cobra.ShellCompDirectiveKeepOrder
}
