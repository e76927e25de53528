package core

import (
	"context"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// initialise writes what AWS says of a key beside it; see [Manager.Init].
func (ad *adder) initialise(ctx context.Context, r creds.InitRequest, by creds.Requester) (creds.InitReply, error) {
	if problem := ad.problems.get(topicFiles); problem != nil {
		return creds.InitReply{}, problem
	}
	p, known := ad.files.set().Found(r.Profile)
	if !known {
		_, err := ad.view.status(r.Profile)
		return creds.InitReply{}, err
	}
	key, err := ad.keyOf(ctx, p, by)
	if err != nil {
		return creds.InitReply{}, err
	}
	a := awscall.Purpose{Subject: lang.T("nothing was written"), Settings: p.Setting}
	is, err := ad.whereKnown(ctx, p, creds.AddRequest{MFASerial: p.MFASerial}, key, a)
	if err != nil {
		return creds.InitReply{}, err
	}
	user, isUser := strings.CutPrefix(is.arn[strings.LastIndexByte(is.arn, ':')+1:], "user/")
	if !isUser {
		return creds.InitReply{}, creds.Errorf(creds.CodeBadRequest, "the key of profile %q is that of %s, which is no IAM user and has no user's name", p.Name, is.arn)
	}
	reply := creds.InitReply{UserARN: is.arn, Username: user[strings.LastIndexByte(user, '/')+1:]}
	a.Region = is.region
	found, err := ad.devices(ctx, p, key, is.region)
	if err != nil {
		return creds.InitReply{}, ad.aws.Explain(a, err)
	}
	var notes []string
	switch {
	case slices.Contains(found.usable(), p.MFASerial), found.denied && p.MFASerial != "":
		reply.MFASerial = p.MFASerial
	case len(found.usable()) == 1:
		reply.MFASerial = found.usable()[0]
	case len(found.usable()) > 1:
		notes = append(notes, lang.Sprintf("the user has several MFA devices: write the one to use as mfa_serial beside the key, of %s", strings.Join(found.usable(), ", ")))
	case found.denied:
		notes = append(notes, lang.T("AWS does not let this user list its MFA devices without a code: if it has one, write it as mfa_serial beside the key"))
	case len(found.all) > 0:
		notes = append(notes, lang.T(fidoNote))
	default:
		notes = append(notes, lang.T("the user has no MFA device"))
	}
	before := ad.files.set().PlaceFor(p)
	if err := ad.writeBeside(ctx, p, &reply); err != nil {
		return creds.InitReply{}, err
	}
	ad.republish()
	if now := ad.files.set().PlaceOf(p.Name); now.Layout != before.Layout && now.Aside {
		notes = append(notes, lang.Sprintf("this is the layout of aws-iam-login, and the credentials of %s go to the section %q from now on", p.Name, ad.files.set().DerivedName(p.Name, now.Suffix)))
	}
	reply.Note = strings.Join(notes, "; ")
	return reply, nil
}

// keyOf returns a profile's long-term key, from the keyring or else from the files.
func (ad *adder) keyOf(ctx context.Context, p profile.Profile, by creds.Requester) (creds.LongTermKey, error) {
	if name := ad.keyName(p); name != "" {
		return ad.keeper.key(ctx, name, RefreshOptions{Requester: by})
	}
	if !p.HasLongTermKey() {
		return creds.LongTermKey{}, creds.Errorf(creds.CodeNoKey, "profile %q has no long-term key of its own, neither in the keyring nor in the AWS files", p.Name)
	}
	return profile.ReadKey(ctx, ad.cfg.Files, p)
}

// writeBeside writes a user's name and device into the section with the key: of the
// credentials file if that has it, and else of the config file.
func (ad *adder) writeBeside(ctx context.Context, p profile.Profile, reply *creds.InitReply) error {
	kind, path, name := awsfile.Credentials, ad.cfg.Files.Credentials, p.Name
	if p.KeySection != "" {
		name = p.KeySection
	}
	section := awsfile.Profile(name)
	f, _, err := awsfile.Load(ctx, kind, path)
	if err != nil {
		return profile.FileError(err)
	}
	if id, _ := f.Get(section, "aws_access_key_id"); id == "" || !p.HasLongTermKey() {
		kind, path = awsfile.Config, ad.cfg.Files.Config
	}
	reply.Section, reply.Path = name, path
	err = awsfile.Update(ctx, kind, path, func(f *awsfile.File) error {
		reply.Wrote = nil
		there := f.Values(section)
		for _, v := range []struct{ key, value string }{{"username", reply.Username}, {"mfa_serial", reply.MFASerial}} {
			if v.value == "" || there[v.key] == v.value || v.key == "mfa_serial" && p.MFASerial == v.value {
				continue
			}
			if err := f.Set(section, v.key, v.value); err != nil {
				return err
			}
			reply.Wrote = append(reply.Wrote, v.key)
		}
		return nil
	})
	if err != nil {
		return profile.FileError(lang.Errorf("what AWS says of the key was not written beside it: %w", err))
	}
	return nil
}
