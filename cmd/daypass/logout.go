package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newLogout(c *cli) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "logout NAME | --all",
		Short: lang.T("End a session, or all; keys stay in the keyring"),
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case all && len(args) > 0:
				return usage(cmd, "logout takes a profile or --all, not both")
			case all:
				return nil
			case len(args) == 0:
				return usage(cmd, "logout needs the name of a profile, or --all")
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			request := creds.LogoutRequest{All: all}
			if !all {
				request.Profile = args[0]
			}
			return logOut(c, cmd, request)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, lang.T("end all sessions"))
	return cmd
}

// logOut ends sessions and says so.
func logOut(c *cli, cmd *cobra.Command, request creds.LogoutRequest) error {
	var before creds.Status
	goesOn := false
	if err := done(cmd, func(client *agentapi.Client, ctx context.Context) error {
		if !request.All {
			before, _ = client.Status(ctx, request.Profile) // the logout says what is wrong
		}
		err := client.Logout(ctx, request)
		if err != nil && inConsole(before) {
			if after, unknown := client.Status(ctx, request.Profile); unknown == nil && !inConsole(after) {
				_, _ = lang.Fprintf(c.stderr, "%s: the console sign-in has ended on this machine\n", printable(request.Profile))
				// Few identities may do more, and all that a logout can do here is done.
				if goesOn = creds.CodeOf(err) == creds.CodeDenied; goesOn {
					c.warn(agentapi.Sentences([]creds.Error{*creds.AsError(err)})[0])
					return nil
				}
			}
		}
		return err
	}); err != nil {
		return aboutProfile(err, request.Profile)
	}
	switch {
	case goesOn:
	case request.All:
		fmt.Fprintln(c.stdout, lang.T("All sessions have ended."))
	case inConsole(before):
		_, _ = lang.Fprintf(c.stdout, "%s: the console sign-in of %s has ended, for all profiles that use it\n",
			printable(request.Profile), printable(words.Identity(before.LoginSession)))
	default:
		_, _ = lang.Fprintf(c.stdout, "%s: the session has ended\n", printable(request.Profile))
	}
	return nil
}

// inConsole reports whether somebody is signed in to the console for the profile itself.
func inConsole(s creds.Status) bool { return s.Kind == creds.KindConsole && !s.SignInEnds.IsZero() }
