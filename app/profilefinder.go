package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
)

// profileFinder lists the profiles below a field that searches them. One of them is
// chosen.
type profileFinder struct {
	*fyne.Container

	state  statusState
	names  []kit.Named
	search *kit.SearchField
	list   *kit.NameList
	// chosen is called when a person may have chosen another profile.
	chosen func()
}

func newProfileFinder(profile string, chosen func(), k kit.Keys) *profileFinder {
	f := &profileFinder{state: statusState{chosen: profile, at: -1}, chosen: chosen}
	f.search = kit.NewSearchField(lang.T("Search profiles"), f.find, k)
	f.list = kit.NewNameList(func() []kit.Named { return f.names }, f.choose, k)
	f.Container = container.New(kit.Sheet{}, f.search, f.list, container.New(kit.Rows(0)))
	return f
}

// profile is the name of the chosen one; empty where none is.
func (f *profileFinder) profile() string { return f.state.chosen }

// take takes what the agent knows now, and chooses a profile unless that is empty.
func (f *profileFinder) take(s creds.Snapshot, profile string) {
	if profile != "" {
		f.search.SetText("") // What is searched for may be another one.
		f.state.chosen = profile
	}
	f.state.take(s)
	f.draw()
}

func (f *profileFinder) find(text string) {
	f.state.find(text)
	f.draw()
	f.list.ScrollToTop()
	f.chosen()
}

func (f *profileFinder) choose(at int) {
	f.state.choose(at)
	f.chosen()
}

func (f *profileFinder) draw() {
	f.names = f.names[:0]
	for _, i := range f.state.items {
		p := f.state.all.Profiles[i]
		f.names = append(f.names, kit.Named{Name: p.Name, About: accountOf(p)})
	}
	f.list.Chosen = f.state.at
	f.list.Refresh()
}
