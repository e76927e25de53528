package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"daypass/internal/secret"
)

func TestNothingThatPrintsShowsASecret(t *testing.T) {
	const plain = "wJalrXUtnFEMI"
	hidden := struct {
		Key  secret.Text
		Keys []secret.Text
		// fmt calls no method of these.
		key   secret.Text
		point *secret.Text
		inner struct{ key any }
		named map[string]secret.Text
	}{Key: secret.New(plain), Keys: []secret.Text{secret.New(plain)}, key: secret.New(plain), named: map[string]secret.Text{"a": secret.New(plain)}}
	hidden.point, hidden.inner.key = &hidden.key, hidden.key

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n", hidden)
		fmt.Fprintf(&out, verb+"\n", &hidden)
		fmt.Fprintf(&out, verb+"\n", hidden.Key)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "key", hidden.Key, "all", hidden)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "key", hidden.Key, "all", hidden)
	if err := json.NewEncoder(&out).Encode(hidden); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&out, fmt.Errorf("signing with %v failed", hidden.Key))

	hex := fmt.Sprintf("%x", plain)
	for _, form := range []string{plain, hex, strings.ToUpper(hex)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret is shown as %q in:\n%s", form, out.String())
		}
	}
	if !strings.Contains(out.String(), "****") {
		t.Errorf("no mask was printed:\n%s", out.String())
	}
}

func TestRevealGivesTheSecretBack(t *testing.T) {
	if got := secret.New("abc").Reveal(); got != "abc" {
		t.Errorf("got %q", got)
	}
	if secret.New("abc").IsZero() || !secret.New("").IsZero() || !(secret.Text{}).IsZero() {
		t.Error("only the empty secret is zero")
	}
	if secret.New("") != (secret.Text{}) || (secret.Text{}).Reveal() != "" {
		t.Error("the empty secret is the zero value")
	}
	if a, again := secret.New("a"), secret.New("a"); a != again || a == secret.New("b") {
		t.Error("secrets compare by their text")
	}
}
