package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// keyStart is the one setting that the desktop keeps, and no file.
const keyStart = "start_at_login"

func (c *cli) newSettings() *cobra.Command {
	cmd := c.settingsList("settings", "Show and change daypass's settings")
	cmd.Long = settingsHelp()
	cmd.Example = `  daypass settings
  daypass settings set console.place firefox:container
  daypass settings set 'profile."my prod".favourite' true
  daypass settings unset profile.prod.console.duration`
	cmd.Args = knownCommand
	cmd.AddCommand(
		c.settingsList("list", "Show all settings"), c.newSettingsGet(), c.newSettingsSet(), c.newSettingsUnset(),
	)
	return cmd
}

// settingsHelp names all settings.
func settingsHelp() string {
	var out strings.Builder
	out.WriteString(`Show and change daypass's settings. Without a command they are shown as the lines
of config.toml, which may be edited by hand as well. A KEY is written as there:

`)
	for _, s := range settingsToOffer() {
		kind := "text"
		switch {
		case s.truth:
			kind = "true or false"
		case s.span:
			kind = "a time: 12h, 90m"
		}
		fmt.Fprintf(&out, "  %-36s  %s\n", formatKey(s.named(nil)), kind)
	}
	fmt.Fprintf(&out, "  %-36s  %s\n", keyStart, "true or false; kept by the desktop")
	out.WriteString("\nNAME is a profile or a session of Identity Center. One with other characters than\n" +
		"a-z, 0-9, - and _ stands between quotes, and all of it between those of the shell.")
	return out.String()
}

func (c *cli) settingsList(use, short string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.showSettings(cmd, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object")
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

// writeSettings writes the settings as TOML, which is safe to show: what is not
// seen is an escape there.
func writeSettings(out io.Writer, reply creds.SettingsReply) error {
	w := bufio.NewWriter(out)
	_, _ = fmt.Fprintf(w, "# %s\n", printable(reply.Path))
	for _, s := range chosenIn(reply.Settings) {
		switch {
		case s.literal != "":
			_, _ = fmt.Fprintf(w, "%s = %s\n", formatKey(s.path), s.literal)
		case s.fallback != "":
			_, _ = fmt.Fprintf(w, "# %s = %s by default\n", formatKey(s.path), s.fallback)
		default:
			_, _ = fmt.Fprintf(w, "# %s is not set\n", formatKey(s.path))
		}
	}
	_, _ = fmt.Fprintf(w, "# %s is %t\n", keyStart, reply.StartsAtLogin)
	return w.Flush()
}

// settingOf reads a key and finds its setting.
func settingOf(cmd *cobra.Command, key string) (setting, []string, error) {
	path, err := parseKey(key)
	if err != nil {
		return setting{}, nil, usage(cmd, "%q is no key: %v", key, err)
	}
	if formatKey(path) == keyStart {
		return setting{path: path, truth: true}, path, nil
	}
	s, err := findSetting(path)
	if err != nil {
		return setting{}, nil, usage(cmd, "%v", err)
	}
	return s, path, nil
}

func (c *cli) newSettingsGet() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "get [KEY]",
		Short: "Print one setting, an empty line if it is not set; without KEY, all of them",
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
			s, path, err := settingOf(cmd, args[0])
			if err != nil {
				return err
			}
			reply, err := asked(cmd, (*agentapi.Client).Settings)
			if err != nil {
				return err
			}
			text := valueOf(reply, path)
			switch {
			case !asJSON:
				return writeText(c.stdout, text+"\n")
			case s.truth && text != "":
				return encode(c.stdout, text == "true")
			}
			return encode(c.stdout, orNull(text))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object, or with KEY its value; null if it is not set")
	return cmd
}

// valueOf returns the plain text of a setting's value.
func valueOf(reply creds.SettingsReply, path []string) string {
	key := formatKey(path)
	if key == keyStart {
		return fmt.Sprint(reply.StartsAtLogin)
	}
	for _, s := range chosenIn(reply.Settings) {
		if formatKey(s.path) == key {
			return s.text
		}
	}
	return ""
}

func (c *cli) newSettingsSet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set KEY VALUE",
		Short: "Change one setting",
		Example: `  daypass settings set notices.do_not_disturb true
  daypass settings set profile.prod.console.place 'chrome:Profile 1'`,
		Args:              namedArguments("KEY", "VALUE"),
		ValidArgsFunction: c.completeSetting,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, path, err := settingOf(cmd, args[0])
			if err != nil {
				return err
			}
			value, err := s.read(args[1])
			if err != nil {
				return usage(cmd, "%s: %v", formatKey(path), err)
			}
			return c.changeSetting(cmd, path, value)
		},
	}
	// A value may begin with a hyphen: that of derived_suffix does.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

func (c *cli) newSettingsUnset() *cobra.Command {
	return &cobra.Command{
		Use:               "unset KEY",
		Short:             "Go back to the default of one setting",
		Args:              namedArguments("KEY"),
		ValidArgsFunction: c.completeSetting,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, path, err := settingOf(cmd, args[0])
			if err != nil {
				return err
			}
			if formatKey(path) == keyStart {
				return c.changeSetting(cmd, path, false)
			}
			return c.changeSetting(cmd, path, nil)
		},
	}
}

// read reads a value as the setting has it. What it may be is the agent's to
// judge.
func (s setting) read(text string) (any, error) {
	switch {
	case text == "":
		return nil, errors.New("the value is empty; \"daypass settings unset\" goes back to the default")
	case !utf8.ValidString(text):
		return nil, errors.New("the value is not UTF-8")
	case s.truth && text != "true" && text != "false":
		return nil, fmt.Errorf("it is true or false, and not %q", text)
	case s.truth:
		return text == "true", nil
	case s.span:
		var span creds.Span
		if err := span.UnmarshalText([]byte(text)); err != nil {
			return nil, err
		}
		if time.Duration(span) <= 0 {
			return nil, fmt.Errorf("%q is no length of time", text)
		}
	}
	return text, nil
}

// changeSetting gives a setting a value, nil for its default.
func (c *cli) changeSetting(cmd *cobra.Command, path []string, value any) error {
	client, err := connect(cmd, creds.SurfaceProgram)
	if err != nil {
		return err
	}
	defer client.Close()
	request := creds.SettingsRequest{Changes: []creds.SettingChange{{Path: path, Value: value}}}
	on, starts := value.(bool)
	if starts = starts && formatKey(path) == keyStart; starts {
		request = creds.SettingsRequest{StartAtLogin: &on}
	}
	reply, err := client.ChangeSettings(cmd.Context(), request)
	profile := ""
	if len(path) > 2 && path[0] == "profile" {
		profile = path[1]
	}
	switch {
	case err != nil:
		return about{err, profile}
	case starts && reply.StartsAtLogin:
		_, err = fmt.Fprintln(c.stderr, "daypass starts with the desktop")
	case starts:
		_, err = fmt.Fprintln(c.stderr, "daypass does not start with the desktop")
	default:
		_, err = fmt.Fprintf(c.stderr, "Written to %s\n", printable(reply.Path))
	}
	if err != nil || profile == "" || value == nil {
		return err
	}
	return c.warnOfName(cmd, client, profile)
}

// warnOfName says so if a setting was made for a profile that there is not, or
// not yet.
func (c *cli) warnOfName(cmd *cobra.Command, client *agentapi.Client, profile string) error {
	_, err := client.Status(cmd.Context(), profile)
	known, ok := errors.AsType[*creds.Error](err)
	if !ok || known.Code != creds.CodeNoProfile {
		return nil
	}
	question := ""
	if near, ok := nearestProfile(cmd.Context(), profile); ok {
		question = fmt.Sprintf("; did you mean %q?", near)
	}
	_, err = fmt.Fprintf(c.stderr, "daypass: there is no profile %s at present%s\n",
		printable(fmt.Sprintf("%q", profile)), printable(question))
	return err
}
