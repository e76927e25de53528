package console

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

var (
	accountID = regexp.MustCompile(`^\d{12}$`)
	// roleName is what a permission set, which gives the role its name, can
	// be called:
	// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PermissionSet.html.
	roleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
)

// PortalLink returns the access portal's shortcut to an account and a role: the
// browser's own sign-in to the portal is used, and several identities may be
// open at once. It holds no secret. destination may be "" for the console's home.
// The form is that of the portal's own button, which
// https://docs.aws.amazon.com/singlesignon/latest/userguide/createshortcutlink.html
// tells of and https://github.com/arianvp/aws-create-shortcut-bookmarklet shows.
//
// A vanity start URL works if it leads to the portal by a redirect: browsers take
// the fragment along.
func PortalLink(startURL, account, role, destination string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(startURL))
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil:
		return "", fmt.Errorf("the start URL %.100q is not one; it begins with https://", startURL)
	case !accountID.MatchString(account):
		return "", fmt.Errorf("%q is no account id, which has 12 digits", account)
	case !roleName.MatchString(role):
		return "", fmt.Errorf("%q is no name of a role", role)
	}
	fragment := "/console?account_id=" + account + "&role_name=" + escapeParameter(role)
	if destination != "" {
		if _, err := parseAddress(destination, ""); err != nil || strings.Contains(destination, regionMark) {
			return "", errors.New("the portal leads to pages of the AWS console only")
		}
		fragment += "&destination=" + escapeParameter(destination)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	switch host := strings.ToLower(u.Hostname()); {
	case !strings.HasSuffix(host, ".awsapps.com") && !strings.HasSuffix(host, ".awsapps.cn"):
		// A vanity URL, or the portal of a dual-stack host, of whose paths
		// nothing is known. It stays as it is.
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

// escapeParameter escapes for all readers of parameters: not all take "+" for a
// space.
func escapeParameter(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
