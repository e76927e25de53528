package app

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"daypass/app/kit"
	"daypass/creds"
)

const longName = "company-production-eu-west-1-AdministratorAccess"

func TestASecondLineThatDoesNotFitLeavesOutWhatTheDetailShows(t *testing.T) {
	test.NewTempApp(t)
	s := creds.Status{Name: longName, Kind: creds.KindSSO, AccountName: "company-production", AccountID: "111111111111", RoleName: "AdministratorAccess"}
	row := newProfileRow(nil)
	row.set(s, false, time.Now())
	brief := rowBrief(s)
	row.about.Resize(fyne.NewSize(fyne.MeasureText(brief, kit.SizeSmall, fyne.TextStyle{}).Width, 20))
	if shown, _ := row.about.Fit(row.about.Size().Width); shown != "company-production · 111111111111 · AdministratorAccess" {
		t.Errorf("it is %q", shown)
	}
}

func TestTheDetailShowsALongNameWhole(t *testing.T) {
	h := openSeeded(t, func(h *testData) {
		h.snapshot.Profiles = h.snapshot.Profiles[:1]
		h.snapshot.Profiles[0].Name = longName
	})
	w := h.openStatus(t)
	h.until(t, "the profile", func() bool { return w.detail.name.Words == longName })
	if got := strings.Join(w.detail.name.Wrap(detailWidth-40), ""); got != longName {
		t.Errorf("the headline is %q", got)
	}
	if lines := w.detail.name.MinSize().Height / w.detail.name.LineHeight(); lines < 2 {
		t.Errorf("it takes %v lines", lines)
	}
}
