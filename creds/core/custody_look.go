package core

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// Look asks AWS about a long-term key that is not stored.
func (cu *Custody) Look(ctx context.Context, r creds.KeyLookRequest, by creds.Requester) (creds.KeyLook, error) {
	if err := cu.load(ctx, by); err != nil {
		return creds.KeyLook{}, err
	}
	return cu.adder.look(ctx, r)
}

// look asks AWS whose a key is, and which MFA devices its user has. It stores nothing.
func (ad *adder) look(ctx context.Context, r creds.KeyLookRequest) (creds.KeyLook, error) {
	key := creds.LongTermKey{ID: r.AccessKeyID, Secret: r.SecretAccessKey}
	p, err := ad.checkLook(ctx, r, key)
	if err != nil {
		return creds.KeyLook{}, err
	}
	is, err := ad.owner(ctx, p, creds.AddRequest{Region: r.Region}, key)
	if err != nil {
		return creds.KeyLook{}, err
	}
	found, err := ad.devices(ctx, p, key, is.region)
	if err != nil {
		return creds.KeyLook{}, ad.explainAdd(awscall.Purpose{Subject: lang.T(notStored), Region: is.region, Settings: p.Setting}, err)
	}
	return creds.KeyLook{
		UserARN: is.arn, AccountID: profile.AccountOf(is.arn), Region: is.region,
		Devices: found.all, DevicesDenied: found.denied,
		Suggested: ad.suggest(is.arn), UsedBy: ad.usersOf(ctx, key.ID), Notes: is.notes,
	}, nil
}

// checkLook refuses what [adder.checkAdd] would, except that there may be no name yet.
func (ad *adder) checkLook(ctx context.Context, r creds.KeyLookRequest, key creds.LongTermKey) (profile.Profile, error) {
	if r.Profile != "" {
		return ad.checkAdd(ctx, creds.AddRequest{
			Profile: r.Profile, AccessKeyID: r.AccessKeyID, SecretAccessKey: r.SecretAccessKey, Region: r.Region,
		})
	}
	if err := checkLongTerm(key); err != nil {
		return profile.Profile{}, err
	}
	if err := checkRegion(r.Region); err != nil {
		return profile.Profile{}, err
	}
	return profile.Profile{Region: r.Region}, nil
}

// suggest returns a name for a profile of a user's key that no profile has: that of the
// user, with its account if that one is taken, or the account alone of a root user.
func (ad *adder) suggest(arn string) string {
	account := profile.AccountOf(arn)
	names := []string{account}
	if _, user, isUser := strings.Cut(arn, ":user/"); isUser {
		user = awsfile.MakePortable(user[strings.LastIndexByte(user, '/')+1:])
		names = []string{user, user + "-" + account}
	}
	for _, name := range names {
		if ad.isFree(name) {
			return name
		}
	}
	for n := 2; ; n++ {
		if name := names[len(names)-1] + "-" + strconv.Itoa(n); ad.isFree(name) {
			return name
		}
	}
}

// isFree reports whether a new profile can have a name.
func (ad *adder) isFree(name string) bool {
	if _, there := ad.files.set().Section(name); there || ad.keyring.has(name) {
		return false
	}
	return awsfile.CheckNew(awsfile.Config, awsfile.Profile(name)) == nil &&
		awsfile.CheckNew(awsfile.Credentials, awsfile.Profile(name)) == nil
}

// usersOf returns the profiles that have a key already, in the keyring or in the files.
func (ad *adder) usersOf(ctx context.Context, id string) []string {
	for name, known := range ad.keyring.all() {
		if known != "" {
			continue
		}
		if use, err := ad.cfg.Vault.Use(ctx, name); err == nil { // Else its own profile says what is wrong.
			ad.learnKeys(map[string]string{name: use.KeyID})
		}
	}
	names := ad.keyring.profilesOf(id)
	for name, p := range ad.files.set().Profiles {
		if p.AccessKeyID == id && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
