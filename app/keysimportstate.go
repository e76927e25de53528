package app

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// keyPhase is how far the import of a key is.
type keyPhase int

const (
	keyFound keyPhase = iota
	keyMoving
	keyMoved
	keyFailed
	keyPutBack
)

// keyRow is a key that was found, and what is to become of it.
type keyRow struct {
	creds.FoundKey

	// name is the profile that it is stored under.
	name   string
	ticked bool
	phase  keyPhase
	// result says what became of it.
	result string
	tone   kit.Tone
}

// keysImportState is what the window of plaintext keys knows. It has no widgets.
type keysImportState struct {
	rows  []keyRow
	notes []string
	csv   []string
	home  string
	// at is the chosen row; -1 without one.
	at int
	// known is set once there is an answer, and asking while AWS is asked whose the keys are.
	known, asking bool
	// moving is set while keys are moved, and putting while they are put back.
	moving, putting bool
	// undoing is set once the person has been asked whether keys of earlier imports shall be
	// put back.
	undoing bool
}

// take takes what was found. What the person has chosen for a key stays.
func (s *keysImportState) take(found creds.FoundKeys) {
	was := s.rows
	s.rows, s.notes, s.known = nil, found.Notes, true
	for _, k := range found.Keys {
		row := keyRow{FoundKey: k, name: k.Profile}
		row.ticked = k.Err == nil && (k.Stays == "" || k.Source == creds.SourceCSV)
		if i := slices.IndexFunc(was, func(r keyRow) bool { return r.Ref == k.Ref }); i >= 0 {
			row.ticked = was[i].ticked && k.Err == nil
			if was[i].name != was[i].Profile {
				row.name = was[i].name
			}
			row.UserARN = cmp.Or(row.UserARN, was[i].UserARN)
		}
		s.rows = append(s.rows, row)
	}
	// What was moved is found no more, and is still to be seen.
	for _, r := range was {
		if r.phase >= keyMoved && !slices.ContainsFunc(s.rows, func(n keyRow) bool { return n.Ref == r.Ref }) {
			s.rows = append(s.rows, r)
		}
	}
	s.choose(max(0, s.at))
}

func (s *keysImportState) choose(at int) { s.at = max(-1, min(at, len(s.rows)-1)) }

// chosen returns the chosen row, or nil.
func (s *keysImportState) chosen() *keyRow {
	if s.at < 0 || s.at >= len(s.rows) {
		return nil
	}
	return &s.rows[s.at]
}

// canTick reports whether a key can be imported.
func (r *keyRow) canTick() bool { return r.Err == nil && r.phase != keyMoving && r.phase != keyMoved }

func (s *keysImportState) toggle(at int) {
	if at >= 0 && at < len(s.rows) && s.rows[at].canTick() && !s.busy() {
		s.rows[at].ticked = !s.rows[at].ticked
	}
}

func (s *keysImportState) tickAll(on bool) {
	for i := range s.rows {
		s.rows[i].ticked = on && s.rows[i].canTick()
	}
}

func (s *keysImportState) rename(name string) {
	if r := s.chosen(); r != nil {
		r.name = strings.TrimSpace(name)
	}
}

func (s *keysImportState) busy() bool { return s.moving || s.putting }

// ticked are the rows that are to be imported.
func (s *keysImportState) ticked() (rows []int) {
	for i := range s.rows {
		if s.rows[i].ticked && s.rows[i].canTick() {
			rows = append(rows, i)
		}
	}
	return rows
}

// obstacle says why the ticked keys cannot be imported as they are; empty if they can. It
// chooses the row that it is about.
func (s *keysImportState) obstacle() (string, int) {
	ids := make(map[string]string)
	for _, i := range s.ticked() {
		r := s.rows[i]
		if r.name == "" {
			return lang.Sprintf("Type the name of a profile for %s.", r.id()), i
		}
		if id, taken := ids[r.name]; taken && id != r.AccessKeyID {
			return lang.Sprintf("%s and %s cannot both be stored as %s. Type another name for one of them, or untick it.", id, r.id(), r.name), i
		}
		ids[r.name] = r.AccessKeyID
	}
	return "", -1
}

func (s *keysImportState) canMove() bool {
	blocked, _ := s.obstacle()
	return len(s.ticked()) > 0 && blocked == "" && !s.busy()
}

// find is the request for the keys; ask has AWS say whose they are.
func (s *keysImportState) find(ask bool) creds.FindKeysRequest {
	return creds.FindKeysRequest{CSV: s.csv, Ask: ask}
}

// move is the request that imports the key of a row.
func (s *keysImportState) move(at int) creds.ImportKeysRequest {
	r := s.rows[at]
	return creds.ImportKeysRequest{FindKeysRequest: s.find(false), Keys: []creds.ImportKey{{Ref: r.Ref, Profile: r.name}}}
}

// moved takes what became of a row.
func (s *keysImportState) moved(at int, out creds.ImportedKeys, err error) {
	r := &s.rows[at]
	one := creds.ImportedKey{}
	if len(out.Keys) > 0 {
		one = out.Keys[0]
	}
	if err == nil && one.Err != nil {
		err = one.Err
	}
	r.ticked = false
	if one.Done {
		r.phase, r.tone = keyMoved, kit.ToneDone
		r.AccessKeyID, r.UserARN = cmp.Or(one.AccessKeyID, r.AccessKeyID), cmp.Or(one.UserARN, r.UserARN)
		said := lang.Sprintf("The key is in the keyring, and AWS accepts it. It was taken out of %s.", inHome(r.Place, s.home))
		if !one.TakenOut {
			said = join(lang.Sprintf("The key is in the keyring, and AWS accepts it. It is still in %s, too.", inHome(r.Place, s.home)), words.Sentence(one.Stays))
			r.tone = kit.ToneWarning
		}
		r.result = join(said, words.Sentence(one.Note))
		if err != nil {
			r.result, r.tone = join(r.result, againSentence(err, lang.T("import the key"))), kit.ToneWarning
		}
		return
	}
	r.phase, r.tone = keyFailed, kit.ToneRefused
	if err == nil {
		err = lang.Error("the agent does not say what became of the key")
	}
	r.result = join(lang.T("The key is where it was."), againSentence(err, lang.T("import the key")))
}

// undo is the request that puts back what this window has imported, or everything if it has
// imported nothing.
func (s *keysImportState) undo() (r creds.UndoImportRequest) {
	for _, row := range s.rows {
		if row.phase == keyMoved && !slices.Contains(r.Profiles, row.name) {
			r.Profiles = append(r.Profiles, row.name)
		}
	}
	return r
}

// undone takes what became of putting keys back, and says so.
func (s *keysImportState) undone(out creds.ImportedKeys, err error) (string, kit.Tone) {
	if err != nil {
		return againSentence(err, lang.T("undo")), kit.ToneRefused
	}
	back, stayed := 0, ""
	for _, k := range out.Keys {
		i := slices.IndexFunc(s.rows, func(r keyRow) bool { return r.phase == keyMoved && r.name == k.Profile })
		if k.Done {
			back++
			if i >= 0 {
				s.rows[i].phase, s.rows[i].tone = keyPutBack, kit.ToneInfo
				s.rows[i].result = join(lang.Sprintf("The key is back in %s, in plaintext.", inHome(cmp.Or(k.Place, s.rows[i].Place), s.home)), words.Sentence(k.Note))
			}
			continue
		}
		why := words.Sentence(k.Note)
		if k.Err != nil {
			why = againSentence(k.Err, lang.T("undo"))
		}
		stayed = cmp.Or(stayed, lang.Sprintf("%s stays in the keyring: %s", k.Profile, why))
		if i >= 0 {
			s.rows[i].result, s.rows[i].tone = lang.Sprintf("It stays in the keyring: %s", why), kit.ToneWarning
			s.choose(i)
		}
	}
	said := join(lang.Sprintf("%s back in plaintext.", countOf(back, "%s key is", "%s keys are")), stayed)
	switch {
	case len(out.Keys) == 0:
		return lang.T("No import is left that could be undone."), kit.ToneInfo
	case stayed != "":
		return said, kit.ToneWarning
	}
	return said, kit.ToneInfo
}

// addCSV notes a file, and says what is wrong with its path.
func (s *keysImportState) addCSV(path string) (problem string) {
	path = strings.TrimSpace(path)
	if len(path) > 1 && (path[0] == '"' || path[0] == '\'') && path[len(path)-1] == path[0] {
		path = path[1 : len(path)-1]
	}
	path = strings.TrimPrefix(path, "file://")
	if rest, in := strings.CutPrefix(path, "~"); in && s.home != "" && (rest == "" || strings.ContainsRune(`/\`, rune(rest[0]))) {
		path = s.home + rest
	}
	switch {
	case path == "":
		return lang.T("Type or paste the path of the file, or drop the file on this window.")
	case !filepath.IsAbs(path):
		return lang.Sprintf("%s is no whole path. Type it from the top, or drop the file on this window.", words.Printable(path))
	case slices.Contains(s.csv, path):
		return lang.Sprintf("The keys of %s are in the list already.", homePath(path, s.home))
	}
	s.csv = append(s.csv, path)
	return ""
}

// summary says what was found, and what goes on.
func (s *keysImportState) summary() (string, kit.Tone) {
	moved, failed, left := 0, 0, 0
	for _, r := range s.rows {
		switch r.phase {
		case keyMoved:
			moved++
		case keyFailed:
			failed++
		case keyFound, keyPutBack:
			left++
		case keyMoving:
		}
	}
	switch total := len(s.rows); {
	case s.putting:
		return lang.T("Putting the keys back where they were…"), kit.ToneBusy
	case s.moving:
		return lang.Sprintf("Moving the keys into the keyring, one after the other: %s done, %s to go…", thousands(moved+failed), thousands(len(s.ticked())+1)), kit.ToneBusy
	case !s.known:
		return lang.T("Looking for long-term keys…"), kit.ToneBusy
	case total == 0:
		return join(lang.T("No long-term key lies in plaintext here. A file that you have downloaded from AWS's console can be added below."), strings.Join(s.notes, " ")), kit.ToneDone
	case failed > 0:
		return lang.Sprintf("%s in the keyring, %s not. Choose one to read why.", countOf(moved, "%s key is", "%s keys are"), thousands(failed)), kit.ToneWarning
	case moved > 0 && left == 0:
		return lang.Sprintf("%s in the keyring.", countOf(moved, "%s key is", "%s keys are")), kit.ToneDone
	case moved > 0:
		return lang.Sprintf("%s in the keyring; %s left where it was found.", countOf(moved, "%s key is", "%s keys are"), thousands(left)), kit.ToneDone
	case s.asking:
		return lang.Sprintf("%s found. Asking AWS whose they are…", countOf(total, "%s key was", "%s keys were")), kit.ToneBusy
	default:
		return join(lang.Sprintf("%s found outside the keyring. Each is stored there, read back and tried with AWS, and only then taken out of its file.",
			countOf(total, "%s key was", "%s keys were")), strings.Join(s.notes, " ")), kit.ToneQuiet
	}
}

// detail says what is to be known of the chosen key.
func (s *keysImportState) detail() (string, kit.Tone) {
	blocked, _ := s.obstacle()
	r := s.chosen()
	switch {
	case r != nil && r.result != "":
		return r.result, r.tone
	case r != nil && r.Err != nil:
		return againSentence(r.Err, lang.T("import the key")), kit.ToneRefused
	case blocked != "":
		return blocked, kit.ToneWarning
	case r == nil:
		return "", kit.ToneQuiet
	case r.Stays != "":
		return words.Sentence(r.Stays), kit.ToneInfo
	case r.Known:
		return lang.Sprintf("The keyring holds this key for %s already; the import takes it out of its place.", r.Profile), kit.ToneInfo
	}
	return lang.Sprintf("It lies in %s.", inHome(r.Place, s.home)), kit.ToneQuiet
}

func (r *keyRow) id() string { return cmp.Or(r.AccessKeyID, lang.T("a key without an ID")) }

// title is the first line of a row: the key, and whose it is.
func (r *keyRow) title() string {
	if r.UserARN == "" {
		return r.id()
	}
	return r.id() + " · " + words.Identity(r.UserARN)
}

// about is the second line: where the key is, and how old.
func (r *keyRow) about(home string, now time.Time) string {
	about := inHome(r.Place, home)
	if age := keyAge(r.Created, now); age != "" {
		about += " · " + age
	}
	return about
}

// word is the state of a row.
func (r *keyRow) word() string {
	switch r.phase {
	case keyMoving:
		return lang.T("moving…")
	case keyMoved:
		return lang.T("in the keyring")
	case keyFailed:
		return lang.T("not imported")
	case keyPutBack:
		return lang.T("in plaintext again")
	case keyFound:
	}
	if r.Err != nil {
		return lang.T("cannot be imported")
	}
	return ""
}

// inHome writes a place as people do, which may have a path in it.
func inHome(place, home string) string {
	if home == "" {
		return place
	}
	return strings.ReplaceAll(place, home+string(filepath.Separator), "~"+string(filepath.Separator))
}

// keyAge says how old a key is; empty if that is not known.
func keyAge(created, now time.Time) string {
	days := int(now.Sub(created) / (24 * time.Hour))
	switch {
	case created.IsZero() || days < 0:
		return ""
	case days == 0:
		return lang.T("made today")
	}
	return countOf(days, "%s day old", "%s days old")
}
