package awsfile_test

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/credstest"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"
)

// This package must read files like AWS's own readers, so these tests run them: botocore,
// which is the AWS CLI's reader, and the Go SDK.

// readers runs botocore, in one process for all tests.
var readers = credstest.NewPython(`
import tempfile
from botocore import configloader, exceptions

folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, 'file')

def answer(request):
    return globals()[request['do']](request['kind'], request['what'])

# The values of each profile, by path; of files that are refused there are none.
def values(kind, paths):
    out = {}
    for path in paths:
        try:
            sections = configloader.raw_config_parse(path, parse_subsections=False)
        except exceptions.ConfigParseError:
            continue
        if kind == 'config':
            sections = configloader.build_profile_map(sections)['profiles']
        out[path] = sections
    return out

# The names of the profiles in each text, and nothing for one that is refused.
def names(kind, texts):
    out = []
    for text in texts:
        with open(path, 'w', encoding='utf-8', newline='') as f:
            f.write(text)
        try:
            sections = configloader.raw_config_parse(path)
            if kind == 'config':
                sections = configloader.build_profile_map(sections)['profiles']
            out.append(sorted(sections))
        except exceptions.ConfigParseError:
            out.append(None)
    return out
`)

// read lets botocore read paths or texts.
func read(t *testing.T, do string, kind awsfile.Kind, what []string, into any) {
	t.Helper()
	name := map[awsfile.Kind]string{awsfile.Config: "config", awsfile.Credentials: "credentials"}[kind]
	readers.Ask(t, map[string]any{"do": do, "kind": name, "what": what}, into)
}

// botocore reads files as AWS's Python tools do, and returns by path the values of each
// profile, nothing for files that it refuses.
func botocore(t *testing.T, kind awsfile.Kind, paths ...string) (values map[string]map[string]values) {
	t.Helper()
	read(t, "values", kind, paths, &values)
	return values
}

func TestReadingAgreesWithBotocore(t *testing.T) {
	for kind, texts := range map[awsfile.Kind][]string{
		awsfile.Config: {
			"",
			"# only a comment\n",
			"[default]\nregion = a\n\n[profile x]\nregion=b\noutput :c\n",
			"[profile \"x y\"]\nregion = a\n[profile 'z']\nregion = b\n[profile\tw]\nregion = c\n",
			"[default]\r\nregion = a\r\n[profile x]\r\nk = v",
			"[profile x] # comment\nregion = a\n",
			"[profile x]\ns3 =\n  max = 1\n\n  # in between\n  min = 2\nregion = a\n",
			"[profile x]\n    region = a\n    s3 =\n        max = 1\n    output = b\n",
			"[profile x]\nk = 1\n  continues\n\tand more\nl = 2\n",
			"[profile x]\nREGION = a\nOutput = b\n",
			"[profile x]\nk = a#b;c\nl = 'quoted'\nm = \"quoted\"\nn = a = b : c\n",
			"[sso-session s]\nsso_region = r\n[profile x]\nsso_session = s\n[services v]\nsts =\n  endpoint_url = u\n",
			"[default]\nk = 1\n[profile default]\nl = 2\n",
			"[profile x]\nk =\nl = \nm = 1\n",
			"[profile x]\n[profile y]\n",
			"[profile müller]\nname = ключ\n",
			"  [profile x]\n  k = 1\n\n  # c\n  l = 2\n",
		},
		awsfile.Credentials: {
			"[default]\naws_access_key_id = a\n[x]\naws_secret_access_key = b=c/d+e\n",
			"[x y]\nk = 1\n[a#b]\nk = 2\n[q\"r]\nk = 3\n",
			"[x]\nk=1\n\n\n;c\n#d\n\n[y]\nk=2\n\n",
		},
	} {
		folder := t.TempDir()
		var paths []string
		for i, text := range texts {
			path := filepath.Join(folder, strconv.Itoa(i))
			credstest.Write(t, path, text)
			paths = append(paths, path)
		}
		read := botocore(t, kind, paths...)
		for i, path := range paths {
			theirs, ok := read[path]
			if !ok {
				t.Errorf("botocore refuses\n%s", texts[i])
				continue
			}
			for _, keys := range theirs {
				for key, value := range keys {
					// Only botocore keeps empty lines within a
					// value.
					keys[key] = strings.ReplaceAll(value, "\n\n", "\n")
				}
			}
			f := awsfile.Parse(kind, []byte(texts[i]))
			ours := map[string]values{}
			for _, name := range f.Profiles() {
				ours[name] = f.Values(awsfile.Profile(name))
			}
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("botocore (-) and we (+) differ on\n%s\n%s", texts[i], diff)
			}
		}
	}
}

func TestWhatSetWritesIsReadBackByBotocoreAndTheGoSDK(t *testing.T) {
	for _, kind := range []awsfile.Kind{awsfile.Config, awsfile.Credentials} {
		folder := t.TempDir()
		var paths []string
		for i, c := range edits {
			path := filepath.Join(folder, strconv.Itoa(i))
			credstest.Write(t, path, c.after)
			if c.kind == kind {
				paths = append(paths, path)
			}
		}
		read := botocore(t, kind, paths...)
		for i, c := range edits {
			if c.kind != kind {
				continue
			}
			path := filepath.Join(folder, strconv.Itoa(i))
			if got := read[path]["x"]["region"]; (got == "new") == strings.Contains(c.unreadable, "botocore") {
				t.Errorf("%s: botocore reads %q", c.name, got)
			}
			if got := goRegion(t.Context(), kind, path, "x"); (got == "new") == strings.Contains(c.unreadable, "go") {
				t.Errorf("%s: the Go SDK reads %q", c.name, got)
			}
		}
	}
}

func TestASessionThatIsWrittenIsReadBackByBotocoreAndTheGoSDK(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	before := "[x]\nAWS_ACCESS_KEY_ID: ASIA1\naws_secret_access_key=old # mine\n\n[y]\nregion = a\n\n[x]\naws_session_token = t\n"
	credstest.Write(t, path, before)
	err := awsfile.Update(t.Context(), awsfile.Credentials, path, func(f *awsfile.File) error {
		return writeSession(f, awsfile.Profile("x"))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := values{"aws_access_key_id": "ASIA2", "aws_secret_access_key": "s2", "aws_session_token": "t2"}
	if diff := cmp.Diff(want, botocore(t, awsfile.Credentials, path)[path]["x"]); diff != "" {
		t.Errorf("botocore: %s", diff)
	}
	shared, err := config.LoadSharedConfigProfile(t.Context(), "x", only(awsfile.Credentials, path))
	if err != nil {
		t.Fatal(err)
	}
	got := shared.Credentials
	if got.AccessKeyID != "ASIA2" || got.SecretAccessKey != "s2" || got.SessionToken != "t2" {
		t.Errorf("the Go SDK reads %q", got.AccessKeyID)
	}
}

func goRegion(ctx context.Context, kind awsfile.Kind, path, profile string) string {
	shared, err := config.LoadSharedConfigProfile(ctx, profile, only(kind, path))
	if err != nil {
		return err.Error()
	}
	return shared.Region
}

// only lets the Go SDK read one file and no other.
func only(kind awsfile.Kind, path string) func(*config.LoadSharedConfigOptions) {
	return func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{}, []string{}
		if kind == awsfile.Config {
			o.ConfigFiles = []string{path}
		} else {
			o.CredentialsFiles = []string{path}
		}
	}
}
