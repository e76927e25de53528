package core

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/jsoncache"
	"daypass/internal/lang"
	"daypass/internal/program"
	"daypass/internal/secret"
)

const (
	// keysLimit is how long a credential_process may take: as long as the Go SDK allows it,
	// https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/credentials/processcreds.
	keysLimit = time.Minute
	// codeLimit is how long an mfa_process may take: a code that comes later is another.
	codeLimit = 30 * time.Second
	// envDevice is the MFA device that an mfa_process is asked about.
	envDevice = "DAYPASS_MFA_SERIAL"
	// endless is how long the credentials of a program last that does not say: as short as
	// any session of AWS's, so that the program is asked again in time.
	endless = creds.MinSession
)

// runProgram runs a program for a chain. setting names what has its command line.
func (o *owners) runProgram(ctx context.Context, setting, line string, c profile.Chain, by creds.Requester, limit time.Duration, own ...string) ([]byte, error) {
	started := time.Now()
	out, err := program.Run(ctx, line, limit, append(own, creds.EnvWithin+"="+creds.AddWithin(by.Within, c.Base.Name))...)
	o.cfg.Log.Debug("ran a program", "profile", c.Asked, "setting", setting, "ms", time.Since(started).Milliseconds(), "failed", err != nil)
	failed, ok := errors.AsType[*program.Error](err)
	switch {
	case !ok:
		return out, err
	case failed.Fault:
		return nil, &creds.Error{
			Code: creds.CodeBadProfile, Message: lang.Sprintf("%s: %s", setting, failed.Text),
			Advice: lang.T(`Correct it, or name the program by its whole path or its folder in the setting path of config.toml; that is read when the agent starts, so then: daypass stop`),
		}
	case failed.Said != "":
		return nil, creds.Errorf(creds.CodeProgram, "%s: %s and says: %s", setting, failed.Text, creds.Said(failed.Said))
	}
	return nil, creds.Errorf(creds.CodeProgram, "%s: %s and says nothing about it", setting, failed.Text)
}

func errCircle(c profile.Chain) error {
	return &creds.Error{
		Code:    creds.CodeBadProfile,
		Message: lang.Sprintf("profile %q is asked for by the program that daypass runs for %q, and so would wait for itself", c.Asked, c.Base.Name),
		Advice:  lang.T("Let that program get what it prints from elsewhere."),
	}
}

// mayRun reports whether programs may be run for a profile: silent work does so only if
// somebody has asked for the profile since the agent's start.
func (o *owners) mayRun(name string, unattended bool) bool {
	return !unattended || o.activity.get(name).requested && o.choices.leaseOf(name) == 0
}

// codeProgram returns the command line of the program that prints codes of the chain's MFA
// device, and the setting that has it; "" if there is none. The AWS files come before the
// settings, and a profile's own setting before that for all.
func (o *owners) codeProgram(c profile.Chain) (line, setting string) {
	if c.MFASerial == "" {
		return "", ""
	}
	if line, setting = c.MFAProcess(); line != "" {
		return line, setting
	}
	chosen := o.choices.settings()
	for _, name := range c.Names() {
		if line = chosen.Profile[name].MFAProcess; line != "" {
			return line, lang.Sprintf("mfa_process of profile %q in daypass's settings", name)
		}
	}
	return chosen.MFAProcess, lang.T("mfa_process in daypass's settings")
}

// answersItself reports whether a chain needs no person for a code, as a program has it,
// and may be asked silently.
func (o *owners) answersItself(c profile.Chain) bool {
	line, _ := o.codeProgram(c)
	return line != "" && o.mayRun(c.Asked, true)
}

// readCode runs the program that prints codes.
func (o *owners) readCode(ctx context.Context, line, setting string, c profile.Chain, by creds.Requester) (string, error) {
	out, err := o.runProgram(ctx, setting, line, c, by, codeLimit, envDevice+"="+c.MFASerial)
	if err != nil {
		return "", err
	}
	digits, ok := creds.MFACode(string(out))
	if !ok {
		return "", creds.Errorf(creds.CodeProgram, "%s: what the program printed is no code of six digits", setting)
	}
	return digits, nil
}

// printed is what a credential_process prints.
type printed struct {
	Version         any
	AccessKeyID     string `json:"AccessKeyId"` //nolint:tagliatelle // AWS's form
	SecretAccessKey string
	SessionToken    string
	Expiration      string
	AccountID       string `json:"AccountId"` //nolint:tagliatelle // As above.
}

// programKeys are what a credential_process printed.
type programKeys struct {
	id            string
	secret, token secret.Text // token is zero with a long-term key
	expires       time.Time   // zero if it did not say
	account       string
}

// runForKeys runs the credential_process that a chain starts from.
func (o *owners) runForKeys(ctx context.Context, c profile.Chain, by creds.Requester) (programKeys, error) {
	setting := c.Base.Setting("credential_process")
	out, err := o.runProgram(ctx, setting, c.Base.CredentialProcess(), c, by, keysLimit)
	if err != nil {
		return programKeys{}, err
	}
	keys, err := readKeys(out, o.aws.Now())
	if err != nil {
		return programKeys{}, creds.Errorf(creds.CodeProgram, "%s: %v", setting, err)
	}
	return keys, nil
}

// readKeys reads what a credential_process prints, as AWS's SDKs do. Its errors are clauses
// that hold nothing of it.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
func readKeys(out []byte, now time.Time) (programKeys, error) {
	var p printed
	in := json.NewDecoder(strings.NewReader(string(out)))
	if err := in.Decode(&p); err != nil {
		return programKeys{}, lang.Error("what the program printed is not the JSON that a credential_process prints")
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return programKeys{}, lang.Error("the program printed more than the JSON that a credential_process prints")
	}
	k := programKeys{id: p.AccessKeyID, secret: secret.New(p.SecretAccessKey), token: secret.New(p.SessionToken), account: p.AccountID}
	switch {
	case p.Version != float64(1):
		return programKeys{}, lang.Error("the JSON that the program printed is not of Version 1, a number")
	case p.AccessKeyID == "":
		return programKeys{}, lang.Error("the JSON that the program printed has no AccessKeyId")
	case !answers.IsKeyID(p.AccessKeyID):
		return programKeys{}, lang.Error("the AccessKeyId that the program printed cannot be one")
	case p.SecretAccessKey == "":
		return programKeys{}, lang.Error("the JSON that the program printed has no SecretAccessKey")
	case answers.Text(lang.T("secret access key"), p.SecretAccessKey) != nil:
		return programKeys{}, lang.Error("the SecretAccessKey that the program printed cannot be one")
	case answers.Optional(lang.T("session token"), p.SessionToken) != nil:
		return programKeys{}, lang.Error("the SessionToken that the program printed cannot be one")
	case p.SessionToken == "" && awsfile.IsSessionID(p.AccessKeyID):
		return programKeys{}, lang.Error("the program printed a temporary access key without its SessionToken")
	case p.SessionToken != "" && awsfile.IsLongTermID(p.AccessKeyID):
		return programKeys{}, lang.Error("the program printed a long-term access key with a SessionToken, which AWS does not take together")
	case p.AccountID != "" && (len(p.AccountID) != 12 || strings.Trim(p.AccountID, "0123456789") != ""):
		return programKeys{}, lang.Error("the AccountId that the program printed is no number of twelve digits")
	case p.Expiration == "" || p.SessionToken == "":
		return k, nil
	}
	ends, ok := jsoncache.ParseTime(p.Expiration)
	switch left := ends.Sub(now); {
	case !ok:
		return programKeys{}, lang.Error("the Expiration that the program printed is no time such as 2026-01-02T03:04:05Z")
	case left < time.Minute:
		return programKeys{}, lang.Error("the credentials that the program printed have ended, or do in less than a minute")
	}
	k.expires = ends
	return k, nil
}

// isDaypass reports whether the first word of a command line leads to one of daypass's own
// programs, which are in the agent's folder.
func isDaypass(word string) bool {
	found, err := exec.LookPath(word)
	if err != nil {
		return false
	}
	is, err := os.Stat(found)
	if err != nil {
		return false
	}
	self, err := os.Executable()
	if err != nil {
		return false
	}
	name := creds.Name
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if links, err := filepath.EvalSymlinks(self); err == nil {
		self = links
	}
	for _, own := range []string{filepath.Join(filepath.Dir(self), name), self} {
		if ours, err := os.Stat(own); err == nil && os.SameFile(ours, is) {
			return true
		}
	}
	return false
}
