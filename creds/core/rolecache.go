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
	for _, p := range m.files.profiles {
		if p.session() == id && p.sso.AccountID != "" {
			grants = append(grants, sso.Grant{AccountID: p.sso.AccountID, RoleName: p.sso.RoleName})
		}
	}
	for _, account := range m.lists[id].accounts {
		for _, role := range account.Roles {
			grants = append(grants, sso.Grant{AccountID: account.ID, RoleName: role})
		}
	}
	all := m.profiles()
	for _, name := range m.hanging[id] {
		c, _ := all.resolve(name) // what can be resolved of it is of use
		for _, r := range c.roles {
			p := r.profile
			assumed = append(assumed, sso.AssumedRole{
				ARN: p.roleARN, SessionName: p.sessionName, ExternalID: p.externalID, MFASerial: p.mfaSerial, Duration: p.duration,
			})
		}
	}
	return grants, assumed
}
