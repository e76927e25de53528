package awsfile_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/credstest"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"
)

// awsCLIReads reads texts with botocore, as the AWS CLI does. It returns nil for a text
// that botocore refuses, else the names of the profiles.
func awsCLIReads(t *testing.T, kind awsfile.Kind, texts []string) (names [][]string) {
	t.Helper()
	read(t, "names", kind, texts, &names)
	return names
}

// goFinds reports whether the Go SDK finds the region in a profile.
func goFinds(t *testing.T, kind awsfile.Kind, text, profile string) bool {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	credstest.Write(t, path, text)
	shared, err := config.LoadSharedConfigProfile(t.Context(), profile, only(kind, path))
	return err == nil && shared.Region == "here"
}

// TestHeadersThatSomeToolsDoNotFind compares the reported problems of headers with
// AWS's own readers: botocore and the Go SDK are run, what the JavaScript SDK finds was
// recorded from @smithy/shared-ini-file-loader 4.7.2.
func TestHeadersThatSomeToolsDoNotFind(t *testing.T) {
	const cli, goSDK, js = awsfile.AWSCLI, awsfile.GoSDK, awsfile.JavaScript
	for kind, headers := range map[awsfile.Kind][]struct {
		header, profile string
		hides           awsfile.Tools
		advice          string
	}{
		awsfile.Config: {
			{"[profile x]", "x", 0, ""},
			{"[profile\tx]", "x", 0, ""},
			{"[profile x] # c", "x", 0, ""},
			{"[profile a@b+c.d%e:f/g]", "a@b+c.d%e:f/g", 0, ""},
			{"[default]", "default", 0, ""},
			{"[profile default]", "default", 0, ""},
			{"[ profile x ]", "x", cli | js, "Write the header as [profile x]."},
			{"[ profile x]", "x", cli | js, "Write the header as [profile x]."},
			{"[profile x ]", "x", js, "Write the header as [profile x]."},
			{"[profile  x]", "x", js, "Write the header as [profile x]."},
			{"[ default ]", "default", cli | js, "Write the header as [default]."},
			{"[default ]", "default", cli | js, "Write the header as [default]."},
			{`[profile "x"]`, "x", goSDK, "Write the header as [profile x]."},
			{"[profile 'x']", "x", goSDK, "Write the header as [profile x]."},
			{`[profile "a b"]`, "a b", goSDK | js, "Give it another name"},
			{"[profile a b]", "a b", cli | js, "Give it another name"},
			{"[profile x y z]", "x y z", cli | js, "Give it another name"},
			{"[profile x#y]", "x#y", goSDK | js, "Give it another name"},
			{"[profile x;y]", "x;y", goSDK | js, "Give it another name"},
			{"[profile x]# c", "x", js, "Write the header as [profile x], and the comment on a line of its own."},
			{"[profile x];c", "x", js, "the comment on a line of its own"},
			{"[profile x] junk", "x", goSDK | js, "Write the header as [profile x]."},
			{"[profile x]]", "x]", js, "Give it another name"},
			{"[profile x]y]", "x]y", js, "Give it another name"},
			{"[profile müller]", "müller", js, "Give it another name"},
			{"[profile a,b]", "a,b", js, "Give it another name"},
			{"[profile a=b]", "a=b", js, "Give it another name"},
			{"[profile a(b)]", "a(b)", js, "Give it another name"},
			{"[profile a'b]", "a'b", cli | js, "Give it another name"},
			{`[profile a\b]`, `a\b`, cli | js, "Give it another name"},
			{"[profile __proto__]", "__proto__", js, "Give it another name"},
			{"[profile x\u00a0y]", "x\u00a0y", js, "Give it another name"},
		},
		awsfile.Credentials: {
			{"[x]", "x", 0, ""},
			{"[müller]", "müller", 0, ""},
			{"[a,b]", "a,b", 0, ""},
			{"[default]", "default", 0, ""},
			{`["x"]`, `"x"`, 0, ""},
			{"[a b c]", "a b c", 0, ""},
			{"[ x ]", "x", cli | js, "Write the header as [x]."},
			{"[x ]", "x", cli | js, "Write the header as [x]."},
			{"[a b]", "a b", js, "Give it another name"},
			{"[a  b]", "a b", cli | js, "Give it another name"},
			{"[x#y]", "x#y", goSDK, "Give it another name"},
			{"[x;y]", "x;y", goSDK, "Give it another name"},
			{"[x] junk", "x", goSDK | js, "Write the header as [x]."},
			{"[x]# c", "x", js, "the comment on a line of its own"},
			{"[x]y]", "x]y", 0, ""},
			{"[__proto__]", "__proto__", js, "Give it another name"},
		},
	} {
		texts := make([]string, len(headers))
		for i, h := range headers {
			above := map[awsfile.Kind]string{awsfile.Config: "[profile above]", awsfile.Credentials: "[above]"}[kind]
			texts[i] = above + "\noutput = text\n\n" + h.header + "\nregion = here\n"
		}
		read := awsCLIReads(t, kind, texts)
		for i, h := range headers {
			f := awsfile.Parse(kind, []byte(texts[i]))
			if !f.Has(awsfile.Profile(h.profile)) {
				t.Errorf("%s is not profile %q, but one of %q", h.header, h.profile, f.Profiles())
			}
			var hides awsfile.Tools
			var text, advice string
			for _, p := range f.Problems() {
				if p.Section != awsfile.Profile(h.profile) || p.Line != 4 {
					t.Errorf("%s: problem of %v in line %d: %s", h.header, p.Section, p.Line, p.Text)
				}
				hides, text, advice = hides|p.Hides, text+p.Text, advice+p.Advice
			}
			if hides != h.hides || !strings.Contains(advice, h.advice) || hides != 0 && !strings.Contains(text, h.header[:strings.LastIndexByte(h.header, ']')]) {
				t.Errorf("%s is hidden from %s, not %s: %q %q", h.header, hides, h.hides, text, advice)
			}
			if got := slices.Contains(read[i], h.profile); got == (h.hides&cli != 0) {
				t.Errorf("%s: botocore finds %q", h.header, read[i])
			}
			if got := goFinds(t, kind, texts[i], h.profile); got == (h.hides&goSDK != 0) {
				t.Errorf("%s: the Go SDK finds it: %v", h.header, got)
			}
		}
	}
}

// TestEachLineForWhichTheAWSCLIRefusesAFileIsNamed asks botocore about files made of
// all kinds of lines.
func TestEachLineForWhichTheAWSCLIRefusesAFileIsNamed(t *testing.T) {
	lines := []string{
		"[profile x]", "[profile y]", "[default]", "[DEFAULT]", "[]", "  [profile z]", "[ profile x ]", "[services s]", "\t[sso-session t]",
		"region = a", "Region: b", "output = c", "s3 =", "  a = b", "\tjunk", "    junk", "junk", "= v", ": v", "  = v", "  region = d", "\tk = v",
		"", "   ", "# c", "; c", "  # c", "k = [v]", "  [k] = v", "k", "k =", "k = # c", "\u00a0[profile u]", "\u00a0u = v", "a\rb = c", "q = w\rregion = e", "\ufeff",
	}
	random := rand.New(rand.NewPCG(1, 2))
	var texts []string
	for _, alone := range lines {
		texts = append(texts, alone+"\n", "[profile x]\nregion = a\n"+alone+"\n", "[profile x]\nk =\n"+alone+"\nl = m\n")
	}
	for range 1500 {
		var b strings.Builder
		if random.IntN(20) == 0 {
			b.WriteString("\ufeff")
		}
		for range 2 + random.IntN(6) {
			b.WriteString(lines[random.IntN(len(lines))] + "\n")
		}
		texts = append(texts, b.String())
	}
	refused := 0
	for i, names := range awsCLIReads(t, awsfile.Config, texts) {
		var said []string
		for _, p := range awsfile.Parse(awsfile.Config, []byte(texts[i])).Problems() {
			if p.Refused {
				said = append(said, fmt.Sprint(p.Line, " ", p.Text))
			}
			if p.Advice == "" || !strings.HasSuffix(p.Text, ".") {
				t.Errorf("%q has no advice, or is no sentence", p.Text)
			}
		}
		if (names == nil) != (len(said) > 0) {
			t.Errorf("botocore reads %q of %q; here it is refused for %q", names, texts[i], said)
		}
		if names == nil {
			refused++
		}
	}
	if refused < 100 || refused > len(texts)-100 {
		t.Errorf("%d of %d texts are refused, which proves little", refused, len(texts))
	}
}

func TestTheFileFixedAsAdvisedHasNoProblemLeft(t *testing.T) {
	before := "\ufeff[ profile x ]\nregion = a # here\n\tk = 1\n[profile x]\nOutput: b\nregion = 'c'\njunk\ns3 =\n  junk\n"
	var lines []int
	for _, p := range awsfile.Parse(awsfile.Config, []byte(before)).Problems() {
		lines = append(lines, p.Line)
	}
	if diff := cmp.Diff([]int{1, 1, 2, 3, 5, 6, 7, 9}, lines); diff != "" {
		t.Error(diff)
	}
	const after = "[profile x]\n# here\nregion = a\nk = 1\noutput = b\ns3 =\n  a = b\n"
	if p := awsfile.Parse(awsfile.Config, []byte(after)).Problems(); len(p) > 0 {
		t.Errorf("%v", p)
	}
}
