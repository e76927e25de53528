package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// shownWindow is a window that can be opened by its name.
type shownWindow struct {
	name agentapi.Window
	// about is what the window has, for the completion of the command line.
	about lang.Text
	// ofProfile is set if the window is about a profile.
	ofProfile bool
}

// shownWindows are those besides the one of all profiles.
var shownWindows = []shownWindow{
	{agentapi.WindowAdd, "a new profile, from a key or a sign-in", false},
	{agentapi.WindowBookmarks, "the bookmarks of the console", false},
	{agentapi.WindowHealth, "everything that daypass depends on", false},
	{agentapi.WindowSettings, "what is chosen", false},
	{agentapi.WindowStatus, "all profiles", false},
	{agentapi.WindowImportKeys, "long-term keys in plaintext, to bring into the keyring", false},
	{agentapi.WindowKey, "the long-term key of a profile", true},
}

func newShow(*cli) *cobra.Command {
	return &cobra.Command{
		Use:   "show [WINDOW [PROFILE]]",
		Short: lang.T("Open daypass's window, or the question that waits"),
		Long: lang.T("Opens the window of all profiles, or the question that waits. WINDOW is another one: " +
			"add, bookmarks, health, settings and status are as they are called, import has the long-term keys that lie in plaintext, and key PROFILE the long-term key of a profile."),
		Args: showArguments,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, prefix string) ([]string, cobra.ShellCompDirective) {
			switch {
			case len(args) == 0:
				return offered(prefix, shownWindows, func(w shownWindow) (word, meaning string) {
					return string(w.name), w.about.String()
				})
			case len(args) == 1 && windowNamed(args[0]).ofProfile:
				return completeProfile(cmd, nil, prefix)
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return done(cmd, func(client *agentapi.Client, ctx context.Context) error {
				hello, err := client.Hello(ctx)
				if err == nil && hello.Headless {
					err = lang.Error("the agent runs without a desktop, so it has no window to show")
				}
				switch {
				case err != nil:
					return err
				case len(args) == 0:
					return client.Show(ctx)
				}
				r := agentapi.ShowRequest{Window: windowNamed(args[0]).name}
				if len(args) > 1 {
					if r.Arg, err = keyOwner(ctx, client, args[1]); err != nil {
						return err
					}
				}
				return client.ShowWindow(ctx, r)
			})
		},
	}
}

// keyOwner returns the profile whose key is behind a profile, which the person may have named
// as it is written.
func keyOwner(ctx context.Context, client *agentapi.Client, name string) (string, error) {
	s, err := client.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range s.Profiles {
		switch {
		case p.Name != name && p.WrittenAs != name:
		case p.Key != nil:
			return p.Name, nil
		default:
			return "", creds.Errorf(creds.CodeBadRequest, "profile %q has no long-term key of its own", name)
		}
	}
	return "", creds.Errorf(creds.CodeNoProfile, "there is no profile %q", name)
}

// windowNamed returns the window of a name; the zero value if there is none.
func windowNamed(name string) shownWindow {
	for _, w := range shownWindows {
		if string(w.name) == name {
			return w
		}
	}
	return shownWindow{}
}

// showArguments requires the name of a window, if there is any argument, and of a profile if
// the window is about one.
func showArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	switch w := windowNamed(args[0]); {
	case w.name == "":
		var names []string
		for _, w := range shownWindows {
			names = append(names, string(w.name))
		}
		return usage(cmd, "there is no window %q; there are %s", printable(args[0]), strings.Join(names, ", "))
	case w.ofProfile && len(args) < 2:
		return usage(cmd, "the window %q needs the name of a profile", string(w.name))
	case !w.ofProfile && len(args) > 1:
		return usage(cmd, "the window %q takes no argument, and got %q", string(w.name), printable(args[1]))
	case len(args) > 2:
		return usage(cmd, "%s takes one profile, not %d", cmd.Name(), len(args)-1)
	}
	return nil
}
