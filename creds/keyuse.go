package creds

import "daypass/internal/lang"

// Words says when and for what a key was used last, as a clause.
func (u KeyUse) Words() string {
	switch {
	case u.Unknown:
		return lang.T("of whose last use AWS says nothing")
	case u.At.IsZero():
		return lang.T("never used")
	case u.Service == "":
		return lang.Sprintf("last used %s", u.At.Local().Format("2006-01-02 15:04"))
	case u.Region == "":
		return lang.Sprintf("last used %s for %s", u.At.Local().Format("2006-01-02 15:04"), u.Service)
	}
	return lang.Sprintf("last used %s for %s in %s", u.At.Local().Format("2006-01-02 15:04"), u.Service, u.Region)
}
