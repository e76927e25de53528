package core

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
)

// explainer says how profiles come by their credentials.
type explainer struct{ *owners }

// explain says how a profile comes by its credentials, step by step; see
// [Manager.Explain].
func (e explainer) explain(name string) (creds.Explanation, error) {
	if _, err := e.view.status(name); err != nil {
		return creds.Explanation{}, err
	}
	now, err := e.holding(name)
	flaws := e.flaws(name, now)
	if err != nil && !isUnread(err) {
		// The chain broke on its way: there are no steps to show but why.
		return creds.Explanation{Flaws: flaws, Links: []creds.ExplainedLink{{
			Kind: now.chain.Kind.Link(), Profile: name, Title: "profile " + name, Missing: creds.AsError(err).Message,
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

// flaws returns what AWS's own tools would not read of all that a chain
// leads through.
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

// sessionEnd returns when what a step gave ends by this machine's clock; zero if
// it has given nothing.
func (e explainer) sessionEnd(origin string) time.Time {
	if one := e.store.latest(origin); !one.Expires.IsZero() {
		return one.Expires.Add(e.aws.FarOff())
	}
	return time.Time{}
}

func (e explainer) file(name string, now holding) creds.ExplainedLink {
	link := creds.ExplainedLink{Kind: creds.LinkFile, Profile: name, Title: "credentials file", Detail: e.cfg.Files.Credentials}
	if !now.inFile {
		link.Missing = "nothing is written yet"
		return link
	}
	link.Title = "[" + now.held.Written.Section + "] of the credentials file"
	link.Expires = now.held.Written.Expires.Add(e.aws.FarOff())
	return link
}

// roleTitle says which role an ARN is.
func roleTitle(arn string) string {
	if account := profile.AccountOf(arn); account != "" {
		return fmt.Sprintf("role %s in %s", roleName(arn), account)
	}
	return "role " + arn
}

// roleName returns the last part of a role's ARN: paths are for policies.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
