package profile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daypass/creds"
)

// chainOf returns n profiles that each assume a role, p0 from p1 and so on, with the last
// one's settings.
func chainOf(n int, last Profile) Resolver {
	ps := Resolver{ByName: map[string]Profile{}, HasKey: func(string) bool { return false }, Ours: func(Profile) bool { return false }}
	name := func(i int) string { return fmt.Sprintf("%s%d", strings.Repeat("x", 60), i) }
	for i := range n {
		ps.ByName[name(i)] = Profile{Name: name(i), RoleARN: "arn:aws:iam::111111111111:role/r", Source: name(i + 1)}
	}
	last.Name = name(n)
	ps.ByName[last.Name] = last
	return ps
}

func TestChainsOfAnyLengthAreJudgedQuickly(t *testing.T) {
	key := Profile{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretKey: MarkOf("x")}
	begun := time.Now()
	ps := chainOf(20_000, key)
	long, whole := 0, 0
	for name := range ps.ByName {
		c, err := ps.Resolve(name)
		switch {
		case err == nil:
			whole++
		case len(err.Error()) > 500 || creds.AsError(err).Code != creds.CodeBadProfile || !strings.Contains(err.Error(), "more than 100"):
			t.Fatalf("%d roles: %.600v", len(c.Roles), err)
		default:
			long++
		}
	}
	if long != 20_000-maxChain || whole != maxChain+1 {
		t.Errorf("%d are too long and %d are not", long, whole)
	}
	if took := time.Since(begun); took > 3*time.Minute {
		t.Errorf("it took %s", took)
	}
}

func TestCirclesAreNamedBrieflyFromEveryStart(t *testing.T) {
	for _, size := range []int{2, 3, 7, 40, 99} {
		ps := chainOf(size, Profile{})
		// The last profile leads back to the first, and others lead there.
		last := fmt.Sprintf("%s%d", strings.Repeat("x", 60), size)
		ps.ByName[last] = Profile{Name: last, RoleARN: "arn:aws:iam::111111111111:role/r", Source: fmt.Sprintf("%s0", strings.Repeat("x", 60))}
		ps.ByName["in"] = Profile{Name: "in", RoleARN: "arn:aws:iam::111111111111:role/r", Source: last}
		for name := range ps.ByName {
			_, err := ps.Resolve(name)
			// A long circle may be reported as a long chain.
			if err == nil || len(err.Error()) > 1200 || size < 40 && !strings.Contains(err.Error(), "circle") || !strings.Contains(err.Error(), "source_profile") {
				t.Fatalf("%d: %v", size, err)
			}
		}
	}
}
