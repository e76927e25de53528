package profile

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awsfile"
)

var rereads = flag.Int("profile.rereads", 800, "how often the files are changed and read again")

// pieces are what files are made of here: sections that name each other, odd ones
// among them.
var pieces = []string{
	"[default]\nregion = us-east-1\n", "[profile default]\nregion = eu-west-1\n", "[a]\n", "[profile a]\nregion = eu-central-1 # near\n",
	"[profile a]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Dev\n", "[profile b]\nservices = own\n",
	"[profile b]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = Ops\n",
	"[profile c]\nsso_start_url = https://corp.awsapps.com/start/\nsso_region = us-east-1\n", "[c]\nregion =\n", "[profile c]\nservices = own\n",
	"[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n",
	"[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\nsso_registration_scopes = codewhisperer\n",
	"[services own]\nsts =\n  endpoint_url = http://localhost:4566\n", "[services own]\niam =\n  endpoint_url = http://localhost:1\n",
	"[a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", "[a]\naws_secret_access_key = secret\n", "[b]\naws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n",
	"[b]\r\naws_access_key_id = ASIA2\r\naws_secret_access_key = 's'\r\naws_session_token = t\r\n", "  [d]\nregion = eu-west-2\n", "[profile d e]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = a\n",
	"[a-long-term]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_mfa_device = d\n", "[b]\nusername = me\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n",
	"[b-sts]\naws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n", "[profile saved]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = b-sts\n",
	"# a comment\n", "junk\n", "[broken\n", "  region = nested\n", "region = eu-west-3\n", "\ufeff", "\n", "[plugins]\nx = y\n", "[other] junk\n",
}

// TestReadingAgainFindsWhatReadingAnewFinds changes files at random.
func TestReadingAgainFindsWhatReadingAnewFinds(t *testing.T) {
	dir := t.TempDir()
	paths := awsfile.Paths{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials")}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	files := map[string][]string{}
	last := &Set{}
	reused := 0
	for n := range *rereads {
		path := paths.Config
		if random.IntN(2) == 0 {
			path = paths.Credentials
		}
		is := files[path]
		piece := pieces[random.IntN(len(pieces))]
		switch at := random.IntN(len(is) + 1); {
		case at < len(is) && (len(is) > 8 || random.IntN(3) == 0):
			is = append(is[:at:at], is[at+1:]...)
		case at < len(is) && random.IntN(2) == 0:
			is[at] = piece
		default:
			is = append(is[:at:at], append([]string{piece}, is[at:]...)...)
		}
		files[path] = is
		if err := os.WriteFile(path, []byte(strings.Join(is, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		plan := &Plan{Layout: LayoutSettings{DerivedSuffix: []string{"", "-x"}[n/100%2]}}
		if n/50%2 > 0 {
			plan.Recipes = map[string]Recipe{"saved": {Source: "a", RoleARN: "arn:aws:iam::1:role/x"}, "a": {Source: "a", MFASerial: "d"}}
		}
		anew, err := Read(t.Context(), paths, plan, &Set{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(t.Context(), paths, plan, last)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, anew) {
			t.Fatalf("seed %d, change %d: %s\nconfig:\n%s\ncredentials:\n%s", seed, n, cmp.Diff(fmt.Sprintf("%+v", anew), fmt.Sprintf("%+v", again)),
				strings.Join(files[paths.Config], ""), strings.Join(files[paths.Credentials], ""))
		}
		for name, p := range again.Profiles {
			if was, ok := last.Profiles[name]; ok && was.from == p.from && last.shared == again.shared {
				reused++
			}
		}
		last = again
	}
	if reused < *rereads {
		t.Errorf("only %d profiles were taken from what was read before", reused)
	}
}
