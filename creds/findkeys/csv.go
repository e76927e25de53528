package findkeys

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// MaxCSV is far above the size of such a file, which has a line for each user.
const MaxCSV = 1 << 20

var (
	errNoColumns = lang.Error("it is no access-keys file of AWS's console: no line names the columns \"Access key ID\" and \"Secret access key\"")
	errNoKeys    = lang.Error("it has no access key")
)

// InCSV returns the keys in an access-keys file as AWS's console downloads it, or as a
// spreadsheet saves it again. path is used for the name of a key alone that the file does
// not name. No error quotes the file.
//
// The console writes "Access key ID,Secret access key"; for new users it wrote "User
// name,Password,Access key ID,Secret access key,Console login link"; and for the root user
// AWSAccessKeyId=… and AWSSecretKey=… on two lines.
func InCSV(path string, data []byte) ([]Finding, error) {
	text := decode(data)
	if found := rootKey(text); found != nil {
		return found, nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	first, _, _ := strings.Cut(text, "\n")
	for _, sign := range ",;\t" {
		if strings.ContainsRune(first, sign) {
			r.Comma = sign
			break
		}
	}
	var at *columns
	var found []Finding
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, lang.Error("it is no table as AWS's console writes it")
		}
		if at == nil {
			if at = columnsOf(record); at == nil {
				return nil, errNoColumns
			}
			continue
		}
		id, secretKey := at.id.of(record), at.secret.of(record)
		if id == "" || secretKey == "" || awsfile.IsSessionID(id) || at.token.of(record) != "" {
			continue
		}
		found = append(found, Finding{Key: creds.LongTermKey{ID: id, Secret: secret.New(secretKey)}, Name: at.user.of(record)})
	}
	switch {
	case at == nil:
		return nil, errNoColumns
	case len(found) == 0:
		return nil, errNoKeys
	case len(found) == 1 && found[0].Name == "":
		found[0].Name = userOf(path)
	}
	return found, nil
}

// columns say where what is in a record.
type columns struct{ id, secret, user, token column }

// column counts from 1; 0 is none.
type column int

func (c column) of(record []string) string {
	if c == 0 || int(c) > len(record) {
		return ""
	}
	return strings.TrimSpace(record[c-1])
}

// columnsOf returns where the columns are, nil if the record does not name them.
func columnsOf(record []string) *columns {
	var at columns
	for i, name := range record {
		// Without blanks, which not all versions of the console have written alike.
		switch strings.ToLower(strings.Join(strings.Fields(name), "")) {
		case "accesskeyid":
			at.id = column(i + 1)
		case "secretaccesskey":
			at.secret = column(i + 1)
		case "username":
			at.user = column(i + 1)
		case "sessiontoken":
			at.token = column(i + 1)
		}
	}
	if at.id == 0 || at.secret == 0 {
		return nil
	}
	return &at
}

// rootKey returns the key of a file as the console made it for a root user.
func rootKey(text string) []Finding {
	values := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = strings.TrimSpace(value)
		}
	}
	id, secretKey := values["AWSAccessKeyId"], values["AWSSecretKey"]
	if id == "" || secretKey == "" || awsfile.IsSessionID(id) {
		return nil
	}
	return []Finding{{Key: creds.LongTermKey{ID: id, Secret: secret.New(secretKey)}, Name: "root"}}
}

// userOf returns the name of the user in the name that the console gives such a file.
func userOf(path string) string {
	base := filepath.Base(path)
	name, is := strings.CutSuffix(strings.TrimSuffix(base, filepath.Ext(base)), "_accessKeys")
	if !is {
		return ""
	}
	return name
}

// decode returns the text without its byte order mark. A spreadsheet may have saved it as
// UTF-16.
func decode(data []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return string(bytes.TrimPrefix(data, []byte("\ufeff")))
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return string(utf16.Decode(units))
}
