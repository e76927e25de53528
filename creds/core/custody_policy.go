package core

import (
	"cmp"
	"context"
	"strings"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/console"
	"daypass/creds/policy"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// Policy returns the least IAM policy for what a profile does, or the trust policy of its
// role.
func (cu *Custody) Policy(ctx context.Context, r creds.PolicyRequest, by creds.Requester) (creds.PolicyReply, error) {
	if err := cu.load(ctx, by); err != nil {
		return creds.PolicyReply{}, err
	}
	name := cu.named(r.Profile)
	if _, err := cu.view.status(name); err != nil {
		return creds.PolicyReply{}, err
	}
	// The chain as the settings have it, whichever way its credentials were made.
	c, err := cu.resolver().Resolve(name)
	if err != nil {
		return creds.PolicyReply{}, err
	}
	w := policyWriter{owners: cu.owners, chain: c}
	if uses, err := cu.cfg.Names.Uses(ctx, name); err == nil {
		w.console = uses.Visits > 0 || len(uses.Bookmarks) > 0
	}
	w.of.ARN = cu.userOf(c)
	arns := []string{w.of.ARN, c.MFASerial, c.Spared}
	for _, r := range c.Roles {
		arns = append(arns, r.ARN)
	}
	w.of.Partition = partitionName(c, arns...)
	w.of.Account = cmp.Or(profile.AccountOf(w.of.ARN), c.WithoutRoles().Account(), cu.store.nameBook().account(c.Base.Name))
	write := w.least
	if r.Trust {
		write = w.trust
	}
	document, err := write()
	if err != nil {
		return creds.PolicyReply{}, err
	}
	text, err := document.JSON()
	return creds.PolicyReply{Document: text, Notes: w.notes}, err
}

// partitionName returns the name of the partition that a chain is in, by the first of some
// ARNs, or else by its region. Those without a console that daypass knows are not in the
// table, and their regions begin in ways of their own:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func partitionName(c profile.Chain, arns ...string) string {
	for _, arn := range arns {
		if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[0] == "arn" && parts[1] != "" {
			return parts[1]
		}
	}
	for _, isolated := range []struct{ begins, name string }{
		{"us-iso-", "aws-iso"}, {"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
	} {
		if strings.HasPrefix(c.STSRegion(), isolated.begins) {
			return isolated.name
		}
	}
	return c.Partition()
}

// userOf returns the ARN of the identity that a chain starts with, "" if it is not known.
func (o *owners) userOf(c profile.Chain) string {
	if c.Source == creds.KindConsole {
		return c.Base.LoginSession()
	}
	if of := o.keyName(c.Base); of != "" {
		return o.store.nameBook().user(of)
	}
	return o.store.nameBook().user(c.Base.Name)
}

// policyWriter writes the policies of one profile.
type policyWriter struct {
	*owners
	chain profile.Chain
	of    policy.Identity
	// console is set if the profile's console has been opened, or has a bookmark.
	console bool
	notes   []string
}

func (w *policyWriter) note(format lang.Text, args ...any) {
	w.notes = append(w.notes, lang.Sprintf(format, args...))
}

// least returns the policy of the identity that the chain starts with.
func (w *policyWriter) least() (policy.Document, error) {
	c := w.chain
	needs := policy.Needs{Of: w.of}
	if len(c.Roles) > 0 {
		needs.Role = c.Roles[0].ARN
		for n, r := range c.Roles[1:] {
			w.note("the role %s needs sts:AssumeRole on %s as well, in a policy of its own", c.Roles[n].ARN, r.ARN)
		}
	}
	switch c.Source {
	case creds.KindUser:
		w.ofKey(&needs)
	case creds.KindConsole:
		if strings.HasSuffix(w.of.ARN, ":root") {
			return policy.Document{}, creds.Errorf(creds.CodeUnsupported,
				"profile %q is signed in to the console as the account's root user, which needs no policy, and obeys none", c.Asked)
		}
		needs.SignIn = true
	case creds.KindSSO:
		if needs.Role == "" {
			return policy.Document{}, &creds.Error{
				Code:    creds.CodeUnsupported,
				Message: lang.Sprintf("profile %q gets its credentials from IAM Identity Center, for which no IAM policy is needed", c.Asked),
				Advice: lang.Sprintf("Have an administrator of Identity Center assign the permission set %s in account %s to you; what it may do is in the permission set.",
					c.Base.SSO.RoleName, c.Base.SSO.AccountID),
			}
		}
		w.note("this belongs in the permission set %s, as its inline policy", c.Base.SSO.RoleName)
	default:
		if needs.Role == "" {
			return policy.Document{}, &creds.Error{
				Code:    creds.CodeUnsupported,
				Message: lang.Sprintf("profile %q gets its credentials from another program, and daypass does not know what that needs", c.Asked),
				Advice:  lang.Sprintf("See what gives them with: daypass explain %s", advice.Word(c.Asked)),
			}
		}
		w.note("this belongs to whom the credentials of profile %q are for", c.Base.Name)
	}
	return policy.For(needs), nil
}

// ofKey adds what is done with a user's long-term key.
func (w *policyWriter) ofKey(needs *policy.Needs) {
	c := w.chain
	if strings.HasSuffix(w.of.ARN, ":root") {
		w.note("the key is one of the account's root user, whom no policy bounds; this is for a user in its place")
	}
	needs.Session = len(c.Roles) != 1 || throughSession(c)
	if len(c.Roles) > 0 {
		w.note("this is for the user whose key profile %q has; what its rotation needs is in: daypass policy %s", c.Base.Name, advice.Word(c.Base.Name))
	} else {
		needs.Devices, needs.Rotation = true, true
		if federated := console.FederationName(c.Base.Name); w.console {
			needs.Federated = federated
		} else {
			w.note("to open the console as this user, the policy needs sts:GetFederationToken on %s as well; the console of a role needs nothing",
				"arn:"+w.of.Partition+":sts::"+cmp.Or(w.of.Account, "*")+":federated-user/"+federated)
		}
	}
	if w.of.Account == "" && (needs.Devices || needs.Rotation) {
		w.note("the user's account is not known, so that the policy has * in its place")
	}
}

// trust returns the trust policy of the chain's last role.
func (w *policyWriter) trust() (policy.Document, error) {
	c := w.chain
	n := len(c.Roles)
	if n == 0 {
		return policy.Document{}, &creds.Error{
			Code:    creds.CodeBadRequest,
			Message: lang.Sprintf("profile %q assumes no role, so that there is no trust policy for it", c.Asked),
			Advice:  lang.T("Name a profile with a role_arn."),
		}
	}
	last := c.Roles[n-1]
	who := policy.Trusted{ExternalID: last.Profile.ExternalID, MFA: n == 1 && c.MFASerial != ""}
	if n > 1 {
		who.ARN = c.Roles[n-2].ARN
		if c.MFASerial != "" {
			w.note("no MFA is demanded: credentials of a role, with which this one is assumed, do not say that there was a code; demand it in the trust of %s", c.Roles[0].ARN)
		}
		return policy.Trust(who), nil
	}
	if w.of.Account == "" {
		return policy.Document{}, &creds.Error{
			Code:    creds.CodeUnsupported,
			Message: lang.Sprintf("it is not known whose the credentials of profile %q are, so that nobody can be named who may assume the role", c.Base.Name),
			Advice:  lang.Sprintf("Get credentials first, and try again: daypass login %s", advice.Word(c.Base.Name)),
		}
	}
	whole := policy.Account(w.of.Partition, w.of.Account)
	switch {
	case c.Source == creds.KindSSO:
		who.ARN, who.Like = whole, policy.AnySSORole(w.of.Partition, w.of.Account, c.Base.SSO.RoleName)
	case w.of.ARN != "":
		who.ARN = policy.Assumed(w.of.ARN)
		if who.ARN != w.of.ARN {
			w.note("if the role %s has a path, put it into the ARN", who.ARN)
		}
	default:
		who.ARN = whole
		w.note("the user of profile %q is not known, so that this trusts everyone in account %s whose own policy allows it", c.Base.Name, w.of.Account)
	}
	return policy.Trust(who), nil
}
