package main

import (
	"testing"

	"daypass/creds"
	"daypass/creds/shell"
	"daypass/internal/secret"
)

func sampleCredentials() creds.Credentials {
	return creds.Credentials{
		AccessKeyID:     "ASIAIOSFODNN7EXAMPLE",
		SecretAccessKey: secret.New("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
		SessionToken:    secret.New("FwoGZXIvYXdzEJr//+token=="),
		Expires:         noon,
		AccountID:       "111122223333",
		Region:          "eu-west-1",
	}
}

func emptyEnvironment(string) (string, bool) { return "", false }

func TestExportWritesTheShapesOfTheAWSCLI(t *testing.T) {
	for _, name := range formatNames() {
		t.Run(name, func(t *testing.T) {
			out, err := exportText("dev", name, shell.Values{Credentials: sampleCredentials()}, emptyEnvironment)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "export-"+name, []byte(out))
		})
	}
}

func TestExportRefusesWhatAFormatCannotCarry(t *testing.T) {
	for _, c := range []struct{ format, region string }{
		{"windows-cmd", "%PATH%"}, {"windows-cmd", `a"&calc`}, {"env", "a\x00b"}, {"ini", "a\nb = c"}, {"fish", "\x00"}, {"powershell", "\x00"},
	} {
		cr := sampleCredentials()
		cr.Region = c.region
		if out, err := exportText("dev", c.format, shell.Values{Credentials: cr}, emptyEnvironment); err == nil {
			t.Errorf("%q was written as %s: %s", c.region, c.format, out)
		}
	}
	if _, err := exportText("a]\nb", formatINI, shell.Values{Credentials: sampleCredentials()}, emptyEnvironment); err == nil {
		t.Error("a section's name broke out of its brackets")
	}
}
