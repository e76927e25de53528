package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

// layoutFlags choose other sections than the files and the settings do, or another role.
type layoutFlags struct{ chosen creds.LayoutChoice }

func (f *layoutFlags) add(cmd *cobra.Command) {
	for _, one := range []struct {
		value     *string
		name, use string
	}{
		{&f.chosen.Layout, "layout", lang.Sprintf("the sections of key and credentials: %s", strings.Join(creds.Layouts(), ", "))},
		{&f.chosen.LongTermSuffix, "long-term-suffix", lang.T("what is behind NAME in the section of the key; none for nothing")},
		{&f.chosen.ShortTermSuffix, "short-term-suffix", lang.T("what is behind NAME in the section of the credentials; none for nothing")},
		{&f.chosen.RoleARN, "assume-role", lang.T("the ARN of a role to assume with the key")},
		{&f.chosen.SessionName, "session-name", lang.T("what the role's session is called")},
		{&f.chosen.ExternalID, "external-id", lang.T("the external ID that the role asks for")},
		{&f.chosen.MFASerial, "device", lang.T("the ARN or serial number of the MFA device")},
	} {
		cmd.Flags().StringVar(one.value, one.name, "", one.use)
	}
	_ = cmd.RegisterFlagCompletionFunc("layout", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return creds.Layouts(), cobra.ShellCompDirectiveNoFileComp
	})
}

// choice returns what was chosen, nil if nothing was.
func (f *layoutFlags) choice(cmd *cobra.Command) (*creds.LayoutChoice, error) {
	c := f.chosen
	if c == (creds.LayoutChoice{}) {
		return nil, nil //nolint:nilnil // nothing was chosen, which is no error
	}
	if c.Layout != "" && !slices.Contains(creds.Layouts(), c.Layout) {
		return nil, usage(cmd, "there is no layout %q; there are %s", c.Layout, strings.Join(creds.Layouts(), ", "))
	}
	c.LongTermSuffix, c.ShortTermSuffix = suffix(c.LongTermSuffix), suffix(c.ShortTermSuffix)
	return &c, nil
}

// suffix returns a suffix as the settings have it: "production" is -production, as for
// aws-mfa.
func suffix(text string) string {
	switch {
	case strings.EqualFold(text, creds.NoSuffix):
		return creds.NoSuffix
	case text == "" || strings.ContainsAny(text[:1], "-_.+@"):
		return text
	}
	return "-" + text
}
