package agentapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/words"
)

// AppendRecords appends an array with a record of each profile, as --json prints them.
// Each record always has all of its keys; null says that there is nothing, and jq takes
// it for false.
//
// It writes what encoding/json would, which takes longer for thousands of profiles than
// everything else in a list.
func AppendRecords(to []byte, profiles []creds.Status, now time.Time) []byte {
	if len(profiles) == 0 {
		return append(to, "[]\n"...)
	}
	to = append(to, '[')
	for i, s := range profiles {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendRecord(append(to, "\n  {"...), s, now)
		to = append(to, "\n  }"...)
	}
	return append(to, "\n]\n"...)
}

func appendRecord(to []byte, s creds.Status, now time.Time) []byte {
	failed := creds.Error{}
	if s.Err != nil {
		failed = *s.Err
	}
	to = appendQuoted(append(to, "\n    \"name\": "...), s.Name)
	to = appendQuoted(append(to, ",\n    \"kind\": "...), string(s.Kind))
	to = appendQuoted(append(to, ",\n    \"state\": "...), string(s.State(now)))
	to = appendInstant(append(to, ",\n    \"expires\": "...), s.Expires)
	to = appendOrNull(append(to, ",\n    \"account_id\": "...), s.AccountID)
	to = appendOrNull(append(to, ",\n    \"account_name\": "...), s.AccountName)
	to = appendOrNull(append(to, ",\n    \"source_profile\": "...), s.SourceProfile)
	to = appendOrNull(append(to, ",\n    \"role_arn\": "...), s.RoleARN)
	to = appendOrNull(append(to, ",\n    \"mfa_serial\": "...), s.MFASerial)
	to = appendOrNull(append(to, ",\n    \"sso_session\": "...), s.Session)
	to = appendOrNull(append(to, ",\n    \"sso_person\": "...), s.Person)
	to = appendOrNull(append(to, ",\n    \"sso_role_name\": "...), s.RoleName)
	to = appendOrNull(append(to, ",\n    \"login_session\": "...), s.LoginSession)
	to = appendInstant(append(to, ",\n    \"sign_in_ends\": "...), s.SignInEnds)
	to = appendOrNull(append(to, ",\n    \"region\": "...), s.Region)
	to = appendOrNull(append(to, ",\n    \"written_as\": "...), s.WrittenAs)
	to = appendInstant(append(to, ",\n    \"last_used\": "...), s.LastUsed)
	to = strconv.AppendBool(append(to, ",\n    \"favourite\": "...), s.Favourite)
	to = strconv.AppendBool(append(to, ",\n    \"sensitive\": "...), s.Sensitive)
	to = appendOrNull(append(to, ",\n    \"error\": "...), failed.Message)
	to = appendOrNull(append(to, ",\n    \"error_code\": "...), string(failed.Code))
	to = appendOrNull(append(to, ",\n    \"note\": "...), s.Note)
	key, old := keyOf(s)
	to = appendOrNull(append(to, ",\n    \"key_id\": "...), key.ID)
	to = appendInstant(append(to, ",\n    \"key_created\": "...), key.Created)
	to = appendInstant(append(to, ",\n    \"rotate_after\": "...), key.RotateAfter)
	to = appendOrNull(append(to, ",\n    \"old_key_id\": "...), old.ID)
	to = appendInstant(append(to, ",\n    \"old_key_deleted_after\": "...), old.DeletedAfter)
	to = appendOrNull(append(to, ",\n    \"key_news\": "...), key.News)
	return appendTexts(append(to, ",\n    \"flaws\": "...), Sentences(s.Flaws))
}

// keyOf returns what is known of a profile's long-term key, and of the one that it replaced.
func keyOf(s creds.Status) (key creds.KeyStatus, old creds.OldKey) {
	if s.Key != nil {
		key = *s.Key
	}
	if key.Old != nil {
		old = *key.Old
	}
	return key, old
}

func appendOrNull(to []byte, text string) []byte {
	if text == "" {
		return append(to, "null"...)
	}
	return appendQuoted(to, text)
}

func appendInstant(to []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(to, "null"...)
	}
	return append(t.UTC().AppendFormat(append(to, '"'), time.RFC3339), '"')
}

func appendTexts(to []byte, texts []string) []byte {
	if len(texts) == 0 {
		return append(to, "[]"...)
	}
	to = append(to, '[')
	for i, text := range texts {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendQuoted(append(to, "\n      "...), text)
	}
	return append(to, "\n    ]"...)
}

// appendQuoted appends a JSON string.
func appendQuoted(to []byte, text string) []byte {
	for i := range len(text) {
		if b := text[i]; b < ' ' || b > '~' || b == '"' || b == '\\' {
			return appendEscaped(to, text)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}

func appendEscaped(to []byte, text string) []byte {
	var quoted bytes.Buffer
	e := json.NewEncoder(&quoted)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // every string has a form
	return append(to, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}

// A Table is what a table shows of all profiles, a tenth of a snapshot.
type Table struct {
	Profiles []Line `json:"profiles"`
	// Flaws are those of the profiles, each once.
	Flaws    []creds.Error `json:"flaws,omitempty"`
	Problems []creds.Error `json:"problems,omitempty"`
	// Plaintext is how many profiles have long-term keys in plaintext.
	Plaintext int `json:"plaintext,omitempty"`
}

// Line is one profile of a [Table].
type Line struct {
	Name      string      `json:"name"`
	Kind      creds.Kind  `json:"kind"`
	Phase     creds.Phase `json:"phase,omitempty"` // omitted for [creds.PhaseIdle]
	Issued    time.Time   `json:"issued,omitzero"`
	Expires   time.Time   `json:"expires,omitzero"`
	Code      creds.Code  `json:"code,omitempty"` // of the error
	AccountID string      `json:"account_id,omitempty"`
}

// TableOf returns the table of a snapshot.
func TableOf(s creds.Snapshot) Table {
	t := Table{Profiles: make([]Line, len(s.Profiles)), Flaws: Flaws(s.Profiles), Problems: s.Problems}
	for i, p := range s.Profiles {
		l := Line{Name: p.Name, Kind: p.Kind, Issued: p.Issued, Expires: p.Expires, AccountID: p.AccountID}
		if p.Phase != creds.PhaseIdle {
			l.Phase = p.Phase
		}
		if p.Err != nil {
			l.Code = p.Err.Code
		}
		if p.Key != nil && p.Key.Plaintext != "" {
			t.Plaintext++
		}
		t.Profiles[i] = l
	}
	return t
}

// Status returns the profile's status, as far as the line has it.
func (l Line) Status() creds.Status {
	s := creds.Status{
		Name: l.Name, Kind: l.Kind, Phase: cmp.Or(l.Phase, creds.PhaseIdle), Issued: l.Issued, Expires: l.Expires, AccountID: l.AccountID,
	}
	if l.Code != "" {
		s.Err = &creds.Error{Code: l.Code}
	}
	return s
}

// Flaws returns what AWS's own tools do not read of profiles, each once.
func Flaws(profiles []creds.Status) []creds.Error {
	var all []creds.Error
	seen := map[creds.Error]bool{}
	for _, s := range profiles {
		for _, one := range s.Flaws {
			if !seen[one] {
				seen[one] = true
				all = append(all, one)
			}
		}
	}
	return all
}

// Sentences are errors with what to do about each, safe to show.
func Sentences(all []creds.Error) []string {
	out := make([]string, len(all))
	for i, e := range all {
		out[i] = strings.TrimSpace(words.Sentence(words.Printable(e.Message)) + " " + words.Printable(e.Advice))
	}
	return out
}
