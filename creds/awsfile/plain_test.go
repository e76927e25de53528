package awsfile

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oddLines are what files are made of here, plain lines and such as are nearly so.
var oddLines = []string{
	"[a]", "[b]", "[profile a]", "[profile b]", "[profile a b]", "  [b]", "[default]", "[profile default]", "[DEFAULT]", "[profile DEFAULT]",
	"[sso-session a]", "[services a]", "[other a]", "[a] # c", "[broken", "[]", "[a]\r", "[profile ä]",
	"", " ", "# c", "x = 1", "y = 2", "x=1", "x : 1", "X = 1", "x =", "x = ", "  x = 1", "  y = 2", "x = 1 # c", "x = 1#c", `x = "1"`, "x = '", "x = ä", "x = \xff",
	"x = a\rb", "x = 1\r", "= 1", "junk", "  junk", "x\t= 1", "x = \t1", "x = \v", "x = \u00a0", "x = a\u00a0", "x.y = 1", "x = [a]", "\ufeff",
}

// TestWhatIsPassedOverAsPlainHasNoProblems takes files at random.
func TestWhatIsPassedOverAsPlainHasNoProblems(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	passed := 0
	for range 20_000 {
		var text strings.Builder
		for range random.IntN(12) {
			which := random.IntN(len(oddLines))
			if random.IntN(3) == 0 {
				which = []int{0, 1, 2, 3, 21, 22}[random.IntN(6)]
			}
			text.WriteString(oddLines[which] + "\n")
		}
		for _, kind := range []Kind{Config, Credentials} {
			f := parse(kind, text.String())
			want := f.problems(func(*report, block) bool { return false })
			got := f.problems(func(r *report, b block) bool {
				is := r.plain(b)
				if is {
					passed++
				}
				return is
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d: in\n%q\n%s", seed, text.String(), diff)
			}
		}
	}
	if passed < 5_000 {
		t.Errorf("only %d sections were passed over", passed)
	}
}
