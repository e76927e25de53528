package core

import (
	"context"

	"daypass/sso"
)

// forgetRoles removes what the AWS CLI has cached of a session's roles, and of
// those behind them: it would work on with that.
func (m *Manager) forgetRoles(ctx context.Context, s sso.Session) error {
	if m.cfg.Roles == nil {
		return nil
	}
	m.mu.Lock()
	grants, assumed := m.rolesOfLocked(s.ID())
	delete(m.lists, s.ID())
	m.mu.Unlock()
	return sso.Explain("", m.cfg.Roles.Forget(ctx, s, grants, assumed))
}

// rolesOfLocked returns the roles that a session is known to give, by profiles and
// by the last list of accounts, and those that profiles assume with them.
func (m *Manager) rolesOfLocked(id string) (grants []sso.Grant, assumed []sso.AssumedRole) {
	for _, p := range m.files.Profiles {
		if p.SSOSession() == id && p.SSO.AccountID != "" {
			grants = append(grants, sso.Grant{AccountID: p.SSO.AccountID, RoleName: p.SSO.RoleName})
		}
	}
	for _, account := range m.lists[id].accounts {
		for _, role := range account.Roles {
			grants = append(grants, sso.Grant{AccountID: account.ID, RoleName: role})
		}
	}
	all := m.profiles()
	for _, name := range m.hanging[id] {
		c, _ := all.Resolve(name) // what can be resolved of it is of use
		for _, r := range c.Roles {
			p := r.Profile
			assumed = append(assumed, sso.AssumedRole{
				ARN: p.RoleARN, SessionName: p.SessionName, ExternalID: p.ExternalID, MFASerial: p.MFASerial, Duration: p.Duration,
			})
		}
	}
	return grants, assumed
}
