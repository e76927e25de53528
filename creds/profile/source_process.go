package profile

import (
	"crypto/sha256"
	"encoding/hex"

	"daypass/creds"
	"daypass/internal/cmdline"
)

// programOfPerson is a person's own one that prints credentials, such as a password manager:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html
var programOfPerson = source{
	kind: creds.KindProcess, settings: []string{credentialProcess},
	take: takeProgram,
	origin: func(c Chain, add func(label, value string)) {
		// A mark: the line may be long, and should hold no secret but may.
		mark := sha256.Sum256([]byte(c.Base.CredentialProcess()))
		add(labelProcess, hex.EncodeToString(mark[:8]))
	},
}

const labelProcess = " process="

const credentialProcess = "credential_process" //nolint:gosec // the name of a setting

// mfaProcess is not a setting of AWS's tools but of aws-vault.
const mfaProcess = "mfa_process"

// CredentialProcess is the command line of a program that prints credentials, or "".
func (p Profile) CredentialProcess() string { return p.Own(credentialProcess) }

func takeProgram(ps Resolver, c *Chain) (taken bool, err error) {
	line := c.Base.CredentialProcess()
	if line == "" {
		return false, nil
	}
	argv, err := cmdline.Split(line)
	switch {
	case err != nil:
		return true, creds.Errorf(creds.CodeBadProfile, "%s cannot be run: %v", c.Base.Setting(credentialProcess), err)
	case len(argv) == 0 || argv[0] == "":
		return true, creds.Errorf(creds.CodeBadProfile, "%s names no program", c.Base.Setting(credentialProcess))
	case creds.CalledAs(argv[0]) != "" || ps.IsDaypass != nil && ps.IsDaypass(argv[0]):
		// It would wait for itself.
		c.Kind = c.kindOf(creds.KindOther)
		return true, c.foreign("a credential_process of daypass itself")
	}
	return true, nil
}

// MFAProcess returns the command line of a program that prints codes of the chain's MFA
// device, and the setting that has it; "" if the files name none. As with the device, the
// profile that was asked for comes first, and the base last.
func (c Chain) MFAProcess() (line, setting string) {
	for _, p := range c.profiles() {
		if p.MFAProcess != "" {
			return p.MFAProcess, p.Setting(mfaProcess)
		}
	}
	return "", ""
}

// Names returns the names of the chain's profiles, that asked for first and the base last.
func (c Chain) Names() []string {
	var names []string
	for _, p := range c.profiles() {
		names = append(names, p.Name)
	}
	return names
}

func (c Chain) profiles() []Profile {
	var all []Profile
	for i := len(c.Roles) - 1; i >= 0; i-- {
		all = append(all, c.Roles[i].Profile)
	}
	return append(all, c.Base)
}
