package tomlfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/internal/atomicfile"
	"daypass/internal/tomlfile"
)

func TestWhatIsNestedTooDeeplyIsRefusedAtOnce(t *testing.T) {
	many := func(text string) string { return strings.Repeat(text, 3<<20/len(text)) }
	for _, text := range []string{
		many("["), "a = " + many("["), "a = " + many("{a="), "[" + many("a.") + "a]", many("a.") + "a = 1", many("a .") + "a = 1",
		"a = '#'\nb = " + many("["), `a = "\"" ` + many("["), "a = '''\n'\n'''''\nb = " + many("["), `a = """\"""" ` + many("{a="),
	} {
		begun := time.Now()
		var tree map[string]any
		_, err := tomlfile.Decode(text, &tree)
		if err == nil || !strings.Contains(err.Error(), "nested too deeply") || strings.Contains(err.Error(), "[[[") {
			t.Errorf("%.20q: %.100v", text, err)
		}
		if took := time.Since(begun); took > 30*time.Second {
			t.Errorf("%.20q took %s", text, took)
		}
	}
}

func TestWhatOnlyLooksNestedIsRead(t *testing.T) {
	many := func(text string) string { return strings.Repeat(text, 1000) }
	for _, text := range []string{
		"# " + many("["), "a = '" + many("[") + "'", `a = "` + many("{.") + `"`, "a = '''" + many("[\n") + "'''", "a = \"\"\"\\\"\"\"" + many("[") + "\"\"\"",
		"'" + many(".") + "' = 1", "a = [" + many("1.5, ") + "]", "a = [" + many("[], ") + "]", "a = 1 # '\nb = [1]",
		"a = ''''" + many("[") + "'''''\nb = [1]",
	} {
		var tree map[string]any
		if _, err := tomlfile.Decode(text, &tree); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

func TestAFileThatIsTooLargeIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, tomlfile.MaxSize+1); err != nil {
		t.Fatal(err)
	}
	if _, err := tomlfile.Read(path); !errors.Is(err, atomicfile.ErrTooLarge) {
		t.Errorf("reading: %v", err)
	}
	if _, err := tomlfile.Decode(strings.Repeat("#", tomlfile.MaxSize+1), new(map[string]any)); !errors.Is(err, atomicfile.ErrTooLarge) {
		t.Errorf("decoding: %v", err)
	}
}
