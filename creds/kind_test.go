package creds

import "testing"

func TestEachKindHasALabelAndAStepOfItsExplanation(t *testing.T) {
	for kind := range kinds {
		if (Status{Kind: kind}).KindLabel() == "" {
			t.Errorf("people read nothing of the kind %q", kind)
		}
		if kind.Link() == "" {
			t.Errorf("a broken profile of the kind %q has no step", kind)
		}
	}
}

func TestAKindThatTakesACodeSaysSo(t *testing.T) {
	for _, tt := range []struct {
		kind Kind
		want string
	}{
		{KindUser, "IAM user with MFA"},
		{KindRole, "Assumed role"},
		{KindSSO, "Identity Center"},
		{KindOther, "Other"},
	} {
		if got := (Status{Kind: tt.kind, MFASerial: "arn:aws:iam::1:mfa/me"}).KindLabel(); got != tt.want {
			t.Errorf("%s with a device: %q, want %q", tt.kind, got, tt.want)
		}
	}
}
