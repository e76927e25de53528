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
		name:   "the longer name of one role is not the shorter one of another",
		config: corp,
		r: ssoimport.Request{Taken: []string{"dev-a"}, Pairs: []ssoimport.Pair{
			{AccountID: idDev, AccountName: "Dev", Role: "a"}, {AccountID: idDev, AccountName: "Dev", Role: "a-222222222222"},
		}},
	},
	{
		name:   "a profile that finds no new name keeps its own, and nobody else gets it",
		config: corp + "\n" + imported("dev-"+admin, idProd, admin),
		r: ssoimport.Request{
			Pairs: three, Rename: true,
			Taken: []string{"production-eu-" + admin, "production-eu-" + admin + "-" + idProd},
		},
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
			// The order of AWS's list is not stable.
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
