package profile

import (
	"slices"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/partition"
)

// WithoutRoles returns what the chain starts from, the device included: that is the user's,
// whichever profile names it.
func (c Chain) WithoutRoles() Chain {
	c.Roles, c.Kind, c.MFAOfSource = nil, c.Source, false
	return c
}

// WithDevice returns the chain with another MFA device, which a request names.
func (c Chain) WithDevice(serial string) Chain {
	c.MFASerial, c.MFASetting, c.MFAOfSource, c.Spared = serial, lang.T("the MFA device of the request"), false, ""
	return c
}

// WithRole returns a chain with a role behind it that no profile has.
func (ps Resolver) WithRole(c Chain, arn string, r creds.OneOffRole) (Chain, error) {
	if len(c.Roles) == 0 {
		// Only the user names the device; see [Chain.MFAOfSource].
		c.MFAOfSource = c.MFASerial != "" && c.MFASetting == c.Base.Setting("mfa_serial")
	}
	role := Role{ARN: arn, Profile: Profile{
		Region: c.Region, RoleARN: arn, ExternalID: r.ExternalID, SessionName: r.SessionName,
		CABundle: c.Base.CABundle, MaxAttempts: c.Base.MaxAttempts, RetryMode: c.Base.RetryMode,
	}}
	// In one order, as what AWS grants does not depend on it.
	role.PolicyARNs = slices.Compact(slices.Sorted(slices.Values(r.PolicyARNs)))
	c.Roles = append(slices.Clone(c.Roles), role)
	c.Kind, c.Wanted = creds.KindRole, lang.Sprintf("the role %s", arn)
	ps.locate(&c)
	return c, c.checkRegion()
}

// OfKey returns the chain of a long-term key that a request brings, or of temporary
// credentials.
func (ps Resolver) OfKey(region, serial string) Chain {
	c := Chain{
		Kind: creds.KindUser, Source: creds.KindUser, Region: region, settingNames: settingNames{RegionSetting: lang.T("the region of the request")},
		Wanted: lang.T("the access key of the request"),
	}
	c = c.WithDevice(serial)
	ps.locate(&c)
	return c
}

// Partition returns the name of the one that the chain is in: by an ARN in it, or else by
// its region.
func (c Chain) Partition() string {
	arns := []string{c.MFASerial, c.Spared}
	for _, r := range slices.Backward(c.Roles) {
		arns = append(arns, r.ARN)
	}
	for _, arn := range arns {
		if p, ok := partition.OfARN(arn); ok {
			return p.Name
		}
	}
	if p, ok := partition.Of(c.Region); ok {
		return p.Name
	}
	return partition.All()[0].Name
}
