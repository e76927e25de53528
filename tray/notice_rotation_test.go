package tray_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/tray"
)

func TestOldKeysAreRecalledOnceADay(t *testing.T) {
	profile := func(name string, after, reminded time.Time) creds.Status {
		return creds.Status{Name: name, Kind: creds.KindUser, Key: &creds.KeyStatus{ID: "AKIA" + name, InKeyring: true, RotateAfter: after, Reminded: reminded}}
	}
	notice := func(profile, title, body string) []tray.Notice {
		return []tray.Notice{{Topic: tray.TopicRotation, Title: title, Body: body, Offers: []tray.Offer{
			{Label: "Replace it", Among: "Replace it", Clicks: []tray.Command{{Verb: tray.VerbRotate, Profile: profile}}},
		}}}
	}
	one := notice("a", "The long-term key of a is old", "daypass makes a new one, proves it, and only then retires the old one.")
	two := notice("a", "The long-term keys of 2 profiles are old", "These are a, b. daypass makes new ones, proves them, and only then retires the old ones.")
	never := time.Time{}
	var seen tray.Seen
	for _, step := range []struct {
		name     string
		at       time.Duration
		profiles []creds.Status
		quiet    bool
		want     []tray.Notice
		reminded []string
		offered  bool
	}{
		{name: "no profile"},
		{"a key that is young, and one of no age", 0, []creds.Status{profile("a", noon.Add(time.Hour), never), profile("b", never, never)}, false, nil, nil, false},
		{"an old one that an earlier agent has recalled today", 0, []creds.Status{profile("a", noon, noon.Add(-time.Hour))}, false, nil, nil, true},
		{"while the person is not to be disturbed", 0, []creds.Status{profile("a", noon, never)}, true, nil, nil, true},
		{"later", time.Minute, []creds.Status{profile("a", noon, never)}, false, one, []string{"AKIAa"}, true},
		{"on the same day, another one, too", time.Hour, []creds.Status{profile("a", noon, never), profile("b", noon, never)}, false, nil, nil, true},
		{"on the next day", 25 * time.Hour, []creds.Status{profile("a", noon, never), profile("b", noon, never)}, false, two, []string{"AKIAa", "AKIAb"}, true},
		{"when it was replaced", 50 * time.Hour, []creds.Status{profile("a", noon.Add(90*24*time.Hour), never)}, false, nil, nil, false},
	} {
		s, now := creds.Snapshot{Profiles: step.profiles, DoNotDisturb: step.quiet}, noon.Add(step.at)
		if diff := cmp.Diff(step.want, seen.Notices(s, now)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
		if diff := cmp.Diff(step.reminded, seen.Reminded()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
		if offered := seen.Wanted(s, now)[tray.Command{Verb: tray.VerbRotate, Profile: "a"}]; offered != step.offered {
			t.Errorf("%s: it is offered: %v", step.name, offered)
		}
	}
}
