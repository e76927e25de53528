package creds_test

import (
	"testing"

	"daypass/creds"
)

func TestEachKindHasALabelAndAStepOfItsExplanation(t *testing.T) {
	for _, kind := range creds.Kinds() {
		if (creds.Status{Kind: kind}).KindLabel() == "" {
			t.Errorf("people read nothing of the kind %q", kind)
		}
		if kind.Link() == "" {
			t.Errorf("a broken profile of the kind %q has no step", kind)
		}
	}
}

func TestAKindThatTakesACodeSaysSo(t *testing.T) {
	for _, tt := range []struct {
		kind creds.Kind
		want string
	}{
		{creds.KindUser, "IAM user with MFA"},
		{creds.KindRole, "Assumed role"},
		{creds.KindSSO, "Identity Center"},
		{creds.KindOther, "Other"},
	} {
		if got := (creds.Status{Kind: tt.kind, MFASerial: "arn:aws:iam::1:mfa/me"}).KindLabel(); got != tt.want {
			t.Errorf("%s with a device: %q, want %q", tt.kind, got, tt.want)
		}
	}
}
