package core

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/creds/vault"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/partition"
)

// adder stores long-term keys.
type adder struct {
	*owners
	keeper *keeper
	writer *writer
	// turn holds a token while no key is being added.
	turn chan struct{}
}

// add stores a long-term key in the keyring and a profile for it in the config
// file, after asking AWS whose it is; see [Manager.Add].
func (ad *adder) add(ctx context.Context, r creds.AddRequest) (creds.AddReply, error) {
	p, err := ad.checkAdd(ctx, r)
	if err != nil {
		return creds.AddReply{}, err
	}
	select {
	case <-ad.turn:
		defer func() { ad.turn <- struct{}{} }()
	case <-ctx.Done():
		return creds.AddReply{}, ctx.Err()
	}
	key := creds.LongTermKey{ID: r.AccessKeyID, Secret: r.SecretAccessKey}
	if isUnattended(ctx) {
		if err := ad.keeper.mustBeOpen(ctx); err != nil {
			return creds.AddReply{}, unasked(err)
		}
	}
	old, err := ad.former(ctx, r)
	if err != nil {
		return creds.AddReply{}, err
	}
	is, err := ad.identify(ctx, p, r, key)
	if err != nil {
		return creds.AddReply{}, err
	}
	if err := ad.cfg.Vault.SetKey(ctx, r.Profile, key); err != nil {
		return creds.AddReply{}, err
	}
	ad.learnKeys(map[string]string{r.Profile: key.ID})
	ad.store.keyBook().learnKey(key.ID, time.Time{})
	ad.store.nameBook().setUser(r.Profile, is.arn)
	var forgotten error
	plain := p.HasLongTermKey() && p.AccessKeyID != key.ID
	if replaced := old.ID != "" && old.ID != key.ID; replaced || plain {
		was := old.ID
		if !replaced {
			was = p.AccessKeyID
		}
		forgotten = ad.forgetUser(ctx, ad.named(r.Profile), was)
	}
	err = errors.Join(forgotten, ad.writeProfile(ctx, r, is))
	if old.ID != "" && old.ID != key.ID {
		if err := ad.dropKey(ctx, old.ID); err != nil {
			ad.cfg.Log.Warn("a replaced key stays in the keyring", "key", old.ID, "err", err)
		}
	}
	_ = ad.keeper.save(true) // the snapshot shows a failure, and it is retried
	ad.republish()
	if err != nil {
		return creds.AddReply{}, err
	}
	reply := creds.AddReply{UserARN: is.arn, Note: strings.Join(is.notes, "; ")}
	reply.Status, err = ad.view.status(ad.named(r.Profile))
	return reply, err
}

// former returns the key that the keyring holds for the profile, the zero value for none. It
// refuses to have another one replaced unasked.
func (ad *adder) former(ctx context.Context, r creds.AddRequest) (creds.LongTermKey, error) {
	old, err := ad.cfg.Vault.Key(ctx, r.Profile)
	switch {
	case creds.CodeOf(err) == creds.CodeNoKey, errors.Is(err, vault.ErrDamagedItem) && r.Replace:
		return creds.LongTermKey{}, nil
	case err != nil:
		return creds.LongTermKey{}, err
	case old.ID != r.AccessKeyID && !r.Replace:
		return creds.LongTermKey{}, creds.Errorf(creds.CodeKeyExists,
			"the keyring already holds the key %s for profile %q; nothing was changed", old.ID, r.Profile)
	}
	return old, nil
}

// checkAdd refuses a request that cannot become a user's profile.
func (ad *adder) checkAdd(ctx context.Context, r creds.AddRequest) (profile.Profile, error) {
	if err := checkLongTerm(creds.LongTermKey{ID: r.AccessKeyID, Secret: r.SecretAccessKey}); err != nil {
		return profile.Profile{}, err
	}
	if r.MFASerial != "" && answers.Serial(r.MFASerial) != nil {
		return profile.Profile{}, creds.Errorf(creds.CodeBadRequest, "%q is no MFA device; give its ARN, or the serial number of a hardware device", r.MFASerial)
	}
	if why := unusable(r.MFASerial); why != "" {
		return profile.Profile{}, creds.Errorf(creds.CodeBadRequest, "%s cannot be used: %s", r.MFASerial, why)
	}
	p, exists, err := ad.checkProfile(ctx, r.Profile, r.Region)
	if err != nil {
		return p, err
	}
	if exists && (p.WantsDerivedName() || p.Source != "") {
		return p, creds.Errorf(creds.CodeBadRequest,
			"profile %q is there already and gets its credentials in another way; choose another name for the key", r.Profile)
	}
	p.Name = r.Profile
	if r.Region != "" {
		p.Region = r.Region
	}
	return p, nil
}

// checkLongTerm refuses what cannot be a long-term key.
func checkLongTerm(key creds.LongTermKey) error {
	switch {
	case !answers.IsKeyID(key.ID):
		// Not quoted: it may be the secret, typed at the wrong prompt.
		return creds.Errorf(creds.CodeBadRequest, "this is not an access key id: it should be 20 letters and digits that begin with AKIA")
	case strings.HasPrefix(key.ID, "ASIA"):
		return creds.Errorf(creds.CodeBadRequest, "%s is a temporary key; only a long-term one, which begins with AKIA, can be kept", key.ID)
	case key.Secret.IsZero():
		return creds.Errorf(creds.CodeBadRequest, "the secret access key is empty")
	case strings.ContainsFunc(key.Secret.Reveal(), func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		return creds.Errorf(creds.CodeBadRequest, "the secret access key has white space or characters that none has")
	}
	return nil
}

// checkProfile refuses a name and a region that no profile can have. It returns what the
// files say of the profile so far.
func (ad *adder) checkProfile(ctx context.Context, name, region string) (p profile.Profile, exists bool, err error) {
	unfit := func(err error) error {
		return creds.Errorf(creds.CodeBadRequest, "this profile cannot be added: %v", err)
	}
	if err := awsfile.CheckName(awsfile.Config, awsfile.Profile(name)); err != nil {
		return p, false, unfit(err)
	}
	if err := checkRegion(region); err != nil {
		return p, false, err
	}
	if err := ad.keeper.load(ctx, creds.Requester{}); err != nil {
		return p, false, err
	}
	if err := ad.moving(name); err != nil {
		return p, false, err
	}
	ad.reread()
	if problem := ad.problems.get(topicFiles); problem != nil {
		return p, false, problem
	}
	if p, exists = ad.files.set().Section(name); exists {
		return p, true, nil
	}
	for _, kind := range []awsfile.Kind{awsfile.Config, awsfile.Credentials} {
		if err := awsfile.CheckNew(kind, awsfile.Profile(name)); err != nil {
			return p, false, unfit(err)
		}
	}
	return p, false, nil
}

func checkRegion(region string) error {
	if region != "" && !partition.IsRegion(region) {
		return creds.Errorf(creds.CodeBadRequest, "%q is no region of AWS; regions are written like eu-central-1", region)
	}
	return nil
}

// identity is what AWS says about a key.
type identity struct {
	arn string
	// region is where AWS knows the key. It is written to the profile unless that has
	// one.
	region string
	device string
	notes  []string
}

// identify asks AWS whose the key is, and which MFA device its user has.
func (ad *adder) identify(ctx context.Context, p profile.Profile, r creds.AddRequest, key creds.LongTermKey) (identity, error) {
	is, err := ad.owner(ctx, p, r, key)
	switch {
	case err != nil || r.NoMFA:
	case r.MFASerial != "":
		is.device = r.MFASerial
	default:
		err = ad.findDevice(ctx, p, key, &is)
	}
	return is, err
}

// notStored is what a failure of AWS means for a new key.
const notStored = "the key was not stored"

// owner asks AWS whose the key is.
func (ad *adder) owner(ctx context.Context, p profile.Profile, r creds.AddRequest, key creds.LongTermKey) (identity, error) {
	is, err := ad.whereKnown(ctx, p, r, key, awscall.Purpose{Subject: lang.T(notStored)})
	if err != nil {
		return is, err
	}
	if standard := ad.regionOfDefault(); r.Region == "" && p.Region == "" && standard != "" && standard != is.region {
		why := lang.T("is not one that knows this key")
		if !partition.IsRegion(standard) {
			why = lang.T("is none of AWS's")
		}
		is.notes = append(is.notes, lang.Sprintf("the region is %s, as the one in [default], %q, %s", is.region, standard, why))
	}
	if strings.HasSuffix(is.arn, ":root") {
		// It works except for roles: AWS lets no root user assume one.
		is.notes = append(is.notes, lang.T("this is a key of the account's root user, which may do everything; AWS advises to use a user's or Identity Center instead"))
	}
	return is, nil
}

// elsewherePatience bounds how long each further partition is asked about a key: a
// network may block the way to it.
const elsewherePatience = 5 * time.Second

// whereKnown finds the region whose STS knows the key, and its user.
//
// A key works only in its own partition, and nothing in it says which one that is. A
// region chosen for this profile decides. Otherwise the default profile's region is
// asked first. If AWS does not know the key there, one region of each other partition is
// asked in turn, so that the key goes no further than it must. They see its ID and a
// signature for this one call, never the secret. a says what it is for.
func (ad *adder) whereKnown(ctx context.Context, p profile.Profile, r creds.AddRequest, key creds.LongTermKey, a awscall.Purpose) (identity, error) {
	a.Settings, a.OwnURL = p.Setting, profile.IsURL(ad.aws.EndpointName(sts.ServiceID, p.Endpoints))
	if chosen := ad.regionFor(p, r, &a); chosen != "" {
		if !a.OwnURL && !partition.IsRegion(chosen) {
			return identity{}, a.Say(creds.CodeBadProfile, lang.T(profile.RegionAdvice), "%s is %q, which is no region of AWS", a.RegionSetting, chosen)
		}
		is, err := ad.caller(ctx, p, chosen, key)
		return is, ad.explainAdd(a, err)
	}
	first := ad.defaultRegion()
	is, err := ad.caller(ctx, p, first, key)
	a.Region = first
	tried := []string{first}
	if err == nil || !awscall.IsUnknownKey(err) {
		return is, ad.explainAdd(a, err)
	}
	for _, other := range partition.All() {
		if slices.Contains(tried, other.Region) {
			continue
		}
		there, cancel := context.WithTimeout(ctx, elsewherePatience)
		found, refused := ad.caller(there, p, other.Region, key)
		cancel()
		switch {
		case ctx.Err() != nil:
			return identity{}, ctx.Err()
		case refused == nil:
			return found, nil
		case awscall.IsWrongSecret(refused):
			a.Region = other.Region
			return identity{}, ad.explainAdd(a, refused)
		}
		tried = append(tried, other.Region)
	}
	return identity{}, &creds.Error{
		Code:    creds.CodeKeyInvalid,
		Message: lang.Sprintf("%s: AWS does not know it in any of its partitions (asked in %s): its id is mistyped, or it was deleted or made inactive", a.Subject, strings.Join(tried, ", ")),
		Advice:  lang.T(addAdvice),
	}
}

// addAdvice goes with a key that AWS refuses.
const addAdvice = "Look at both parts of the key; if they are right, make another one in the IAM console."

// explainAdd is [awscall.Client.Explain] for a key that is not stored yet. Its advice
// does not speak of a stored one.
func (ad *adder) explainAdd(a awscall.Purpose, err error) error {
	explained := ad.aws.Explain(a, err)
	if known, ok := errors.AsType[*creds.Error](explained); ok && known.Code == creds.CodeKeyInvalid {
		return &creds.Error{Code: known.Code, Message: known.Message, Advice: lang.T(addAdvice)}
	}
	return explained
}

// regionFor returns the region chosen for the profile itself, or "". It notes in a which
// setting that is.
func (ad *adder) regionFor(p profile.Profile, r creds.AddRequest, a *awscall.Purpose) string {
	_, inARN := partition.OfARN(r.MFASerial)
	switch {
	case r.Region != "":
		a.Region = r.Region
	case p.Region != "":
		a.Region, a.RegionSetting = p.Region, p.Setting("region")
	case inARN:
		a.Region = profile.PartitionRegion(r.MFASerial)
		if of, ok := partition.Of(ad.regionOfDefault()); ok && of.Has(a.Region) {
			a.Region = ad.regionOfDefault()
		}
	}
	return a.Region
}

// defaultRegion returns the default profile's region if that is one of AWS's, else that
// of the standard partition.
func (ad *adder) defaultRegion() string {
	if region := ad.regionOfDefault(); partition.IsRegion(region) {
		return region
	}
	return profile.PartitionRegion("")
}

func (ad *adder) regionOfDefault() string {
	return ad.files.set().Profiles["default"].Region
}

// caller asks a region's STS who the key belongs to.
func (ad *adder) caller(ctx context.Context, p profile.Profile, region string, key creds.LongTermKey) (identity, error) {
	api, err := ad.aws.STS(p, region, key.ID, key.Secret.Reveal(), "")
	if err != nil {
		return identity{}, err
	}
	caller, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err == nil {
		err = answers.IdentityIn(aws.ToString(caller.Arn), aws.ToString(caller.Account))
	}
	if err != nil {
		return identity{}, err
	}
	is := identity{arn: aws.ToString(caller.Arn), region: region}
	if of, ok := partition.OfARN(is.arn); ok && !of.Has(region) {
		// A person's own endpoint takes any region.
		is.region = of.Region
	}
	return is, nil
}

// writeProfile sets region and mfa_serial in the config file. The credentials file wins
// where it has them, so they are set there as well.
func (ad *adder) writeProfile(ctx context.Context, r creds.AddRequest, is identity) error {
	device := is.device
	section := awsfile.Profile(r.Profile)
	err := awsfile.Update(ctx, awsfile.Config, ad.cfg.Files.Config, func(f *awsfile.File) error {
		region := r.Region
		if has, _ := f.Get(section, "region"); region == "" && has == "" {
			// Some readers drop an empty section.
			region = is.region
		}
		if device == "" {
			// It was the device of the replaced key's user.
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
		return profile.FileError(lang.Errorf("the key is in the keyring, but its profile was not written: %w", err))
	}
	err = awsfile.Update(ctx, awsfile.Credentials, ad.cfg.Files.Credentials, func(f *awsfile.File) error {
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
		return profile.FileError(lang.Errorf("the key is in the keyring, but what the credentials file says of its profile is as before: %w", err))
	}
	return nil
}

// dropKey removes a replaced key from the keyring, unless another profile has it. That is
// asked of the keyring itself, where another agent may have stored something meanwhile.
func (ad *adder) dropKey(ctx context.Context, id string) error {
	names, err := ad.cfg.Vault.KeyNames(ctx)
	if err != nil {
		return err
	}
	known := ad.keyring.ids()
	for _, name := range names.Profiles {
		switch of := known[name]; {
		case of == id:
			return nil
		case of != "":
			continue
		}
		use, err := ad.cfg.Vault.Use(ctx, name)
		switch {
		case errors.Is(err, vault.ErrDamagedItem), err != nil && creds.AsError(err).Code == creds.CodeNoKey:
		case err != nil:
			return err
		default:
			ad.learnKeys(map[string]string{name: use.KeyID})
			if use.KeyID == id {
				return nil
			}
		}
	}
	return ad.cfg.Vault.RemoveKey(ctx, id)
}

// forgetUser drops what was made with the profile's former key, except for other profiles
// that have it.
func (ad *adder) forgetUser(ctx context.Context, name, former string) error {
	if err := ad.flights.cancel(ctx, func(f about) bool { return f.base == name }); err != nil {
		return err
	}
	var names []string
	resolver := ad.resolver()
	for on := range ad.store.allHeld() {
		if now, err := ad.holdingBy(resolver, on); err == nil && now.chain.Base.Name == name {
			names = append(names, on)
		}
	}
	used := len(ad.keyring.profilesOf(former)) > 0
	ad.store.forget(func(origin string) bool {
		return strings.HasPrefix(origin, profile.OriginPrefix(name)) || former != "" && !used && strings.HasPrefix(origin, profile.OriginPrefixOfKey(former))
	})
	return ad.writer.release(ctx, names...)
}
