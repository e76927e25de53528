package core

import (
	"testing"

	"daypass/creds"
)

// TestEachKindThatDaypassServesHasASource would find a kind that is read from the files
// and then treated as an IAM user. A role is no source of its own.
func TestEachKindThatDaypassServesHasASource(t *testing.T) {
	for _, kind := range creds.Kinds() {
		_, has := sources[kind]
		if wanted := !kind.Foreign() && kind != creds.KindRole; has != wanted {
			t.Errorf("kind %q has a source: %v, want %v", kind, has, wanted)
		}
	}
}
