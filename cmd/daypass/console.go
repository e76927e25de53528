package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// consoleFlags are the flags of the command.
type consoleFlags struct {
	service, url, bookmark string
	region, browser        string
	duration               duration
	print, copy            bool
	signIn                 signInFlags
	code                   codeFlag
}

func newConsole(c *cli) *cobra.Command {
	f := consoleFlags{duration: consoleDuration()}
	cmd := &cobra.Command{
		Use:   "console [NAME]",
		Short: lang.T("Open the AWS console in a profile's identity"),
		Long: lang.T(`Open the AWS console in a profile's identity. Expired credentials are refreshed
first, with an MFA code or a sign-in if necessary. Without NAME it is the profile
in $AWS_PROFILE.

The settings choose the browser, profile or container; --browser overrides them.
"daypass browsers" lists the choices:

  system                      the system's browser
  private                     a private window
  firefox, chrome:Profile 1   a browser, and a profile of it
  firefox:container=prod      a container of Firefox
  command open -a Arc {url}   a program of yours

--print writes the link to stdout, and nothing else. It is valid for 15 minutes,
and a secret: who opens it is signed in as you. --copy puts it into the clipboard,
which is cleared after a minute.

Over SSH and in a container nothing is opened, because you do not sit at that
screen: use --print, or --no-browser=false to open it anyway.`),
		Example: lang.T(`  daypass console prod
  daypass console prod --service s3 --region eu-central-1
  daypass console prod --bookmark "payment logs" --browser firefox:container=prod
  daypass console prod --copy`),
		Args:              profileOrEnvironment,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			options := f.signIn.options(thisLocation())
			if err := f.check(cmd, options); err != nil {
				return err
			}
			code, err := f.code.value(c)
			if err != nil {
				return err
			}
			return openConsole(c, cmd, args, code, f.request(options))
		},
	}
	set := cmd.Flags()
	set.StringVar(&f.service, "service", "", lang.T("the service to open, such as s3"))
	set.StringVar(&f.url, "url", "", lang.T("the page of the console to open: https://…"))
	set.StringVar(&f.bookmark, "bookmark", "", lang.T("the bookmark to open"))
	set.StringVar(&f.region, "region", "", lang.T("instead of the profile's region"))
	set.Var(&f.duration, "duration", lang.T("how long to stay signed in, where AWS lets choose: 12h, 90m, or seconds"))
	set.StringVar(&f.browser, "browser", "", lang.T("where to open it, such as firefox:work"))
	set.BoolVar(&f.print, "print", false, lang.T("print the link, a secret, and open nothing"))
	set.BoolVar(&f.copy, "copy", false, lang.T("copy the link for a minute, and open nothing"))
	f.signIn.add(cmd)
	f.code.add(cmd)
	completeFlag(cmd, "service", completeWords(servicesToOffer...))
	completeFlag(cmd, "bookmark", completeBookmark)
	completeFlag(cmd, "browser", completeBrowser)
	for _, name := range []string{"url", "region", "duration"} {
		completeFlag(cmd, name, cobra.NoFileCompletions)
	}
	return cmd
}

// servicesToOffer are a few of the names that --service takes, to be completed.
var servicesToOffer = []string{
	"billing", "cloudformation", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "eks", "iam", "lambda",
	"logs", "rds", "route53", "s3", "secretsmanager", "sns", "sqs", "ssm", "vpc",
}

// errUnseen is wrapped with what to do instead.
var errUnseen = lang.Error("the console would open on a screen that you do not sit at")

// check refuses flags that contradict one another, and a page that nobody would see.
func (f *consoleFlags) check(cmd *cobra.Command, options creds.SignInOptions) error {
	for _, name := range []string{"service", "url", "bookmark", "region", "browser"} {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed && strings.TrimSpace(flag.Value.String()) == "" {
			return usage(cmd, "--%s is empty", name)
		}
	}
	pages := 0
	for _, given := range []bool{f.service != "", f.url != "", f.bookmark != ""} {
		if given {
			pages++
		}
	}
	opens := !f.print && !f.copy
	unseen := opens && options.NoBrowser
	switch {
	case pages > 1:
		return usage(cmd, "--service, --url and --bookmark each say which page to open: give one of them")
	case f.print && f.copy:
		return usage(cmd, "--print and --copy exclude each other: give one of them")
	case !opens && f.browser != "":
		return usage(cmd, "--browser says where to open the link, and --print and --copy do not open it")
	case unseen && cmd.Flags().Changed("no-browser"):
		return usage(cmd, "--no-browser opens nothing: --print or --copy says what to do with the link instead")
	case unseen && f.browser == "":
		return lang.Errorf("%w: --print gives the link, and --no-browser=false opens it anyway", errUnseen)
	}
	return nil
}

func (f *consoleFlags) request(options creds.SignInOptions) creds.ConsoleRequest {
	r := creds.ConsoleRequest{
		Service: f.service, URL: f.url, Bookmark: f.bookmark, Region: f.region,
		Duration: f.duration.value, Place: f.browser, SignIn: options,
	}
	switch {
	case f.print:
		r.Deliver = creds.ConsoleLink
	case f.copy:
		r.Deliver = creds.ConsoleCopy
	}
	return r
}

// openConsole gets the link for the profile of a command line, and reports the result.
func openConsole(c *cli, cmd *cobra.Command, args []string, code string, request creds.ConsoleRequest) error {
	a, err := c.asker(cmd, code, request.SignIn)
	if err != nil {
		return err
	}
	defer a.client.Close()
	ctx := cmd.Context()
	if request.Profile, err = profileOf(ctx, a.client, args); err != nil {
		return err
	}
	if request.Bookmark != "" {
		// Before anybody is asked for a code.
		if _, err := namedBookmark(ctx, a.client, request.Bookmark); err != nil {
			return err
		}
	}
	reply, err := answered(ctx, a, request.Profile, func(ctx context.Context) (creds.ConsoleReply, error) {
		return a.client.Console(ctx, request)
	})
	if err != nil {
		return aboutProfile(err, request.Profile)
	}
	if request.Deliver == creds.ConsoleLink {
		link := reply.Link.Reveal()
		if link == "" || printable(link) != link {
			return lang.Error("the agent gave no link; it may be of another version")
		}
		fmt.Fprintln(c.stdout, link)
	}
	fmt.Fprint(c.stderr, consoleText(request, reply, time.Now()))
	return nil
}

// profileOf returns the profile that is named, or that of the environment. The latter
// may be the section of a profile's temporary credentials, which "daypass login"
// recommends; only the profile itself can be renewed.
func profileOf(ctx context.Context, client *agentapi.Client, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	name := os.Getenv("AWS_PROFILE")
	snapshot, err := client.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	for _, s := range snapshot.Profiles {
		if s.WrittenAs == name {
			return s.Name, nil
		}
	}
	return name, nil
}

// consoleText returns a line about the result, and below it the agent's note.
func consoleText(request creds.ConsoleRequest, reply creds.ConsoleReply, now time.Time) string {
	var who []string
	for _, word := range []string{reply.AccountID, reply.Identity} {
		if word != "" {
			who = append(who, printable(word))
		}
	}
	console := lang.Sprintf("the console of %s", printable(request.Profile))
	if len(who) > 0 {
		console += " (" + strings.Join(who, ", ") + ")"
	}
	var out strings.Builder
	switch request.Deliver {
	case creds.ConsoleLink:
		out.WriteString(lang.Sprintf("This is a link to %s", console))
	case creds.ConsoleCopy:
		out.WriteString(lang.Sprintf("The clipboard has, for a minute, a link to %s", console))
	case creds.ConsoleOpen:
		out.WriteString(lang.Sprintf("Opened %s", console))
		if reply.Place != "" {
			out.WriteString(lang.Sprintf(" in %s", printable(reply.Place)))
		}
	}
	if !reply.Until.IsZero() {
		out.WriteString(lang.Sprintf("; until %s", words.Clock(reply.Until, now)))
	}
	out.WriteByte('\n')
	if reply.Note != "" {
		out.WriteString("  " + words.Sentence(printable(reply.Note)) + "\n")
	}
	return out.String()
}
