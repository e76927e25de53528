package awsfile_test

import (
	"fmt"
	"strings"
	"testing"

	"daypass/creds/awsfile"

	"github.com/google/go-cmp/cmp"
)

type values = map[string]string

func TestReading(t *testing.T) {
	profile, session := awsfile.Profile, awsfile.SSOSession
	for _, c := range []struct {
		name string
		kind awsfile.Kind
		text string
		want map[awsfile.Section]values
	}{
		{
			"config names profiles with a word, quoted or not", awsfile.Config,
			"[default]\na=1\n[profile x]\na=2\n[profile \"y z\"]\na=3\n[profile 'v']\na=4\n[profile u w]\na=5\n",
			map[awsfile.Section]values{
				profile("default"): {"a": "1"}, profile("x"): {"a": "2"}, profile("y z"): {"a": "3"},
				profile("v"): {"a": "4"}, profile("u w"): {"a": "5"},
			},
		},
		{
			"credentials name profiles bare", awsfile.Credentials,
			"[default]\na=1\n[x]\na=2\n[y z]\na=3\n[profile x]\na=4\n",
			map[awsfile.Section]values{
				profile("default"): {"a": "1"}, profile("x"): {"a": "2"}, profile("y z"): {"a": "3"},
				{Type: awsfile.TypeOther, Name: "profile x"}: {"a": "4"},
			},
		},
		{
			"sessions and services are sections of their own", awsfile.Config,
			"[sso-session s]\nsso_region = r\n[services s]\nsts =\n  endpoint_url = u\n[plugins]\nx = y\n",
			map[awsfile.Section]values{
				session("s"): {"sso_region": "r"}, awsfile.Services("s"): {"sts": "\nendpoint_url = u"},
				{Type: awsfile.TypeOther, Name: "plugins"}: {"x": "y"},
			},
		},
		{
			"comments follow white space", awsfile.Config,
			"# a\n; b\n[profile x] # c\na = 1 # d\nb = 2\t; e\nc = 3#4;5\nd = # f\n  # g\n",
			map[awsfile.Section]values{profile("x"): {"a": "1", "b": "2", "c": "3#4;5", "d": ""}},
		},
		{
			"sections that come twice are merged and later keys win", awsfile.Credentials,
			"[x]\na = 1\nb = 2\n[y]\n[x]\nB = 3\nc = 4\nc = 5\n",
			map[awsfile.Section]values{profile("x"): {"a": "1", "b": "3", "c": "5"}, profile("y"): {}},
		},
		{
			"[profile default] hides [default] wherever it stands", awsfile.Config,
			"[profile default]\na = 1\n[default]\na = 2\nb = 3\n",
			map[awsfile.Section]values{profile("default"): {"a": "1"}},
		},
		{
			"lines continue, nest and end", awsfile.Config,
			"[profile x]\na = 1\n  2\n\n  3\ns3 =\n  # c\n  b = 4\n  c = 5 # d\nd = 6\n  e = 7\n",
			map[awsfile.Section]values{profile("x"): {"a": "1\n2\n3", "s3": "\nb = 4\nc = 5 # d", "d": "6", "e": "7"}},
		},
		{
			"a section may stand indented as a whole", awsfile.Config,
			"  [profile x]\n  a = 1\n  s3 =\n    b = 2\n  c = 3\n",
			map[awsfile.Section]values{profile("x"): {"a": "1", "s3": "\nb = 2", "c": "3"}},
		},
		{
			"byte order mark, CRLF and no last newline", awsfile.Config,
			"\ufeff[default]\r\na = 1\r\n[profile x]\r\nb: 2",
			map[awsfile.Section]values{profile("default"): {"a": "1"}, profile("x"): {"b": "2"}},
		},
		{
			"bytes that are not UTF-8", awsfile.Credentials,
			"[\xff]\na = \xfe\n",
			map[awsfile.Section]values{profile("\xff"): {"a": "\xfe"}},
		},
		{
			"a header that is not closed is none", awsfile.Config,
			"[default]\na = 1\n[profile x\nb = 2\n",
			map[awsfile.Section]values{profile("default"): {"a": "1", "b": "2"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := awsfile.Parse(c.kind, []byte(c.text))
			if diff := cmp.Diff(c.want, contents(f)); diff != "" {
				t.Error(diff)
			}
			for sec, keys := range c.want {
				for key, want := range keys {
					if got, ok := f.Get(sec, strings.ToUpper(key)); got != want || !ok {
						t.Errorf("Get of %s gives %q, %v", key, got, ok)
					}
				}
			}
		})
	}
}

func TestSectionsComeInFileOrderAndOnce(t *testing.T) {
	f := awsfile.Parse(awsfile.Config, []byte("[profile b]\n[sso-session s]\n[default]\n[profile a]\n[profile b]\nk = 1\n"))
	want := []awsfile.Section{awsfile.Profile("b"), awsfile.SSOSession("s"), awsfile.Profile("default"), awsfile.Profile("a")}
	if diff := cmp.Diff(want, f.Sections()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"b", "default", "a"}, f.Profiles()); diff != "" {
		t.Error(diff)
	}
	if f.Has(awsfile.Profile("c")) || !f.Has(awsfile.SSOSession("s")) {
		t.Error("Has is wrong")
	}
}

func TestNestedFindsAValueOneLevelDown(t *testing.T) {
	f := awsfile.Parse(awsfile.Config, []byte("[services s]\nsts =\n  endpoint_url = http://a:1\n  region = r\niam = x\n"))
	if got, ok := f.Nested(awsfile.Services("s"), "sts", "endpoint_url"); got != "http://a:1" || !ok {
		t.Errorf("got %q, %v", got, ok)
	}
	for _, key := range []string{"iam", "s3"} {
		if got, ok := f.Nested(awsfile.Services("s"), key, "endpoint_url"); ok {
			t.Errorf("%s has %q", key, got)
		}
	}
}

func TestProblemsNameTheLine(t *testing.T) {
	const text = "\ufeffstray = 1\n[default] # ok\nregion = a # why\nregion = b\nnothing\n" +
		"[work]\nk = \xff\n  l = m\n[default]\n  [profile x]\n[]\n[profile y] z\nq = \r1\n"
	var got strings.Builder
	for _, p := range awsfile.Parse(awsfile.Config, []byte(text)).Problems() {
		fmt.Fprintf(&got, "%d %s\n", p.Line, p.Text)
	}
	const want = `1 The file starts with a byte order mark: the AWS CLI refuses the whole file for it, and the Go SDK overlooks a section that begins right behind it.
1 The key "stray" stands before any section, for which the AWS CLI refuses the whole file.
3 The AWS CLI takes the comment behind "region" for a part of its value.
4 The key "region" stands in this section a second time, for which the AWS CLI refuses the whole file.
5 The line is neither a section, nor key = value, nor a comment, for which the AWS CLI refuses the whole file.
6 [work] is no profile to AWS's tools, because the word profile is missing.
7 The line is not UTF-8, for which the AWS CLI refuses the whole file.
8 The key "l" is indented so that the AWS CLI takes it for a part of the value above.
9 The section [default] stands here a second time, for which the AWS CLI refuses the whole file.
11 The section has no name, for which the AWS CLI refuses the whole file.
12 The Go SDK and the JavaScript SDK do not find the profile "y" by the header [profile y], but take what stands below it for a part of the section above.
13 The line is neither a section, nor key = value, nor a comment, for which the AWS CLI refuses the whole file.
13 A lone carriage return stands in the line, which the AWS CLI takes for the line's end.
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
	const fine = "# c\n[default]\nregion = a\n\n[profile x]\ns3 =\n  a = b\n"
	if p := awsfile.Parse(awsfile.Config, []byte(fine)).Problems(); len(p) > 0 {
		t.Errorf("a good file has problems: %v", p)
	}
}
