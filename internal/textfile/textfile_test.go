package textfile_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"daypass/internal/textfile"
)

// wide writes a text in UTF-16.
func wide(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// wider writes a text in UTF-32.
func wider(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, r := range text {
		out = order.AppendUint32(out, uint32(r))
	}
	return string(out)
}

func TestAFileThatIsNoTextIsReportedWithItsEncoding(t *testing.T) {
	const text = "[alice]\r\nregion = eu-west-1\r\n"
	for name, tc := range map[string]struct {
		data string
		want error
	}{
		"nothing":                                {"", nil},
		"one character":                          {"x", nil},
		"ASCII":                                  {text, nil},
		"UTF-8":                                  {"# für das Büro\n" + text, nil},
		"UTF-8 with its mark":                    {"\ufeff" + text, nil},
		"Latin-1":                                {"# f\xfcr das B\xfcro\n" + text, nil},
		"UTF-16 LE with its mark":                {wide(binary.LittleEndian, "\ufeff"+text), textfile.ErrUTF16},
		"UTF-16 BE with its mark":                {wide(binary.BigEndian, "\ufeff"+text), textfile.ErrUTF16},
		"UTF-16 LE":                              {wide(binary.LittleEndian, text), textfile.ErrUTF16},
		"UTF-16 BE":                              {wide(binary.BigEndian, text), textfile.ErrUTF16},
		"UTF-16 of one character":                {wide(binary.LittleEndian, "["), textfile.ErrUTF16},
		"a mark of UTF-16 alone":                 {"\xff\xfe", textfile.ErrUTF16},
		"UTF-16 with lines of ASCII behind it":   {wide(binary.LittleEndian, "\ufeff"+text) + text, textfile.ErrUTF16},
		"UTF-16 with a letter outside Latin-1":   {wide(binary.LittleEndian, "\ufeffłódź"), textfile.ErrUTF16},
		"UTF-32 LE with its mark":                {wider(binary.LittleEndian, "\ufeff"+text), textfile.ErrUTF32},
		"UTF-32 BE with its mark":                {wider(binary.BigEndian, "\ufeff"+text), textfile.ErrUTF32},
		"UTF-32 LE":                              {wider(binary.LittleEndian, text), textfile.ErrUTF32},
		"UTF-32 BE":                              {wider(binary.BigEndian, text), textfile.ErrUTF32},
		"ASCII with lines of UTF-16 behind it":   {text + wide(binary.LittleEndian, text), textfile.ErrNUL},
		"zeros, as a crash may leave them":       {strings.Repeat("\x00", 512), textfile.ErrNUL},
		"a single NUL far behind":                {strings.Repeat(text, 10_000) + "\x00", textfile.ErrNUL},
		"what begins with a zero and is no wide": {"\x00\x00x", textfile.ErrNUL},
	} {
		t.Run(name, func(t *testing.T) {
			if err := textfile.Check(tc.data); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}
