package creds

import (
	"cmp"
	"context"
	"net/url"
	"regexp"

	"daypass/creds/agentapi"
	"daypass/creds/awsfile"
)

// sessionNames are those that need no quotes in a section's header, which not
// all of AWS's tools read alike.
var sessionNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// regionNames are AWS's regions by their form.
var regionNames = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$`)

// AddSession writes an [sso-session] section to the config file, unless it says
// the same already. What it writes is what "aws configure sso" does:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html.
func (m *Manager) AddSession(ctx context.Context, r agentapi.AddSessionRequest) error {
	start, err := url.Parse(r.StartURL)
	switch {
	case !sessionNames.MatchString(r.Name):
		return coded(agentapi.CodeBadRequest, "%q cannot be the name of a session; use letters, digits, dots, - and _", r.Name)
	case err != nil || start.Scheme != "https" || start.Host == "" || start.User != nil:
		return coded(agentapi.CodeBadRequest, "%q is no start URL, such as https://corp.awsapps.com/start", r.StartURL)
	case !regionNames.MatchString(r.Region):
		return coded(agentapi.CodeBadRequest, "%q is no AWS region, such as eu-central-1", r.Region)
	}
	err = awsfile.Update(ctx, awsfile.Config, m.cfg.Files.Config, func(f *awsfile.File) error {
		section := awsfile.SSOSession(r.Name)
		values := []struct{ key, value string }{
			{"sso_start_url", r.StartURL}, {"sso_region", r.Region}, {"sso_registration_scopes", "sso:account:access"},
		}
		there := f.Values(section)
		for _, v := range values[:2] {
			if there[v.key] != "" && there[v.key] != v.value {
				return coded(agentapi.CodeBadRequest, "there is a session %q already, with the %s %s; choose another name", r.Name, v.key, there[v.key])
			}
		}
		for _, v := range values {
			if err := f.Set(section, v.key, cmp.Or(there[v.key], v.value)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		if asError(err).Code == agentapi.CodeBadRequest {
			return asError(err)
		}
		return fileError(err)
	}
	m.Reread(ctx)
	return nil
}
