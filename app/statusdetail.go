package app

import (
	"cmp"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// action is something to do with a profile.
type action int

const (
	actionRefresh action = iota
	actionConsole
	actionExports
	actionProfile
	actionExplain
	actionSettings
	actionLogout
	actionKey
	actionRename
	actionRemove
	actionCount
)

// statusDetail shows all about one profile, and what can be done with it.
type statusDetail struct {
	*fyne.Container

	name    *kit.Notice
	star    *kit.Star
	icon    *kit.Icon
	words   *kit.Notice
	bar     *kit.TimeBar
	facts   *kit.Facts
	trouble *kit.Notice
	// troubled has the notice, and takes no room while that is empty.
	troubled fyne.CanvasObject
	actions  [actionCount]*kit.Action
	going    *removalBar
	outcome  *kit.Notice
	body     *fyne.Container
	nothing  *kit.Notice
}

const factLabel = 96

func newStatusDetail(do func(action), favour, undo func(), k kit.Keys) *statusDetail {
	d := &statusDetail{
		name: kit.NewWrappedHeadline(),
		star: kit.NewStar(favour), icon: kit.NewIcon(kit.GlyphNone, kit.ColorSecondary, rowIcon),
		words: kit.NewNotice(0, 1), bar: kit.NewTimeBar(), trouble: kit.NewNotice(0, 1), outcome: kit.NewNotice(0, 2), nothing: kit.NewNotice(0, 2),
	}
	d.facts = kit.NewFacts(4, factLabel, d.showFull, k.Key)
	buttons := container.New(kit.Rows(6))
	for i, a := range []struct {
		glyph      kit.Glyph
		text, hint string
	}{
		{kit.GlyphBusy, lang.T("Refresh"), lang.T("Enter")},
		{kit.GlyphWeb, lang.T("Open console"), kit.ChordWords("O", false)},
		{kit.GlyphCopy, lang.T("Copy exports"), kit.ChordWords("C", false)},
		{kit.GlyphCopy, lang.T("Copy AWS_PROFILE=…"), kit.ChordWords("C", true)},
		{kit.GlyphChain, lang.T("Explain"), kit.ChordWords("E", false)},
		{kit.GlyphGear, lang.T("Settings"), kit.ChordWords(",", false)},
		{kit.GlyphOut, lang.T("Log out"), kit.ChordWords("L", true)},
		{kit.GlyphKey, lang.T("Key…"), kit.ChordWords("K", false)},
		{kit.GlyphFile, lang.T("Rename…"), kit.ChordWords("R", false)},
		{kit.GlyphRemove, lang.T("Remove…"), kit.ChordWords(lang.T("Delete"), false)},
	} {
		d.actions[i] = kit.NewAction(a.glyph, a.text, a.hint, func() { do(action(i)) }, k)
		buttons.Add(d.actions[i])
	}
	head := container.NewBorder(nil, nil, nil, container.NewCenter(d.star), d.name.Wide())
	state := container.NewBorder(nil, nil, container.New(layout.NewCustomPaddedLayout(0, 0, 0, 10), d.icon), nil, d.words.Wide())
	d.troubled = d.trouble.Wide()
	d.going = newRemovalBar(undo, k)
	d.body = container.New(kit.Rows(12),
		head, d.going.Container, state, d.bar, d.troubled, d.facts.Container, buttons, d.outcome.Wide())
	// It scrolls in a small window.
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 14), d.body))
	d.Container = container.NewStack(d.nothing.Wide(), scroll)
	return d
}

// showFull shows the long form of a line in place of the result of the last action.
func (d *statusDetail) showFull(full string) {
	if full != "" {
		d.say(full, kit.ToneInfo)
	}
}

func (d *statusDetail) say(words string, t kit.Tone) {
	if d.outcome.Say(words, t) {
		d.body.Refresh()
	}
}

// show shows a profile as it is now. busy reports that an action is running.
func (d *statusDetail) show(s creds.Status, now time.Time, busy func(action) bool) {
	look := lookOf(s, now)
	changed := d.name.Say(s.Name, kit.ToneQuiet)
	d.star.Mark(s.Favourite)
	d.icon.Set(look.Glyph, look.Ink)
	_, share := timeLeft(s, now)
	d.bar.Set(share, look.Ink)
	changed = kit.Show(d.bar, share >= 0) || changed
	changed = d.words.Say(look.Sentence, kit.ToneQuiet) || changed
	trouble, t := troubleWords(s)
	changed = d.trouble.Say(trouble, t) || changed
	kit.Show(d.troubled, trouble != "")
	changed = d.facts.Set(factsOf(s, now)) || changed
	changed = d.going.show(s, now) || changed
	d.offer(s, now, busy)
	if changed {
		d.body.Refresh()
	}
}

// factsOf is what is known of a profile.
func factsOf(s creds.Status, now time.Time) []kit.Fact {
	session, device, written, used, ends := "", "", "", "", ""
	if s.Session != "" {
		session = words.Session(s.Session)
	}
	if s.MFASerial != "" {
		device = words.Device(s.MFASerial)
	}
	if s.WrittenAs != s.Name {
		written = s.WrittenAs
	}
	if s.SignInEnds.After(now) {
		ends = lang.Sprintf("about %s", words.Clock(s.SignInEnds, now))
	}
	if !s.LastUsed.IsZero() {
		used = lang.Sprintf("%s ago", words.Span(now.Sub(s.LastUsed)))
	}
	return []kit.Fact{
		{Label: lang.T("Account"), Value: accountOf(s)},
		{Label: lang.T("Role"), Value: roleOf(s), Full: s.RoleARN},
		{Label: lang.T("Kind"), Value: s.KindLabel()},
		{Label: lang.T("Region"), Value: s.Region},
		{Label: lang.T("SSO session"), Value: session},
		{Label: lang.T("Signed in as"), Value: cmp.Or(s.Person, prompts.BriefIdentity(s.LoginSession)), Full: s.LoginSession},
		{Label: lang.T("Sign-in ends"), Value: ends},
		{Label: lang.T("Source"), Value: s.SourceProfile},
		{Label: lang.T("MFA device"), Value: device, Full: s.MFASerial},
		{Label: lang.T("Long-term key"), Value: keyFact(s, now)},
		{Label: lang.T("Written as"), Value: written},
		{Label: lang.T("Last used"), Value: used},
	}
}

// refreshWords is the label of the first action.
func refreshWords(s creds.Status, now time.Time) string {
	switch s.State(now) {
	case creds.StateValid, creds.StateEnding:
		if wantsSignIn(s, now) {
			return lang.T("Sign in…")
		}
		return lang.T("Renew now")
	case creds.StateNeedsMFA:
		return lang.T("Type the code")
	case creds.StateNeedsSSO:
		return lang.T("Sign in")
	case creds.StateRefreshing:
		return lang.T("Refreshing…")
	default:
	}
	switch {
	case wantsKey(s) && s.KeyProfile != "":
		return lang.T("Add the access key behind it…")
	case wantsKey(s):
		return lang.T("Add its access key…")
	case wantsSignIn(s, now):
		return lang.T("Sign in…")
	case s.Err != nil && s.Err.Code == creds.CodeSignInNeeded:
		return lang.T("Sign in")
	}
	return lang.T("Refresh")
}

// wantsKey reports whether a profile needs another access key to get credentials.
func wantsKey(s creds.Status) bool {
	return s.Err != nil && (s.Err.Code == creds.CodeNoKey || s.Err.Code == creds.CodeKeyInvalid)
}

// offer enables the actions that can be done.
func (d *statusDetail) offer(s creds.Status, now time.Time, busy func(action) bool) {
	state, foreign := s.State(now), s.Foreign()
	can := [actionCount]bool{
		actionRefresh: !foreign && state != creds.StateRefreshing,
		actionConsole: !foreign, actionExports: !foreign, actionProfile: true, actionExplain: true, actionSettings: true,
		actionLogout: s.Left(now) > 0 || s.SignInEnds.After(now),
		actionKey:    s.Key != nil, actionRename: true, actionRemove: true,
	}
	if !s.Removing.IsZero() {
		can = [actionCount]bool{actionExplain: true}
	}
	kit.Show(d.actions[actionKey], s.Key != nil)
	first := d.actions[actionRefresh]
	first.Text, first.Glyph = refreshWords(s, now), kit.GlyphBusy
	if wantsKey(s) {
		first.Glyph = kit.GlyphKey
	}
	d.actions[actionLogout].Text = lang.T("Log out")
	if s.Sensitive {
		d.actions[actionLogout].Text = lang.T("Lock again")
	}
	for i, a := range d.actions {
		high := action(i) == actionRefresh && state != creds.StateValid && state != creds.StateRefreshing ||
			action(i) == actionConsole && state == creds.StateValid
		a.Set(a.Text, can[i] && !busy(action(i)), high)
		a.Refresh()
	}
}
