package tray_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/tray"
)

func TestAWindowThatCannotBeShownIsReportedInANoticeEachTime(t *testing.T) {
	notice := func(body string) []tray.Notice {
		return []tray.Notice{{Topic: tray.TopicFailed, Title: "No window can be shown", Body: body}}
	}
	var seen tray.Seen
	for _, step := range []struct {
		name    string
		unshown creds.Unshown
		quiet   bool
		want    []tray.Notice
	}{
		{name: "none was asked for"},
		{"a question", creds.Unshown{Why: "there is no screen", Profile: "prod", Times: 1}, false, notice("There is no screen.\nAnswer in a terminal: daypass login prod")},
		{"nothing new", creds.Unshown{Why: "there is no screen", Profile: "prod", Times: 1}, false, nil},
		{"a name that a shell would read otherwise", creds.Unshown{Why: "there is no screen", Profile: "a b", Times: 2}, false, notice("There is no screen.\nAnswer in a terminal: daypass login 'a b'")},
		{"a click on the menu, with notices put off", creds.Unshown{Why: "daypass-ui is missing", Times: 3}, true, notice("daypass-ui is missing.")},
	} {
		got := seen.Notices(creds.Snapshot{Unshown: step.unshown, DoNotDisturb: step.quiet}, noon)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", step.name, diff)
		}
	}
}
