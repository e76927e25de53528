package core

import (
	"cmp"
	"context"
	"strings"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
)

// recipes save the profiles that logins make.
type recipes struct {
	*owners
	keeper *keeper
	writer *writer
}

// layOut returns the profile that a login with a choice of layout is for: the one that the
// files have, or else a saved one. undo takes that back unless it holds credentials.
func (r recipes) layOut(ctx context.Context, name string, choice creds.LayoutChoice) (of string, undo func(), err error) {
	if err := checkLayout(choice); err != nil {
		return "", nil, err
	}
	files := r.files.set()
	base := r.named(name)
	if is, ok := files.Profiles[base]; ok && is.Recipe() != nil && is.Recipe().Source != base {
		return "", nil, &creds.Error{
			Code:    creds.CodeBadRequest,
			Message: lang.Sprintf("profile %q is what an earlier login made of profile %q, and has its sections already", base, is.Recipe().Source),
			Advice:  lang.Sprintf("Give the name of the other one: daypass login %s", is.Recipe().Source),
		}
	}
	cut, err := files.Cut(base, choice.Layout, choice.LongTermSuffix, choice.ShortTermSuffix)
	if err != nil {
		return "", nil, err
	}
	source, err := r.keyIn(cut.KeySection, base)
	if err != nil {
		return "", nil, err
	}
	wanted := files.RecipeFor(source, cut, choice)
	found, _ := files.Found(source)
	var saved *profile.Recipe
	if r.home(files, found) != cut.Section || files.PlaceFor(found).Layout != cut.Layout || !wanted.IsOf(found) {
		if err := mayBeMade(files, base, cut.Section); err != nil {
			return "", nil, err
		}
		saved, of = &wanted, cut.Section
	} else {
		of = source
	}
	before := r.store.setRecipe(of, saved)
	if saved == nil && cut.Section != of {
		// What an earlier login has made there gives way.
		if r.store.setRecipe(cut.Section, nil) != nil {
			err = r.writer.release(ctx, cut.Section)
		}
	}
	r.follow()
	return of, func() {
		if h, isHeld := r.store.held(of); saved != nil && (!isHeld || h.Written.Section == "") {
			r.store.setRecipe(of, before)
			r.follow()
		}
	}, err
}

// mayBeMade refuses a section that the credentials of a profile cannot go to.
func mayBeMade(files *profile.Set, of, name string) error {
	if section, exists := files.Section(name); exists && section.IsSettled() {
		return profile.Occupied(of, section)
	}
	for _, kind := range []awsfile.Kind{awsfile.Config, awsfile.Credentials} {
		if err := awsfile.CheckNew(kind, awsfile.Profile(name)); err != nil {
			return creds.Errorf(creds.CodeBadRequest, "the credentials cannot be in a section of this name: %v", err)
		}
	}
	return nil
}

// checkLayout refuses what AWS would not take, before anybody is asked for a code.
func checkLayout(choice creds.LayoutChoice) error {
	switch {
	case choice.Layout != "" && !creds.IsLayout(choice.Layout):
		return creds.Errorf(creds.CodeBadRequest, "there is no layout %q; there are %s", choice.Layout, strings.Join(creds.Layouts(), ", "))
	case choice.RoleARN != "" && (profile.AccountOf(choice.RoleARN) == "" || !strings.Contains(choice.RoleARN, ":role/")):
		return creds.Errorf(creds.CodeBadRequest, "%.200q is no ARN of a role; they are written like arn:aws:iam::111122223333:role/NAME", choice.RoleARN)
	case choice.MFASerial != "" && answers.Serial(choice.MFASerial) != nil:
		return creds.Errorf(creds.CodeBadRequest, "%q is no MFA device; give its ARN, or the serial number of a hardware device", choice.MFASerial)
	}
	return nil
}

// keyIn returns the profile whose long-term key is in a section, or in the keyring under
// the name of base.
func (r recipes) keyIn(section, base string) (string, error) {
	files := r.files.set()
	for _, name := range []string{section, base} {
		is, ok := files.Found(r.named(name))
		switch {
		case !ok:
		case name == section && is.HasLongTermKey() && cmp.Or(is.KeySection, is.Name) == section, r.keyName(is) != "":
			return is.Name, nil
		}
	}
	if unread := r.unread(); unread != nil {
		return "", unread
	}
	return "", &creds.Error{
		Code:    creds.CodeNoKey,
		Message: lang.Sprintf("there is no long-term key in the section %q of the AWS files, and none for profile %q in the keyring", section, base),
		Advice:  lang.T("Add the key there, or say where it is by --long-term-suffix or by long_term_suffix in daypass's settings; \"none\" is the section of the profile's own name."),
	}
}

// home returns the section that the credentials of a profile go to by the files alone.
func (r recipes) home(files *profile.Set, p profile.Profile) string {
	at := files.PlaceFor(p)
	switch {
	case at.Section != "":
		return at.Section
	case at.Aside || p.WantsDerivedName() || p.HasLongTermKey() && r.keyName(p) == "":
		return files.DerivedName(p.Name, at.Suffix)
	}
	return p.Name
}

// forget forgets what a login has saved under a name.
func (r recipes) forget(name string) {
	if r.store.setRecipe(name, nil) != nil {
		r.follow()
	}
}

// follow has the files read by the recipes as they are now, and saves those.
func (r recipes) follow() {
	r.replan()
	r.reread()
	_ = r.keeper.save(true) // the snapshot shows a failure, and it is retried
}
