package creds

import "testing"

func TestTheNameThatDaypassWasCalledByIsOneOfAFixedList(t *testing.T) {
	for program, want := range map[string]string{
		"daypass":                          "daypass",
		"/usr/bin/daypass":                 "daypass",
		`C:\Program Files\daypass.exe`:     "daypass",
		`C:\tools\aws-vault.EXE`:           "aws-vault",
		"/home/me/bin/aws-mfa":             "aws-mfa",
		"./generate-sts-role-token":        "generate-sts-role-token",
		"daypass-demo":                     "",
		"/usr/bin/aws":                     "",
		"aws-mfa.py":                       "",
		"AWS-MFA":                          "",
		"":                                 "",
		".exe":                             "",
		"/opt/aws-vault/bin/something.exe": "",
	} {
		if got := CalledAs(program); got != want {
			t.Errorf("CalledAs(%q) is %q, want %q", program, got, want)
		}
	}
	for _, name := range OldWords() {
		if CalledAs(name) != name {
			t.Errorf("daypass does not know that it may be called %s", name)
		}
	}
}
