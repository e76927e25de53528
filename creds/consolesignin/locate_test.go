package consolesignin_test

import (
	"path/filepath"
	"testing"

	"daypass/creds/consolesignin"
)

// TestTheLoginCacheIsFoundWhereAWSsToolsHaveIt has what Python's expandvars and expanduser
// make of the variable.
func TestTheLoginCacheIsFoundWhereAWSsToolsHaveIt(t *testing.T) {
	for name, tc := range map[string]struct{ dir, goos, want string }{
		"the variable is not set":              {"", "linux", filepath.Join("/home/a", ".aws", "login", "cache")},
		"it is a path":                         {"/cache/logins", "linux", "/cache/logins"},
		"it begins with the home folder":       {"~/logins", "linux", "/home/a/logins"},
		"it is the home folder":                {"~", "linux", "/home/a"},
		"it is in another user's home folder":  {"~bob/logins", "linux", "~bob/logins"},
		"it has variables":                     {"$WHERE/${WHO}-$WHO.d", "linux", "/var/a-a.d"},
		"it has a variable that is not set":    {"/x/$NOWHERE/${NOBODY}", "linux", "/x/$NOWHERE/${NOBODY}"},
		"a variable begins with a ~":           {"$TILDE/logins", "linux", "/home/a/logins"},
		"percent signs mean nothing on Unix":   {"%WHERE%/logins", "linux", "%WHERE%/logins"},
		"percent signs are for Windows":        {`%WHERE%\logins`, "windows", `/var\logins`},
		"the home folder's backslash, Windows": {`~\logins`, "windows", `/home/a\logins`},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"AWS_LOGIN_CACHE_DIRECTORY": tc.dir, "WHERE": "/var", "WHO": "a", "TILDE": "~"}
			if got := consolesignin.Locate(func(name string) string { return env[name] }, tc.goos, "/home/a"); got != tc.want {
				t.Errorf("it is %q, want %q", got, tc.want)
			}
		})
	}
}
