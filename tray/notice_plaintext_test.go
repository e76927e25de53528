package tray_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/tray"
)

func TestEachKeyInPlaintextIsAnnouncedOnce(t *testing.T) {
	profile := func(name, file, announce string) creds.Status {
		return creds.Status{Name: name, Kind: creds.KindUser, Key: &creds.KeyStatus{ID: "AKIA" + name, Plaintext: file, Announce: announce}}
	}
	move := []tray.Offer{{Label: "Move into the keyring", Among: "Move into the keyring", Clicks: []tray.Command{{Verb: tray.VerbImportKeys}}}}
	notice := func(title, body string) []tray.Notice {
		return []tray.Notice{{Topic: tray.TopicPlaintext, Title: title, Body: body, Offers: move}}
	}
	one := notice("The long-term key of a lies in plaintext", "Every program of yours can read it. daypass moves it into the keyring, and it works as before.")
	two := notice("The long-term keys of 2 profiles lie in plaintext", "Every program of yours can read those of b, c. daypass moves them into the keyring, and they work as before.")
	var seen tray.Seen
	for _, step := range []struct {
		name      string
		profiles  []creds.Status
		quiet     bool
		want      []tray.Notice
		announced []string
		offered   bool
	}{
		{name: "no profile"},
		{"a key in the keyring", []creds.Status{profile("a", "", "")}, false, nil, nil, false},
		{"one that an earlier agent has announced", []creds.Status{profile("a", "file", "")}, false, nil, nil, true},
		{"while the person is not to be disturbed", []creds.Status{profile("a", "file", "A")}, true, nil, nil, true},
		{"later", []creds.Status{profile("a", "file", "A")}, false, one, []string{"A"}, true},
		{"before the agent has noted it", []creds.Status{profile("a", "file", "A")}, false, nil, nil, true},
		{"two profiles with one key", []creds.Status{profile("a", "file", ""), profile("b", "file", "B"), profile("c", "file", "B")}, false, two, []string{"B"}, true},
		{"when they were moved", []creds.Status{profile("a", "", ""), profile("b", "", "")}, false, nil, nil, false},
	} {
		s := creds.Snapshot{Profiles: step.profiles, DoNotDisturb: step.quiet}
		if diff := cmp.Diff(step.want, seen.Notices(s, noon)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
		if diff := cmp.Diff(step.announced, seen.Announced()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
		if offered := seen.Wanted(s, noon)[tray.Command{Verb: tray.VerbImportKeys}]; offered != step.offered {
			t.Errorf("%s: it is offered: %v", step.name, offered)
		}
	}
}
