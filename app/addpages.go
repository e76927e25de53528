package app

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"daypass/app/kit"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// addForm is what a person fills in, on all pages.
type addForm struct {
	ways []*kit.Action

	id, key *kit.TextField
	facts   *kit.Facts
	about   *kit.Notice

	deviceList *kit.NameList
	serial     *kit.TextField

	region     *kit.SearchField
	regionList *kit.NameList

	name, consoleName, consoleRegion *kit.TextField

	sso addSessionForm
}

// addSessionForm is what a session of Identity Center needs.
type addSessionForm struct {
	pick                *keySelect
	start, region, name *kit.TextField
	fields              *fyne.Container
}

// addWords are the title and the words of a page.
func addWords(s *addState) (title, lead string) {
	switch s.page {
	case pageKey:
		return lang.T("The access key"),
			lang.T("Paste the line of the file that AWS's console gave you, or both parts. The key goes to the keyring of your desktop, and nowhere else.")
	case pageWho:
		return lang.T("Is this you?"), lang.T("This is what AWS says of the key. Nothing is stored yet.")
	case pageDevice:
		if s.look.DevicesDenied {
			return lang.T("The MFA device"), lang.T("AWS does not let this user list its MFA devices. If it has one that shows codes, type its ARN; else leave this empty.")
		}
		return lang.T("The MFA device"), lang.T("Choose the device whose codes you will type.")
	case pageRegion:
		return lang.T("The region"), lang.T("The region that AWS's tools use unless you name another. Type a name or a place, or choose one.")
	case pageName:
		return lang.T("The profile's name"), lang.T("The temporary credentials get this name: it is what you write after AWS_PROFILE=.")
	case pageSession:
		return lang.T("IAM Identity Center"),
			lang.T("The start URL is the address of your AWS access portal; whoever gave you access knows it, and the region.")
	case pageConsole:
		return lang.T("A sign-in to AWS's console"),
			lang.T("Your browser opens, and you sign in as you do for the console. No key is stored. " +
				"daypass keeps the credentials fresh until the sign-in ends, after 12 hours at most.")
	case pageDone, addPages:
		return "", ""
	case pageWays:
	}
	return lang.T("Add a profile"), lang.T("What do you have for AWS?")
}

// build makes the pages' bodies.
func (f *addForm) build(w *addWindow) {
	keys := kit.Keys{Key: w.typedKey, Char: func(rune) {}, Shortcut: func(fyne.Shortcut) bool { return false }}
	field := func(placeholder string) *kit.TextField {
		t := kit.NewTextField(placeholder, w.typed, w.typedKey)
		kit.OnEnter(w.goOn, t)
		return t
	}
	begin := func(way addWay) func() {
		return func() {
			w.state.choose(way)
			w.show()
		}
	}
	f.ways = []*kit.Action{
		kit.NewAction(kit.GlyphKey, lang.T("An access key…"), lang.T("of an IAM user"), begin(addByKey), keys),
		kit.NewAction(kit.GlyphSignIn, lang.T("Identity Center…"), lang.T("AWS SSO"), begin(addBySSO), keys),
		kit.NewAction(kit.GlyphWeb, lang.T("A sign-in to AWS's console…"), lang.T("aws login"), begin(addByConsole), keys),
	}
	w.bodies[pageWays] = container.New(kit.Rows(12), f.ways[0], f.ways[1], f.ways[2])

	f.id = field("AKIA…")
	f.key = kit.NewPassphraseField(lang.T("40 characters, shown once by AWS"), w.typed, w.typedKey)
	kit.OnEnter(w.goOn, f.key)
	for _, one := range []*kit.TextField{f.id, f.key} {
		one.Paste = f.paste
	}
	w.bodies[pageKey] = container.New(kit.Rows(12),
		kit.NewFormRow(formLabel, "Access key ID", f.id), kit.NewFormRow(formLabel, "Secret access key", f.key))

	f.facts = kit.NewFacts(8, formLabel, func(string) {}, w.typedKey)
	f.about = kit.NewNotice(0, 1)
	w.bodies[pageWho] = container.New(kit.Rows(16), f.facts.Container, f.about.Wide())

	f.deviceList = kit.NewNameList(w.state.devices, func(at int) {
		why := w.state.pick(at)
		f.deviceList.Chosen = w.state.picked()
		f.deviceList.Refresh()
		w.state.closing = false
		if why != "" {
			w.say(words.Sentence(lang.Sprintf("%s cannot be used: %s", words.Device(w.state.look.Devices[at].Serial), why)), kit.ToneWarning)
		} else {
			w.say("", kit.ToneQuiet)
		}
		w.draw()
	}, keys)
	f.serial = field("arn:aws:iam::123456789012:mfa/phone")
	w.bodies[pageDevice] = container.NewBorder(kit.NewFormRow(formLabel, "MFA device", f.serial), nil, nil, nil, f.deviceList)

	f.region = kit.NewSearchField("eu-central-1", func(text string) {
		w.typed("")
		f.regionList.Chosen = slices.IndexFunc(f.regions(&w.state), func(n kit.Named) bool { return n.Name == text })
		f.regionList.Refresh()
	}, keys)
	f.regionList = kit.NewNameList(func() []kit.Named { return f.regions(&w.state) }, func(at int) {
		if name := f.regions(&w.state)[at].Name; f.region.Text != name {
			f.region.SetText(name)
		}
	}, keys)
	w.bodies[pageRegion] = container.NewBorder(f.region, nil, nil, nil, f.regionList)

	f.name = field(lang.T("work"))
	w.bodies[pageName] = container.New(kit.Rows(12), kit.NewFormRow(formLabel, "Profile", f.name))

	f.consoleName, f.consoleRegion = field(lang.T("work")), field("eu-central-1")
	w.bodies[pageConsole] = container.New(kit.Rows(12),
		kit.NewFormRow(formLabel, "Profile", f.consoleName), kit.NewFormRow(formLabel, "Region", f.consoleRegion))

	f.buildSession(w, field)
	w.bodies[pageDone] = container.New(kit.Rows(12))
}

func (f *addForm) buildSession(w *addWindow, field func(string) *kit.TextField) {
	f.sso.start, f.sso.region, f.sso.name = field("https://corp.awsapps.com/start"), field("eu-central-1"), field(lang.T("corp"))
	f.sso.fields = container.New(kit.Rows(12),
		kit.NewFormRow(formLabel, "Start URL", f.sso.start), kit.NewFormRow(formLabel, "Region", f.sso.region), kit.NewFormRow(formLabel, "Name", f.sso.name))
	f.sso.pick = newKeySelect(func(at int) {
		w.state.sso.chosen = ""
		if at > 0 {
			w.state.sso.chosen = w.state.all.Sessions[at-1].ID
		}
		kit.Show(f.sso.fields, at == 0)
		w.typed("")
	}, w.typedKey)
	w.bodies[pageSession] = container.New(kit.Rows(12), kit.NewFormRow(formLabel, "Session", f.sso.pick), f.sso.fields)
	f.sso.pick.set([]string{lang.T("a new one")}, 0)
}

// regions are those that fit what is typed.
func (f *addForm) regions(s *addState) []kit.Named {
	if f.region == nil {
		return nil
	}
	return regionsLike(f.region.Text, s.look.UserARN)
}

// paste takes both parts of a key at once.
func (f *addForm) paste(text string) bool {
	id, key, ok := pastedKey(text)
	if ok {
		f.id.SetText(id)
		f.key.SetText(key.Reveal())
	}
	return ok
}

// offerSessions lists the sessions that there are.
func (w *addWindow) offerSessions() {
	names := []string{lang.T("a new one")}
	at := 0
	for i, one := range w.state.all.Sessions {
		names = append(names, words.Session(one.ID))
		if one.ID == w.state.sso.chosen {
			at = i + 1
		}
	}
	if !slices.Equal(names, w.sso.pick.Options) {
		w.sso.pick.set(names, at)
	}
}

// read takes what is in the fields of the page.
func (f *addForm) read(s *addState) {
	switch s.page {
	case pageKey:
		s.setKey(strings.TrimSpace(f.id.Text), secret.New(strings.TrimSpace(f.key.Text)))
	case pageDevice:
		s.serial = strings.TrimSpace(f.serial.Text)
	case pageRegion:
		s.region = strings.TrimSpace(f.region.Text)
	case pageName:
		s.named = s.named || strings.TrimSpace(f.name.Text) != s.name
		s.name = strings.TrimSpace(f.name.Text)
	case pageConsole:
		s.named = s.named || strings.TrimSpace(f.consoleName.Text) != s.name
		s.name, s.region = strings.TrimSpace(f.consoleName.Text), strings.TrimSpace(f.consoleRegion.Text)
	case pageSession:
		s.sso.start, s.sso.region, s.sso.name = strings.TrimSpace(f.sso.start.Text), strings.TrimSpace(f.sso.region.Text), strings.TrimSpace(f.sso.name.Text)
	}
}

// fillIn puts what the state knows into the fields of its page.
func (w *addWindow) fillIn() {
	s := &w.state
	set := func(field *kit.TextField, text string) {
		if strings.TrimSpace(field.Text) != text {
			field.SetText(text)
		}
		field.CursorColumn = len([]rune(field.Text))
	}
	switch s.page {
	case pageWho:
		w.facts.Set(s.who())
		w.about.Say(s.notes(), kit.ToneWarning)
	case pageDevice:
		denied := s.look.DevicesDenied
		kit.Show(w.bodies[pageDevice].Objects[1], denied)
		kit.Show(w.deviceList, !denied)
		set(w.serial, s.serial)
		w.deviceList.Chosen = s.picked()
		w.deviceList.Refresh()
	case pageRegion:
		if w.region.Text != s.region {
			w.region.SetText(s.region)
		}
		w.region.CursorColumn = len([]rune(w.region.Text))
		w.regionList.Chosen = slices.IndexFunc(w.regions(s), func(n kit.Named) bool { return n.Name == s.region })
		w.regionList.Refresh()
		if w.regionList.Chosen >= 0 {
			w.regionList.ScrollTo(w.regionList.Chosen)
		}
	case pageName:
		set(w.name, s.name)
	case pageConsole:
		set(w.consoleName, s.name)
		set(w.consoleRegion, s.region)
	}
}

// first is what takes the keys when a page is shown.
func (w *addWindow) first() fyne.Focusable {
	switch s := &w.state; s.page {
	case pageWays:
		return w.ways[0]
	case pageKey:
		if w.id.Text != "" && w.key.Text == "" {
			return w.key
		}
		return w.id
	case pageDevice:
		if s.look.DevicesDenied {
			return w.serial
		}
		return w.next
	case pageRegion:
		return w.region
	case pageName:
		return w.name
	case pageSession:
		if s.sso.chosen != "" {
			return w.next
		}
		return w.sso.start
	case pageConsole:
		if s.ready() {
			return w.next
		}
		return w.consoleName
	case pageDone:
		return w.cancel
	}
	return w.next
}

// lock locks all fields.
func (f *addForm) lock(on bool) {
	f.key.Locked = on
	for _, one := range []fyne.Disableable{f.id, f.serial, f.region, f.name, f.consoleName, f.consoleRegion, f.sso.pick, f.sso.start, f.sso.region, f.sso.name} {
		kit.Enable(one, !on)
	}
}

// wipe forgets the secret, and what could bring it back.
func (f *addForm) wipe(s *addState) {
	f.key.SetText("")
	f.id.SetText("")
	s.wipe()
}
