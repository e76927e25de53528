package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/console"
	"daypass/internal/secret"
)

const consoleLink = "https://signin.aws.amazon.com/federation?Action=login&SigninToken=very-secret"

// here are the sign-in options of a person at the machine's own screen, wherever
// these tests run.
var here = creds.SignInOptions{Method: creds.SignInBrowser}

func atHome(args ...string) []string {
	return append([]string{"console", "--device-code=false", "--no-browser=false"}, args...)
}

func TestAConsoleIsAskedForAsTheFlagsSay(t *testing.T) {
	agent := (&standIn{
		profiles:  []creds.Status{{Name: "prod"}, {Name: "dev", WrittenAs: "dev-temporary"}, {Name: hostile}},
		bookmarks: []creds.Bookmark{{Name: hostile, URL: "https://console.aws.amazon.com/"}},
		console:   creds.ConsoleReply{Link: secret.New(consoleLink)},
	}).begin(t)
	for name, c := range map[string]struct {
		args []string
		env  string
		want creds.ConsoleRequest
	}{
		"a profile":         {[]string{"prod"}, "dev", creds.ConsoleRequest{Profile: "prod"}},
		"the environment's": {nil, "prod", creds.ConsoleRequest{Profile: "prod"}},
		"the profile whose temporary section it is": {nil, "dev-temporary", creds.ConsoleRequest{Profile: "dev"}},
		"a temporary section that is named":         {[]string{"dev-temporary"}, "", creds.ConsoleRequest{Profile: "dev-temporary"}},
		"a service in a region": {
			[]string{"prod", "--service", "s3", "--region", "eu-central-1", "--duration", "90m"},
			"",
			creds.ConsoleRequest{Profile: "prod", Service: "s3", Region: "eu-central-1", Duration: 90 * time.Minute},
		},
		"a page":               {[]string{"prod", "--url", "https://console.aws.amazon.com/ec2"}, "", creds.ConsoleRequest{Profile: "prod", URL: "https://console.aws.amazon.com/ec2"}},
		"a bookmark":           {[]string{"prod", "--bookmark", hostile}, "", creds.ConsoleRequest{Profile: "prod", Bookmark: hostile}},
		"a browser":            {[]string{"prod", "--browser", "firefox:container=" + hostile}, "", creds.ConsoleRequest{Profile: "prod", Place: "firefox:container=" + hostile}},
		"the link":             {[]string{"prod", "--print"}, "", creds.ConsoleRequest{Profile: "prod", Deliver: creds.ConsoleLink}},
		"the clipboard":        {[]string{"prod", "--copy"}, "", creds.ConsoleRequest{Profile: "prod", Deliver: creds.ConsoleCopy}},
		"a name of everything": {[]string{hostile}, "", creds.ConsoleRequest{Profile: hostile}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_PROFILE", c.env)
			c.want.SignIn = here
			got := agent.runs(t, "", atHome(c.args...)...)
			if got.Code != exitOK || strings.ContainsAny(got.Err, "\x1b\t") || strings.Count(got.Err, "\n") != 1 {
				t.Errorf("it exited with %d and said %q", got.Code, got.Err)
			}
			got.Code, got.Out, got.Err = 0, "", ""
			got.is(t, outcomeOf{Asked: []any{&c.want}})
		})
	}
}

func TestOnlyTheLinkIsPrintedAndNowhereElse(t *testing.T) {
	agent := (&standIn{
		profiles: []creds.Status{{Name: "prod"}},
		console:  creds.ConsoleReply{Link: secret.New(consoleLink), AccountID: "111111111111", Identity: "Admin"},
	}).begin(t)
	got := agent.runs(t, "", atHome("prod", "--print")...)
	if got.Out != consoleLink+"\n" || got.Err != "This is a link to the console of prod (111111111111, Admin)\n" {
		t.Errorf("printed %q, said %q", got.Out, got.Err)
	}
	for _, how := range []string{"--copy", "--service=s3"} {
		if got := agent.runs(t, "", atHome("prod", how)...); got.Out != "" || strings.Contains(got.Err, "secret") {
			t.Errorf("%s printed %q, said %q", how, got.Out, got.Err)
		}
	}
	for _, link := range []string{"", "https://a/\x1b[2J", "https://a/\nhttps://b/"} {
		agent.console.Link = secret.New(link)
		got := agent.runs(t, "", atHome("prod", "--print")...)
		if got.Code != exitFailed || got.Out != "" {
			t.Errorf("%q: exited with %d and printed %q", link, got.Code, got.Out)
		}
	}
}

func TestAConsoleThatMakesNoSenseIsRefusedBeforeAnybodyIsAsked(t *testing.T) {
	agent := (&standIn{
		profiles:  []creds.Status{{Name: "prod"}},
		bookmarks: []creds.Bookmark{{Name: "payment logs"}, {Name: "buckets"}},
	}).begin(t)
	const see = "See: daypass console --help\n"
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no profile":      {nil, exitUsage, "daypass: console needs the name of a profile, as AWS_PROFILE names none\n" + see},
		"two profiles":    {[]string{"a", "b"}, exitUsage, "daypass: console takes one profile, not 2\n" + see},
		"an empty name":   {[]string{""}, exitUsage, "daypass: the name of the profile is empty\n" + see},
		"two pages":       {[]string{"prod", "--service", "s3", "--bookmark", "buckets"}, exitUsage, "daypass: --service, --url and --bookmark each say which page to open: give one of them\n" + see},
		"two deliveries":  {[]string{"prod", "--print", "--copy"}, exitUsage, "daypass: --print and --copy exclude each other: give one of them\n" + see},
		"a place to copy": {[]string{"prod", "--copy", "--browser", "firefox"}, exitUsage, "daypass: --browser says where to open the link, and --print and --copy do not open it\n" + see},
		"an empty page":   {[]string{"prod", "--url", " "}, exitUsage, "daypass: --url is empty\n" + see},
		"a short session": {[]string{"prod", "--duration", "14m"}, exitUsage, "daypass: invalid argument \"14m\" for \"--duration\" flag: a session of the console lasts from 15 minutes to 12 hours\n" + see},
		"a long session":  {[]string{"prod", "--duration", "43201"}, exitUsage, "daypass: invalid argument \"43201\" for \"--duration\" flag: a session of the console lasts from 15 minutes to 12 hours\n" + see},
		"a misspelt bookmark": {
			[]string{"prod", "--bookmark", "bucktes"},
			exitFailed,
			"daypass: there is no bookmark \"bucktes\"; did you mean \"buckets\"?\n",
		},
		"another bookmark": {
			[]string{"prod", "--bookmark", hostile},
			exitFailed,
			"daypass: there is no bookmark " + printable(quoted(hostile)) + "; see those there are with: daypass bookmarks\n",
		},
	} {
		t.Run(name, func(t *testing.T) { agent.runs(t, "", atHome(c.args...)...).says(t, c.code, c.want) })
	}
	agent.runs(t, "", "console", "prod", "--no-browser").says(t, exitUsage,
		"daypass: --no-browser opens nothing: --print or --copy says what to do with the link instead\n"+see)
	t.Setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")
	agent.runs(t, "", "console", "prod").says(t, exitFailed,
		"daypass: the console would open on a screen that you do not sit at: "+
			"--print gives the link, and --no-browser=false opens it anyway\n")
	for _, how := range []string{"--print", "--copy", "--no-browser=false", "--browser=firefox"} {
		agent.console.Link = secret.New(consoleLink)
		if got := agent.runs(t, "", "console", "prod", how); got.Code != exitOK || len(got.Asked) != 1 {
			t.Errorf("over SSH %s does not work: %+v", how, got)
		}
	}
}

func TestTheAgentsRefusalComesWithAdvice(t *testing.T) {
	agent := (&standIn{
		profiles: []creds.Status{{Name: "prod"}},
		refusal:  &creds.Error{Code: creds.CodeNoProfile, Message: "there is no profile prdo"},
	}).begin(t)
	got := agent.runs(t, "", atHome("prdo")...)
	got.Asked = nil
	got.says(t, exitFailed, "daypass: there is no profile prdo\nDid you mean prod?\n")

	agent.refusal = &creds.Error{Code: creds.CodeNotShown, Message: "the agent has no clipboard"}
	got = agent.runs(t, "", atHome("prod", "--copy")...)
	got.Asked = nil
	got.says(t, exitFailed, "daypass: the agent has no clipboard\n")
}

func TestATerminalLeavesOutWhatItCannotAsk(t *testing.T) {
	ofProfile, ofSession := &asker{}, &asker{session: "corp"}
	for name, c := range map[string]struct {
		asker  *asker
		prompt creds.Prompt
		asks   bool
	}{
		"a code":                  {ofProfile, creds.Prompt{Kind: creds.PromptMFA}, true},
		"a sign-in of a profile":  {ofProfile, creds.Prompt{Kind: creds.PromptSSO, SignIn: &creds.SignIn{Session: "corp"}}, true},
		"a passphrase":            {ofSession, creds.Prompt{Kind: creds.PromptPassphrase}, true},
		"the session's sign-in":   {ofSession, creds.Prompt{Kind: creds.PromptSSO, SignIn: &creds.SignIn{Session: "corp"}}, true},
		"another session's":       {ofSession, creds.Prompt{Kind: creds.PromptSSO, SignIn: &creds.SignIn{Session: "other"}}, false},
		"a code, for a session":   {ofSession, creds.Prompt{Kind: creds.PromptMFA}, false},
		"whether a program may":   {ofProfile, creds.Prompt{Kind: creds.PromptConsent}, false},
		"what is not known (yet)": {ofProfile, creds.Prompt{Kind: "later"}, false},
	} {
		if got := len(c.asker.concerning([]creds.Prompt{c.prompt})) == 1; got != c.asks {
			t.Errorf("%s is asked: %t", name, got)
		}
	}
}

func TestTheResultOfALinkIsPrintedInOneLine(t *testing.T) {
	whole := creds.ConsoleReply{
		AccountID: "111111111111", Identity: "Admin", Place: "Firefox: work", Until: noon.Add(2 * time.Hour),
	}
	noted := whole
	noted.Note = "AWS ends the session with the credentials"
	odd := creds.ConsoleReply{Identity: "a\x1b[2Jb", Place: "c\nd"}
	for name, c := range map[string]struct {
		reply   creds.ConsoleReply
		deliver creds.ConsoleDelivery
		want    string
	}{
		"opened":             {whole, creds.ConsoleOpen, "Opened the console of prod (111111111111, Admin) in Firefox: work; until 14:00\n"},
		"opened, and a note": {noted, creds.ConsoleOpen, "Opened the console of prod (111111111111, Admin) in Firefox: work; until 14:00\n  AWS ends the session with the credentials.\n"},
		"little is known":    {creds.ConsoleReply{}, creds.ConsoleOpen, "Opened the console of prod\n"},
		"odd words":          {odd, creds.ConsoleOpen, "Opened the console of prod (a\\x1b[2Jb) in c\\nd\n"},
		"printed":            {whole, creds.ConsoleLink, "This is a link to the console of prod (111111111111, Admin); until 14:00\n"},
		"copied":             {whole, creds.ConsoleCopy, "The clipboard has, for a minute, a link to the console of prod (111111111111, Admin); until 14:00\n"},
	} {
		t.Run(name, func(t *testing.T) {
			request := creds.ConsoleRequest{Profile: "prod", Deliver: c.deliver}
			if got := consoleText(request, c.reply, noon); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatGoesWithAConsoleIsCompleted(t *testing.T) {
	agent := (&standIn{
		profiles: []creds.Status{{Name: "prod"}},
		bookmarks: []creds.Bookmark{
			{Name: "buckets", URL: "https://x/"},
			{Name: "builds", URL: "https://y/", Profiles: []string{"dev"}},
			{Name: "bu\tt", URL: "https://z/"},
		},
		places: []creds.ConsolePlace{{Place: "chrome:Profile 1", Name: "Chrome: Work"}, {Place: "firefox", Name: "Firefox"}},
		visits: []creds.Visit{{ID: "7", Profile: "prod", Destination: "https://x/"}},
	}).begin(t)
	for line, want := range map[string]string{
		"console|pr":                                "prod\tno session\n:4\n",
		"console|prod|--bookmark|bu":                "buckets\thttps://x/\n:4\n",
		"console|--bookmark|bui":                    "builds\thttps://y/\n:4\n",
		"console|prod|--browser|c":                  "chrome:Profile 1\tChrome: Work\n:4\n",
		"console|prod|--service|la":                 "lambda\n:4\n",
		"bookmarks|remove|bu":                       "buckets\thttps://x/\nbuilds\thttps://y/\n:4\n",
		"bookmarks|remove|x|":                       ":4\n",
		"bookmarks|order|buckets|b":                 "builds\thttps://y/\n:4\n",
		"bookmarks|add|n|u|--profile|":              "prod\tno session\n:4\n",
		"visits|reopen|":                            "7\tprod https://x/\n:36\n",
		"explain|p":                                 "prod\tno session\n:4\n",
		"settings|get|console.l":                    "console.link\nconsole.logout_first\n:4\n",
		"settings|get|profile.":                     "profile.prod.\n:6\n",
		"settings|get|pro":                          "profile.\n:6\n",
		"settings|set|profile.prod.f":               "profile.prod.favourite\n:4\n",
		"settings|set|profile.prod.console.place|f": "firefox\tFirefox\n:4\n",
		"settings|set|notices.do_not_disturb|":      "true\nfalse\n:4\n",
		"settings|set|profile.prod.programs|a":      "ask\nalways\n:4\n",
	} {
		t.Run(line, func(t *testing.T) {
			got := agent.runs(t, "", append([]string{"__complete"}, strings.Split(line, "|")...)...)
			if got.Out != want {
				t.Errorf("got %q, want %q", got.Out, want)
			}
		})
	}
}

func TestOnlyServicesThatAreKnownAreOffered(t *testing.T) {
	for _, name := range servicesToOffer {
		if !slices.Contains(console.Services(), name) {
			t.Errorf("%s is no name of a service", name)
		}
	}
}
