package agentapi

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

// record is what encoding/json is to write for a profile.
type record struct {
	Name          string      `json:"name"`
	Kind          creds.Kind  `json:"kind"`
	State         creds.State `json:"state"`
	Expires       *string     `json:"expires"`
	AccountID     *string     `json:"account_id"`
	AccountName   *string     `json:"account_name"`
	SourceProfile *string     `json:"source_profile"`
	RoleARN       *string     `json:"role_arn"`
	MFASerial     *string     `json:"mfa_serial"`
	SSOSession    *string     `json:"sso_session"`
	SSOPerson     *string     `json:"sso_person"`
	SSORoleName   *string     `json:"sso_role_name"`
	LoginSession  *string     `json:"login_session"`
	SignInEnds    *string     `json:"sign_in_ends"`
	Region        *string     `json:"region"`
	WrittenAs     *string     `json:"written_as"`
	LastUsed      *string     `json:"last_used"`
	Favourite     bool        `json:"favourite"`
	Sensitive     bool        `json:"sensitive"`
	Error         *string     `json:"error"`
	ErrorCode     *string     `json:"error_code"`
	Note          *string     `json:"note"`
	KeyID         *string     `json:"key_id"`
	KeyCreated    *string     `json:"key_created"`
	RotateAfter   *string     `json:"rotate_after"`
	OldKeyID      *string     `json:"old_key_id"`
	OldKeyDeleted *string     `json:"old_key_deleted_after"`
	KeyNews       *string     `json:"key_news"`
	Flaws         []string    `json:"flaws"`
}

func newRecord(s creds.Status, now time.Time) record {
	orNull := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	instant := func(t time.Time) *string {
		if t.IsZero() {
			return nil
		}
		return new(t.UTC().Format(time.RFC3339))
	}
	r := record{
		Name: s.Name, Kind: s.Kind, State: s.State(now),
		Expires: instant(s.Expires), AccountID: orNull(s.AccountID), AccountName: orNull(s.AccountName),
		SourceProfile: orNull(s.SourceProfile), RoleARN: orNull(s.RoleARN),
		MFASerial: orNull(s.MFASerial), SSOSession: orNull(s.Session), SSOPerson: orNull(s.Person), SSORoleName: orNull(s.RoleName), LoginSession: orNull(s.LoginSession), SignInEnds: instant(s.SignInEnds), Region: orNull(s.Region), WrittenAs: orNull(s.WrittenAs),
		LastUsed: instant(s.LastUsed), Favourite: s.Favourite, Sensitive: s.Sensitive, Note: orNull(s.Note),
		Flaws: Sentences(s.Flaws),
	}
	if k := s.Key; k != nil {
		r.KeyID, r.KeyCreated, r.RotateAfter, r.KeyNews = orNull(k.ID), instant(k.Created), instant(k.RotateAfter), orNull(k.News)
		if k.Old != nil {
			r.OldKeyID, r.OldKeyDeleted = orNull(k.Old.ID), instant(k.Old.DeletedAfter)
		}
	}
	if s.Err != nil {
		r.Error, r.ErrorCode = orNull(s.Err.Message), orNull(string(s.Err.Code))
	}
	return r
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// encoded is what encoding/json writes for some profiles.
func encoded(t *testing.T, profiles []creds.Status) string {
	t.Helper()
	all := []record{}
	for _, s := range profiles {
		all = append(all, newRecord(s, noon))
	}
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(all); err != nil {
		t.Fatal(err)
	}
	return want.String()
}

func written(profiles []creds.Status) string { return string(AppendRecords(nil, profiles, noon)) }

func TestRecordsAreWrittenAsEncodingJSONWould(t *testing.T) {
	all := []creds.Status{
		{Name: "plain", Kind: creds.KindUser, Region: "eu-west-1", Expires: noon.Add(time.Hour), Issued: noon, Favourite: true},
		{},
		{
			Name: "od\"d\\ <&> \u2028 \x01 \xff Société 日本 \x7f", Kind: "<b>", Note: "tab\there\nand there",
			Err:   &creds.Error{Code: creds.CodeNoKey, Message: "there is “none”"},
			Flaws: []creds.Error{{Message: "one"}, {Message: "<two>", Advice: "do it"}},
		},
		{
			Name: "all", Kind: creds.KindSSO, Phase: creds.PhaseFailed, Expires: noon.Add(-time.Hour).In(time.FixedZone("", 3600)),
			Err: &creds.Error{Code: creds.CodeDenied, Message: "no"}, Note: "note", AccountID: "1", AccountName: "n", Region: "r",
			RoleARN: "arn", SourceProfile: "s", MFASerial: "m", WrittenAs: "w", Session: "i", Person: "p", RoleName: "o",
			LastUsed: noon.Add(time.Nanosecond), Sensitive: true,
			Key: &creds.KeyStatus{
				ID: "AKIAEXAMPLE", Created: noon, RotateAfter: noon.Add(time.Hour), News: "a rotation was <cut> off",
				Old: &creds.OldKey{ID: "AKIAOTHER", DeletedAfter: noon.Add(2 * time.Hour)},
			},
		},
	}
	for n := range len(all) + 1 {
		if diff := cmp.Diff(encoded(t, all[:n]), written(all[:n])); diff != "" {
			t.Errorf("%d records (-encoding/json +ours):\n%s", n, diff)
		}
	}
}

func FuzzRecordsAreWrittenAsEncodingJSONWould(f *testing.F) {
	f.Add("plain", "od\"d\\ <&> \u2028 \x01 \xff Société 日本 \x7f")
	f.Fuzz(func(t *testing.T, name, text string) {
		s := creds.Status{
			Name: name, Note: text, Kind: creds.Kind(text), RoleARN: text,
			Err: &creds.Error{Code: creds.Code(name), Message: text}, Flaws: []creds.Error{{Message: text, Advice: name}},
		}
		if diff := cmp.Diff(encoded(t, []creds.Status{s, s}), written([]creds.Status{s, s})); diff != "" {
			t.Errorf("-encoding/json +ours:\n%s", diff)
		}
	})
}
