package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
	"daypass/internal/lang"
)

func newSettings(c *cli) *cobra.Command {
	cmd := newSettingsList(c, "settings", lang.T("Show and change daypass's settings"))
	cmd.Long = settingsHelp()
	cmd.Example = lang.T(`  daypass settings
  daypass settings set console.place firefox:container
  daypass settings set 'profile."my prod".favourite' true
  daypass settings unset profile.prod.console.duration`)
	cmd.Args = knownCommand
	cmd.AddCommand(
		newSettingsList(c, "list", lang.T("Show all settings")), newSettingsGet(c), newSettingsSet(c), newSettingsUnset(c),
	)
	return cmd
}

// settingsHelp is the help text, which lists all settings.
func settingsHelp() string {
	var out strings.Builder
	out.WriteString(lang.T(`Show and change daypass's settings. Without a command they are shown as the lines
of config.toml, which may be edited by hand as well. A KEY is written as there:

`))
	for _, s := range schema.All() {
		fmt.Fprintf(&out, "  %-36s  %s\n", s.Key(), s.Kind)
	}
	_, _ = lang.Fprintf(&out, "  %-36s  %s; kept by the desktop\n", schema.StartAtLogin().Key(), schema.Flag)
	out.WriteString(lang.T("\nNAME is a profile or a session of Identity Center. One with other characters than\n" +
		"a-z, 0-9, - and _ goes in quotes, and all of it in those of the shell."))
	return out.String()
}

func newSettingsList(c *cli, use, short string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.showSettings(cmd, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an object"))
	return cmd
}

func (c *cli) showSettings(cmd *cobra.Command, asJSON bool) error {
	reply, err := asked(cmd, (*agentapi.Client).Settings)
	if err != nil {
		return err
	}
	if asJSON {
		return encode(c.stdout, reply)
	}
	return writeSettings(c.stdout, reply)
}

// writeSettings writes the settings as TOML, which is safe to show: it escapes invisible
// characters.
func writeSettings(out io.Writer, reply creds.SettingsReply) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "# %s\n", printable(reply.Path))
	for _, s := range schema.All().In(reply.Settings) {
		switch text := s.Text(reply); {
		case text != "":
			fmt.Fprintf(w, "%s = %s\n", s.Key(), s.Literal(text))
		case s.Default != "":
			_, _ = lang.Fprintf(w, "# %s = %s by default\n", s.Key(), s.Literal(s.Default))
		default:
			_, _ = lang.Fprintf(w, "# %s is not set\n", s.Key())
		}
	}
	_, _ = lang.Fprintf(w, "# %s is %t\n", schema.StartAtLogin().Key(), reply.StartsAtLogin)
	return w.Flush()
}

// settingOf finds the setting of a key; its error names a similar one.
func settingOf(cmd *cobra.Command, key string) (schema.Setting, error) {
	s, err := schema.All().Parse(key)
	unknown, ok := errors.AsType[*schema.UnknownError](err)
	switch {
	case err == nil:
		return s, nil
	case !ok || unknown.Hint() != "":
		return s, usage(cmd, "%v", err)
	}
	key = schema.FormatKey(unknown.Path)
	if near, ok := nearest(key, unknown.Keys()); ok {
		return s, usage(cmd, "there is no setting %s; did you mean %s?", key, near)
	}
	return s, usage(cmd, "there is no setting %s; see those there are with: daypass settings --help", key)
}

func newSettingsGet(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "get [KEY]",
		Short: lang.T("Print one setting, an empty line if it is not set; without KEY, all of them"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return namedArguments("KEY")(cmd, args)
		},
		ValidArgsFunction: c.completeSetting,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.showSettings(cmd, asJSON)
			}
			s, err := settingOf(cmd, args[0])
			if err != nil {
				return err
			}
			reply, err := asked(cmd, (*agentapi.Client).Settings)
			if err != nil {
				return err
			}
			text := s.Text(reply)
			if asJSON {
				return encode(c.stdout, s.Value(text))
			}
			return writeText(c.stdout, text+"\n")
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an object, or with KEY its value; null if it is not set"))
	return cmd
}

func newSettingsSet(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set KEY VALUE",
		Short: lang.T("Change one setting"),
		Example: lang.T(`  daypass settings set notices.do_not_disturb true
  daypass settings set profile.prod.console.place 'chrome:Profile 1'`),
		Args:              namedArguments("KEY", "VALUE"),
		ValidArgsFunction: c.completeSetting,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := settingOf(cmd, args[0])
			if err != nil {
				return err
			}
			if err := checkValue(s, args[1]); err != nil {
				return usage(cmd, "%s: %v", s.Key(), err)
			}
			return c.changeSetting(cmd, s, creds.SettingChange{Key: args[0], Value: s.Value(args[1])})
		},
	}
	// A value may begin with a hyphen: that of derived_suffix does.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func newSettingsUnset(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "unset KEY",
		Short:             lang.T("Go back to the default of one setting"),
		Args:              namedArguments("KEY"),
		ValidArgsFunction: c.completeSetting,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := settingOf(cmd, args[0])
			if err != nil {
				return err
			}
			return c.changeSetting(cmd, s, creds.SettingChange{Key: args[0]})
		},
	}
}

// checkValue checks the form of a value. The agent checks the rest.
func checkValue(s schema.Setting, text string) error {
	switch {
	case text == "":
		return lang.Error("the value is empty; \"daypass settings unset\" goes back to the default")
	case !utf8.ValidString(text):
		return lang.Error("the value is not UTF-8")
	case s.Kind == schema.Flag && text != "true" && text != "false":
		return lang.Errorf("it is true or false, and not %q", text)
	case s.Kind == schema.Span:
		var span creds.Span
		if err := span.UnmarshalText([]byte(text)); err != nil {
			return err
		}
		if span <= 0 {
			return lang.Errorf("%q is no length of time", text)
		}
	}
	return nil
}

func (c *cli) changeSetting(cmd *cobra.Command, s schema.Setting, change creds.SettingChange) error {
	client, err := connect(cmd, creds.SurfaceProgram)
	if err != nil {
		return err
	}
	defer client.Close()
	kind, profile := s.Of()
	if kind != "profile" {
		profile = ""
	}
	reply, err := client.ChangeSettings(cmd.Context(), creds.SettingsRequest{Changes: []creds.SettingChange{change}})
	switch {
	case err != nil:
		return aboutProfile(err, profile)
	case s.InFile():
		_, _ = lang.Fprintf(c.stderr, "Written to %s\n", printable(reply.Path))
	case reply.StartsAtLogin:
		fmt.Fprintln(c.stderr, lang.T("daypass starts with the desktop"))
	default:
		fmt.Fprintln(c.stderr, lang.T("daypass does not start with the desktop"))
	}
	if profile != "" && change.Value != nil {
		c.warnOfName(cmd, client, profile)
	}
	return nil
}

// warnOfName warns of a setting for a profile that does not exist, or not yet.
func (c *cli) warnOfName(cmd *cobra.Command, client *agentapi.Client, profile string) {
	if _, err := client.Status(cmd.Context(), profile); creds.CodeOf(err) != creds.CodeNoProfile {
		return
	}
	question := ""
	if near, ok := nearestProfile(cmd.Context(), profile); ok {
		question = lang.Sprintf("; did you mean %q?", near)
	}
	_, _ = lang.Fprintf(c.stderr, "daypass: there is no profile %s at present%s\n",
		printable(fmt.Sprintf("%q", profile)), printable(question))
}
