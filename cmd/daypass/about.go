package main

import (
	"strconv"
	"strings"

	"daypass/creds/settings/schema"
	"daypass/internal/lang"
)

func aboutCodes() string {
	return lang.T(`Where AWS wants an MFA code, daypass takes it from the first of these:

  1. --mfa-code 123456, or --mfa-code - for a line of stdin
  2. mfa_process of the profile, or of the settings
  3. the person: in the terminal, or else in daypass's window

A code that a person pastes may have a blank in it: 123 456. One code serves
the user and every role behind it, for as long as the user's session lasts; a
role for more than an hour wants a code of its own.

An old word, as in "daypass as aws-auth", also reads a code from its standard
input where that is no terminal.

mfa_process is a program that prints six digits. It is in the profile's section
of the AWS config file, or in daypass's settings:

  daypass settings set mfa_process 'ykman oath accounts code --single work'
  daypass settings set profile.prod.mfa_process 'pass otp aws/prod'

It is run without a shell, with nothing on its standard input, and has 30
seconds. If it fails, what it wrote to stderr is shown, and the person is
asked.

AWS takes each code once. Where it wants a second one, wait for the next.`)
}

func aboutConfig() string {
	var out strings.Builder
	out.WriteString(lang.T(`config.toml is in ~/.config/daypass (macOS: ~/Library/Application
Support/daypass; Windows: %APPDATA%\daypass). The settings window and "daypass
settings" change single lines of it, and an edit by hand is followed at once.
An option of a command, a variable and what the AWS files say of a profile come
before it, in this order; "daypass explain NAME" says where each value comes
from.

`))
	rows := make([][2]string, 0, len(schema.All())+1)
	for _, s := range schema.All() {
		rows = append(rows, [2]string{s.Key(), briefly(s)})
	}
	rows = append(rows, [2]string{schema.StartAtLogin().Key(), briefly(schema.StartAtLogin())})
	out.WriteString(beside(rows))
	out.WriteString(lang.T("\n\"daypass settings\" shows what is set, and each default."))
	return out.String()
}

// briefly says what a setting is, in the words of the window, and what it may be.
func briefly(s schema.Setting) string {
	what := s.Label
	if s.Page == schema.Hidden || what == "NAME" {
		what = strings.TrimSuffix(s.Help, ".")
	}
	return what + ": " + s.Rule()
}

func aboutEnvironment() string {
	return lang.T("The command line goes by:") + "\n\n" + beside([][2]string{
		{"AWS_PROFILE", lang.T("the profile of commands that are given none")},
		{"DAYPASS_NO_INPUT", lang.T("1 asks nobody, as --no-input")},
		{"DAYPASS_LOG", lang.T("debug, info, warn or error, as --log-level; the agent goes by it, too")},
		{"DAYPASS_RUNTIME_DIR", lang.T("the folder of the agent's socket; the agent goes by it, too")},
		{"NO_COLOR", lang.T("no colours in a terminal")},
		{"MFA_DEVICE", lang.T("of \"daypass as aws-mfa\", where its flags say nothing; so are the next two")},
		{"MFA_STS_DURATION", lang.T("in seconds")},
		{"MFA_ASSUME_ROLE", lang.T("the ARN of a role")},
	}) + "\n" + lang.T("The agent, which keeps what it was started with, goes by:") + "\n\n" + beside([][2]string{
		{"DAYPASS_KEYRING_BACKEND", lang.T("as keyring_backend in the settings")},
		{"DAYPASS_KEYRING_PASSPHRASE_FILE", lang.T("a file whose first line opens the keyring \"file\"")},
		{"BROWSER", lang.T("as for xdg-open")},
		{"FYNE_THEME", lang.T("light or dark windows")},
		{"FYNE_SCALE", lang.T("how large they are: 1.5")},
		{"FYNE_PLATFORM", lang.T("wayland has the windows drawn without X11")},
	}) + "\n" + lang.T("and, as AWS's SDKs do, by") + "\n\n" + indented(
		"HTTPS_PROXY", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS",
		"AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC", "AWS_ENDPOINT_URL_SIGNIN",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_MAX_ATTEMPTS",
		"AWS_RETRY_MODE",
	) + "\n" + lang.T("Shell and agent must agree on:") + "\n\n" + beside([][2]string{
		{"AWS_CONFIG_FILE", lang.T("the config file")},
		{"AWS_SHARED_CREDENTIALS_FILE", lang.T("the credentials file")},
		{"AWS_LOGIN_CACHE_DIRECTORY", lang.T("the folder of console sign-ins")},
	}) + "\n" + lang.T("daypass sets:") + "\n\n" + beside([][2]string{
		{"DAYPASS_PROFILE", lang.T("the profile whose credentials a shell or a command has")},
		{"DAYPASS_SESSION", lang.T("what session keys in the shell are: NAME, or NAME-MFA-STS once a code was given")},
		{"DAYPASS_EXPORTED", lang.T("what the last export has set; the next one reads it")},
		{"DAYPASS_EXEC", lang.T("the profile, within \"daypass exec\"")},
		{"DAYPASS_SHELL", lang.T("for one call, by the function of \"daypass shell-init\"")},
		{"DAYPASS_ZDOTDIR", lang.T("while a zsh of \"daypass exec\" starts")},
		{"DAYPASS_PROCESS_CHAIN", lang.T("for the programs of credential_process and mfa_process")},
		{"DAYPASS_MFA_SERIAL", lang.T("for mfa_process: the device whose code is wanted")},
	}) + "\n" + lang.T("What export, exec and switch set and unset for AWS's tools: \"daypass help\nformats\" and \"daypass help shell\". No agent gets AWS_PROFILE or a key of a\nshell that starts it.")
}

func aboutExitStatuses() string {
	rows := make([][2]string, 0, len(statuses))
	for _, s := range statuses {
		rows = append(rows, [2]string{strconv.Itoa(s.status), lang.T(s.means)})
	}
	return beside(rows) + "\n" + lang.T(`All else that "daypass exec" ends with is the command's own status. exec ends
with 125 also for wrong usage, and where a person is needed.

list and status end with 0 whatever state the profiles are in; "daypass status
NAME" ends with 1 where there is no such profile. "sso login" has the status of
the sign-in: profiles that could not be refreshed are listed on stderr. "sso
import" and "sso migrate" end with 3 where there is a change to write and
neither a terminal to ask in nor --yes.`)
}

func aboutFiles() string {
	return lang.T(`On Linux, where XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_RUNTIME_DIR move the
folders:`) + "\n\n" + beside([][2]string{
		{"~/.config/daypass/config.toml", lang.T("settings: see \"daypass help config\"")},
		{"~/.config/daypass/bookmarks.toml", lang.T("bookmarks of the console")},
		{"~/.local/state/daypass/sessions.age", lang.T("sessions, and what was written where; encrypted")},
		{"~/.local/state/daypass/keyring", lang.T("the keys of the keyring \"file\"; encrypted")},
		{"~/.local/state/daypass/visits.json", lang.T("the consoles that were opened")},
		{"~/.local/state/daypass/agent.log", lang.T("the log of an agent that a command has started")},
		{"$XDG_RUNTIME_DIR/daypass/agent.sock", lang.T("the agent's socket")},
	}) + "\n" + lang.T(`On macOS the first two folders are ~/Library/Application Support/daypass. On
Windows the settings are in %APPDATA%\daypass, all else in
%LOCALAPPDATA%\daypass.

Files of AWS, which daypass reads and writes:`) + "\n\n" + beside([][2]string{
		{"~/.aws/config", lang.T("profiles; AWS_CONFIG_FILE names another")},
		{"~/.aws/credentials", lang.T("credentials; AWS_SHARED_CREDENTIALS_FILE names another")},
		{"~/.aws/sso/cache", lang.T("sign-ins to IAM Identity Center, shared with the AWS CLI")},
		{"~/.aws/login/cache", lang.T("sign-ins to the console, shared with it; AWS_LOGIN_CACHE_DIRECTORY names another")},
		{"~/.aws/cli/cache", lang.T("what the AWS CLI keeps; \"daypass sso logout\" removes what is of the session")},
	}) + "\n" + lang.T("Long-term keys are in the keyring of the desktop. \"daypass version\" says which\nAWS files the agent works on.")
}

func aboutFormats() string {
	return lang.T("\"daypass export NAME --format FORMAT\" prints credentials:") + "\n\n" + beside([][2]string{
		{"env", lang.T("export statements for sh, bash, dash and zsh; the default")},
		{"env-no-export", lang.T("NAME=value lines for files and env(1)")},
		{"fish", lang.T("set statements for fish")},
		{"powershell", lang.T("statements for PowerShell")},
		{"windows-cmd", lang.T("set statements for cmd.exe")},
		{"ec2", lang.T("as env, with the names that older tools read: AWS_ACCESS_KEY, AWS_SECRET_KEY, AWS_DELEGATION_TOKEN, AWS_SECURITY_TOKEN")},
		{"ini", lang.T("a section of the credentials file")},
		{"process", lang.T("JSON, as from a credential_process")},
		{"sts", lang.T("JSON, as \"aws sts assume-role\" prints it")},
		{"json", lang.T("JSON with access_key, secret_key, session_token, expiration")},
	}) + "\n" + lang.T(`  eval "$(daypass export NAME)"
  daypass export NAME --format fish | source
  daypass export NAME --format powershell | Out-String | iex

Formats for shells set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, the region as AWS_REGION and AWS_DEFAULT_REGION, and the end
as AWS_CREDENTIAL_EXPIRATION and AWS_SESSION_EXPIRATION. They unset what would
give an SDK another identity, AWS_PROFILE above all, and what an earlier export
has set. How AWS is reached goes along where the profile says so: URLs of
endpoints, FIPS, dual stack, the file of CA certificates. Each value is safe to
evaluate; each statement of env, fish and ec2 ends with a semicolon, so that
eval $(daypass export NAME) does the same without quotes.

env-no-export, windows-cmd, ini and process are as the AWS CLI prints them.`)
}

func aboutLayouts() string {
	return lang.T(`A layout says which section of the credentials file has the long-term key of a
profile NAME, and which its temporary credentials:

  layout         key               temporary credentials
  temporary      [NAME]            [NAME], or [NAME-temporary]
  aws-mfa        [NAME-long-term]  [NAME]
  aws-iam-login  [NAME]            [NAME-sts]

With "temporary" a profile keeps its own name, unless its section has settings
that AWS's tools do not agree on beside keys (role_arn, sso_session …), or a
key that the keyring has no copy of.

Layouts are read as they are found, side by side: a key in [NAME-long-term] is
a profile of aws-mfa's, and so are aws_mfa_device, assume_role and
role_session_name there; a section with username beside its key is one of
aws-iam-login's. For others it is the setting that decides:

  daypass settings set layout aws-mfa
  daypass settings set derived_suffix -sts
  daypass settings set long_term_suffix -long-term

The name of a section that a profile's credentials go to stands for that
profile, also as source_profile, and before the section is there.

The end is written as aws_credential_expiration; with aws-mfa also as
expiration, in UTC, beside aws_security_token, assumed_role and
assumed_role_arn. Where the config file has role_arn, sso_* or the like for a
section that keys would go to, it is refused.

A flag comes before the environment, that before what the file says, and that
before the settings; "daypass explain NAME" says where each value came from.`)
}

func aboutOldWords() string {
	return lang.T(`daypass understands the commands of other programs, and does by its agent what
their documentation says:

  daypass as aws-mfa …
  daypass as aws-auth …
  daypass as aws-iam-login …
  daypass as ec2switch …         and ec2now, ec2mfa, generate-sts-role-token
  daypass as aws-vault …
  daypass as assume …            of granted

The same happens where daypass is called by such a name, through a link.
daypass makes none itself:

  ln -s "$(command -v daypass)" ~/bin/aws-mfa

The name chooses what the flags mean, and nothing else: files, agent and rights
are the same.

ec2switch, ec2mfa and assume set the shell that they are typed in. For that
they are functions of the shell:

  eval "$(daypass shell-init bash --old-words)"

What is not carried over says so in one sentence. MIGRATING.md has a table for
each of these programs, and for others.`)
}

func aboutShell() string {
	return lang.T(`Put one line into the start file of your shell:

  eval "$(daypass shell-init bash)"                  ~/.bashrc
  eval "$(daypass shell-init zsh)"                   ~/.zshrc, after compinit
  daypass shell-init fish | source                   ~/.config/fish/config.fish
  daypass shell-init powershell | Out-String | iex   $PROFILE

It defines a function, daypass, of a few lines, with which

  daypass switch NAME   makes this shell use the profile NAME
  daypass switch        lists profiles
  daypass mfa           gets what the present one lacks: a code, or a sign-in
  daypass now           says who this shell is: account, MFA, region, time left
  daypass unset         takes out of it what daypass has set

All other commands go through to the program. What the function evaluates is
the output of a finished program, and only if that has succeeded.

switch sets AWS_PROFILE, AWS_REGION, AWS_DEFAULT_REGION and DAYPASS_PROFILE,
and unsets keys and all else that comes before them: no secret enters the
shell. With --keys it sets session keys instead, never the long-term key;
sensitive profiles refuse that. switch asks nobody; with --mfa it asks at once
for what is missing.

The line also defines completion, and a function daypass_prompt for the prompt:
"daypass shell-init --help" says how to use it. It starts no process unless
something has changed.`)
}

func aboutUnattended() string {
	return lang.T(`Where there is neither a terminal nor a desktop, as under cron and in CI,
nobody is asked. On a machine that has a desktop --no-input says the same, or
DAYPASS_NO_INPUT=1 in the environment: no window opens, no terminal is read,
and a window that is open already is not waited for.

What can be had without a person is got as always: credentials that are still
valid, what the keyring's key, a role behind a valid session or a signed-in
session of Identity Center gives, an MFA code by mfa_process. Else the command
ends with 3, at once, and one sentence says what is missing: the code of which
device, the sign-in of which session, the keyring's passphrase. "daypass exec"
ends with 125 then.

  daypass --no-input export ci --format process
  echo "$CODE" | daypass login ci --mfa-code -
  daypass exec ci --no-input --min-ttl 45m -- ./deploy

--min-ttl renews first what has less left than a job takes. The keyring "file"
opens without a person by DAYPASS_KEYRING_PASSPHRASE_FILE. For --json and
--plain see each command.`)
}
