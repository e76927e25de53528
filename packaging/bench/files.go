//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"daypass/creds/awsfile"
)

// files measures one profile written at many profiles, and then lets many
// processes write at once.
func (b *bench) files(ctx context.Context) ([]row, error) {
	path, plain, err := b.plainEdit("credentials")
	if err != nil {
		return nil, err
	}
	update := func(ctx context.Context) (time.Duration, error) {
		value := newValue()
		began := time.Now()
		err := writeProfile(ctx, path, team(b.n.many/2), value)
		return time.Since(began), err
	}
	ours, baseline, err := inTurns(ctx, b.n.writes, update, plain)
	if err != nil {
		return nil, err
	}
	rows := []row{compared("one profile written at "+thousands(b.n.many)+" profiles", ours, baseline, "plain edit", 1.1)}
	crowd, err := b.crowd(ctx)
	return append(rows, crowd), err
}

// keys are the settings that the agent writes for a session, with %s in place of the
// part that this bench varies. The token is as long as those of STS.
func keys() [][2]string {
	return [][2]string{
		{"aws_access_key_id", "ASIA%s"},
		{"aws_secret_access_key", strings.Repeat("k", 24) + "%s"},
		{"aws_session_token", strings.Repeat("IQoJb3JpZ2luX2Vj", 40) + "%s"},
		{"aws_credential_expiration", "2031-01-02T03:04:05Z"},
	}
}

// newValue makes a value that no profile has had before.
func newValue() string { return rand.Text()[:16] }

func profileText(value string) string {
	var text strings.Builder
	for _, kv := range keys() {
		fmt.Fprintf(&text, "%s = %s\n", kv[0], strings.ReplaceAll(kv[1], "%s", value))
	}
	return text.String()
}

func team(n int) string { return fmt.Sprintf("team-%05d", n) }

// manyCredentials is a credentials file in which every profile holds a session.
func manyCredentials(profiles int) []byte {
	var text bytes.Buffer
	for n := range profiles {
		if n > 0 {
			text.WriteByte('\n')
		}
		fmt.Fprintf(&text, "[%s]\n%s", team(n), profileText(firstValue))
	}
	return text.Bytes()
}

const firstValue = "AAAAAAAAAAAAAAAA"

// writeProfile does what the agent does to write a session.
func writeProfile(ctx context.Context, path, section, value string) error {
	return awsfile.Update(ctx, awsfile.Credentials, path, func(f *awsfile.File) error {
		for _, kv := range keys() {
			if err := f.Set(awsfile.Profile(section), kv[0], strings.ReplaceAll(kv[1], "%s", value)); err != nil {
				return err
			}
		}
		return nil
	})
}

// plainEdit makes a credentials file with many profiles and a trial that
// writes one of them in the plainest way; it is the baseline.
func (b *bench) plainEdit(name string) (path string, edit trial, err error) {
	path = filepath.Join(b.dir, name)
	edit = func(context.Context) (time.Duration, error) {
		value := newValue()
		began := time.Now()
		err := editFile(path, team(b.n.many/2), profileText(value))
		return time.Since(began), err
	}
	return path, edit, os.WriteFile(path, manyCredentials(b.n.many), 0o600)
}

// editFile reads the file, replaces as many lines below a header with text, and replaces
// the file by way of a temporary one that is on the disk. No lock, no parsing, no care
// for what else may be there.
func editFile(path, section, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	header := []byte("[" + section + "]\n")
	at := bytes.Index(old, header)
	if at < 0 {
		return fmt.Errorf("%s has no [%s]", path, section)
	}
	at += len(header)
	end := at
	for range strings.Count(text, "\n") {
		end += bytes.IndexByte(old[end:], '\n') + 1
	}
	edited := make([]byte, 0, len(old)+len(text))
	edited = append(edited, old[:at]...)
	edited = append(edited, text...)
	edited = append(edited, old[end:]...)
	return replaceFile(path, edited)
}

func replaceFile(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "bench-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// thousands writes 10000 as 10,000.
func thousands(n int) string {
	text := strconv.Itoa(n)
	if len(text) > 3 {
		text = text[:len(text)-3] + "," + text[len(text)-3:]
	}
	return text
}
