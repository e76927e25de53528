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
	if err != nil && !isUnread(err) {
		// The chain is broken: there are no steps to show, only the reason.
		return creds.Explanation{Flaws: flaws, Links: []creds.ExplainedLink{{
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
	return creds.Explanation{Links: append(links, e.file(name, now)), Flaws: flaws}, nil
}

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
