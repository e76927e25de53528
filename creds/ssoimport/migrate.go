package ssoimport

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"daypass/creds/awsfile"
	"daypass/internal/lang"
)

var (
	// ErrNoLegacy says that no profile has the start URL and no sso_session.
	ErrNoLegacy = lang.Error("no profile has this start URL and no sso_session")
	// ErrSessionTaken says that another session has the name.
	ErrSessionTaken = lang.Error("the config file has an sso-session of this name for another start URL or region")
)

// scope is the one for which AWS gives refresh tokens:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html.
const scope = "sso:account:access"

// MigrateRequest asks to move legacy profiles, which name their start URL
// themselves, to an [sso-session], as only such a session can be renewed.
type MigrateRequest struct {
	// StartURL is that of the profiles; a "/" or "#" at its end is ignored.
	StartURL string
	// Region is their sso_region; empty if all of them have the same.
	Region string
	// Session is the name of the section. Empty takes the section that exists for the
	// start URL and region, or a new name made from the start URL.
	Session string
}

// Migration is what moving legacy profiles changes.
type Migration struct {
	Edit
	Session  string
	New      bool     // the section is added
	Profiles []string // that are moved, in file order
}

// MakeMigration plans what moving legacy profiles changes in config, without changing it:
// one section [sso-session] is added unless one fits, and in each profile one line that
// names it replaces the start URL and the region. The error wraps [ErrNoLegacy] or
// [ErrSessionTaken] if the request is at fault.
func MakeMigration(config *awsfile.File, r MigrateRequest) (Migration, error) {
	m, start, err := legacy(config, &r)
	if err != nil {
		return Migration{}, err
	}
	o := ops{Supersede: m.Profiles}
	if err := m.pickSession(config, r); err != nil {
		return Migration{}, err
	}
	o.Session = m.Session
	if m.New {
		o.Add = []section{{Session: true, Name: m.Session, Values: []awsfile.Property{
			{Key: keyStartURL, Value: start},
			{Key: keyRegion, Value: r.Region},
			{Key: keyScopes, Value: scope},
		}}}
	}
	if m.Edit, err = newEdit(config, o); err != nil {
		return Migration{}, err
	}
	return m, nil
}

// ApplyMigration makes what [MakeMigration] plans for the file at path, as [Apply] does.
func ApplyMigration(ctx context.Context, path string, r MigrateRequest, fingerprint string) (Migration, error) {
	return update(ctx, path, fingerprint, func(f *awsfile.File) (Migration, error) { return MakeMigration(f, r) })
}

// legacy finds the profiles, the first one's form of the start URL, and the region if the
// request has none.
func legacy(config *awsfile.File, r *MigrateRequest) (m Migration, start string, err error) {
	want := canonical(r.StartURL)
	region := r.Region
	for _, name := range config.Profiles() {
		values := config.Values(awsfile.Profile(name))
		in := values[keyRegion]
		if values[keySession] != "" || canonical(values[keyStartURL]) != want || want == "" || in == "" || r.Region != "" && in != r.Region {
			continue
		}
		if start == "" {
			start = values[keyStartURL]
		}
		if region == "" {
			region = in
		}
		if in != region {
			return m, "", lang.Errorf("profiles with the start URL %s differ in their sso_region, %s and %s: say which of them to move", r.StartURL, region, in)
		}
		m.Profiles = append(m.Profiles, name)
	}
	if len(m.Profiles) == 0 {
		return m, "", fmt.Errorf("%w: %q", ErrNoLegacy, r.StartURL)
	}
	r.Region = region
	return m, start, nil
}

// canonical makes start URLs comparable: people copy them with and without what the
// portal's page appends.
func canonical(start string) string {
	start = strings.TrimSpace(start)
	if i := strings.IndexAny(start, `#?\`); i >= 0 {
		start = start[:i]
	}
	start = strings.TrimRight(start, "/")
	u, err := url.Parse(start)
	if err != nil {
		return start
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return u.String()
}

// pickSession finds or names the section.
func (m *Migration) pickSession(config *awsfile.File, r MigrateRequest) error {
	same := func(name string) bool {
		values := config.Values(awsfile.SSOSession(name))
		return canonical(values[keyStartURL]) == canonical(r.StartURL) && values[keyRegion] == r.Region
	}
	if r.Session != "" {
		m.Session = r.Session
		m.New = !config.Has(awsfile.SSOSession(r.Session))
		if m.New {
			if err := awsfile.CheckNew(awsfile.Config, awsfile.SSOSession(r.Session)); err != nil {
				return err
			}
		}
		if !m.New && !same(r.Session) {
			return fmt.Errorf("%w: %q", ErrSessionTaken, r.Session)
		}
		return nil
	}
	for _, sec := range config.Sections() {
		if sec.Type == awsfile.TypeSSOSession && same(sec.Name) {
			m.Session = sec.Name
			return nil
		}
	}
	m.New = true
	base := sessionName(r.StartURL)
	m.Session = base
	for n := 2; config.Has(awsfile.SSOSession(m.Session)); n++ {
		m.Session = base + "-" + strconv.Itoa(n)
	}
	return nil
}

// sessionName makes a name from a start URL: "example" from
// https://example.awsapps.com/start, https://sso.example.com/ and, in GovCloud,
// https://start.us-gov-home.awsapps.com/directory/example; the ID of an unnamed
// directory.
func sessionName(start string) string {
	u, err := url.Parse(start)
	if err != nil {
		return "sso"
	}
	if _, directory, found := strings.Cut(u.Path, "/directory/"); found {
		if name := Slug(strings.Trim(directory, "/")); name != "" {
			return name
		}
	}
	labels := strings.Split(u.Hostname(), ".")
	// Custom hosts begin with the service, not with the company.
	if generic := []string{"sso", "aws", "login", "signin", "start", "portal", "auth", "id", "www"}; len(labels) > 2 && slices.Contains(generic, labels[0]) {
		labels = labels[1:]
	}
	if name := Slug(labels[0]); name != "" {
		return name
	}
	return "sso"
}
