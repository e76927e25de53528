package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/creds"
	"daypass/creds/words"
)

// deed is what can be done with a profile.
type deed int

const (
	deedRefresh deed = iota
	deedConsole
	deedExports
	deedProfile
	deedExplain
	deedSettings
	deedLogout
	deeds
)

// statusDetail tells all of one profile, and what can be done with it.
type statusDetail struct {
	*fyne.Container

	name    *notice
	star    *star
	icon    *icon
	words   *notice
	bar     *timeBar
	facts   []*fact
	trouble *notice
	// troubled holds trouble, and takes no room while there is none.
	troubled fyne.CanvasObject
	actions  [deeds]*action
	outcome  *notice
	body     *fyne.Container
	nothing  *notice
}

// factNames are the labels of what is known of a profile.
var factNames = []string{"Account", "Role", "Kind", "Region", "Session", "Person", "Source", "MFA device", "Written as", "Last used"}

const factLabel = 84

func newStatusDetail(do func(deed), favour func(), k keys) *statusDetail {
	d := &statusDetail{
		name: newWrapped(),
		star: newStar(favour), icon: newIcon(glyphNone, colorSecondary, rowIcon),
		words: newNotice(0), bar: newTimeBar(), trouble: newNotice(0), outcome: newNotice(0), nothing: newNotice(0),
	}
	d.words.lines, d.trouble.lines, d.outcome.lines = 1, 1, 2
	facts := container.New(rows(4))
	for _, name := range factNames {
		f := newFact(name, factLabel)
		f.value.tell = d.tell
		d.facts = append(d.facts, f)
		facts.Add(f.row)
	}
	for i, a := range []struct {
		glyph      glyph
		text, hint string
	}{
		{glyphBusy, "Refresh", "Enter"},
		{glyphWeb, "Open console", chordWords("O", false)},
		{glyphCopy, "Copy exports", chordWords("C", false)},
		{glyphCopy, "Copy AWS_PROFILE=…", chordWords("C", true)},
		{glyphChain, "Explain", chordWords("E", false)},
		{glyphGear, "Settings", chordWords(",", false)},
		{glyphOut, "Log out", chordWords("L", true)},
	} {
		d.actions[i] = newAction(a.glyph, a.text, a.hint, func() { do(deed(i)) }, k)
	}
	buttons := container.New(rows(6))
	for _, a := range d.actions {
		buttons.Add(a)
	}
	head := container.NewBorder(nil, nil, nil, container.NewCenter(d.star), d.name.wide())
	state := container.NewBorder(nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 10), d.icon), nil, d.words.wide())
	d.troubled = d.trouble.wide()
	d.body = container.New(rows(12),
		head, state, d.bar, d.troubled, facts, buttons, d.outcome.wide())
	// A scroller takes the room that it is given: the window may be small.
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 14), d.body))
	d.Container = container.NewStack(d.nothing.wide(), scroll)
	return d
}

// tell shows the long form of a line in the place of what came of the last deed.
func (d *statusDetail) tell(full string) {
	if full != "" {
		d.say(full, toneInfo)
	}
}

func (d *statusDetail) say(words string, t tone) {
	if d.outcome.say(words, t) {
		d.body.Refresh()
	}
}

// show shows a profile as it is now. busy reports that a deed goes on.
func (d *statusDetail) show(s creds.Status, now time.Time, busy func(deed) bool) {
	look := lookOf(s, now)
	changed := d.name.say(s.Name, toneQuiet)
	d.star.mark(s.Favourite)
	d.icon.set(look.Glyph, look.Ink)
	_, share := timeLeft(s, now)
	d.bar.set(share, look.Ink)
	changed = reveal(d.bar, share >= 0) || changed
	changed = d.words.say(stateSentence(s, now), toneQuiet) || changed
	trouble, t := troubleWords(s)
	changed = d.trouble.say(trouble, t) || changed
	show(d.troubled, trouble != "")
	for i, text := range factTexts(s, now) {
		changed = d.facts[i].set(text) || changed
	}
	if s.Kind == creds.KindRole {
		d.facts[1].value.set(roleOf(s), s.RoleARN)
	}
	if s.MFASerial != "" {
		d.facts[7].value.set(deviceName(s.MFASerial), s.MFASerial)
	}
	d.offer(s, now, busy)
	if changed {
		d.body.Refresh()
	}
}

func factTexts(s creds.Status, now time.Time) []string {
	device, used := "", ""
	if s.MFASerial != "" {
		device = deviceName(s.MFASerial)
	}
	if !s.LastUsed.IsZero() {
		used = words.Span(now.Sub(s.LastUsed)) + " ago"
	}
	written := s.WrittenAs
	if written == s.Name {
		written = "" // Nothing that a person need know.
	}
	return []string{accountOf(s), roleOf(s), kindWord(s), s.Region, briefURL(s.Session), s.Person, s.SourceProfile, device, written, used}
}

// refreshWords name the first deed.
func refreshWords(s creds.Status, now time.Time) string {
	switch s.State(now) {
	case creds.StateValid, creds.StateEnding:
		return "Renew now"
	case creds.StateNeedsMFA:
		return "Type the code"
	case creds.StateNeedsSSO:
		return "Sign in"
	case creds.StateRefreshing:
		return "Refreshing…"
	default:
	}
	switch {
	case wantsKey(s) && s.Kind == creds.KindRole:
		return "Add the access key behind it…"
	case wantsKey(s):
		return "Add its access key…"
	case s.Err != nil && s.Err.Code == creds.CodeSignInNeeded:
		return "Sign in"
	}
	return "Refresh"
}

// wantsKey reports that a profile can have no credentials before it has another
// access key.
func wantsKey(s creds.Status) bool {
	return s.Err != nil && (s.Err.Code == creds.CodeNoKey || s.Err.Code == creds.CodeKeyInvalid)
}

// offer says what can be done.
func (d *statusDetail) offer(s creds.Status, now time.Time, busy func(deed) bool) {
	state, foreign := s.State(now), s.Foreign()
	can := [deeds]bool{
		deedRefresh: !foreign && state != creds.StateRefreshing,
		deedConsole: !foreign, deedExports: !foreign, deedProfile: true, deedExplain: true, deedSettings: true,
		deedLogout: s.Left(now) > 0,
	}
	first := d.actions[deedRefresh]
	first.text, first.glyph = refreshWords(s, now), glyphBusy
	if wantsKey(s) {
		first.glyph = glyphKey
	}
	d.actions[deedLogout].text = "Log out"
	if s.Sensitive {
		d.actions[deedLogout].text = "Give it back now"
	}
	for i, a := range d.actions {
		high := deed(i) == deedRefresh && state != creds.StateValid && state != creds.StateRefreshing ||
			deed(i) == deedConsole && state == creds.StateValid
		a.set(a.text, can[i] && !busy(deed(i)), high)
		a.Refresh()
	}
}
