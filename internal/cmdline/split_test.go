package cmdline

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"daypass/creds/credstest"
)

// botocore splits lines, as it does for a credential_process.
var botocore = credstest.NewPython(`
from botocore.compat import compat_shell_split
def answer(ask):
    try:
        return {"words": compat_shell_split(ask["line"], ask["platform"])}
    except ValueError:
        return {"fails": True}
`)

func TestALineIsSplitAsBotocoreDoes(t *testing.T) {
	lines := []string{
		"", " ", "a", " a  b\t", `a"b c"d`, `'a b'c`, `""`, `''`, `a ""`, `"a\"b"`, `"a\b"`, `"a\\b"`, `'a\'`, `'a\'b'`, `a\ b`, `a\`, `"a\`, `"a`, `'a`,
		"a\nb", "a\rb", "a\vb", "a\\\nb", `\\server\share\x.exe "C:\Program Files\x"`, `a\\"b"`, `a\\\"b`, `\`, `\\`, `a #b`, `é 'ü ö'`, "a\u00a0b", `"C:\x\\" y`, `a\\" b"`,
		`op read "op://x/y z"`, `sh -c 'pass otp aws | head -1'`,
	}
	random := rand.New(rand.NewPCG(13, 7))
	for range 3000 {
		lines = append(lines, randomLine(random))
	}
	for _, line := range lines {
		wantAsBotocore(t, line)
	}
}

func randomLine(random *rand.Rand) string {
	const from = `ab "'\` + "\t\n #$é"
	runes := []rune(from)
	var line strings.Builder
	for range random.IntN(14) {
		line.WriteRune(runes[random.IntN(len(runes))])
	}
	return line.String()
}

func FuzzALineIsSplitAsBotocoreDoes(f *testing.F) {
	f.Add(`a 'b c' "d\"e" \f`)
	f.Fuzz(func(t *testing.T, line string) {
		if text, err := json.Marshal(line); err != nil || strings.Contains(string(text), `\ufffd`) {
			t.Skip() // Python would not get the same
		}
		wantAsBotocore(t, line)
	})
}

func wantAsBotocore(t *testing.T, line string) {
	t.Helper()
	for platform, split := range map[string]func(string) ([]Word, error){"linux": splitPOSIX, "win32": splitWindows} {
		var want struct {
			Words []string
			Fails bool
		}
		botocore.Ask(t, map[string]string{"line": line, "platform": platform}, &want)
		words, err := split(line)
		var got []string
		for _, w := range words {
			got = append(got, w.Text)
		}
		if (err != nil) != want.Fails || err == nil && !slices.Equal(got, want.Words) {
			t.Errorf("%s: %q becomes %q, %v; botocore makes %q, fails %v of it", platform, line, got, err, want.Words, want.Fails)
		}
	}
}
