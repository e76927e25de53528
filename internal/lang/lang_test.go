package lang_test

import (
	"errors"
	"testing"

	"daypass/internal/lang"
)

func TestCountsHaveTheTextForOneAndForSeveral(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 profiles", 1: "1 profile", 2: "2 profiles"} {
		if got := lang.Count(n, "%d profile", "%d profiles"); got != want {
			t.Errorf("of %d: %q, want %q", n, got, want)
		}
	}
}

func TestATextThatIsNotFilledInIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	if got := lang.T("100% of it"); got != "100% of it" {
		t.Errorf("it became %q", got)
	}
}

func TestAnErrorKeepsItsCause(t *testing.T) {
	t.Parallel()
	cause := lang.Error("the disk is full")
	err := lang.Errorf("not saved: %w", cause)
	if !errors.Is(err, cause) || err.Error() != "not saved: the disk is full" {
		t.Errorf("it is %q", err)
	}
	if errors.Is(lang.Error("the disk is full"), cause) {
		t.Error("two errors of the same words are one")
	}
}
