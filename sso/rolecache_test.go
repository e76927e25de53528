package sso_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/credstest"
	"daypass/sso"
)

// The hashes are from Python's json and hashlib, by the AWS CLI's algorithms.
func TestEntriesOfTheCLIAreNamedAsItNamesThem(t *testing.T) {
	named := sso.Session{Name: "my-sso", StartURL: "https://example.awsapps.com/start"}
	for want, got := range map[string]string{
		"c30b99aca80d8f5b3178e353f05b2abcc9a4ccd3": sso.GrantName(named, sso.Grant{AccountID: "123456789012", RoleName: "Admin"}),
		"46629e30e0c6231955a1047cfd9b71082c7b6bce": sso.GrantName(sso.Session{Name: "corp-sso"}, sso.Grant{AccountID: "444444444444", RoleName: "AdministratorAccess"}),
		"764b1819cd322a32dff569462ca869a4196b4fc1": sso.GrantName(sso.Session{StartURL: "https://example.awsapps.com/start"}, sso.Grant{AccountID: "123456789012", RoleName: "Admin"}),
		"f34f640e79784c74ada2fd2c2e3f2912fd5535ef": sso.AssumedName(sso.AssumedRole{
			ARN: "arn:aws:iam::123456789012:role/Admin", MFASerial: "arn:aws:iam::111111111111:mfa/me",
		}),
		"6b5de8d60821a492db9df82f215c92d14021096d": sso.AssumedName(sso.AssumedRole{
			ARN: "arn:aws:iam::123456789012:role/Admin", MFASerial: "m", SessionName: "é", ExternalID: `x"y`, Duration: "3600",
		}),
		"51e7b105b5040ce662656c8dc6ab4de70c4de7ad": sso.AssumedName(sso.AssumedRole{ARN: "arn:aws:iam::123456789012:role/Admin", Duration: "12h"}),
	} {
		if got != want+".json" {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// roleFolder is a folder as the AWS CLI has it.
type roleFolder struct {
	t     *testing.T
	dir   string
	cache *sso.RoleCache
}

func newRoleFolder(t *testing.T, files map[string]string) *roleFolder {
	t.Helper()
	f := &roleFolder{t: t, dir: filepath.Join(t.TempDir(), "cache")}
	f.cache = sso.NewRoleCache(f.dir, nil)
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		credstest.Write(t, filepath.Join(f.dir, name), text)
	}
	return f
}

// files are those that are there.
func (f *roleFolder) files() map[string]string {
	f.t.Helper()
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		f.t.Fatal(err)
	}
	found := map[string]string{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(f.dir, entry.Name()))
		if err != nil {
			f.t.Fatal(err)
		}
		found[entry.Name()] = string(text)
	}
	return found
}

func ssoEntry(expires time.Time, more string) string {
	return `{"ProviderType": "sso", "Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "` +
		expires.UTC().Format("2006-01-02T15:04:05Z") + `"` + more + `}}`
}

func assumedEntry(expires time.Time) string {
	return `{"Credentials": {"AccessKeyId": "ASIA", "Expiration": "` + expires.UTC().Format("2006-01-02T15:04:05") + `+00:00"}, "AssumedRoleUser": {}}`
}

func TestASignOutForgetsWhatTheCLIHasCached(t *testing.T) {
	in := time.Now().Add(time.Hour)
	corp := sso.Session{Name: "corp", StartURL: "https://corp.awsapps.com/start"}
	other := sso.Session{Name: "other", StartURL: "https://corp.awsapps.com/start"}
	legacy := sso.Session{StartURL: "https://corp.awsapps.com/start"}
	one, two := sso.Grant{AccountID: "111111111111", RoleName: "Admin"}, sso.Grant{AccountID: "222222222222", RoleName: "Reader"}
	role := sso.AssumedRole{ARN: "arn:aws:iam::333333333333:role/Deploy", ExternalID: "x"}
	foreign := sso.Grant{AccountID: "444444444444", RoleName: "Reader"}
	gone := map[string]string{
		sso.GrantName(corp, one): ssoEntry(in, ""),
		sso.GrantName(corp, two): ssoEntry(in.Add(-24*time.Hour), `, "AccountId": "222222222222"`),
		// No profile names these pairs.
		sso.GrantName(corp, sso.Grant{AccountID: one.AccountID, RoleName: two.RoleName}): ssoEntry(in, ""),
		sso.GrantName(corp, foreign): ssoEntry(in, `, "AccountId": "444444444444"`),
		sso.AssumedName(role):        assumedEntry(in),
	}
	stays := map[string]string{
		sso.GrantName(other, one):  ssoEntry(in, ""),
		sso.GrantName(legacy, one): ssoEntry(in, ""),
		// Names of the session, but other kinds of content.
		sso.GrantName(corp, sso.Grant{AccountID: two.AccountID, RoleName: one.RoleName}): assumedEntry(in),
		sso.AssumedName(sso.AssumedRole{ARN: role.ARN}):                                  assumedEntry(in),
		sso.AssumedName(sso.AssumedRole{ARN: "second"}):                                  ssoEntry(in, ""),
		"0123456789012345678901234567890123456789.json":                                  ssoEntry(in, `, "AccountId": "111111111111"`),
		"notes.txt": "mine",
		"bad.json":  "{",
	}
	files := maps.Clone(gone)
	maps.Copy(files, stays)
	f := newRoleFolder(t, files)
	if err := f.cache.Forget(t.Context(), corp, []sso.Grant{one, two}, []sso.AssumedRole{role, {ARN: "second"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stays, f.files()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if err := f.cache.Forget(t.Context(), legacy, []sso.Grant{one}, nil); err != nil {
		t.Fatal(err)
	}
	if _, there := f.files()[sso.GrantName(legacy, one)]; there {
		t.Error("the entry of a legacy session stays")
	}
}

func TestWhereTheCLIHasCachedNothingThereIsNothingToForget(t *testing.T) {
	cache := sso.NewRoleCache(filepath.Join(t.TempDir(), "missing"), nil)
	if err := cache.Forget(t.Context(), sso.Session{Name: "corp"}, []sso.Grant{{AccountID: "1", RoleName: "r"}}, nil); err != nil {
		t.Error(err)
	}
}

func TestAnEntryThatIsJustBeingWrittenIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		corp, grant := sso.Session{Name: "corp"}, sso.Grant{AccountID: "111111111111", RoleName: "Admin"}
		whole := ssoEntry(time.Now().Add(time.Hour), "")
		f := newRoleFolder(t, map[string]string{sso.GrantName(corp, grant): whole[:40]})
		written := make(chan error, 1)
		time.AfterFunc(500*time.Millisecond, func() {
			written <- os.WriteFile(filepath.Join(f.dir, sso.GrantName(corp, grant)), []byte(whole), 0o600)
		})
		if err := f.cache.Forget(t.Context(), corp, []sso.Grant{grant}, nil); err != nil {
			t.Fatal(err)
		}
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		if got := f.files(); len(got) > 0 {
			t.Errorf("it stays: %v", got)
		}
	})
}

func TestWhatCannotBeForgottenSaysUntilWhenItWorks(t *testing.T) {
	now := time.Now()
	corp := sso.Session{Name: "corp"}
	grants := []sso.Grant{{AccountID: "111111111111", RoleName: "A"}, {AccountID: "111111111111", RoleName: "B"}}
	f := newRoleFolder(t, map[string]string{
		sso.GrantName(corp, grants[0]): ssoEntry(now.Add(time.Hour), ""),
		sso.GrantName(corp, grants[1]): ssoEntry(now.Add(2*time.Hour), ""),
	})
	credstest.MakeReadOnly(t, f.dir)
	err := f.cache.Forget(t.Context(), corp, grants, nil)
	want := "they work until " + now.Add(2*time.Hour).Format("15:04 on 2 January")
	if !errors.Is(err, sso.ErrKept) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), f.dir) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want %q", err, want)
	}
	if err := f.cache.Forget(t.Context(), corp, grants[:0], nil); err != nil {
		t.Errorf("nothing was to be removed: %v", err)
	}
}

func TestExpiredEntriesAreNotReported(t *testing.T) {
	corp, grant := sso.Session{Name: "corp"}, sso.Grant{AccountID: "111111111111", RoleName: "A"}
	f := newRoleFolder(t, map[string]string{sso.GrantName(corp, grant): ssoEntry(time.Now().Add(-time.Minute), "")})
	credstest.MakeReadOnly(t, f.dir)
	if err := f.cache.Forget(t.Context(), corp, []sso.Grant{grant}, nil); err != nil {
		t.Error(err)
	}
}
