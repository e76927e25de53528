package profile

import (
	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/answers"
	"daypass/internal/lang"
)

// consoleSignIn is somebody who is signed in to the console, as "aws login" writes it:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html
var consoleSignIn = source{
	kind: creds.KindConsole, settings: []string{loginSession}, keyless: true,
	take:    takeConsoleSignIn,
	origin:  originOfLogin,
	account: func(p Profile) string { return AccountOf(p.LoginSession()) },
	// The clients of the AWS CLI and SDKs follow the profile's settings, too.
	endpoint: func(p Profile, of func(service string, own Endpoints) string) string {
		return of(serviceSignin, p.Endpoints)
	},
}

// consoleChosen is a profile that nobody has signed in to the console for yet. AWS's tools
// find no credentials in it, so it comes last.
var consoleChosen = source{
	kind: creds.KindConsole,
	take: func(ps Resolver, c *Chain) (bool, error) {
		b := c.Base
		if ps.Console == nil || !ps.Console(b.Name) || b.RoleARN != "" || b.Source != "" || b.CredentialSource != "" {
			return false, nil
		}
		c.withoutDevice()
		return true, nil
	},
}

const loginSession = "login_session"

// LoginSession is the ARN of who is signed in to the console, "" if the profile's own
// settings name nobody.
func (p Profile) LoginSession() string { return p.Own(loginSession) }

// ComesFromLogin reports whether an origin starts from the sign-in of an ARN. Everything
// else in it is quoted and cannot look like that.
func ComesFromLogin(origin, arn string) bool { return holds(origin, labelLogin, arn) }

const labelLogin = " login="

func originOfLogin(c Chain, add func(label, value string)) { add(labelLogin, c.Base.LoginSession()) }

func takeConsoleSignIn(_ Resolver, c *Chain) (taken bool, err error) {
	b := c.Base
	switch {
	case b.LoginSession() == "":
		return false, nil
	case answers.Identity(b.LoginSession()) != nil:
		return true, &creds.Error{
			Code:    creds.CodeBadProfile,
			Message: lang.Sprintf("login_session in %s is %.200q, which is no ARN of somebody who can sign in to the console", SectionOf(b.Name), b.LoginSession()),
			Advice:  lang.Sprintf("Remove that line, and sign in with: daypass add %s --console", advice.Word(b.Name)),
		}
	}
	c.withoutDevice()
	return true, nil
}

// withoutDevice removes the MFA device: who signs in to the console shows a code there.
func (c *Chain) withoutDevice() { c.MFASerial, c.MFAOfSource, c.Spared = "", false, "" }
