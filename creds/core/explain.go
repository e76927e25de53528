package core

import (
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// explainer says how profiles get their credentials.
type explainer struct{ *owners }

// explain says step by step how a profile gets its credentials; see [Manager.Explain].
func (e explainer) explain(name string) (creds.Explanation, error) {
	if _, err := e.view.status(name); err != nil {
		return creds.Explanation{}, err
	}
	now, err := e.holding(name)
	flaws := e.flaws(name, now)
	values := e.values(name, now)
	if err != nil && !isUnread(err) {
		// The chain is broken: there are no steps to show, only the reason.
		return creds.Explanation{Flaws: flaws, Values: values, Links: []creds.ExplainedLink{{
			Kind: now.chain.Kind.Link(), Profile: name, Title: lang.Sprintf("profile %s", name), Missing: creds.AsError(err).Message,
		}}}, nil
	}
	links := sourceOf(now.chain).explain(e, now.chain, err)
	for n, r := range now.chain.Roles {
		links = append(links, creds.ExplainedLink{
			Kind: creds.LinkRole, Profile: r.Profile.Name, Title: roleTitle(r.ARN), Detail: r.ARN,
			Expires: e.sessionEnd(now.chain.Origin(n + 1)),
		})
	}
	return creds.Explanation{Links: append(links, e.file(name, now)), Flaws: flaws, Values: values}, nil
}

// values returns what decides on a profile's credentials, with where each value is from.
func (e explainer) values(name string, now holding) (all []creds.ExplainedValue) {
	add := func(name creds.ValueName, value string, from creds.ValueFrom, where string) {
		if value != "" {
			all = append(all, creds.ExplainedValue{Name: name, Value: value, From: from, Where: where})
		}
	}
	files, c := e.files.set(), now.chain
	p := files.Profiles[name]
	fromProfile := func(saved string) creds.ValueFrom {
		if saved != "" {
			return creds.FromLogin
		}
		return creds.FromFile
	}
	recipe := profile.Recipe{}
	if p.Recipe() != nil {
		recipe = *p.Recipe()
	}
	if c.RegionSetting != "" {
		add(creds.ValueRegion, c.Region, creds.FromFile, c.RegionSetting)
	} else if c.Kind != creds.KindOther {
		add(creds.ValueRegion, c.STSRegion(), creds.FromDefault, "")
	}
	add(creds.ValueDevice, c.MFASerial, fromProfile(recipe.MFASerial), c.MFASetting)
	if n := len(c.Roles); n > 0 {
		role := c.Roles[n-1]
		add(creds.ValueRole, role.ARN, fromProfile(recipe.RoleARN), role.Profile.Setting("role_arn"))
	}
	e.addDuration(p, now, add)
	at := files.PlaceOf(name)
	if c.Source != creds.KindUser || c.Kind == creds.KindRole && p.KeySection == "" && p.Recipe() == nil {
		return all // a layout is for users and what is made of their keys
	}
	where := map[creds.ValueFrom]string{creds.FromSettings: lang.Sprintf("%s in daypass's settings", at.By), creds.FromFile: at.By}[at.From]
	add(creds.ValueLayout, at.Layout, at.From, where)
	section := at.Section
	if section == "" {
		section = recipes{owners: e.owners}.home(files, p)
	}
	if chosen := e.choices.settings(); at.From != creds.FromLogin && chosen.DerivedSuffix != "" && section != name {
		at.From, where = creds.FromSettings, lang.T("derived_suffix in daypass's settings")
	} else if at.From != creds.FromLogin {
		where = lang.Sprintf("the layout %s", at.Layout)
	}
	add(creds.ValueSection, section, at.From, where)
	return all
}

// addDuration says how long a session lasts, and what decides on that.
func (e explainer) addDuration(p profile.Profile, now holding, add func(creds.ValueName, string, creds.ValueFrom, string)) {
	lasts := creds.Span(now.own.Lifetime).String()
	roles := now.chain.Roles
	switch {
	case now.held.Chosen && now.inFile:
		add(creds.ValueDuration, creds.Span(now.held.request.Lifetime).String(), creds.FromLogin, "")
	case e.choices.boundByLease(now.chain.Asked, creds.MaxSession) < creds.MaxSession && now.own.Lifetime > 0:
		add(creds.ValueDuration, lasts, creds.FromSettings, lang.Sprintf("%s in daypass's settings", "profile."+p.Name+".sensitive"))
	case len(roles) > 0 && roles[len(roles)-1].Profile.Duration != "":
		add(creds.ValueDuration, lasts, creds.FromFile, roles[len(roles)-1].Profile.Setting("duration_seconds"))
	case len(roles) == 0 && now.own.Lifetime > 0 && now.own.Lifetime != defaultUser:
		add(creds.ValueDuration, lasts, creds.FromSettings, lang.Sprintf("%s in daypass's settings", "session_duration"))
	default:
		add(creds.ValueDuration, lasts, creds.FromDefault, "")
	}
}

// defaultUser is how long a user's session lasts where nothing is set.
const defaultUser = 12 * time.Hour

// flaws returns what AWS's own tools would not read in any part of a chain.
func (e explainer) flaws(name string, now holding) []creds.Error {
	files := e.files.set()
	names := []string{name, now.held.Written.Section, now.chain.Base.Name}
	for _, r := range now.chain.Roles {
		names = append(names, r.Profile.Name)
	}
	all := slices.Clone(files.Flaws.Refused)
	for _, one := range names {
		for _, f := range files.FlawsOf(one) {
			if !slices.Contains(all, f.Error) {
				all = append(all, f.Error)
			}
		}
	}
	return all
}

// sessionEnd returns when a step's session ends by this machine's clock; zero if there
// is none.
func (e explainer) sessionEnd(origin string) time.Time {
	if one := e.store.latest(origin); !one.Expires.IsZero() {
		return one.Expires.Add(e.aws.FarOff())
	}
	return time.Time{}
}

func (e explainer) file(name string, now holding) creds.ExplainedLink {
	link := creds.ExplainedLink{Kind: creds.LinkFile, Profile: name, Title: lang.T("credentials file"), Detail: e.cfg.Files.Credentials}
	if !now.inFile {
		link.Missing = lang.T("nothing is written yet")
		return link
	}
	link.Title = lang.Sprintf("[%s] of the credentials file", now.held.Written.Section)
	link.Expires = now.held.Written.Expires.Add(e.aws.FarOff())
	return link
}

// roleTitle describes the role of an ARN.
func roleTitle(arn string) string {
	if account := profile.AccountOf(arn); account != "" {
		return lang.Sprintf("role %s in %s", roleName(arn), account)
	}
	return lang.Sprintf("role %s", arn)
}

// roleName returns the last part of a role's ARN: the path before it is for policies.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
