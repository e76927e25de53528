package words_test

import (
	"testing"
	"time"

	"daypass/internal/words"
)

func TestDurationsAreRoundedDown(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour:                      "less than 1 min",
		59 * time.Second:                "less than 1 min",
		time.Minute:                     "1 min",
		59*time.Minute + 59*time.Second: "59 min",
		time.Hour:                       "1 h",
		time.Hour + 59*time.Second:      "1 h",
		11*time.Hour + 42*time.Minute:   "11 h 42 min",
		3*24*time.Hour - time.Second:    "71 h 59 min",
		3 * 24 * time.Hour:              "3 days",
		90*24*time.Hour + 23*time.Hour + 59*time.Minute: "90 days",
	} {
		if got := words.Span(d); got != want {
			t.Errorf("%v is told as %q, want %q", d, got, want)
		}
	}
}

func TestAClockIsAheadOrBehind(t *testing.T) {
	for off, want := range map[time.Duration]string{90 * time.Second: "1 min 30 s ahead of AWS's", -2 * time.Hour: "2 h behind AWS's"} {
		if got := words.ClockOff(off); got != want {
			t.Errorf("%v is %q, want %q", off, got, want)
		}
	}
}

func TestTimesAreAsShortAsIsUnambiguous(t *testing.T) {
	east := time.FixedZone("east", 2*60*60)
	now := time.Date(2026, 12, 31, 22, 0, 0, 0, east) // A Thursday.
	for name, test := range map[string]struct {
		t    time.Time
		want string
	}{
		"today":                        {now.Add(time.Hour), "23:00"},
		"earlier today":                {now.Add(-21 * time.Hour), "01:00"},
		"in the location of now":       {now.Add(-time.Hour).UTC(), "21:00"},
		"after midnight":               {now.Add(3 * time.Hour), "Fri 01:00"},
		"yesterday":                    {now.Add(-23 * time.Hour), "Wed 23:00"},
		"within a week":                {now.Add(6*24*time.Hour - time.Minute), "Wed 21:59"},
		"a week, of the same name":     {now.Add(7 * 24 * time.Hour), "2027-01-07 22:00"},
		"a year, of the same month":    {now.AddDate(1, 0, 0), "2027-12-31 22:00"},
		"long ago, of the same number": {now.AddDate(-1, 0, 0), "2025-12-31 22:00"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := words.Clock(test.t, now); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSentencesBeginAndEndAsSentencesDo(t *testing.T) {
	for message, want := range map[string]string{
		"":                          "",
		"  ":                        "",
		".":                         ".",
		" no such code\n":           "No such code.",
		"the code is spent":         "The code is spent.",
		"AWS denied it":             "AWS denied it.",
		"alice-prod: it is over.":   "alice-prod: it is over.",
		"sts:AssumeRole is denied.": "sts:AssumeRole is denied.",
		"is it right?":              "Is it right?",
		"why?":                      "Why?",
		"can't be read":             "Can't be read.",
		"telling the agent…":        "Telling the agent…",
		"été":                       "été.",
		"the file is \xff":          "The file is \xff.",
	} {
		if got := words.Sentence(message); got != want {
			t.Errorf("%q became %q, want %q", message, got, want)
		}
	}
}

func TestDeviceNames(t *testing.T) {
	for serial, want := range map[string]string{
		"arn:aws:iam::123456789012:mfa/alice-phone":     "alice-phone",
		"arn:aws-cn:iam::123456789012:mfa/team/a/alice": "alice",
		"GAHT12345678": "GAHT12345678",
		"":             "your MFA device",
	} {
		if got := words.Device(serial); got != want {
			t.Errorf("%q is called %q, want %q", serial, got, want)
		}
	}
}

func TestSessionsAreCalledByTheirNames(t *testing.T) {
	for id, want := range map[string]string{
		"corp":                                 "corp",
		"":                                     "AWS",
		"https://corp.awsapps.com/start":       "corp.awsapps.com",
		"https://corp.awsapps.com/start/":      "corp.awsapps.com",
		"https://corp.awsapps.com/start/#/":    "corp.awsapps.com",
		"https://sso.example.com/eu":           "sso.example.com/eu",
		"https://ssoins-1.portal.eu.app.aws":   "ssoins-1.portal.eu.app.aws",
		"http://corp.awsapps.com/start":        "http://corp.awsapps.com/start",
		"https://corp.awsapps.com/start-other": "corp.awsapps.com/start-other",
	} {
		if got := words.Session(id); got != want {
			t.Errorf("%q is called %q, want %q", id, got, want)
		}
	}
}
