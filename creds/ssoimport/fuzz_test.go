package ssoimport_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/ssoimport"

	"github.com/google/go-cmp/cmp"
)

// FuzzImport makes a plan for any config file and any list, and checks every plan's
// promises: applied to its result it changes nothing, it writes what it shows, the order
// of the list does not matter, and what no import made keeps its bytes.
func FuzzImport(f *testing.F) {
	for i, c := range plans {
		for flags := range uint8(16) {
			f.Add(strings.TrimSuffix(c.config, corp), uint32(i*7919)+uint32(flags), flags, c.r.Template)
		}
	}
	f.Add("\ufeff[profile gone]\nsso_session=corp\nsso_account_id=333333333333\nsso_role_name=a\ndaypass_sso_import=corp\n", uint32(1), uint8(3), "")
	f.Add("[default]\r\nregion = a", uint32(0xffff), uint8(1), "{{.Account}}")
	f.Fuzz(func(t *testing.T, text string, seed uint32, flags uint8, template string) {
		// A key that Make must not see would be masked in the diff.
		if strings.Contains(strings.ToLower(text), "aws_se") {
			return
		}
		text = strings.TrimSuffix(text, "\n") + "\n" + corp
		r := ssoimport.Request{
			Session: "corp", Template: template, Pairs: somePairs(seed), Complete: true, AllowEmpty: true,
			Prune: flags&1 != 0, Rename: flags&2 != 0, Taken: []string{"dev-a", "dev-a-222222222222"},
		}
		if flags&4 != 0 {
			r.Region = "eu-west-1"
		}
		for i, p := range r.Pairs {
			switch {
			case flags&8 != 0 && i%3 == 0:
				r.Only = append(r.Only, p.Key())
			case flags&8 != 0 && i%5 == 0:
				r.Drop = append(r.Drop, p.Key())
			}
		}
		config := awsfile.Parse(awsfile.Config, []byte(text))
		p, err := ssoimport.Make(config, r)
		if err != nil {
			return
		}
		after := patch(t, text, p.Diff("x"))
		again, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(after)), r)
		if err != nil {
			t.Fatalf("not made again: %v\n%q", err, after)
		}
		if !again.Empty() {
			t.Fatalf("made again on\n%q\nof\n%q\nit changes\n%s", after, text, again.Diff("x"))
		}
		slices.Reverse(r.Pairs)
		if other, err := ssoimport.Make(config, r); err != nil || other.Fingerprint() != p.Fingerprint() {
			t.Fatalf("listed the other way round it is (%v)\n%s\nnot\n%s", err, other.Diff("x"), p.Diff("x"))
		}
		checkOthers(t, text, after, p)
	})
}

// somePairs lists roles of accounts whose names clash.
func somePairs(seed uint32) []ssoimport.Pair {
	var out []ssoimport.Pair
	for i, account := range []string{"Dev", "dev!", "Production (EU)", "b", ""} {
		for j, role := range []string{"a", "b-temporary", admin, "a-111111111111"} {
			if seed>>(i*4+j)&1 != 0 {
				id := fmt.Sprintf("%012d", (uint64(i)%4+1)*111111111111)
				out = append(out, ssoimport.Pair{AccountID: id, AccountName: account, Role: role})
			}
		}
	}
	return out
}

// checkOthers compares what the plan must not change.
func checkOthers(t *testing.T, before, after string, p ssoimport.Plan) {
	t.Helper()
	names := map[string]string{} // new to old
	mine := map[string]bool{}
	for _, e := range p.Add {
		mine[e.Profile] = true
	}
	gone := map[string]bool{}
	for _, e := range p.Remove {
		gone[e.Profile] = true
	}
	for _, e := range p.Change {
		names[e.Profile] = e.Was
	}
	now, was := awsfile.Parse(awsfile.Config, []byte(after)), awsfile.Parse(awsfile.Config, []byte(before))
	want, got := map[awsfile.Section]map[string]string{}, map[awsfile.Section]map[string]string{}
	for _, sec := range was.Sections() {
		if sec.Type != awsfile.TypeProfile || !gone[sec.Name] {
			want[sec] = was.Values(sec)
		}
	}
	for _, sec := range now.Sections() {
		values := now.Values(sec)
		if sec.Type == awsfile.TypeProfile && mine[sec.Name] {
			if values[ssoimport.Mark] != "corp" {
				t.Errorf("%q was added as %v", sec.Name, values)
			}
			continue
		}
		if old := names[sec.Name]; sec.Type == awsfile.TypeProfile && old != "" {
			sec.Name = old
		}
		got[sec] = values
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of\n%q\nit made\n%q\n%s", before, after, diff)
	}
	if diff := cmp.Diff(othersLines(before, gone), othersLines(after, mine)); diff != "" && len(names) == 0 {
		t.Errorf("of\n%q\nit made\n%q\nwhere other lines differ:\n%s", before, after, diff)
	}
}

// othersLines returns all lines of a config file but empty ones and those of
// some profiles. Comments are always the person's.
func othersLines(text string, but map[string]bool) []string {
	var out []string
	others := true
	for l := range strings.Lines(text) {
		bare := strings.TrimSpace(strings.TrimPrefix(l, "\ufeff"))
		if strings.HasPrefix(bare, "[") {
			if found := awsfile.Parse(awsfile.Config, []byte(l)).Sections(); len(found) == 1 {
				others = found[0].Type != awsfile.TypeProfile || !but[found[0].Name]
			}
		}
		if bare != "" && (others || bare[0] == '#' || bare[0] == ';') {
			out = append(out, strings.TrimPrefix(l, "\ufeff"))
		}
	}
	return out
}

// FuzzMigrate moves legacy profiles of any config file.
func FuzzMigrate(f *testing.F) {
	for _, c := range migrations {
		f.Add(c.config, c.r.StartURL, c.r.Region, c.r.Session)
	}
	f.Fuzz(func(t *testing.T, text, start, region, session string) {
		if strings.Contains(strings.ToLower(text), "aws_se") {
			return
		}
		config := awsfile.Parse(awsfile.Config, []byte(text))
		m, err := ssoimport.MakeMigration(config, ssoimport.MigrateRequest{StartURL: start, Region: region, Session: session})
		if err != nil {
			return
		}
		now := awsfile.Parse(awsfile.Config, []byte(patch(t, text, m.Diff("x"))))
		in := awsfile.SSOSession(m.Session)
		url, _ := now.Get(in, "sso_start_url")
		place, _ := now.Get(in, "sso_region")
		if url == "" || place == "" {
			t.Fatalf("the session has the start URL %q and region %q", url, place)
		}
		for _, name := range config.Profiles() {
			want := config.Values(awsfile.Profile(name))
			if slices.Contains(m.Profiles, name) {
				if want["sso_region"] != place {
					t.Fatalf("%q moved from %q to %q", name, want["sso_region"], place)
				}
				want["sso_session"] = m.Session
				delete(want, "sso_start_url")
				delete(want, "sso_region")
			}
			if diff := cmp.Diff(want, now.Values(awsfile.Profile(name))); diff != "" {
				t.Fatalf("profile %q of\n%q\nis\n%q\n%s", name, text, now.Bytes(), diff)
			}
		}
	})
}
