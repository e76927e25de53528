package awsfile_test

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"daypass/creds/awsfile"

	"github.com/google/go-cmp/cmp"
)

// odd lists files that people and old tools really write, and some worse ones.
var odd = []string{
	"",
	"[default]\nregion = eu-west-1\n",
	"[default]\r\nregion=eu-west-1\r\n\r\n[profile a]\r\n",
	"\ufeff[default]\nregion = x",
	"\ufeff",
	"# top\n[profile a] # mine\nregion   =  x  # why\n; note\n\n# about b\n[profile \"b c\"]\noutput: json\n",
	"[profile a]\nk = 1\n[profile b]\nk = 2\n[profile a]\nk = 3\nl = 4\n# end",
	"[profile a]\nk = 1\nk = 2\n",
	"[default]\nk = 1\n[profile default]\nl = 2\n[default]\nm = 3\n",
	"[profile a]\ns3 =\n  addressing_style = path\n\n  # in\n  max = 3\nregion = x\n",
	"[profile a]\nk = 1\n  more\n  and more\nl = 2\n",
	"[profile a]\nk = 1\n  l = 2\n    m = 3\n",
	"[profile a]\n  k = 1\n  l = 2\n  s3 =\n    x = y\n  m = 3\n",
	"[profile a]\nk =\nl = 2\n  m = 3\n",
	"stray = 1\n  [a]\nK = v\n  [b]\nk = w",
	"[a\n]b\n[]\nk = 1\n[profile]\n[profile  x]\n[ profile x ]\nk = 2\n",
	"[a] junk\nk = \xff\xfe\n\xff = 1\n[\xff]\nk = 1\n",
	"[a]\rk = 1\rl = 2\n",
	"[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n",
	"[a]\naws_access_key_id = ASIA1\naws_secret_access_key = s\naws_session_token = t\n[a]\naws_access_key_id = AKIA2\n",
	"[sso-session s]\nsso_region = x\n[services s]\nsts =\n  endpoint_url = http://localhost:1\n",
	"[a]\n  junk\n = v\nk\n: x\n",
	"[a]\u00a0 #c\nk = \"\"\n  l = 1\n",
}

func FuzzRoundTrip(f *testing.F) {
	for _, text := range odd {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, credentials bool) {
		file := awsfile.Parse(kindOf(credentials), data)
		if got := file.Bytes(); !bytes.Equal(got, data) {
			t.Fatalf("parsed and written again, %q is %q", data, got)
		}
		for _, p := range file.Problems() {
			if p.Line < 1 || p.Line > 1+bytes.Count(data, []byte("\n")) {
				t.Errorf("a problem is told of line %d of %q: %s", p.Line, data, p.Text)
			}
		}
	})
}

func FuzzSet(f *testing.F) {
	for i, text := range odd {
		for _, name := range []string{"a", "default", "b c", "new"} {
			f.Add([]byte(text), i%2 == 0, name, "k", "value")
			f.Add([]byte(text), i%2 == 1, name, "aws_access_key_id", "ASIA9")
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, credentials bool, name, key, value string) {
		kind, sec := kindOf(credentials), awsfile.Profile(name)
		before := awsfile.Parse(kind, data)
		file := awsfile.Parse(kind, data)
		err := file.Set(sec, key, value)
		if err != nil {
			if !bytes.Equal(file.Bytes(), data) {
				t.Fatalf("a refused edit changed %q to %q: %v", data, file.Bytes(), err)
			}
			if !errors.Is(err, awsfile.ErrInvalidName) && !errors.Is(err, awsfile.ErrInvalidValue) && !errors.Is(err, awsfile.ErrLongTermKey) {
				t.Fatalf("an unknown kind of error: %v", err)
			}
			return
		}
		out := file.Bytes()
		want := contents(before)
		if want[sec] == nil {
			want[sec] = map[string]string{}
		}
		want[sec][strings.ToLower(key)] = value
		for what, got := range map[string]*awsfile.File{"edited": file, "parsed again": awsfile.Parse(kind, out)} {
			if diff := cmp.Diff(want, contents(got)); diff != "" {
				t.Fatalf("%s, setting %q of %q in\n%q\ngave\n%q\n%s", what, key, name, data, out, diff)
			}
		}
		if diff := cmp.Diff(bytesOfOthers(kind, data, sec), bytesOfOthers(kind, out, sec)); diff != "" {
			t.Fatalf("setting %q of %q in\n%q\ngave\n%q\nwhere other sections differ:\n%s", key, name, data, out, diff)
		}
		for _, c := range comments(data) {
			if !slices.Contains(comments(out), c) {
				t.Fatalf("setting %q of %q in\n%q\ngave\n%q\nwithout the comment %q", key, name, data, out, c)
			}
		}
		if err := file.Set(sec, key, value); err != nil || !bytes.Equal(file.Bytes(), out) {
			t.Fatalf("set again, %q became %q (%v)", out, file.Bytes(), err)
		}
		removed := awsfile.Parse(kind, out)
		if err := removed.Unset(sec, key); err != nil {
			return // a key of its own now
		}
		delete(want[sec], strings.ToLower(key))
		if diff := cmp.Diff(want, contents(awsfile.Parse(kind, removed.Bytes()))); diff != "" {
			t.Fatalf("unsetting %q of %q in\n%q\ngave\n%q\n%s", key, name, out, removed.Bytes(), diff)
		}
		if err := removed.Remove(sec); err != nil {
			return
		}
		delete(want, sec)
		if diff := cmp.Diff(want, contents(awsfile.Parse(kind, removed.Bytes()))); diff != "" {
			t.Fatalf("removing %q from\n%q\ngave\n%q\n%s", name, out, removed.Bytes(), diff)
		}
	})
}

// FuzzGuard looks, with a plain regular expression instead of the package's parser, for
// long-term keys that an edit without proof removed.
func FuzzGuard(f *testing.F) {
	for i, text := range append(odd, "[x]\n"+longKey, "[x]\n"+longKey+"[x]\n"+session, "[profile x]\nk =\n  "+longKey) {
		for edit := range uint8(6) {
			f.Add([]byte(text), i%2 == 0, "x", edit)
			f.Add([]byte(text), i%2 == 1, "default", edit)
		}
	}
	keys := regexp.MustCompile(`(?mi)^[ \t]*aws_(?:access_key_id|secret_access_key)[ \t]*[=:][ \t]*["']?(AKIA[0-9A-Z]+)`)
	f.Fuzz(func(t *testing.T, data []byte, credentials bool, name string, edit uint8) {
		file := awsfile.Parse(kindOf(credentials), data)
		sec := awsfile.Profile(name)
		// Refusals are fine at any point.
		switch edit % 6 {
		case 0:
			_ = writeSession(file, sec)
		case 1:
			_ = file.Remove(sec)
		case 2:
			_ = file.Unset(sec, "aws_access_key_id")
			_ = file.Unset(sec, "k")
		case 3:
			_ = file.Set(sec, "k", "v")
			_ = file.Remove(sec)
		case 4:
			_ = file.Set(sec, "aws_session_token", "t")
			file = awsfile.Parse(kindOf(credentials), file.Bytes())
			_ = writeSession(file, sec)
		case 5:
			_ = file.Unset(sec, "aws_secret_access_key")
			_ = file.Set(sec, "k", "v")
			_ = writeSession(file, sec)
		}
		for _, found := range keys.FindAllSubmatch(data, -1) {
			if !bytes.Contains(file.Bytes(), found[1]) {
				t.Fatalf("edit %d of %q lost %q of\n%q\nin\n%q", edit%6, name, found[1], data, file.Bytes())
			}
		}
	})
}

func kindOf(credentials bool) awsfile.Kind {
	if credentials {
		return awsfile.Credentials
	}
	return awsfile.Config
}

func contents(f *awsfile.File) map[awsfile.Section]map[string]string {
	out := map[awsfile.Section]map[string]string{}
	for _, s := range f.Sections() {
		out[s] = f.Values(s)
	}
	return out
}

// bytesOfOthers returns the lines of all sections but one, without comments
// and empty lines, which belong to no section for sure. White space before
// headers is ignored, as an indented header is moved to the margin; so is a byte order
// mark, which belongs to no line.
func bytesOfOthers(kind awsfile.Kind, data []byte, sec awsfile.Section) []string {
	var (
		out    []string
		others = true
	)
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		text := strings.TrimRight(string(line), "\r\n")
		if head := strings.TrimLeft(text, " \t"); strings.HasPrefix(head, "[") {
			if found := awsfile.Parse(kind, line).Sections(); len(found) == 1 {
				others = found[0] != sec
				text = head
			}
		}
		if content := strings.TrimSpace(text); others && content != "" && content[0] != '#' && content[0] != ';' {
			out = append(out, text)
		}
	}
	return out
}

// comments returns the lines that are comments, sorted: merged sections keep theirs.
func comments(data []byte) []string {
	var out []string
	for line := range bytes.Lines(data) {
		if text := strings.TrimSpace(string(line)); text != "" && (text[0] == '#' || text[0] == ';') {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}
