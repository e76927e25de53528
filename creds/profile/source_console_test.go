package profile

import (
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/awsfile"
)

// TestWhatAConsoleSignInIs has what a chain starts from, by the files and by the choice of
// the person.
func TestWhatAConsoleSignInIs(t *testing.T) {
	const alice = "arn:aws:iam::111122223333:user/alice"
	for name, tt := range map[string]struct {
		config, credentials string
		chosen, key         bool
		// kind and account are the chain's, fails is a part of its error.
		kind    creds.Kind
		account string
		fails   string
	}{
		"somebody is signed in": {config: "login_session = " + alice, kind: creds.KindConsole, account: "111122223333"},
		"the root user is":      {config: "login_session = arn:aws:iam::111122223333:root", kind: creds.KindConsole, account: "111122223333"},
		"a role is":             {config: "login_session = arn:aws:sts::111122223333:assumed-role/Admin/bob", kind: creds.KindConsole, account: "111122223333"},
		"a credential_process beside it comes last":       {config: "login_session = " + alice + "\ncredential_process = x", kind: creds.KindConsole, account: "111122223333"},
		"an MFA device beside it is for nothing":          {config: "login_session = " + alice + "\nmfa_serial = arn:aws:iam::111122223333:mfa/a", kind: creds.KindConsole, account: "111122223333"},
		"what is no ARN":                                  {config: "login_session = alice", kind: creds.KindConsole, fails: `login_session in [profile p] is "alice", which is no ARN`},
		"a key in the keyring comes first":                {config: "login_session = " + alice, key: true, kind: creds.KindUser, account: "111122223333"},
		"a key in the files comes first, as with the CLI": {config: "login_session = " + alice, credentials: "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s", kind: creds.KindUser, account: "111122223333"},
		"chosen, and nobody has signed in":                {config: "region = eu-west-1", chosen: true, kind: creds.KindConsole},
		"chosen, with an empty login_session":             {config: "login_session =\nregion = eu-west-1", chosen: true, kind: creds.KindConsole},
		"chosen, with a key":                              {config: "region = eu-west-1", chosen: true, key: true, kind: creds.KindUser},
		"chosen, with a credential_process":               {config: "credential_process = x", chosen: true, kind: creds.KindProcess},
		"chosen, with half a role":                        {config: "source_profile = q", chosen: true, kind: creds.KindRole, fails: "no role_arn"},
		"neither":                                         {config: "region = eu-west-1", kind: creds.KindOther, fails: "no credentials of any kind"},
	} {
		t.Run(name, func(t *testing.T) {
			config := awsfile.Parse(awsfile.Config, []byte("[profile p]\n"+tt.config+"\n"))
			credentials := awsfile.Parse(awsfile.Credentials, nil)
			if tt.credentials != "" {
				credentials = awsfile.Parse(awsfile.Credentials, []byte("[p]\n"+tt.credentials+"\n"))
			}
			profiles, _ := readProfiles(config, credentials, []string{"p"}, sessionSettings(config),
				func(string) (Profile, bool) { return Profile{}, false })
			c, err := Resolver{
				ByName: profiles, HasKey: func(string) bool { return tt.key },
				Ours: func(Profile) bool { return false }, Console: func(string) bool { return tt.chosen },
			}.Resolve("p")
			switch {
			case tt.fails == "" && err != nil, tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)):
				t.Fatalf("%v, want %q", err, tt.fails)
			case c.Kind != tt.kind:
				t.Errorf("its kind is %q, want %q", c.Kind, tt.kind)
			}
			if err != nil {
				return
			}
			if got := c.Account(); got != tt.account || c.Kind == creds.KindConsole && c.MFASerial != "" {
				t.Errorf("account %q, device %q", got, c.MFASerial)
			}
			if c.Kind == creds.KindConsole && c.Base.LoginSession() != "" {
				if origin := c.Origin(0); !ComesFromLogin(origin, c.Base.LoginSession()) || ComesFromLogin(origin, "arn:aws:iam::111122223333:user/al") || ComesFrom(origin, c.Base.LoginSession()) {
					t.Errorf("origin %s", origin)
				}
			}
		})
	}
}

func TestARoleBehindAConsoleSignInIsAssumedWithIt(t *testing.T) {
	const bob = "arn:aws:sts::111122223333:assumed-role/Admin/bob"
	config := awsfile.Parse(awsfile.Config, []byte("[profile base]\nlogin_session = "+bob+"\nregion = eu-west-1\n"+
		"[profile role]\nrole_arn = arn:aws:iam::222222222222:role/Deploy\nsource_profile = base\n"))
	profiles, _ := readProfiles(config, awsfile.Parse(awsfile.Credentials, nil), config.Profiles(), sessionSettings(config),
		func(string) (Profile, bool) { return Profile{}, false })
	c, err := Resolver{ByName: profiles, HasKey: func(string) bool { return false }, Ours: func(Profile) bool { return false }}.Resolve("role")
	if err != nil || c.Kind != creds.KindRole || c.Source != creds.KindConsole || c.Base.Name != "base" || len(c.Roles) != 1 || c.Region != "eu-west-1" {
		t.Errorf("%+v, %v", c, err)
	}
	if !ComesFromLogin(c.Origin(1), bob) {
		t.Errorf("origin %s", c.Origin(1))
	}
}
