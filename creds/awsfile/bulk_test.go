package awsfile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"daypass/creds/awsfile"

	"github.com/google/go-cmp/cmp"
)

func TestAppendWritesWhatSetWritesKeyByKey(t *testing.T) {
	for i, text := range odd {
		for _, name := range []string{"new", "b c new"} {
			sec := awsfile.Profile(name)
			together, single := awsfile.Parse(awsfile.Config, []byte(text)), awsfile.Parse(awsfile.Config, []byte(text))
			if err := together.Append(sec, awsfile.Property{Key: "Region", Value: "a"}, awsfile.Property{Key: "output", Value: "b"}); err != nil {
				t.Fatal(err)
			}
			for _, p := range []awsfile.Property{{Key: "region", Value: "a"}, {Key: "output", Value: "b"}} {
				if err := single.Set(sec, p.Key, p.Value); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(single.Bytes()), string(together.Bytes())); diff != "" {
				t.Errorf("file %d: Set (-) and Append (+) differ:\n%s", i, diff)
			}
			if err := together.Remove(sec); err != nil {
				t.Fatal(err)
			}
			if err := single.Remove(sec); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(single.Bytes()), string(together.Bytes())); diff != "" {
				t.Errorf("file %d, removed again: %s", i, diff)
			}
		}
	}
}

func TestAppendRefusesWhatCannotBeWrittenAndChangesNothing(t *testing.T) {
	const text = "[profile x]\nregion = a\n"
	good := awsfile.Property{Key: "region", Value: "a"}
	for _, c := range []struct {
		name  string
		sec   string
		props []awsfile.Property
		is    error
	}{
		{"a section that is there", "x", []awsfile.Property{good}, awsfile.ErrExists},
		{"a name with a bracket", "a]", []awsfile.Property{good}, awsfile.ErrInvalidName},
		{"a value of two lines", "y", []awsfile.Property{good, {Key: "k", Value: "a\nb"}}, awsfile.ErrInvalidValue},
		{"an empty value", "y", []awsfile.Property{{Key: "k"}}, awsfile.ErrInvalidValue},
		{"a key with a space", "y", []awsfile.Property{good, {Key: "k l", Value: "v"}}, awsfile.ErrInvalidName},
		{"a key that comes twice", "y", []awsfile.Property{good, {Key: "REGION", Value: "b"}}, awsfile.ErrInvalidName},
	} {
		f := awsfile.Parse(awsfile.Config, []byte(text))
		if err := f.Append(awsfile.Profile(c.sec), c.props[0], c.props[1:]...); !errors.Is(err, c.is) {
			t.Errorf("%s: the error is %v", c.name, err)
		}
		if string(f.Bytes()) != text {
			t.Errorf("%s: the file is\n%s", c.name, f.Bytes())
		}
	}
}

func TestRenameChangesNothingButTheHeadersNames(t *testing.T) {
	p := awsfile.Profile
	for _, c := range []struct {
		name          string
		before, after string
		names         map[awsfile.Section]string
		is            error
	}{
		{
			name:   "comments, spacing and line endings stay",
			before: "# a\r\n  [ profile\ta ]  # [b]\r\nk=1\r\n", after: "# a\r\n  [profile x]  # [b]\r\nk=1\r\n",
			names: map[awsfile.Section]string{p("a"): "x"},
		},
		{
			name:   "quotes come and go with white space in the name",
			before: "[profile \"a b\"]\n[profile c]", after: "[profile ab]\n[profile \"c d\"]",
			names: map[awsfile.Section]string{p("a b"): "ab", p("c"): "c d"},
		},
		{
			name:   "a section that stands twice, once with other text behind it",
			before: "[profile a] junk\nk = 1\n[profile b]\n[profile a]\nl = 1\n", after: "[profile x] junk\nk = 1\n[profile b]\n[profile x]\nl = 1\n",
			names: map[awsfile.Section]string{p("a"): "x"},
		},
		{
			name:   "two swap",
			before: "[profile a]\nk = 1\n[profile b]\nk = 2\n", after: "[profile b]\nk = 1\n[profile a]\nk = 2\n",
			names: map[awsfile.Section]string{p("a"): "b", p("b"): "a"},
		},
		{
			name:   "what is missing or keeps its name",
			before: "[profile a]\n", after: "[profile a]\n",
			names: map[awsfile.Section]string{p("a"): "a", p("gone"): "a"},
		},
		{
			name:   "a name that is taken",
			before: "[profile a]\n[profile b]\n", after: "[profile a]\n[profile b]\n",
			names: map[awsfile.Section]string{p("a"): "b"}, is: awsfile.ErrExists,
		},
		{
			name:   "two that want one name",
			before: "[profile a]\n[profile b]\n", after: "[profile a]\n[profile b]\n",
			names: map[awsfile.Section]string{p("a"): "x", p("b"): "x"}, is: awsfile.ErrExists,
		},
		{
			name:   "the default profile",
			before: "[default]\n[profile b]\n", after: "[default]\n[profile b]\n",
			names: map[awsfile.Section]string{p("default"): "x"}, is: awsfile.ErrInvalidName,
		},
		{
			name:   "a name that cannot be one",
			before: "[profile a]\n", after: "[profile a]\n",
			names: map[awsfile.Section]string{p("a"): "x]"}, is: awsfile.ErrInvalidName,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := awsfile.Parse(awsfile.Config, []byte(c.before))
			if err := f.Rename(c.names); !errors.Is(err, c.is) {
				t.Fatalf("the error is %v", err)
			}
			if diff := cmp.Diff(c.after, string(f.Bytes())); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(contents(awsfile.Parse(awsfile.Config, []byte(c.after))), contents(f)); diff != "" {
				t.Errorf("parsed (-) and renamed (+) differ:\n%s", diff)
			}
		})
	}
}

func TestALongTermKeyIsGuardedAfterItsSectionWasRenamed(t *testing.T) {
	f := awsfile.Parse(awsfile.Credentials, []byte("[x]\n"+longKey))
	if err := f.Rename(map[awsfile.Section]string{awsfile.Profile("x"): "y"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Remove(awsfile.Profile("y")); !errors.Is(err, awsfile.ErrLongTermKey) {
		t.Errorf("the error is %v", err)
	}
}

func TestSupersedePutsOneLineInThePlaceOfOthers(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"in the first one's place", "[profile x]\na = 1\nold=2\nb = 3\nolder = 4\nc = 5\n", "[profile x]\na = 1\nnew=v\nb = 3\nc = 5\n"},
		{"the first is not there", "[profile x]\nolder = 4 # why\nc = 5", "[profile x]\n# why\nnew = v\nc = 5"},
		{"comments behind them stay", "[profile x]\r\nold = 2 ; a\r\nolder = 4 # b\r\n", "[profile x]\r\n; a\r\nnew = v\r\n# b\r\n"},
		{"it is there already", "[profile x]\nnew = 1\nold = 2\n", "[profile x]\nnew = v\n"},
		{"none is there", "[profile x]\na = 1\n", "[profile x]\na = 1\nnew = v\n"},
		{"nested values go too", "[profile x]\nold =\n  k = v\nolder = 1\n  2\n", "[profile x]\nnew = v\n"},
		{"a section that stands twice", "[profile x]\nold = 1\n[profile y]\n[profile x]\nolder = 1\nold = 2\n", "[profile x]\nnew = v\n[profile y]\n"},
	} {
		f := awsfile.Parse(awsfile.Config, []byte(c.before))
		if err := f.Supersede(awsfile.Profile("x"), "New", "v", "old", "older"); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.after, string(f.Bytes())); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestASectionWithCommentsOfAPersonIsAnnotated(t *testing.T) {
	for text, want := range map[string]bool{
		"[profile x]\nk = 1\n":                            false,
		"[profile x]\n\nk = 1\n\nl = 2\n\n":               false,
		"[profile x]\nk = 1\n\n# the end\n":               false,
		"[profile x]\nk = 1\n\n# about y\n[profile y]\n":  false,
		"[profile x]\nk = 1\n# about y\n[profile y]\n":    false,
		"# about x\n[profile x]\nk = 1\n":                 false,
		"[profile y]\n# c\n":                              false,
		"[profile x] # c\nk = 1\n":                        true,
		"[profile x] junk\nk = 1\n":                       true,
		"[profile x]\n# c\nk = 1\n":                       true,
		"[profile x]\nk = 1 # c\n":                        true,
		"[profile x]\nk = 1\n# c\n":                       true,
		"[profile x]\nk = 1\n# c\n\n[profile y]\n":        true,
		"[profile x]\nk = 1\n# c\n\n# y\n[profile y]\n":   true,
		"[profile x]\nk =\n  l = 1\n":                     true,
		"[profile x]\nk = 1\njunk\n":                      true,
		"[profile x]\nk = 1\n[profile y]\n[profile x]\n":  true,
		"[profile x]\nk = 1\n# aws_secret_access_key=s\n": true,
	} {
		if got := awsfile.Parse(awsfile.Config, []byte(text)).Annotated(awsfile.Profile("x")); got != want {
			t.Errorf("%v for\n%s", got, text)
		}
	}
}

func TestChangesTurnTheOldFileIntoTheNewOne(t *testing.T) {
	for _, text := range odd {
		before := awsfile.Parse(awsfile.Config, []byte(text))
		after := before.Clone()
		edits := []error{
			after.Set(awsfile.Profile("a"), "k", "new"), after.Remove(awsfile.Profile("b")),
			after.Append(awsfile.Profile("added"), awsfile.Property{Key: "k", Value: "v"}),
			after.Rename(map[awsfile.Section]string{awsfile.Profile("b c"): "bc"}),
		}
		if string(before.Bytes()) != text {
			t.Fatalf("the file changed with its clone:\n%q\n%q", text, before.Bytes())
		}
		var made strings.Builder
		at := 0
		for _, c := range after.Changes(before) {
			made.WriteString(text[at:c.Start] + c.New)
			at = c.End
		}
		made.WriteString(text[at:])
		if diff := cmp.Diff(string(after.Bytes()), made.String()); diff != "" {
			t.Errorf("of %q (%v):\n%s", text, edits, diff)
		}
	}
}

func TestACloneSharesNoSections(t *testing.T) {
	f := awsfile.Parse(awsfile.Config, []byte("[profile a]\nk = 1\n"))
	clone := f.Clone()
	if err := f.Set(awsfile.Profile("b"), "k", "2"); err != nil {
		t.Fatal(err)
	}
	if err := clone.Remove(awsfile.Profile("a")); err != nil {
		t.Fatal(err)
	}
	if got := f.Profiles(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the file has %q", got)
	}
	if got := clone.Profiles(); len(got) != 0 {
		t.Errorf("the clone has %q", got)
	}
}
