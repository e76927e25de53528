package core

import (
	"context"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// writtenKey is what was written to the credentials file for a profile.
type writtenKey struct {
	Section     string `json:"section"`
	AccessKeyID string `json:"access_key_id"`
	// Made is set if the section did not exist before.
	Made bool `json:"made,omitempty"`
	// Region is set if the region was written too.
	Region bool `json:"region,omitempty"`
	// AsMFA is set if it was written as aws-mfa does.
	AsMFA bool `json:"as_mfa,omitempty"`
	// The session's times: people see those of what the file holds.
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	Note    string    `json:"note,omitempty"`
}

// wantsAside reports whether a profile's temporary credentials belong in a derived
// section. They do if AWS's tools would disagree on what they mean in the profile's own,
// or if that holds a long-term key that the keyring has no copy of.
func wantsAside(p profile.Profile, kept *creds.LongTermKey) bool {
	isKept := kept != nil && kept.ID == p.AccessKeyID && profile.MarkOf(kept.Secret.Reveal()) == p.SecretKey
	return p.WantsDerivedName() || p.HasLongTermKey() && !isKept
}

// entry is a session and its place in the credentials file.
type entry struct {
	session
	// section is the profile's own or the derived one.
	section string
	aside   aside
	// kept is the long-term key as just read back from the keyring, or nil.
	kept *creds.LongTermKey
	// asMFA is set if the section is written as aws-mfa does, for the role of an ARN or for
	// a user.
	asMFA   bool
	roleARN string
}

// expected returns what [entry.put] should write.
func (e entry) expected(files *profile.Set) writtenKey {
	_, exists := files.Section(e.section)
	return writtenKey{
		Section: e.section, AccessKeyID: e.AccessKeyID, Region: e.section == e.aside.section && e.aside.region != "", Made: !exists,
		AsMFA: e.asMFA, Issued: e.Issued, Expires: e.Expires, Note: e.Note,
	}
}

// aside is the derived section for a profile's temporary credentials.
type aside struct {
	section string
	// region, unless "", is written too: no config file has the section.
	region string
	// taken is set if the section belongs to somebody else.
	taken error
}

// writeSessions writes all sessions into their sections of the credentials file, or
// none.
func writeSessions(ctx context.Context, path string, entries ...entry) ([]writtenKey, error) {
	written := make([]writtenKey, len(entries))
	section := ""
	err := awsfile.Update(ctx, awsfile.Credentials, path, func(f *awsfile.File) error {
		for i, e := range entries {
			var err error
			if written[i], err = e.put(f); err != nil {
				section = e.section
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, profile.FileError(lang.Errorf("the credentials were obtained but not written to the section %q: %w", section, err))
	}
	return written, nil
}

// put sets the entry's section. It uses the derived one also if the file holds more of a
// long-term key than AWS's tools read, such as a second one above.
func (e entry) put(f *awsfile.File) (writtenKey, error) {
	if e.kept != nil {
		f.Allow(e.kept.ID, e.kept.Secret.Reveal())
	}
	region := ""
	if e.section == e.aside.section || !f.MayReplaceKey(awsfile.Profile(e.section)) {
		if e.aside.taken != nil {
			return writtenKey{}, e.aside.taken
		}
		e.section, region = e.aside.section, e.aside.region
	}
	sec := awsfile.Profile(e.section)
	written := writtenKey{
		Section: e.section, AccessKeyID: e.AccessKeyID, Region: region != "", Made: !f.Has(sec),
		Issued: e.Issued, Expires: e.Expires, Note: e.Note,
	}
	values := []struct{ key, value string }{
		{"aws_access_key_id", e.AccessKeyID},
		{"aws_secret_access_key", e.SecretAccessKey.Reveal()},
		{"aws_session_token", e.SessionToken.Reveal()},
		// For people and scripts; no SDK reads it.
		{"aws_credential_expiration", e.Expires.UTC().Format("2006-01-02T15:04:05Z")},
	}
	if region != "" {
		values = append(values, struct{ key, value string }{"region", region})
	}
	_, ofMFA := f.Get(sec, "expiration") // left from an earlier session, which is over
	if _, ofBoto := f.Get(sec, "aws_security_token"); ofBoto || ofMFA || e.asMFA {
		// boto 2's name for the session token.
		values = append(values, struct{ key, value string }{"aws_security_token", e.SessionToken.Reveal()})
	}
	if ofMFA || e.asMFA {
		written.AsMFA = true
		assumed := "False"
		if e.roleARN != "" {
			assumed = "True"
			values = append(values, struct{ key, value string }{"assumed_role_arn", e.roleARN})
		} else if err := f.Unset(sec, "assumed_role_arn"); err != nil {
			return written, err
		}
		values = append(values, []struct{ key, value string }{
			{"assumed_role", assumed}, {"expiration", e.Expires.UTC().Format(time.DateTime)},
		}...)
	}
	for _, v := range values {
		if err := f.Set(sec, v.key, v.value); err != nil {
			return written, err
		}
	}
	return written, nil
}

// removeSessions removes sessions from the credentials file if they are still as
// written. Sections that existed before stay.
func removeSessions(ctx context.Context, path string, written ...writtenKey) error {
	if len(written) == 0 {
		return nil
	}
	err := awsfile.Update(ctx, awsfile.Credentials, path, func(f *awsfile.File) error {
		for _, w := range written {
			if id, _ := f.Get(awsfile.Profile(w.Section), "aws_access_key_id"); id != w.AccessKeyID {
				continue
			}
			if err := removeSession(f, w); err != nil {
				return lang.Errorf("section %q: %w", w.Section, err)
			}
		}
		return nil
	})
	if err != nil {
		return profile.FileError(lang.Errorf("the credentials were not removed: %w", err))
	}
	return nil
}

func removeSession(f *awsfile.File, w writtenKey) error {
	sec := awsfile.Profile(w.Section)
	ours := []string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "aws_credential_expiration"}
	if w.Region {
		ours = append(ours, "region")
	}
	if w.AsMFA {
		ours = append(ours, "expiration", "assumed_role", "assumed_role_arn")
	}
	rest := f.Values(sec)
	for _, key := range ours {
		delete(rest, key)
	}
	if w.Made && len(rest) == 0 {
		return f.Remove(sec)
	}
	for _, key := range ours {
		if err := f.Unset(sec, key); err != nil {
			return err
		}
	}
	return nil
}
