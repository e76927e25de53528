package vault

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"daypass/internal/atomicfile"
)

func TestAnItemThatWasWrittenSinceItWasJudgedIsNotSetAside(t *testing.T) {
	v := New(Config{Backend: "file", Dir: t.TempDir()})
	path := filesOf(v).itemFile(dataKeyItem)
	put := func(text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, before := range []string{"", "damaged"} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if before != "" {
			put(before)
		}
		was := filesOf(v).itemInfo(dataKeyItem)
		put("good, and longer")
		if err := filesOf(v).setItemAside(dataKeyItem, was); !errors.Is(err, atomicfile.ErrChanged) {
			t.Errorf("after %q: %v", before, err)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("after %q there are %v, %v", before, left, err)
		}
	}
}
