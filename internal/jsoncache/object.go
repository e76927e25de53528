package jsoncache

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"time"
	"unicode/utf8"

	"daypass/internal/lang"
	"daypass/internal/secret"
)

// MaxFile is far above what a token needs, which may have a few KB.
const MaxFile = 1 << 20

// Object is a JSON object whose values are read one by one. Unlike in encoding/json, the
// case of names matters, as for all other readers, and unknown values are kept.
type Object map[string]json.RawMessage

// Parse parses a JSON object. Its error has none of the data.
func Parse(data []byte) (Object, error) {
	var o Object
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, lang.Error("it is empty")
	case len(data) > MaxFile:
		return nil, lang.Error("it is far too large for a token")
	case !utf8.Valid(data):
		return nil, lang.Error("it is not UTF-8")
	case json.Unmarshal(data, &o) != nil || o == nil:
		return nil, lang.Error("it is not a JSON object")
	}
	return o, nil
}

// Take moves a value out of the object. If it is missing or null, to is unchanged.
func (o Object) Take(key string, to any) error {
	value, ok := o[key]
	if ok && json.Unmarshal(value, to) != nil {
		return lang.Errorf("its %s is of the wrong type", key)
	}
	delete(o, key)
	return nil
}

// TakeSecret is Take for a secret.
func (o Object) TakeSecret(key string, to *secret.Text) error {
	var text string
	err := o.Take(key, &text)
	*to = secret.New(text)
	return err
}

// TakeTime reads a time that must be there.
func (o Object) TakeTime(key string, to *time.Time) error {
	var text string
	if err := o.Take(key, &text); err != nil {
		return err
	}
	at, ok := ParseTime(text)
	if !ok {
		return lang.Errorf("its %s is no time", key)
	}
	*to = at
	return nil
}

// Rest returns the values that were not taken; nil if there are none.
func (o Object) Rest() *Object {
	if len(o) == 0 {
		return nil
	}
	return &o
}

// With returns a new object to add known fields to.
func With(rest *Object) Object {
	if rest == nil {
		return Object{}
	}
	return maps.Clone(*rest)
}

// Put adds a value, unless it is empty.
func (o Object) Put(key string, value any) {
	switch v := value.(type) {
	case secret.Text:
		value = v.Reveal()
	case time.Time:
		value = ""
		if !v.IsZero() {
			value = v.UTC().Format(timeLayout)
		}
	case []string:
		if len(v) == 0 {
			return
		}
	}
	if value == "" {
		return
	}
	raw, err := marshal(value)
	if err != nil {
		panic(err) // Text, lists of text and objects always can be.
	}
	o[key] = raw
}

// Marshal writes the object without the escapes for HTML.
func (o Object) Marshal() ([]byte, error) { return marshal(o) }

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// timeLayout is the form that all tools read.
const timeLayout = "2006-01-02T15:04:05Z"

// ParseTime reads the forms that the AWS CLI and SDKs write: with fractions of seconds,
// with offsets, and with "UTC" for "Z" in old files.
func ParseTime(text string) (time.Time, bool) {
	if rest, old := strings.CutSuffix(text, "UTC"); old {
		text = rest + "Z"
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			// To the second and in UTC, as it would be written.
			at = at.UTC().Truncate(time.Second)
			return at, !at.IsZero() && at.Year() >= 1 && at.Year() <= 9999
		}
	}
	return time.Time{}, false
}
