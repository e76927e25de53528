package app

import (
	"errors"
	"slices"
	"strings"
	"time"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// keyDay is how a day is written.
const keyDay = "2006-01-02"

// keyState is what the window of a profile's long-term key knows. It has no widgets.
type keyState struct {
	profile string
	// known is set once the agent has said what there is, and there while it has the profile.
	known, there bool
	status       creds.Status
	home         string
	// acting is set while something is done with the old key, and sure once the person has
	// been asked whether it shall be deleted.
	acting, sure bool
	// said is what became of the last thing that was done.
	said     string
	saidTone kit.Tone
}

// take takes what the agent knows now.
func (s *keyState) take(all creds.Snapshot) {
	s.status, s.there = all.Profile(s.profile)
	s.known = true
	if s.old() == nil {
		s.sure = false
	}
}

// key is the profile's own key, or nil.
func (s *keyState) key() *creds.KeyStatus {
	if !s.there {
		return nil
	}
	return s.status.Key
}

// old is the key that a rotation replaced, or nil.
func (s *keyState) old() *creds.OldKey {
	if k := s.key(); k != nil {
		return k.Old
	}
	return nil
}

func (s *keyState) canRotate() bool {
	k := s.key()
	return k != nil && !k.Rotating && !s.acting && s.status.Removing.IsZero()
}

// facts are what is known of the key.
func (s *keyState) facts(now time.Time) []kit.Fact {
	var k creds.KeyStatus
	if known := s.key(); known != nil {
		k = *known
	}
	id := k.ID
	if s.key() != nil && id == "" {
		id = lang.T("not known while the keyring is locked")
	}
	old, until, use := "", "", ""
	if k.Old != nil {
		state := lang.T("inactive")
		if k.Old.Active {
			state = lang.T("active again")
		}
		old = k.Old.ID + " · " + state
		until = lang.T("never: you have made it active again")
		if !k.Old.DeletedAfter.IsZero() {
			until = k.Old.DeletedAfter.In(now.Location()).Format(keyDay + " 15:04")
		}
		use = words.Upper(k.Old.LastUsed.Words())
	}
	remind := ""
	if !k.RotateAfter.IsZero() {
		remind = lang.Sprintf("after %s", k.RotateAfter.In(now.Location()).Format(keyDay))
	}
	full := ""
	if k.ID != "" && s.status.UserARN != "" {
		full = k.ID + " · " + s.status.UserARN
	}
	return []kit.Fact{
		{Label: lang.T("Access key ID"), Value: id, Full: full},
		{Label: lang.T("Belongs to"), Value: words.Identity(s.status.UserARN), Full: s.status.UserARN},
		{Label: lang.T("Age"), Value: ageOf(k, now)},
		{Label: lang.T("Kept in"), Value: keptIn(k, s.home), Full: k.Plaintext},
		{Label: lang.T("Shared with"), Value: strings.Join(k.SharedWith, ", ")},
		{Label: lang.T("To be rotated"), Value: remind},
		{Label: lang.T("Old key"), Value: old},
		{Label: lang.T("Deleted"), Value: until},
		{Label: lang.T("Its last use"), Value: use},
	}
}

// ageOf says how old a key is, and since when.
func ageOf(k creds.KeyStatus, now time.Time) string {
	age := keyAge(k.Created, now)
	if age == "" {
		return ""
	}
	return age + " · " + k.Created.In(now.Location()).Format(keyDay)
}

// keptIn says where a key is.
func keptIn(k creds.KeyStatus, home string) string {
	switch {
	case k.InKeyring && k.Plaintext != "":
		return lang.Sprintf("the keyring, and in plaintext in %s", homePath(k.Plaintext, home))
	case k.InKeyring:
		return lang.T("the keyring")
	case k.Plaintext != "":
		return lang.Sprintf("plaintext, in %s", homePath(k.Plaintext, home))
	}
	return ""
}

// rotationDue reports whether it is time to rotate a key.
func rotationDue(k creds.KeyStatus, now time.Time) bool {
	return !k.RotateAfter.IsZero() && !k.RotateAfter.After(now)
}

// notice says what matters most about the key.
func (s *keyState) notice(now time.Time) (string, kit.Tone) {
	k := s.key()
	switch {
	case s.said != "":
		return s.said, s.saidTone
	case !s.known:
		return lang.T("Asking the agent…"), kit.ToneBusy
	case !s.there:
		return lang.Sprintf("There is no profile %s any more.", s.profile), kit.ToneWarning
	case !s.status.Removing.IsZero():
		return lang.T("The profile is being removed. The window of all profiles can undo that."), kit.ToneWarning
	case k == nil && s.status.KeyProfile != "":
		return lang.Sprintf("%s has no long-term key of its own: the one behind it is that of %s.", s.profile, s.status.KeyProfile), kit.ToneInfo
	case k == nil:
		return lang.Sprintf("%s has no long-term key of its own.", s.profile), kit.ToneInfo
	case k.Rotating:
		return lang.T("The key is being rotated."), kit.ToneBusy
	case k.News != "":
		when := ""
		if !k.NewsAt.IsZero() {
			when = lang.Sprintf(" (%s)", words.Clock(k.NewsAt, now))
		}
		return words.Sentence(k.News) + when, kit.ToneInfo
	case k.Plaintext != "":
		return lang.Sprintf("Any program of yours can read this key: it is in plaintext in %s. A rotation makes a new one, which is in the keyring alone; an import takes this one out of the file.",
			homePath(k.Plaintext, s.home)), kit.ToneWarning
	case rotationDue(*k, now):
		return lang.Sprintf("The key is %s: it is time to rotate it.", keyAge(k.Created, now)), kit.ToneWarning
	}
	return "", kit.ToneQuiet
}

// acted takes what became of something that was done with the old key.
func (s *keyState) acted(act creds.RotateAct, r creds.RotateReply, err error) {
	s.acting, s.sure = false, false
	switch {
	case err != nil:
		s.said, s.saidTone = againSentence(err, lang.T("try")), kit.ToneRefused
		return
	case act == creds.ActReactivate:
		s.said = lang.Sprintf("The old key %s is active again, and daypass does not delete it by itself any more.", r.Old)
	case act == creds.ActDeactivate:
		s.said = lang.Sprintf("The old key %s is inactive again.", r.Old)
	default:
		s.said = lang.Sprintf("The old key %s is deleted.", r.Old)
	}
	s.said, s.saidTone = join(s.said, words.Sentence(r.Note)), kit.ToneDone
}

// askDelete asks whether the old key shall be deleted.
func (s *keyState) askDelete() {
	s.sure = true
	use := ""
	if old := s.old(); old != nil {
		use = words.Sentence(lang.Sprintf("it was %s", old.LastUsed.Words()))
	}
	s.said, s.saidTone = join(lang.T("A deleted key never comes back, and whatever still has it stops working."), use,
		lang.T("Press “Delete it” to do so.")), kit.ToneWarning
}

// rotateStage is how far a rotation in the window is.
type rotateStage int

const (
	rotateAsking rotateStage = iota
	rotateShown
	rotateFailed
	rotateGoing
	rotateDone
)

// rotateState is what the page of a rotation knows. It has no widgets.
type rotateState struct {
	stage rotateStage
	plan  creds.RotationPlan
	// dropOther agrees to delete the other key first, and deleteNow has the old one deleted
	// at once.
	dropOther, deleteNow bool
	// inUse is the key that the profile has by now.
	inUse string
	reply creds.RotateReply
	err   error
	home  string
}

// ask begins anew.
func (s *rotateState) ask() {
	*s = rotateState{stage: rotateAsking, home: s.home}
}

func (s *rotateState) asked(p creds.RotationPlan, err error) {
	s.stage, s.plan, s.err = rotateShown, p, err
	s.dropOther = false
	if err != nil {
		s.stage = rotateFailed
	}
	if len(p.Keys) > 0 {
		s.inUse = p.Keys[0].ID
	}
}

// other is the key that must be deleted to make room, or nil.
func (s *rotateState) other() *creds.UserKey {
	if !s.plan.Choice {
		return nil
	}
	i := slices.IndexFunc(s.plan.Keys, func(k creds.UserKey) bool { return !k.InUse })
	if i < 0 {
		return nil
	}
	return &s.plan.Keys[i]
}

// canRotate reports whether all is said that the rotation needs.
func (s *rotateState) canRotate() bool {
	return s.stage == rotateShown && (!s.plan.Choice || s.dropOther && s.other() != nil)
}

// request is what is asked of the agent.
func (s *rotateState) request() creds.RotateRequest {
	r := creds.RotateRequest{Profile: s.plan.Profile, DeleteNow: s.deleteNow}
	if other := s.other(); other != nil && s.dropOther {
		r.Delete = other.ID
	}
	return r
}

func (s *rotateState) rotated(r creds.RotateReply, err error) {
	s.stage, s.reply, s.err = rotateDone, r, err
	if err != nil {
		s.stage = rotateFailed
	}
}

// planAgain reports whether the rotation failed since the user's keys are others than in the
// plan.
func (s *rotateState) planAgain() bool {
	known, ok := errors.AsType[*creds.Error](s.err)
	return ok && known.Code == creds.CodeKeyChoice && !s.plan.Choice
}

// words says where the rotation is.
func (s *rotateState) words() (string, kit.Tone) {
	switch s.stage {
	case rotateAsking:
		return lang.T("Asking AWS for the keys of the user…"), kit.ToneBusy
	case rotateFailed:
		return againSentence(s.err, lang.T("rotate the key")), kit.ToneRefused
	case rotateGoing:
		if len(s.plan.Keys) > 0 && s.inUse != "" && s.inUse != s.plan.Keys[0].ID {
			return lang.Sprintf("The new key %s works and is in use. Making the old one inactive…", s.inUse), kit.ToneBusy
		}
		return lang.T("Making a new key and trying it. AWS takes up to two minutes until it knows one…"), kit.ToneBusy
	case rotateDone:
		return s.result(), kit.ToneDone
	case rotateShown:
	}
	if s.plan.Choice {
		return s.choiceWords(), kit.ToneWarning
	}
	return s.planWords(), kit.ToneQuiet
}

// planWords says what a rotation does.
func (s *rotateState) planWords() string {
	p := s.plan
	imported := ""
	if p.Plaintext != "" {
		imported = lang.Sprintf("First the key is moved from %s into the keyring.", homePath(p.Plaintext, s.home))
	}
	makes := lang.T("daypass makes a new key, stores it beside the old one, and tries it with AWS.")
	uses := lang.T("Once it works, it is used instead.")
	if len(p.Profiles) > 1 {
		uses = lang.Sprintf("Once it works, it is used instead by all profiles that have this key: %s.", strings.Join(p.Profiles, ", "))
	}
	return join(imported, makes, uses, s.oldWords())
}

// oldWords says what becomes of the old key.
func (s *rotateState) oldWords() string {
	if s.deleteNow {
		return lang.T("The old key is then deleted at once.")
	}
	days := int(s.plan.KeptFor / (24 * time.Hour))
	return lang.Sprintf("The old key is made inactive, and deleted after %s; until then a click makes it active again.", countOf(days, "%s day", "%s days"))
}

// choiceWords says that there is no room for a new key.
func (s *rotateState) choiceWords() string {
	other := s.other()
	if other == nil {
		return lang.T("AWS allows a user two keys, and both of this user's are in use by daypass.")
	}
	stored := ""
	if other.Stored {
		stored = lang.T("daypass has it in the keyring, too: profiles with it will need another key.")
	}
	return join(lang.T("AWS allows a user two keys, and this one has two: the other one must be deleted first."),
		words.Sentence(lang.Sprintf("%s was %s", other.ID, other.LastUsed.Words())), stored,
		lang.T("A deleted key never comes back, and whatever still has it stops working."))
}

// dropWords is the label of the box that agrees to that.
func (s *rotateState) dropWords() string {
	if other := s.other(); other != nil {
		return lang.Sprintf("Delete %s", other.ID)
	}
	return ""
}

// result says what was done.
func (s *rotateState) result() string {
	r := s.reply
	imported := ""
	if r.Imported != "" {
		imported = lang.Sprintf("The old key was taken out of %s first.", homePath(r.Imported, s.home))
	}
	old := ""
	switch {
	case r.Old == "":
	case r.Deleted:
		old = lang.Sprintf("The old key %s is deleted. It was %s.", r.Old, r.OldLastUsed.Words())
	default:
		old = lang.Sprintf("The old key %s is inactive. It was %s: if another computer has it still, give that one the new key, or make the old one active again.", r.Old, r.OldLastUsed.Words())
		if !r.DeletedAfter.IsZero() {
			old = join(old, lang.Sprintf("It is deleted on %s.", r.DeletedAfter.Local().Format(keyDay)))
		}
	}
	uses := ""
	if len(r.Profiles) > 1 {
		uses = lang.Sprintf("It is used by %s.", strings.Join(r.Profiles, ", "))
	}
	return join(lang.Sprintf("The new key %s works and is in use.", r.New), uses, imported, old, words.Sentence(r.Note))
}

// facts are the user's keys.
func (s *rotateState) facts(now time.Time) []kit.Fact {
	facts := []kit.Fact{{Label: lang.T("User"), Value: words.Identity(s.plan.UserARN), Full: s.plan.UserARN}}
	for i, label := range []string{lang.T("Key in use"), lang.T("Other key")} {
		key, use := kit.Fact{Label: label}, kit.Fact{}
		if i < len(s.plan.Keys) {
			key.Value, use.Value = userKeyWords(s.plan.Keys[i], now), words.Upper(s.plan.Keys[i].LastUsed.Words())
		}
		facts = append(facts, key, use)
	}
	facts = append(facts, kit.Fact{Label: lang.T("Profiles"), Value: strings.Join(s.plan.Profiles, ", ")})
	return facts
}

// userKeyWords describes a key of a user.
func userKeyWords(k creds.UserKey, now time.Time) string {
	state := lang.T("active")
	if !k.Active {
		state = lang.T("inactive")
	}
	parts := []string{k.ID, state, keyAge(k.Created, now)}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}
