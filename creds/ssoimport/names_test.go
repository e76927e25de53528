package ssoimport_test

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/ssoimport"
)

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
		{"text that grows", corp, ssoimport.Request{Pairs: three, Template: `{{replace "r" "rrrrrrrrrr" .Role | replace "r" "rrrrrrrrrr" | replace "r" "rrrrrrrrrr"}}`}, ssoimport.ErrTemplate, "too long a text"},
		{"nothing to replace", corp, ssoimport.Request{Pairs: three, Template: `{{replace "" "x" .Role}}`}, ssoimport.ErrTemplate, "nothing to look for"},
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
		"Production (EU)":         "production-eu",
		"  dev__1.2  ":            "dev-1-2",
		"Zürich":                  "zurich",
		"Zu\u0308rich":            "zurich",
		"Société Générale – Prod": "societe-generale-prod",
		"Großkunden Ærø Łódź":     "grosskunden-aero-lodz",
		"İstanbul ısı":            "istanbul-isi",
		"Ｐｒｏｄ ﬁnance":             "prod-finance",
		"東京 prod":                 "prod",
		"日本 本番":                   "",
		"Москва":                  "",
		"!?":                      "",
		"":                        "",
		"A\x00B\nC]":              "a-b-c",
		"-already-":               "already",
		"ACME\u2028corp\u00a0":    "acme-corp",
		"\xff\xfe":                "",
		"२०२६ ٢ accounts":         "accounts",
	} {
		if got := ssoimport.Slug(text); got != want {
			t.Errorf("Slug(%q) is %q, not %q", text, got, want)
		}
	}
}

func TestImportedNamesAreFoundByAllOfAWSsSDKs(t *testing.T) {
	pairs := []ssoimport.Pair{
		{AccountID: "111111111111", AccountName: "Société Générale – Prod", Role: "ReadOnly"},
		{AccountID: "222222222222", AccountName: "日本 本番", Role: "Team,Ops=1@x"},
		{AccountID: "333333333333", AccountName: "Zürich", Role: "a+b=,c.d_e-f"},
		{AccountID: "444444444444", AccountName: "Zurich", Role: "a+b=,c.d_e-f"},
		{AccountID: "555555555555", AccountName: "(x) [y] \"z\"", Role: "=,="},
	}
	want := map[string]string{
		"111111111111": "societe-generale-prod-ReadOnly",
		"222222222222": "222222222222-Team-Ops-1@x",
		"333333333333": "zurich-a+b-c.d_e-f-333333333333",
		"444444444444": "zurich-a+b-c.d_e-f-444444444444",
		"555555555555": "x-y-z--",
	}
	p, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(corp)), ssoimport.Request{Session: "corp", Pairs: pairs})
	if err != nil || len(p.Add) != len(pairs) || len(p.Warnings) != 0 {
		t.Fatalf("%d are added, with warnings %q: %v, %v", len(p.Add), p.Warnings, err, p.Skipped)
	}
	// The form of names that the JavaScript SDK's reader finds.
	finds := regexp.MustCompile(`^[\w\-@+.%:/]+$`)
	for _, e := range p.Add {
		if e.Profile != want[e.Pair.AccountID] || !finds.MatchString(e.Profile) {
			t.Errorf("%s is called %q, not %q", e.Pair.AccountID, e.Profile, want[e.Pair.AccountID])
		}
	}
}

func TestAProfileKeepsTheNameThatAnEarlierImportHasMade(t *testing.T) {
	pairs := []ssoimport.Pair{
		{AccountID: "333333333333", AccountName: "Zürich", Role: "a=b"},
		{AccountID: "444444444444", AccountName: "Zurich", Role: "a=b"},
	}
	before := corp + "\n[profile zürich-a=b]\nsso_session = corp\nsso_account_id = 333333333333\nsso_role_name = a=b\ndaypass_sso_import = corp\n" +
		"\n[profile zurich-a-b]\nsso_session = corp\nsso_account_id = 444444444444\nsso_role_name = a=b\ndaypass_sso_import = corp\n"
	for _, prune := range []bool{false, true} {
		p, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(before)), ssoimport.Request{Session: "corp", Pairs: pairs, Complete: true, Prune: prune})
		if err != nil || !p.Empty() || len(p.Keep) != 2 || len(p.Warnings) != 0 {
			t.Errorf("%+v, %v", p, err)
		}
	}
}

func TestNamesThatSomeToolsDoNotFindAreReported(t *testing.T) {
	pairs := []ssoimport.Pair{
		{AccountID: "111111111111", AccountName: "Société Générale", Role: "ReadOnly"},
		{AccountID: "222222222222", AccountName: "Plain", Role: "Ops=1"},
		{AccountID: "333333333333", AccountName: "Plainer", Role: "Ops"},
	}
	for _, c := range []struct{ template, warning string }{
		{"{{.AccountName}}-{{.Role}}", `"Société Générale-ReadOnly" is not found by all of AWS's SDKs`},
		{"{{.AccountID}}-{{.RoleName}}", `"222222222222-Ops=1" is not found`},
		{"{{.AccountName}} {{.RoleName}}", `"Plain Ops=1" and 2 more are not found`},
		{"{{slug .AccountName}}-{{slug .RoleName}}", ""},
		{"{{.Session}}/{{.Account}}.{{.Role}}", ""},
	} {
		p, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(corp)), ssoimport.Request{Session: "corp", Pairs: pairs, Template: c.template})
		if err != nil || len(p.Add) != 3 {
			t.Errorf("%s: %d are added: %v %v", c.template, len(p.Add), err, p.Skipped)
			continue
		}
		got := strings.Join(p.Warnings, "\n")
		if c.warning == "" && got != "" || !strings.Contains(got, c.warning) {
			t.Errorf("%s warns %q, without %q", c.template, got, c.warning)
		}
	}
}

// documented are the names in back quotes in the reference's sentence on templates.
func documented(t *testing.T) (fields, functions []string) {
	t.Helper()
	reference, err := os.ReadFile("../../REFERENCE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(reference), "- **Import** names profiles by a template")
	said, _, found := strings.Cut(rest, "What an import made")
	before, after, both := strings.Cut(said, "functions ")
	if !found || !both {
		t.Fatal("REFERENCE.md does not describe the templates any more")
	}
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, m := range quoted.FindAllStringSubmatch(before, -1) {
		fields = append(fields, m[1])
	}
	for _, m := range quoted.FindAllStringSubmatch(after, -1) {
		functions = append(functions, m[1])
	}
	return fields, functions
}

func TestEveryTemplateFieldInTheReferenceExists(t *testing.T) {
	fields, functions := documented(t)
	values := map[string]string{
		"{{.Account}}": "production-eu", "{{.Role}}": "Ops-1", "{{.AccountName}}": "Production (EU)", "{{.RoleName}}": "Ops=1",
		"{{.AccountID}}": "111111111111", "{{.Email}}": "prod@example.com", "{{.Session}}": "corp",
	}
	uses := map[string][2]string{
		"slug": {"{{slug .AccountName}}", "production-eu"}, "lower": {"{{lower .RoleName}}", "ops=1"}, "upper": {"{{upper .Account}}", "PRODUCTION-EU"},
		"replace": {`{{replace "=" "." .RoleName}}`, "Ops.1"}, "trimPrefix": {`{{trimPrefix "Op" .Role}}`, "s-1"}, "trimSuffix": {`{{trimSuffix "=1" .RoleName}}`, "Ops"},
	}
	if len(fields) != len(values) || len(functions) != len(uses) {
		t.Fatalf("REFERENCE.md offers %q and %q", fields, functions)
	}
	pair := three[0]
	pair.Role = "Ops=1"
	try := func(template, want string) {
		t.Helper()
		p, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(corp)), ssoimport.Request{Session: "corp", Pairs: []ssoimport.Pair{pair}, Template: template})
		if err != nil || len(p.Add) != 1 || want == "" || p.Add[0].Profile != want {
			t.Errorf("%s makes %+v, want %q: %v %v", template, p.Add, want, err, p.Skipped)
		}
	}
	for _, field := range fields {
		try(field, values[field])
	}
	for _, function := range functions {
		try(uses[function][0], uses[function][1])
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
