package main

import (
	"bufio"
	"encoding/json"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// encodeRecords writes what [encode] does, for thousands of records: most of their
// values are plain text or nothing, and encoding/json would take longer than all else
// that a list does. The fields of R have names in their tags, and nothing else.
func encodeRecords[R any](out io.Writer, records []R) error {
	if len(records) == 0 {
		return encode(out, records)
	}
	kind := reflect.TypeFor[R]()
	begins := make([]string, kind.NumField())
	for i := range begins {
		begins[i] = `    "` + kind.Field(i).Tag.Get("json") + `": `
	}
	w := bufio.NewWriterSize(out, 64<<10)
	begin := "[\n  {\n"
	for n := range records {
		fields := reflect.ValueOf(&records[n]).Elem()
		for i, name := range begins {
			_, _ = w.WriteString(begin)
			_, _ = w.WriteString(name)
			if err := writeValue(w, fields.Field(i)); err != nil {
				return err
			}
			begin = ",\n"
		}
		begin = "\n  },\n  {\n"
	}
	_, _ = w.WriteString("\n  }\n]\n")
	return w.Flush()
}

func writeValue(w *bufio.Writer, value reflect.Value) error {
	if value.Kind() == reflect.Pointer && !value.IsNil() {
		value = value.Elem()
	}
	switch kind := value.Kind(); {
	case kind == reflect.Pointer:
		_, err := w.WriteString("null")
		return err
	case kind == reflect.Bool:
		_, err := w.WriteString(strconv.FormatBool(value.Bool()))
		return err
	case kind == reflect.String && strings.IndexFunc(value.String(), isEscaped) < 0:
		_ = w.WriteByte('"')
		_, _ = w.WriteString(value.String())
		return w.WriteByte('"')
	}
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("    ", "  ")
	if err := e.Encode(value.Interface()); err != nil {
		return err
	}
	_, err := w.WriteString(strings.TrimSuffix(text.String(), "\n"))
	return err
}

// isEscaped reports whether a character may be one that JSON has another form of.
func isEscaped(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }
