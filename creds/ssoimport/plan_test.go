package ssoimport_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/ssoimport"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

const corp = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"

var (
	prodAdmin = ssoimport.Pair{AccountID: "111111111111", AccountName: "Production (EU)", Email: "prod@example.com", Role: "AdministratorAccess"}
	prodRead  = ssoimport.Pair{AccountID: "111111111111", AccountName: "Production (EU)", Email: "prod@example.com", Role: "ReadOnly"}
	devAdmin  = ssoimport.Pair{AccountID: "222222222222", AccountName: "Dev", Email: "dev@example.com", Role: "AdministratorAccess"}
	prod2     = ssoimport.Pair{AccountID: "333333333333", AccountName: "production eu", Email: "p2@example.com", Role: "AdministratorAccess"}
	three     = []ssoimport.Pair{prodAdmin, prodRead, devAdmin}
)

// imported is a section as an import writes it.
func imported(name, account, role string, more ...string) string {
	return "[profile " + name + "]\nsso_session = corp\nsso_account_id = " + account + "\nsso_role_name = " + role + "\n" +
		strings.Join(more, "") + "daypass_sso_import = corp\n"
}

const (
	idProd, idDev, idProd2 = "111111111111", "222222222222", "333333333333"
	admin                  = "AdministratorAccess"
)

// plans are compared with golden files: what is said about each profile, and
// the diff. Making any of them again on its result must change nothing.
var plans = []struct {
	name   string
	config string
	r      ssoimport.Request
}{
	{
		name:   "every pair gets a profile at the end of the file",
		config: "# mine\n[default]\nregion = us-east-1\n\n" + corp,
		r:      ssoimport.Request{Pairs: three, Region: "eu-west-1"},
	},
	{
		name:   "line endings are those of the file",
		config: strings.ReplaceAll(corp, "\n", "\r\n"),
		r:      ssoimport.Request{Pairs: three},
	},
	{
		name:   "only chosen pairs get a profile",
		config: corp,
		r:      ssoimport.Request{Pairs: three, Only: []ssoimport.Key{prodRead.Key()}},
	},
	{
		name:   "choosing none adds none",
		config: corp,
		r:      ssoimport.Request{Pairs: three, Only: []ssoimport.Key{}},
	},
	{
		name: "what the person changed stays, wherever it stands now",
		config: "# first\n" + imported("production-eu-ReadOnly", idProd, "ReadOnly", "region = us-east-2\noutput = json\n") + "# about dev\n" +
			imported("dev-"+admin, idDev, admin) + "\n" + corp,
		r: ssoimport.Request{Pairs: three[1:], Region: "eu-west-1", Prune: true, Complete: true, Rename: true},
	},
	{
		name:   "an account renamed at AWS leaves the profile its name",
		config: corp + "\n" + imported("old-"+admin, idDev, admin),
		r:      ssoimport.Request{Pairs: three[2:]},
	},
	{
		name:   "asked to rename, only the header changes",
		config: corp + "\n  [profile old]  # see the wiki\n" + strings.TrimPrefix(imported("old", idDev, admin, "output = json\n"), "[profile old]\n"),
		r:      ssoimport.Request{Pairs: three[2:], Rename: true},
	},
	{
		name:   "profiles may swap their names",
		config: corp + "\n" + imported("dev-"+admin, idProd, admin) + "\n" + imported("production-eu-"+admin, idDev, admin),
		r:      ssoimport.Request{Pairs: three, Only: []ssoimport.Key{prodAdmin.Key(), devAdmin.Key()}, Rename: true},
	},
	{
		name: "a profile that another one needs is neither renamed nor removed",
		config: corp + "\n" + imported("old", idDev, admin) + "\n" + imported("gone", idProd2, admin) +
			"\n[profile a]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = old\n[profile b]\nsource_profile = gone\n",
		r: ssoimport.Request{Pairs: three[2:], Rename: true, Prune: true, Complete: true},
	},
	{
		name:   "a profile made by hand is not made again",
		config: corp + "\n[profile mine]\nsso_session = corp\nsso_account_id = 222222222222\nsso_role_name = AdministratorAccess\n",
		r:      ssoimport.Request{Pairs: three},
	},
	{
		name:   "one made by hand for another session is another",
		config: corp + "\n[profile mine]\nsso_session = other\nsso_account_id = 222222222222\nsso_role_name = AdministratorAccess\ndaypass_sso_import = corp\n",
		r:      ssoimport.Request{Pairs: three[2:], Prune: true, Complete: true},
	},
	{
		name:   "two accounts of one name get their IDs behind it",
		config: corp,
		r:      ssoimport.Request{Pairs: []ssoimport.Pair{prod2, prodAdmin, devAdmin}},
	},
	{
		name:   "the one that is there already keeps its name",
		config: corp + "\n" + imported("production-eu-"+admin, idProd, admin),
		r:      ssoimport.Request{Pairs: []ssoimport.Pair{prod2, prodAdmin}, Rename: true},
	},
	{
		name:   "a name that another profile has is not taken",
		config: corp + "\n[profile dev-AdministratorAccess]\nregion = eu-west-1\n",
		r:      ssoimport.Request{Pairs: three, Taken: []string{"production-eu-ReadOnly", "production-eu-ReadOnly-111111111111"}},
	},
	{
		name:   "derived profiles keep their names",
		config: corp + "\n[profile dev-AdministratorAccess-temporary]\nregion = eu-west-1\n",
		r: ssoimport.Request{Pairs: []ssoimport.Pair{
			devAdmin,
			{AccountID: idDev, AccountName: "Dev", Role: "x"},
			{AccountID: idDev, AccountName: "Dev", Role: "x-temporary"},
		}},
	},
	{
		name: "prune removes what an import made and AWS no longer lists, with the bytes around it kept",
		config: imported("gone-1", idProd2, "a", "region = eu-west-1\n") + "\n# about the session\n" + corp + "\n" +
			imported("gone-2", idProd2, "b") + "# about dev\n" + imported("dev-"+admin, idDev, admin) + "\n\n# the end\n",
		r: ssoimport.Request{Pairs: three[2:], Prune: true, Complete: true},
	},
	{
		name: "prune keeps what is not import's alone",
		config: corp + "\n" + imported("output", idProd2, "a", "output = json\n") + "\n" + imported("comment", idProd2, "b", "# note\n") + "\n" +
			imported("header] # note\n[profile twice", idProd2, "c") + imported("other", idProd2, "d") + "\n[profile twice]\n\n" +
			strings.ReplaceAll(imported("session", idProd2, "e"), "corp", "old") +
			"\n[profile mine]\nsso_session = corp\nsso_account_id = 333333333333\nsso_role_name = f\n" +
			"\n[profile part]\nsso_session = corp\ndaypass_sso_import = corp\n" +
			strings.Replace(imported("default", idProd2, "g"), "[profile default]", "[default]", 1),
		r: ssoimport.Request{Pairs: three[2:], Prune: true, Complete: true},
	},
	{
		name:   "without prune nothing is removed",
		config: corp + "\n" + imported("gone", idProd2, "a"),
		r:      ssoimport.Request{Pairs: three[2:]},
	},
	{
		name:   "a name that prune frees is given at once",
		config: corp + "\n" + imported("dev-"+admin, idProd2, admin) + "\n[profile dev-AdministratorAccess-222222222222]\n",
		r:      ssoimport.Request{Pairs: three[2:], Prune: true, Complete: true},
	},
	{
		name:   "what is dropped goes, though AWS lists it",
		config: corp + "\n" + imported("production-eu-"+admin, idProd, admin) + "\n" + imported("dev-"+admin, idDev, admin, "output = json\n"),
		r:      ssoimport.Request{Pairs: three, Drop: []ssoimport.Key{prodAdmin.Key(), devAdmin.Key(), prodRead.Key()}},
	},
	{
		name:   "all go if AWS really lists nothing",
		config: corp + "\n" + imported("a", idProd, admin) + "\n" + imported("b", idDev, admin),
		r:      ssoimport.Request{Prune: true, Complete: true, AllowEmpty: true},
	},
	{
		name:   "a template may make names with spaces, which are quoted",
		config: corp,
		r:      ssoimport.Request{Pairs: three, Template: "{{.AccountName}} {{lower .Role}}"},
	},
	{
		name:   "a template that makes one name for several roles of an account",
		config: corp,
		r:      ssoimport.Request{Pairs: three, Template: "{{.Account}}"},
	},
	{
		name:   "a pair that the template makes no name for is skipped",
		config: corp,
		r:      ssoimport.Request{Pairs: append([]ssoimport.Pair{{AccountID: idProd2, AccountName: "a [b]", Role: "r"}}, three...), Template: "{{.AccountName}}-{{.Role}}"},
	},
	{
		name:   "what cannot be an account or a role is not written",
		config: corp,
		r: ssoimport.Request{Pairs: []ssoimport.Pair{
			{AccountID: "1\n[default]", AccountName: "a", Role: "r"}, {AccountID: idDev, AccountName: "b", Role: "r\nk = v"}, devAdmin,
		}, Template: "{{.Account}}"},
	},
	{
		name:   "secrets around a change are not shown",
		config: corp + "[profile keys]\naws_access_key_id = ASIAEXAMPLE\n# aws_secret_access_key=topsecret old\nAWS_SECRET_ACCESS_KEY: topsecret",
		r:      ssoimport.Request{Pairs: three[2:]},
	},
}

func TestPlansAreAsInTheGoldenFiles(t *testing.T) {
	for _, c := range plans {
		t.Run(c.name, func(t *testing.T) {
			c.r.Session = "corp"
			config := awsfile.Parse(awsfile.Config, []byte(c.config))
			p, err := ssoimport.Make(config, c.r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.config, string(config.Bytes())); diff != "" {
				t.Errorf("planning changed the file:\n%s", diff)
			}
			golden(t, c.name, describe(p))
			after := apply(t, c.config, c.r)
			if !strings.Contains(c.config, "topsecret") {
				if diff := cmp.Diff(after, patch(t, c.config, p.Diff("config"))); diff != "" {
					t.Errorf("the file (-) is not what the diff makes of it (+):\n%s", diff)
				}
			}
			if diff := cmp.Diff(after, apply(t, after, c.r)); diff != "" {
				t.Errorf("a second run changes\n%s", diff)
			}
			// AWS lists in no order that holds.
			slices.Reverse(c.r.Pairs)
			if diff := cmp.Diff(after, apply(t, c.config, c.r)); diff != "" {
				t.Errorf("listed the other way round it is\n%s", diff)
			}
			slices.Reverse(c.r.Pairs)
		})
	}
}

func describe(p ssoimport.Plan) string {
	var out strings.Builder
	for _, list := range []struct {
		name    string
		entries []ssoimport.Entry
	}{{"add", p.Add}, {"keep", p.Keep}, {"change", p.Change}, {"remove", p.Remove}} {
		for _, e := range list.entries {
			fmt.Fprintf(&out, "%s %q: %s %s", list.name, e.Profile, e.Pair.AccountID, e.Pair.Role)
			if e.Was != "" {
				fmt.Fprintf(&out, ", was %q", e.Was)
			}
			out.WriteByte('\n')
		}
	}
	for _, s := range p.Skipped {
		fmt.Fprintf(&out, "skip %q: %q %q: %s\n", s.Profile, s.Pair.AccountID, s.Pair.Role, s.Why)
	}
	return out.String() + p.Diff("~/.aws/config")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", strings.ReplaceAll(strings.ReplaceAll(name, ",", ""), " ", "-")+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("not as in %s:\n%s", path, diff)
	}
}

// apply returns what an import makes of a config file.
func apply(t *testing.T, config string, r ssoimport.Request) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ssoimport.Apply(t.Context(), path, r, ""); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var hunkHead = regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n$`)

// patch makes of before what a unified diff says, and is strict about it: lines
// must be where the hunks say, and as many as they say.
func patch(t *testing.T, before, diff string) string {
	t.Helper()
	if diff == "" {
		return before
	}
	var out []string
	old := strings.SplitAfter(before, "\n")
	var at, endOld, endNew int
	take := func(line string) string {
		if at >= len(old) || old[at] != line {
			t.Fatalf("line %d is not %q, as the diff has it:\n%s", at+1, line, diff)
		}
		at++
		return line
	}
	shown := strings.SplitAfter(diff, "\n")[2:]
	for i, line := range shown {
		if i+1 < len(shown) && strings.HasPrefix(shown[i+1], `\`) {
			line = strings.TrimSuffix(line, "\n")
		}
		if line == "" || line[0] == '@' {
			if at != endOld || len(out) != endNew {
				t.Fatalf("a hunk ends at %d and %d, not at %d and %d:\n%s", at, len(out), endOld, endNew, diff)
			}
		}
		switch {
		case line == "" || line[0] == '\\':
		case line[0] == '@':
			head := hunkHead.FindStringSubmatch(line)
			if head == nil {
				t.Fatalf("the diff has the line %q", line)
			}
			var startOld, startNew int
			startOld, endOld = span(head[1], head[2])
			startNew, endNew = span(head[3], head[4])
			for at < startOld {
				out = append(out, take(old[at]))
			}
			if len(out) != startNew {
				t.Fatalf("a hunk begins at %d, not at %d:\n%s", len(out), startNew, diff)
			}
		case line[0] == ' ':
			out = append(out, take(line[1:]))
		case line[0] == '-':
			take(line[1:])
		case line[0] == '+':
			out = append(out, line[1:])
		default:
			t.Fatalf("the diff has the line %q", line)
		}
	}
	return strings.Join(out, "") + strings.Join(old[at:], "")
}

// span returns the first line of a hunk, counted from 0, and the one behind it.
func span(line, count string) (start, end int) {
	start, _ = strconv.Atoi(line)
	length := 1
	if count != "" {
		length, _ = strconv.Atoi(count)
	}
	if length > 0 {
		start--
	}
	return start, start + length
}

func TestARequestThatCannotBeMetSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name   string
		config string
		r      ssoimport.Request
		is     error
		says   string
	}{
		{"an empty config file", "", ssoimport.Request{Pairs: three}, ssoimport.ErrNoSession, "add a section [sso-session corp]"},
		{"a profile of the session's name", "[profile corp]\n", ssoimport.Request{Pairs: three}, ssoimport.ErrNoSession, "no such sso-session"},
		{"prune with an empty list", corp, ssoimport.Request{Prune: true, Complete: true}, ssoimport.ErrIncomplete, "nothing is pruned"},
		{"prune with part of the list", corp, ssoimport.Request{Pairs: three, Prune: true, AllowEmpty: true}, ssoimport.ErrIncomplete, "incomplete"},
		{"no region", corp, ssoimport.Request{Pairs: three, Region: "eu west\n[default]"}, nil, "not the name of a region"},
		{"an unknown field", corp, ssoimport.Request{Pairs: three, Template: "{{.Acount}}"}, ssoimport.ErrTemplate, `no field ".Acount"; it knows .Account,`},
		{"a field of a field", corp, ssoimport.Request{Pairs: three, Template: "{{.Account.Name}}"}, ssoimport.ErrTemplate, `no field ".Name"`},
		{"an unknown function", corp, ssoimport.Request{Pairs: three, Template: "{{title .Role}}"}, ssoimport.ErrTemplate, `no function "title"`},
		{"a function that prints", corp, ssoimport.Request{Pairs: three, Template: `{{printf "%9999999s" .Role}}`}, ssoimport.ErrTemplate, `no function "printf"`},
		{"a loop", corp, ssoimport.Request{Pairs: three, Template: "{{range 9999999999}}{{end}}"}, ssoimport.ErrTemplate, "range"},
		{"a loop in a condition", corp, ssoimport.Request{Pairs: three, Template: "{{if .Role}}x{{else}}{{range 9999999999}}{{end}}{{end}}"}, ssoimport.ErrTemplate, "range"},
		{"a call in brackets", corp, ssoimport.Request{Pairs: three, Template: `{{lower (printf "%9999999s" .Role)}}`}, ssoimport.ErrTemplate, "printf"},
		{"a definition", corp, ssoimport.Request{Pairs: three, Template: `{{define "a"}}x{{end}}{{.Role}}`}, ssoimport.ErrTemplate, "define"},
		{"a variable", corp, ssoimport.Request{Pairs: three, Template: `{{$x := .Role}}{{$x}}`}, ssoimport.ErrTemplate, "variables"},
		{"the whole set of fields", corp, ssoimport.Request{Pairs: three, Template: `{{.}}`}, ssoimport.ErrTemplate, "cannot have"},
		{"too few arguments", corp, ssoimport.Request{Pairs: three, Template: `{{replace "a"}}`}, ssoimport.ErrTemplate, "wrong number of args"},
		{"an open bracket", corp, ssoimport.Request{Pairs: three, Template: `{{.Role`}, ssoimport.ErrTemplate, "unclosed action"},
		{"an empty name", corp, ssoimport.Request{Pairs: three, Template: `{{""}}`}, ssoimport.ErrTemplate, "empty name"},
		{"nothing but a comment", corp, ssoimport.Request{Pairs: three, Template: `{{/* x */}}`}, ssoimport.ErrTemplate, "name"},
		{"a line break", corp, ssoimport.Request{Pairs: three, Template: "{{.Role}}\n"}, ssoimport.ErrTemplate, "control characters"},
		{"a bracket", corp, ssoimport.Request{Pairs: three, Template: "{{.Role}}]"}, ssoimport.ErrTemplate, "brackets"},
		{"a space at the end", corp, ssoimport.Request{Pairs: three, Template: "{{.Role}} "}, ssoimport.ErrTemplate, "white space at an end"},
		{"the default profile", corp, ssoimport.Request{Pairs: three, Template: "default"}, ssoimport.ErrTemplate, "default profile"},
		{"Python's default section", corp, ssoimport.Request{Pairs: three, Template: "DEFAULT"}, ssoimport.ErrTemplate, "default profile"},
		{"a name that begins with the word profile", corp, ssoimport.Request{Pairs: three, Template: "profile {{.Role}}"}, ssoimport.ErrTemplate, "read as another"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.r.Session = "corp"
			_, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(c.config)), c.r)
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("the error is %v, without %q", err, c.says)
			}
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("more than one line: %v", err)
			}
			t.Log(err)
		})
	}
}

func TestSlugsAreFitForProfileNames(t *testing.T) {
	for text, want := range map[string]string{
		"Production (EU)":      "production-eu",
		"  dev__1.2  ":         "dev-1-2",
		"Zürich":               "zürich",
		"Zu\u0308rich":         "zu\u0308rich",
		"東京 prod":              "東京-prod",
		"!?":                   "",
		"":                     "",
		"A\x00B\nC]":           "a-b-c",
		"-already-":            "already",
		"ACME\u2028corp\u00a0": "acme-corp",
	} {
		if got := ssoimport.Slug(text); got != want {
			t.Errorf("Slug(%q) is %q, not %q", text, got, want)
		}
	}
}

func TestTemplatesHaveTheirFieldsAndFunctions(t *testing.T) {
	for text, want := range map[string]string{
		"":             "production-eu-AdministratorAccess",
		"{{.Account}}": "production-eu",
		"{{.AccountName}}|{{.AccountID}}|{{.Role}}|{{.Session}}|{{.Email}}": "Production (EU)|111111111111|AdministratorAccess|corp|prod@example.com",
		`{{.Role | trimSuffix "Access" | lower}}`:                           "administrator",
		`{{trimPrefix "Prod" .AccountName | slug}}`:                         "uction-eu",
		`{{replace "a" "4" .Account | upper}}`:                              "PRODUCTION-EU",
		`{{if eq .Role "AdministratorAccess"}}root{{else}}user{{end}}`:      "root",
		`{{if and .Email (not (eq .Account "x"))}}y{{end}}`:                 "y",
	} {
		p, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(corp)), ssoimport.Request{Session: "corp", Pairs: three[:1], Template: text})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := p.Add[0].Profile; got != want {
			t.Errorf("%s makes %q, not %q", text, got, want)
		}
	}
}

func TestAnAccountWithoutANameIsNamedByItsID(t *testing.T) {
	p, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(corp)), ssoimport.Request{
		Session: "corp", Pairs: []ssoimport.Pair{{AccountID: idDev, AccountName: "???", Role: "r"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Add[0].Profile; got != idDev+"-r" {
		t.Errorf("the profile is named %q", got)
	}
}
