package core

import (
	"context"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// addConsole makes a profile that gets its credentials by a sign-in to the console; see
// [Manager.AddConsole]. The profile stays if nobody signs in.
func (ad *adder) addConsole(ctx context.Context, r creds.AddConsoleRequest) error {
	p, exists, err := ad.checkProfile(ctx, r.Profile, r.Region)
	if err != nil {
		return err
	}
	select {
	case <-ad.turn:
		defer func() { ad.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if exists {
		if other := ad.otherCredentials(r.Profile, p); other != "" {
			return &creds.Error{
				Code:    creds.CodeBadRequest,
				Message: lang.Sprintf("profile %q gets its credentials in another way already, by %s", r.Profile, other),
				Advice:  lang.T("Choose another name for the console sign-in, or take that out first."),
			}
		}
	}
	region := r.Region
	if region == "" && p.Region == "" {
		// The AWS CLI asks, and offers this one.
		region = ad.defaultRegion()
	}
	if region != "" {
		if err := ad.writeRegion(ctx, r.Profile, region); err != nil {
			return err
		}
	}
	if p.LoginSession() == "" {
		// AWS's files have no setting that says so before somebody has signed in.
		if err := ad.cfg.Choose(ctx, r.Profile, "console_sign_in", true); err != nil {
			return err
		}
		ad.choices.reread()
	}
	ad.republish()
	return nil
}

// otherCredentials names what else a profile gets credentials by, or would get if it were
// not for its login_session; "" if nothing. The AWS CLI refuses the same.
func (ad *adder) otherCredentials(name string, p profile.Profile) string {
	switch {
	case ad.keyring.has(name):
		return lang.T("the access key in the keyring")
	case p.RoleARN != "":
		return "role_arn"
	case p.Source != "":
		return "source_profile"
	case p.CredentialSource != "":
		return "credential_source"
	case p.HasSSO:
		return lang.T("IAM Identity Center")
	case p.Own("web_identity_token_file") != "":
		return "web_identity_token_file"
	case p.Own("credential_process") != "":
		return "credential_process"
	case p.AccessKeyID != "" && !ad.store.isOurs(p), p.AccessKeyID == "" && !p.SecretKey.IsZero():
		return lang.T("the access key in the AWS files")
	}
	return ""
}

// writeRegion sets a profile's region in the config file.
func (ad *adder) writeRegion(ctx context.Context, name, region string) error {
	err := awsfile.Update(ctx, awsfile.Config, ad.cfg.Files.Config, func(f *awsfile.File) error {
		return f.Set(awsfile.Profile(name), "region", region)
	})
	if err != nil {
		return profile.FileError(lang.Errorf("profile %q was not written: %w", name, err))
	}
	return nil
}
