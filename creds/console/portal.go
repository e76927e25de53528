package console

import (
	"net/url"
	"strings"

	"daypass/internal/answers"
	"daypass/internal/lang"
)

// PortalLink returns the access portal's shortcut to an account and a role: it uses the
// browser's own sign-in to the portal, and several identities may be open at once. It
// holds no secret. destination may be "" for the console's home. The form is that of the
// portal's own button, described in
// https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html
// and shown in https://github.com/arianvp/aws-create-shortcut-bookmarklet.
//
// A vanity start URL works if it redirects to the portal: browsers keep the fragment.
func PortalLink(startURL, account, role, destination string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(startURL))
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil:
		return "", lang.Errorf("the start URL %.100q is not one; it begins with https://", startURL)
	case answers.AccountID(account) != nil:
		return "", lang.Errorf("%q is no account id, which has 12 digits", account)
	case answers.RoleName(role) != nil:
		return "", lang.Errorf("%q is no name of a role", role)
	}
	fragment := "/console?account_id=" + account + "&role_name=" + escapeParameter(role)
	if destination != "" {
		if _, err := parseAddress(destination, ""); err != nil || strings.Contains(destination, regionMark) {
			return "", lang.Error("the portal leads to pages of the AWS console only")
		}
		fragment += "&destination=" + escapeParameter(destination)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	switch host := strings.ToLower(u.Hostname()); {
	case !strings.HasSuffix(host, ".awsapps.com") && !strings.HasSuffix(host, ".awsapps.cn"):
		// A vanity URL, or the portal of a dual-stack host. Their paths are unknown
		// and stay unchanged.
		path = u.EscapedPath()
		if path == "" {
			path = "/"
		}
	case path == "":
		path = "/start/"
	default: // /start, or /directory/d-1234567890 in China and GovCloud
		path += "/"
	}
	return "https://" + u.Host + path + "#" + fragment, nil
}

// escapeParameter escapes for all readers of parameters: not all read "+" as a space.
func escapeParameter(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
