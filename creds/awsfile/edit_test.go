package awsfile_test

import (
	"errors"
	"strings"
	"testing"

	"daypass/creds/awsfile"

	"github.com/google/go-cmp/cmp"
)

// edits are checked for their bytes here, and against AWS's readers in
// readers_test.go. Each sets the region of profile x.
var edits = []struct {
	name          string
	kind          awsfile.Kind
	before, after string
	unreadable    string // by whom, for a reason that the edit may not touch
}{
	{
		name:  "an empty file gets the section",
		after: "[profile x]\nregion = new\n",
	},
	{
		name:   "a new section is set off by an empty line",
		before: "[default]\nregion = a\n",
		after:  "[default]\nregion = a\n\n[profile x]\nregion = new\n",
	},
	{
		name:   "a file without last newline gets one first",
		before: "[default]\r\nregion = a",
		after:  "[default]\r\nregion = a\r\n\r\n[profile x]\r\nregion = new\r\n",
	},
	{
		name: "credentials name the profile bare", kind: awsfile.Credentials,
		before: "[default]\nregion = a\n\n",
		after:  "[default]\nregion = a\n\n[x]\nregion = new\n",
	},
	{
		name:   "spacing, comments and line endings stay",
		before: "# top\r\n[profile x] ; mine\r\noutput=json\r\nregion\t=   old  \r\n# end\r\n\r\n[default]\r\nregion  = a",
		after:  "# top\r\n[profile x] ; mine\r\noutput=json\r\nregion\t=   new\r\n# end\r\n\r\n[default]\r\nregion  = a",
	},
	{
		name:   "a new key stands below the last one, above the next section's comment",
		before: "[profile x]\noutput = json\n\n# about y\n[profile y]\n",
		after:  "[profile x]\noutput = json\nregion = new\n\n# about y\n[profile y]\n",
	},
	{
		name:   "a header without anything behind it",
		before: "[profile x]",
		after:  "[profile x]\nregion = new\n",
	},
	{
		name:   "the last line stays without newline",
		before: "[profile x]\nregion=old",
		after:  "[profile x]\nregion=new",
	},
	{
		name:   "a comment behind the value moves above it",
		before: "[profile x]\nregion = old # home\n",
		after:  "[profile x]\n# home\nregion = new\n",
	},
	{
		name:   "sections that come twice are put together",
		before: "[profile x]\nregion = 1\noutput = json\n\n[default]\nregion = a\n# about x\n[profile x] # again\n# mind\nregion = 2\ncolor = red\n# end\n",
		after:  "[profile x]\noutput = json\n# again\n# mind\nregion = new\ncolor = red\n\n[default]\nregion = a\n# about x\n# end\n",
	},
	{
		name:   "a key that comes twice comes once",
		before: "[profile x]\nregion = 1\noutput = json\nRegion = 2\n",
		after:  "[profile x]\noutput = json\nregion = new\n",
	},
	{
		name:   "old spellings become what all readers know",
		before: "[profile x]\nAWS_Thing = 1\nREGION: old\n",
		after:  "[profile x]\nAWS_Thing = 1\nregion = new\n",
	},
	{
		name:   "continuation lines go with the value",
		before: "[profile x]\nregion = old\n  # c\n  more\noutput = json\n",
		after:  "[profile x]\nregion = new\n  # c\noutput = json\n",
	},
	{
		name:   "nested values of other keys stay",
		before: "[profile x]\ns3 =\n  max = 1\n\n  min = 2\n",
		after:  "[profile x]\ns3 =\n  max = 1\n\n  min = 2\nregion = new\n",
	},
	{
		name:   "a section that stands indented stays so",
		before: "[profile x]\n    region = old\n    output = json\n",
		after:  "[profile x]\n    region = new\n    output = json\n",
	},
	{
		name:   "a key that botocore would take for a continuation moves to the margin",
		before: "[profile x]\nregion = old\n  output = json\n",
		after:  "[profile x]\nregion = new\noutput = json\n",
	},
	{
		name:   "a key that Go would take for a nested one moves to the margin",
		before: "[profile x]\n  s3 =\n    max = 1\n  region = old\n  output = json\n",
		after:  "[profile x]\ns3 =\n    max = 1\nregion = new\noutput = json\n",
	},
	{
		name:   "headers that botocore would take for continuations move to the margin",
		before: "[default]\noutput = json\n  [profile x]\n  region = old\n  [profile y]\n",
		after:  "[default]\noutput = json\n[profile x]\n  region = new\n[profile y]\n",
	},
	{
		name:   "a byte order mark stays",
		before: "\ufeff[profile x]\nregion = old\n", after: "\ufeff[profile x]\nregion = new\n",
		unreadable: "botocore, go", // know no mark
	},
	{
		name:   "a quoted header stays",
		before: "[profile \"x\"]\nregion = old\n", after: "[profile \"x\"]\nregion = new\n",
		unreadable: "go", // takes the quotes for a part of the name
	},
	{
		name:   "other text that is not UTF-8 stays",
		before: "[profile x]\nregion = old\n# \xff\n", after: "[profile x]\nregion = new\n# \xff\n",
		unreadable: "botocore",
	},
}

func TestSetChangesNothingElse(t *testing.T) {
	for _, c := range edits {
		t.Run(c.name, func(t *testing.T) {
			f := awsfile.Parse(c.kind, []byte(c.before))
			if err := f.Set(awsfile.Profile("x"), "Region", "new"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.after, string(f.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSetOfTheDefaultProfileReachesEveryReader(t *testing.T) {
	// botocore takes the later of the two, the SDKs [profile default].
	f := awsfile.Parse(awsfile.Config, []byte("[profile default]\nregion = a\n[default]\nregion = b\n"))
	if err := f.Set(awsfile.Profile("default"), "region", "new"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("[profile default]\nregion = new\n[default]\nregion = new\n", string(f.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestUnsetAndRemove(t *testing.T) {
	const text = "# all\n[profile a]\nk = 1\n\n# about b\n[profile b]\nk = 1 # x\n  more\n# in b\nl = 2\n# about c\n[profile c]\nk = 1\n\n[profile b]\nk = 3"
	for _, c := range []struct {
		name string
		edit func(*awsfile.File) error
		want string
	}{
		{
			"a key goes wherever it stands in its section",
			func(f *awsfile.File) error { return f.Unset(awsfile.Profile("b"), "K") },
			"# all\n[profile a]\nk = 1\n\n# about b\n[profile b]\n# in b\nl = 2\n# about c\n[profile c]\nk = 1\n\n[profile b]\n",
		},
		{
			"a section goes wherever it stands and leaves the comments around it",
			func(f *awsfile.File) error { return f.Remove(awsfile.Profile("b")) },
			"# all\n[profile a]\nk = 1\n\n# about b\n# about c\n[profile c]\nk = 1\n",
		},
		{
			"the empty line behind a section goes with it",
			func(f *awsfile.File) error { return f.Remove(awsfile.Profile("a")) },
			strings.Replace(text, "[profile a]\nk = 1\n\n", "", 1),
		},
		{
			"what is not there is no error",
			func(f *awsfile.File) error {
				return errors.Join(f.Unset(awsfile.Profile("a"), "none"), f.Unset(awsfile.Profile("z"), "k"), f.Remove(awsfile.Profile("z")))
			},
			text,
		},
		{
			"a section that was removed can be made again",
			func(f *awsfile.File) error {
				return errors.Join(f.Remove(awsfile.Profile("b")), f.Remove(awsfile.Profile("c")), f.Set(awsfile.Profile("b"), "k", "9"))
			},
			"# all\n[profile a]\nk = 1\n\n# about b\n# about c\n\n[profile b]\nk = 9\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := awsfile.Parse(awsfile.Config, []byte(text))
			if err := c.edit(f); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(f.Bytes())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestValuesThatReadersMisreadAreRefused(t *testing.T) {
	const text = "[default]\nregion = a\n"
	x := awsfile.Profile("x")
	for _, c := range []struct {
		sec        awsfile.Section
		key, value string
		want       error
	}{
		{x, "k", "a\nb", awsfile.ErrInvalidValue},
		{x, "k", "a\rb", awsfile.ErrInvalidValue},
		{x, "k", "a\x00b", awsfile.ErrInvalidValue},
		{x, "k", "a\tb", awsfile.ErrInvalidValue},
		{x, "k", "a\u0085b", awsfile.ErrInvalidValue},
		{x, "k", "a\u2028b", awsfile.ErrInvalidValue},
		{x, "k", "a\xffb", awsfile.ErrInvalidValue},
		{x, "k", "", awsfile.ErrInvalidValue},
		{x, "k", " a", awsfile.ErrInvalidValue},
		{x, "k", "a\u00a0", awsfile.ErrInvalidValue},
		{x, "k", "a # b", awsfile.ErrInvalidValue},
		{x, "k", "a\u00a0;b", awsfile.ErrInvalidValue},
		{x, "k", "#a", awsfile.ErrInvalidValue},
		{x, "k", `"a"`, awsfile.ErrInvalidValue},
		{x, "k", `'`, awsfile.ErrInvalidValue},
		{x, "", "a", awsfile.ErrInvalidName},
		{x, "k=", "a", awsfile.ErrInvalidName},
		{x, "k k", "a", awsfile.ErrInvalidName},
		{x, "k\n", "a", awsfile.ErrInvalidName},
		{x, "[k", "a", awsfile.ErrInvalidName},
		{x, "#k", "a", awsfile.ErrInvalidName},
		{x, "ключ", "a", awsfile.ErrInvalidName},
		{awsfile.Profile(""), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile("a\nb"), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile("a\x1bb"), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile("a]b"), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile("a#b"), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile(`a"b`), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile(`a\b`), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile(" a"), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile("\xff"), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Profile("__proto__"), "k", "a", awsfile.ErrInvalidName},
		{awsfile.Section{Type: awsfile.TypeOther, Name: "default"}, "k", "a", awsfile.ErrInvalidName},
	} {
		f := awsfile.Parse(awsfile.Config, []byte(text))
		err := f.Set(c.sec, c.key, c.value)
		if !errors.Is(err, c.want) {
			t.Errorf("setting %q of %q to %q gives the error %v", c.key, c.sec.Name, c.value, err)
		}
		if string(f.Bytes()) != text {
			t.Errorf("setting %q of %q to %q changed the file", c.key, c.sec.Name, c.value)
		}
		if err != nil && len(c.value) > 3 && strings.Contains(err.Error(), c.value) {
			t.Errorf("the error shows the value: %v", err)
		}
	}
	for _, name := range []string{"DEFAULT", "profile x", "sso-session x", "services x", "a  b"} {
		f := awsfile.Parse(awsfile.Credentials, nil)
		if err := f.Set(awsfile.Profile(name), "k", "a"); !errors.Is(err, awsfile.ErrInvalidName) {
			t.Errorf("a profile %q in the credentials file gives the error %v", name, err)
		}
	}
}

func TestPortableNames(t *testing.T) {
	for name, want := range map[string]bool{
		"default": true, "a.b-c_d@e+f%g:h/1": true, "": false, "a b": false, "müller": false, "a(b)": false, "a=b": false,
	} {
		if got := awsfile.Portable(name); got != want {
			t.Errorf("Portable(%q) is %v", name, got)
		}
	}
}
