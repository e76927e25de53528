package core

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/findkeys"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

// foundKey is a long-term key outside the keyring.
type foundKey struct {
	creds.FoundKey
	key creds.LongTermKey
	// section is that of the AWS files.
	section string
}

// asking bounds how many keys AWS is asked about at the same time.
const asking = 8

// Find returns the long-term keys that lie outside daypass.
func (cu *Custody) Find(ctx context.Context, r creds.FindKeysRequest, by creds.Requester) (creds.FoundKeys, error) {
	im := keyImporter{cu}
	all, notes, err := im.find(ctx, r, by)
	if err != nil {
		return creds.FoundKeys{}, err
	}
	out := creds.FoundKeys{Notes: notes, Keys: make([]creds.FoundKey, len(all))}
	for i, k := range all {
		if k.Err == nil {
			k.Err = im.objection(k)
		}
		out.Keys[i] = k.FoundKey
	}
	return out, nil
}

// objection is why a key cannot be imported under the name that it has; nil for nothing.
func (im keyImporter) objection(k foundKey) *creds.Error {
	if im.keyring.has(k.Profile) && !k.Known {
		return keyExists(k.Profile, im.keyring.keyID(k.Profile))
	}
	if err := im.mayImport(k); err != nil {
		return creds.AsError(err)
	}
	return nil
}

// find is Find, with the keys themselves.
func (im keyImporter) find(ctx context.Context, r creds.FindKeysRequest, by creds.Requester) (all []foundKey, notes []string, err error) {
	if err := im.load(ctx, by); err != nil {
		return nil, nil, err
	}
	if problem := im.problems.get(topicFiles); problem != nil {
		return nil, nil, problem
	}
	if all, err = im.findInFiles(ctx); err != nil {
		return nil, nil, err
	}
	all = append(all, im.findInFolder(ctx)...)
	all = append(all, findInEnvironment(r)...)
	for _, path := range r.CSV {
		found, err := findInCSV(path)
		if err != nil {
			notes = append(notes, err.Error())
		}
		all = append(all, found...)
	}
	found, more := im.findInVault(ctx, r.Open && !by.Surface.IsProgram() && !isUnattended(ctx))
	all, notes = append(all, found...), append(notes, more...)
	for i := range all {
		k := &all[i]
		k.AccessKeyID = k.key.ID
		k.Ref = fmt.Sprintf("%s:%s#%s:%s", k.Source, k.Path, k.section, k.key.ID)
		if !answers.IsWrittenKeyID(k.key.ID) {
			k.AccessKeyID = "" // it may be the secret, at the wrong place
			k.Ref = fmt.Sprintf("%s:%s#%s:%d", k.Source, k.Path, k.section, i)
			k.Err = creds.AsError(creds.Errorf(creds.CodeBadRequest, "what is there as an access key ID is none: it should be 20 letters and digits that begin with AKIA"))
		}
	}
	if r.Ask {
		im.askAbout(ctx, all)
	}
	im.nameFound(ctx, all)
	return all, notes, ctx.Err()
}

// findInFiles returns the keys of the AWS files.
func (im keyImporter) findInFiles(ctx context.Context) (all []foundKey, err error) {
	files := map[awsfile.Kind]*awsfile.File{}
	for _, kind := range []awsfile.Kind{awsfile.Config, awsfile.Credentials} {
		if files[kind], _, err = awsfile.Load(ctx, kind, im.path(kind)); err != nil {
			return nil, profile.FileError(err)
		}
	}
	for _, found := range findkeys.InFiles(files[awsfile.Config], files[awsfile.Credentials]) {
		path := im.path(found.Kinds[0])
		place := lang.Sprintf("[%s] in %s", found.Name, path)
		if len(found.Kinds) > 1 {
			place = lang.Sprintf("[%s] in %s and in %s", found.Name, path, im.path(found.Kinds[1]))
		}
		all = append(all, foundKey{
			FoundKey: creds.FoundKey{Source: creds.SourceFile, Path: path, Place: place, Profile: im.files.set().Named(found.Name)},
			key:      found.Key, section: found.Name,
		})
	}
	return all, nil
}

// findInFolder returns the keys of the folder of keys.
func (im keyImporter) findInFolder(ctx context.Context) (all []foundKey) {
	profiles := im.files.set().Profiles
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		p := profiles[name]
		if p.KeyFile() == "" || !p.HasLongTermKey() {
			continue
		}
		key, err := profile.ReadKey(ctx, im.cfg.Files, p)
		if err != nil {
			continue // it was changed just now
		}
		folder := filepath.Dir(p.KeyFile())
		all = append(all, foundKey{
			FoundKey: creds.FoundKey{
				Source: creds.SourceFolder, Path: p.KeyFile(), Place: lang.Sprintf("%s in %s", name, folder), Profile: name,
				Stays: lang.Sprintf("The files of the key stay, as other programs may read them: delete them yourself, in %s.", folder),
			},
			key: key,
		})
	}
	return all
}

// findInEnvironment returns the key of the client's environment.
func findInEnvironment(r creds.FindKeysRequest) []foundKey {
	if r.Environment == nil || r.Environment.ID == "" || awsfile.IsSessionID(r.Environment.ID) {
		return nil
	}
	return []foundKey{{
		FoundKey: creds.FoundKey{
			Source: creds.SourceEnvironment, Place: "AWS_ACCESS_KEY_ID", Profile: r.EnvironmentProfile,
			Stays: lang.T("The variables stay in the shell that has them: take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY out of the file that sets them."),
		},
		key: *r.Environment,
	}}
}

// findInCSV returns the keys of an access-keys file of AWS's console.
func findInCSV(path string) (all []foundKey, err error) {
	if !filepath.IsAbs(path) {
		return nil, lang.Errorf("%s cannot be read, as its path is not absolute", path)
	}
	data, _, err := atomicfile.Read(path, findkeys.MaxCSV)
	if err != nil {
		return nil, err
	}
	found, err := findkeys.InCSV(path, data)
	if err != nil {
		return nil, lang.Errorf("%s cannot be used: %w", path, err)
	}
	for _, one := range found {
		all = append(all, foundKey{
			FoundKey: creds.FoundKey{
				Source: creds.SourceCSV, Path: path, Place: path, Profile: awsfile.MakePortable(one.Name),
				Stays: lang.Sprintf("The file stays, as daypass deletes no file of yours: delete %s yourself.", path),
			},
			key: one.Key, section: one.Name,
		})
	}
	return all, nil
}

// askAbout has AWS say whose keys are, and how old.
func (im keyImporter) askAbout(ctx context.Context, all []foundKey) {
	type known struct {
		once sync.Once
		arn  string
		made time.Time
		err  error
	}
	asked := map[creds.LongTermKey]*known{}
	var work sync.WaitGroup
	slots := make(chan struct{}, asking)
	for i := range all {
		k := &all[i]
		if k.Err != nil {
			continue
		}
		about := asked[k.key]
		if about == nil {
			about = &known{}
			asked[k.key] = about
		}
		slots <- struct{}{}
		work.Add(1)
		started := im.back.start("a question about a long-term key", func(context.Context) {
			defer work.Done()
			defer func() { <-slots }()
			about.once.Do(func() { about.arn, about.made, about.err = im.whose(ctx, *k) })
			k.UserARN, k.Created = about.arn, about.made
			if about.err != nil {
				k.Err = creds.AsError(about.err)
			}
		})
		if !started {
			work.Done()
			<-slots
		}
	}
	work.Wait()
}

// whose asks AWS whose a key is and when it was made; zero if that is not to be known.
func (im keyImporter) whose(ctx context.Context, k foundKey) (arn string, made time.Time, err error) {
	p := im.files.set().Profiles[k.Profile]
	p.Name = k.Profile
	is, err := im.adder.whereKnown(ctx, p, creds.AddRequest{}, k.key, awscall.Purpose{Subject: lang.T("the key cannot be imported")})
	if err != nil {
		return "", time.Time{}, err
	}
	users, err := im.aws.IAM(p, is.region, k.key.ID, k.key.Secret.Reveal(), "")
	if err != nil {
		return is.arn, time.Time{}, nil
	}
	// A user need not be allowed to list its own keys.
	list, err := users.ListAccessKeys(ctx, &iam.ListAccessKeysInput{})
	if err != nil {
		return is.arn, time.Time{}, nil
	}
	for _, one := range list.AccessKeyMetadata {
		if at := aws.ToTime(one.CreateDate); aws.ToString(one.AccessKeyId) == k.key.ID && at.Before(im.aws.Now().Add(time.Hour)) {
			made = at
		}
	}
	return is.arn, made, nil
}

// nameFound gives each key a name that is good for it, and notes which keys the keyring has.
func (im keyImporter) nameFound(ctx context.Context, all []foundKey) {
	taken := map[string]string{} // the IDs of keys by names
	files := im.files.set()
	for i := range all {
		k := &all[i]
		has := func(name string) bool {
			if !im.keyring.has(name) {
				return false
			}
			use, err := im.cfg.Vault.Use(ctx, name)
			if err == nil {
				im.learnKeys(map[string]string{name: use.KeyID})
			}
			return err == nil && use.KeyID == k.key.ID
		}
		if k.Source != creds.SourceFile && k.Source != creds.SourceFolder {
			user := k.UserARN[strings.LastIndexByte(k.UserARN, '/')+1:]
			if strings.HasSuffix(user, ":root") {
				user = "root"
			}
			base := cmp.Or(k.Profile, awsfile.MakePortable(user), string(k.Source))
			k.Profile = base
			for n := 2; ; n++ {
				p, exists := files.Profiles[k.Profile]
				free := taken[k.Profile] == "" || taken[k.Profile] == k.key.ID
				other := im.keyring.has(k.Profile) && !has(k.Profile) || p.HasLongTermKey() && p.AccessKeyID != k.key.ID
				if free && !other && (!exists || !p.WantsDerivedName() && p.Source == "") {
					break
				}
				k.Profile = fmt.Sprintf("%s-%d", base, n)
			}
		}
		taken[k.Profile] = k.key.ID
		k.Known = has(k.Profile)
	}
}
