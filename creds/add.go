package creds

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"daypass/creds/agentapi"
	"daypass/creds/answers"
	"daypass/creds/awsfile"
)

// Add stores a long-term key in the keyring and a profile for it in the config
// file, after asking AWS whose it is. Nothing is stored if AWS does not know the
// key.
func (m *Manager) Add(ctx context.Context, r agentapi.AddRequest) (agentapi.AddReply, error) {
	p, err := m.checkAdd(ctx, r)
	if err != nil {
		return agentapi.AddReply{}, err
	}
	select {
	case <-m.adding:
		defer func() { m.adding <- struct{}{} }()
	case <-ctx.Done():
		return agentapi.AddReply{}, ctx.Err()
	}
	key := LongTermKey{ID: r.AccessKeyID, Secret: r.SecretAccessKey}
	old, err := m.cfg.Vault.Key(ctx, r.Profile)
	var known *agentapi.Error
	switch {
	case errors.As(err, &known) && known.Code == agentapi.CodeNoKey:
	case errors.Is(err, errDamagedItem) && r.Replace:
	case err != nil:
		return agentapi.AddReply{}, err
	case old.ID != key.ID && !r.Replace:
		return agentapi.AddReply{}, coded(agentapi.CodeKeyExists,
			"the keyring already holds the key %s for profile %q; nothing was changed", old.ID, r.Profile)
	}

	reply, device, err := m.identify(ctx, p, r, key)
	if err != nil {
		return agentapi.AddReply{}, err
	}
	if err := m.cfg.Vault.SetKey(ctx, r.Profile, key); err != nil {
		return agentapi.AddReply{}, err
	}
	m.mu.Lock()
	m.keys[r.Profile] = true
	m.store.Accounts[r.Profile] = accountOf(reply.UserARN)
	m.mu.Unlock()
	var forgotten error
	plain := p.hasLongTermKey() && p.accessKeyID != key.ID
	if old.ID != "" && old.ID != key.ID || plain {
		forgotten = m.forgetUser(ctx, r.Profile)
	}
	err = errors.Join(forgotten, m.writeProfile(ctx, r, device))
	_ = m.save(true) // a problem that the snapshot tells, and that is tried again
	m.changed()
	if err != nil {
		return agentapi.AddReply{}, err
	}
	reply.Status, err = m.Status(ctx, r.Profile)
	return reply, err
}

// checkAdd refuses what could not become a user's profile.
func (m *Manager) checkAdd(ctx context.Context, r agentapi.AddRequest) (profile, error) {
	if err := awsfile.CheckName(awsfile.Config, awsfile.Profile(r.Profile)); err != nil {
		return profile{}, coded(agentapi.CodeBadRequest, "this profile cannot be added: %v", err)
	}
	switch {
	case !answers.IsKeyID(r.AccessKeyID):
		// Not quoted: it may be the secret, typed at the wrong prompt.
		return profile{}, coded(agentapi.CodeBadRequest, "this is not an access key id: it should be 20 letters and digits that begin with AKIA")
	case strings.HasPrefix(r.AccessKeyID, "ASIA"):
		return profile{}, coded(agentapi.CodeBadRequest, "%s is a temporary key; only a long-term one, which begins with AKIA, can be kept", r.AccessKeyID)
	case r.MFASerial != "" && answers.Serial(r.MFASerial) != nil:
		return profile{}, coded(agentapi.CodeBadRequest, "%q is no MFA device; give its ARN, or the serial number of a hardware device", r.MFASerial)
	case r.SecretAccessKey.IsZero():
		return profile{}, coded(agentapi.CodeBadRequest, "the secret access key is empty")
	case strings.ContainsFunc(r.SecretAccessKey.Reveal(), func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		return profile{}, coded(agentapi.CodeBadRequest, "the secret access key has white space or characters that none has")
	}
	if err := m.load(ctx, agentapi.Requester{}); err != nil {
		return profile{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	if problem, broken := m.problems[topicFiles]; broken {
		return profile{}, &problem
	}
	p, exists := m.files.profiles[r.Profile]
	if exists && (p.wantsDerivedName() || p.source != "") {
		return p, coded(agentapi.CodeBadRequest,
			"profile %q is there already and gets its credentials in another way; choose another name for the key", r.Profile)
	}
	p.name = r.Profile
	if r.Region != "" {
		p.region = r.Region
	}
	return p, nil
}

// identify asks AWS whose the key is, and which MFA device its user has.
func (m *Manager) identify(ctx context.Context, p profile, r agentapi.AddRequest, key LongTermKey) (reply agentapi.AddReply, device string, err error) {
	region := p.region
	if region == "" {
		region = partitionRegion(r.MFASerial)
	}
	api, err := m.client.sts(p, region, key.ID, key.Secret.Reveal(), "")
	if err != nil {
		return reply, "", err
	}
	caller, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err == nil {
		err = answers.IdentityIn(aws.ToString(caller.Arn), aws.ToString(caller.Account))
	}
	if err != nil {
		return reply, "", m.client.explainCall("the key was not stored", err)
	}
	reply.UserARN = aws.ToString(caller.Arn)
	if strings.HasSuffix(reply.UserARN, ":root") {
		// It works, but for roles, which AWS lets no root user assume.
		reply.Note = "this is a key of the account's root user, which may do everything; AWS advises to use a user's or Identity Center instead"
	}
	if r.MFASerial != "" {
		return reply, r.MFASerial, nil
	}
	users, err := m.client.iam(p, region, key.ID, key.Secret.Reveal())
	if err != nil {
		return reply, "", err
	}
	list, err := users.ListMFADevices(ctx, &iam.ListMFADevicesInput{})
	if err != nil {
		var denied smithy.APIError
		if errors.As(err, &denied) && strings.HasPrefix(denied.ErrorCode(), "AccessDenied") {
			if accountOf(p.mfaSerial) == accountOf(reply.UserARN) {
				return reply, p.mfaSerial, nil
			}
			reply.Note = "AWS does not let this user list its MFA devices; if it has one, add it again with --mfa-serial"
			return reply, "", nil
		}
		return reply, "", m.client.explainCall("the key was not stored", err)
	}
	if list.MFADevices == nil {
		// None at all are an empty list. Nothing is not: it would take mfa_serial
		// out of the config file.
		return reply, "", m.client.explainCall("the key was not stored", answers.Missing("list of MFA devices"))
	}
	var others int
	for _, d := range list.MFADevices {
		serial := aws.ToString(d.SerialNumber)
		if fault := answers.Serial(serial); fault != nil {
			return reply, "", m.client.explainCall("the key was not stored", fault)
		}
		switch {
		case strings.Contains(serial, ":u2f/"):
			// STS takes no FIDO keys, only codes.
			reply.Note = "the user's FIDO security key cannot be used here: AWS's API takes codes only"
		case serial == p.mfaSerial:
			return reply, serial, nil
		case device == "":
			device = serial
		default:
			others++
		}
	}
	if others > 0 {
		reply.Note = fmt.Sprintf("the user has %d MFA devices; the first is used, and mfa_serial in the config file changes that", others+1)
	}
	return reply, device, nil
}

// writeProfile puts region and mfa_serial into the config file, and where the
// credentials file has them, which comes first, there too.
func (m *Manager) writeProfile(ctx context.Context, r agentapi.AddRequest, device string) error {
	section := awsfile.Profile(r.Profile)
	err := awsfile.Update(ctx, awsfile.Config, m.cfg.Files.Config, func(f *awsfile.File) error {
		region := r.Region
		if has, _ := f.Get(section, "region"); region == "" && has == "" {
			// A section must hold something, or some readers drop it.
			region = partitionRegion(device)
			if inherited, _ := f.Get(awsfile.Profile("default"), "region"); inherited != "" {
				region = inherited
			}
		}
		if device == "" {
			// Another user's, of a key that was replaced.
			if err := f.Unset(section, "mfa_serial"); err != nil {
				return err
			}
		}
		for _, v := range []struct{ key, value string }{{"region", region}, {"mfa_serial", device}} {
			if v.value == "" {
				continue
			}
			if err := f.Set(section, v.key, v.value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fileError(fmt.Errorf("the key is in the keyring, but its profile was not written: %w", err))
	}
	err = awsfile.Update(ctx, awsfile.Credentials, m.cfg.Files.Credentials, func(f *awsfile.File) error {
		there := f.Values(section)
		if there["mfa_serial"] != "" && device == "" {
			if err := f.Unset(section, "mfa_serial"); err != nil {
				return err
			}
		}
		for _, v := range []struct{ key, value string }{{"region", r.Region}, {"mfa_serial", device}} {
			if there[v.key] == "" || v.value == "" || there[v.key] == v.value {
				continue
			}
			if err := f.Set(section, v.key, v.value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fileError(fmt.Errorf("the key is in the keyring, but what the credentials file says of its profile is as before: %w", err))
	}
	return nil
}

// forgetUser drops what was made with the key that a profile had before.
func (m *Manager) forgetUser(ctx context.Context, name string) error {
	if err := m.ground(ctx, func(f *flight) bool { return f.base == name }); err != nil {
		return err
	}
	m.mu.Lock()
	var names []string
	for on := range m.store.Held {
		if s, err := m.stand(on); err == nil && s.chain.base.name == name {
			names = append(names, on)
		}
	}
	for origin := range m.store.Sessions {
		if strings.HasPrefix(origin, originPrefix(name)) {
			delete(m.store.Sessions, origin)
		}
	}
	m.mu.Unlock()
	return m.release(ctx, names...)
}
