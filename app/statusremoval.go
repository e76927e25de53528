package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// removalBar is at a profile that is being removed: how long that can be undone, and a button
// that does.
type removalBar struct {
	*fyne.Container

	notice *kit.Notice
	bar    *kit.TimeBar
	undo   *kit.Button
}

func newRemovalBar(undo func(), k kit.Keys) *removalBar {
	b := &removalBar{notice: kit.NewNotice(0, 1), bar: kit.NewTimeBar()}
	b.undo = kit.NewButton(lang.Sprintf("Undo (%s)", kit.ChordWords("Z", false)), undo, k.Key)
	b.undo.StandOut(true)
	b.Container = container.New(kit.Rows(8), b.notice.Wide(), b.bar, b.undo)
	b.Hide()
	return b
}

// show shows how long a removal can be undone, and reports whether the room that it takes has
// changed.
func (b *removalBar) show(s creds.Status, now time.Time) (changed bool) {
	if s.Removing.IsZero() {
		return kit.Show(b.Container, false)
	}
	left := removalLeft(s, now)
	b.bar.Set(float32(left)/float32(creds.RemovalDelay), theme.ColorNameWarning)
	kit.Enable(b.undo, left > 0)
	said := lang.Sprintf("It is removed in %s.", removalSeconds(s, now))
	if left == 0 {
		said = lang.T("It is being removed…")
	}
	changed = b.notice.Say(said, kit.ToneWarning)
	return kit.Show(b.Container, true) || changed
}

// removed is called when a removal has begun, or was given up.
func (w *statusWindow) removed(removes bool) {
	name := w.remove.state.profile
	w.turn(w.main)
	if removes {
		w.remove.state.begun = true
		w.report(name, "", kit.ToneQuiet)
		return
	}
	w.draw()
}

// offerUndo moves the focus to the button that undoes the removal which the person has just
// asked for.
func (w *statusWindow) offerUndo() {
	if r := &w.remove.state; r.begun && w.main.Visible() && w.state.chosen == r.profile && w.detail.going.Visible() {
		r.begun = false
		w.win.Canvas().Focus(w.detail.going.undo)
	}
}

// renamed is called when a profile was renamed, or that was given up.
func (w *statusWindow) renamed(profile, words string) {
	w.turn(w.main)
	if words == "" {
		w.draw()
		return
	}
	w.search.SetText("")     // It may not find the new name.
	w.state.chosen = profile // It is in one of the next snapshots.
	if _, there := w.state.all.Profile(profile); there {
		w.state.keep()
	}
	w.report(profile, words, kit.ToneDone)
	w.reveal()
}

// undoRemoval keeps the chosen profile, or else the one that is removed first.
func (w *statusWindow) undoRemoval() {
	name := w.state.removed(time.Now())
	if name == "" || !w.main.Visible() {
		return
	}
	ask(w.frame, func(ctx context.Context) (creds.Removal, error) {
		return w.client.Custody().Remove(ctx, creds.RemoveRequest{Profile: name, Undo: true})
	}, func(_ creds.Removal, err error) {
		if err != nil {
			w.report(name, errorSentence(err), kit.ToneRefused)
			return
		}
		w.report(name, lang.T("Nothing was removed."), kit.ToneDone)
	})
}

// removes reports whether a removal can still be undone.
func (s *statusState) removes(now time.Time) bool { return s.removed(now) != "" }

// removed returns the profile whose removal is undone next: the chosen one, or else the one
// that is removed first.
func (s *statusState) removed(now time.Time) string {
	var first creds.Status
	for _, p := range s.all.Profiles {
		if removalLeft(p, now) == 0 {
			continue
		}
		if p.Name == s.chosen {
			return p.Name
		}
		if first.Name == "" || p.Removing.Before(first.Removing) {
			first = p
		}
	}
	return first.Name
}

// plaintextWords says how many profiles have a key in plaintext; empty if none has.
func (s *statusState) plaintextWords() string {
	n := 0
	for _, p := range s.all.Profiles {
		if p.Key != nil && p.Key.Plaintext != "" {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return lang.Sprintf("%s in plaintext.", countOf(n, "%s profile has its long-term key", "%s profiles have long-term keys"))
}

// plainBanner is above the list while keys lie in plaintext.
type plainBanner struct {
	*fyne.Container

	notice *kit.Notice
	open   *kit.Button
}

func newPlainBanner(w *statusWindow) *plainBanner {
	b := &plainBanner{notice: kit.NewNotice(0, 1)}
	b.open = kit.NewButton(lang.T("Import…"), func() { w.open(agentapi.WindowImportKeys, "") }, w.typedKey)
	b.Container = container.NewBorder(nil, nil, nil, b.open, b.notice.Wide())
	b.Hide()
	return b
}

// show shows the words, and reports whether the banner came or went.
func (b *plainBanner) show(words string) (changed bool) {
	b.notice.Say(words, kit.ToneInfo)
	return kit.Show(b.Container, words != "")
}

// keyFact is what the list of facts has about a profile's long-term key.
func keyFact(s creds.Status, now time.Time) string {
	k := s.Key
	if k == nil {
		return ""
	}
	age := keyAge(k.Created, now)
	switch {
	case k.Plaintext != "" && age != "":
		return lang.Sprintf("in plaintext, %s", age)
	case k.Plaintext != "":
		return lang.T("in plaintext")
	case k.Rotating:
		return lang.T("being rotated")
	case k.Old != nil && age != "":
		return lang.Sprintf("%s; the old one is kept", age)
	case age != "" && rotationDue(*k, now):
		return lang.Sprintf("%s: rotate it", age)
	case age != "":
		return age
	}
	return lang.T("in the keyring")
}
