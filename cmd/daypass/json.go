package main

import (
	"bufio"
	"encoding/json"
	"io"
	"time"
)

// encode writes a value as indented JSON.
func encode(out io.Writer, value any) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return err
	}
	return w.Flush()
}

// encodeAll writes an array with a record of each item: "[]" if there is none.
func encodeAll[T, R any](out io.Writer, items []T, record func(T) R) error {
	records := make([]R, 0, len(items))
	for _, item := range items {
		records = append(records, record(item))
	}
	return encode(out, records)
}

// A record always has all keys. An empty value is null, which is false for jq.

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(t.UTC().Format(time.RFC3339))
}
