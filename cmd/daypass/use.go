package main

import (
	"context"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

// useFlags are the flags of commands that take a profile's credentials out of the AWS files.
type useFlags struct {
	minTTL, length duration
}

func newUseFlags() *useFlags {
	length := sessionDuration()
	return &useFlags{minTTL: duration{of: lang.T("what is left of a session"), least: 0, most: creds.MaxSession}, length: length}
}

func (f *useFlags) add(cmd *cobra.Command) {
	cmd.Flags().Var(&f.minTTL, "min-ttl", lang.T("renew the credentials first if they last less than this: 45m"))
	cmd.Flags().Var(&f.length, "duration", lang.T("how long the session is to last: 12h, 90m, or seconds"))
}

func (f *useFlags) request(profile string) creds.UseRequest {
	return creds.UseRequest{Profile: profile, MinTTL: f.minTTL.value, Duration: f.length.value}
}

// use gets a profile's credentials, and with them what else belongs into an environment.
// code is that of --mfa-code, or "".
func (c *cli) use(cmd *cobra.Command, code string, wish creds.UseRequest) (creds.UseReply, error) {
	a, err := c.asker(cmd, code, thisLocation().signIn())
	if err != nil {
		return creds.UseReply{}, err
	}
	defer a.client.Close()
	wish.SignInOptions = a.options
	got, err := answered(cmd.Context(), a, wish.Profile, func(ctx context.Context) (creds.UseReply, error) {
		return a.client.Use(ctx, wish)
	})
	if err != nil {
		return creds.UseReply{}, aboutProfile(err, wish.Profile)
	}
	c.warn(got.Status.Warning)
	return got, nil
}
