package ssoimport_test

import (
	"errors"
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
