package browsers

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// Firefox keeps the profiles of its profile menu in a small SQLite database,
// which a running Firefox holds open with a write-ahead log. This reads one
// table of such a file, and of its log, as https://www.sqlite.org/fileformat2.html
// has them. SQLite itself, translated to Go, adds 5 MB to the program and as much
// to the memory of an agent that is to stay below 20; and to read a database with
// a log it writes an index beside it, while nothing of a browser's is written here.

// errDatabase says that a file is not in the format that is read here.
var errDatabase = errors.New("is no database that can be read")

// tableLimit is far above the rows of any table that is read.
const tableLimit = 10_000

// database is a copy of a database's pages.
type database struct {
	main  []byte
	pages map[uint32][]byte // the newer ones of the log
	page  int
	// usable is what a page has room for.
	usable int
	text   binary.ByteOrder // of UTF-16; nil for UTF-8
}

// readDatabase reads a file and its log in one state: a browser may move pages from one
// to the other meanwhile.
func readDatabase(path string) (*database, error) {
	for range 5 {
		log, err := readLog(path)
		if err != nil {
			return nil, err
		}
		main, err := readFile(path)
		if err != nil {
			return nil, err
		}
		again, err := readLog(path)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(log, again) {
			return openDatabase(main, log)
		}
	}
	return nil, errors.New("changes all the time")
}

func readLog(path string) ([]byte, error) {
	log, err := readFile(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return log, err
}

func openDatabase(main, log []byte) (*database, error) {
	if len(main) < 100 || !bytes.HasPrefix(main, []byte("SQLite format 3\x00")) {
		return nil, errDatabase
	}
	d := &database{main: main, page: int(binary.BigEndian.Uint16(main[16:]))}
	if d.page == 1 {
		d.page = 1 << 16
	}
	d.usable = d.page - int(main[20])
	switch binary.BigEndian.Uint32(main[56:]) {
	case 2:
		d.text = binary.LittleEndian
	case 3:
		d.text = binary.BigEndian
	}
	if d.page < 512 || d.page&(d.page-1) != 0 || d.usable < 480 {
		return nil, errDatabase
	}
	d.pages = logged(log, d.page)
	return d, nil
}

// logged returns the pages of a log's complete transactions.
func logged(log []byte, page int) map[uint32][]byte {
	const head, frameHead = 32, 24
	if len(log) < head || int(binary.BigEndian.Uint32(log[8:])) != page {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch binary.BigEndian.Uint32(log) {
	case 0x377f0682:
	case 0x377f0683:
		order = binary.BigEndian
	default:
		return nil
	}
	sum := checksum{order: order}
	sum.add(log[:24])
	if !sum.is(log[24:head]) {
		return nil
	}
	whole, begun := map[uint32][]byte{}, map[uint32][]byte{}
	for rest := log[head:]; len(rest) >= frameHead+page; rest = rest[frameHead+page:] {
		frame := rest[:frameHead+page]
		sum.add(frame[:8])
		sum.add(frame[frameHead:])
		if !bytes.Equal(frame[8:16], log[16:24]) || !sum.is(frame[16:frameHead]) {
			break // left from an earlier log, or half written
		}
		begun[binary.BigEndian.Uint32(frame)] = frame[frameHead:]
		if binary.BigEndian.Uint32(frame[4:]) != 0 { // a transaction ends
			maps.Copy(whole, begun)
			clear(begun)
		}
	}
	return whole
}

// checksum is the running one of a log.
type checksum struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

func (c *checksum) add(data []byte) {
	for ; len(data) >= 8; data = data[8:] {
		c.s0 += c.order.Uint32(data) + c.s1
		c.s1 += c.order.Uint32(data[4:]) + c.s0
	}
}

func (c *checksum) is(stored []byte) bool {
	return binary.BigEndian.Uint32(stored) == c.s0 && binary.BigEndian.Uint32(stored[4:]) == c.s1
}

// at returns a page; the first has number 1.
func (d *database) at(number uint32) ([]byte, error) {
	if data, ok := d.pages[number]; ok {
		return data, nil
	}
	start := (int64(number) - 1) * int64(d.page)
	if number == 0 || start+int64(d.page) > int64(len(d.main)) {
		return nil, errDatabase
	}
	return d.main[start : start+int64(d.page)], nil
}

// table returns the named columns of a table's rows, those that are texts.
func (d *database) table(name string, columns ...string) ([][]string, error) {
	schema, err := d.rows(1)
	if err != nil {
		return nil, err
	}
	for _, row := range schema { // type, name, tbl_name, rootpage, sql
		if len(row) < 5 || row[0].text != "table" || !strings.EqualFold(row[1].text, name) {
			continue
		}
		known := columnNames(row[4].text)
		rows, err := d.rows(uint32(row[3].number))
		if err != nil {
			return nil, err
		}
		return pick(rows, known, columns)
	}
	return nil, errDatabase
}

func pick(rows [][]value, known, columns []string) ([][]string, error) {
	var picked [][]string
	for _, row := range rows {
		var texts []string
		for _, column := range columns {
			i := slices.IndexFunc(known, func(name string) bool { return strings.EqualFold(name, column) })
			if i < 0 {
				return nil, errDatabase
			}
			text := ""
			if i < len(row) { // a column that was added later may be missing
				text = row[i].text
			}
			texts = append(texts, text)
		}
		picked = append(picked, texts)
	}
	return picked, nil
}

// columnNames returns the names of the columns in a CREATE TABLE, and the first words of
// the constraints behind them, which do no harm.
func columnNames(sql string) []string {
	_, list, _ := strings.Cut(sql, "(")
	var names []string
	depth, start := 0, 0
	for i, r := range list {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth < 0 || depth == 0 && r == ',' {
			if words := strings.Fields(list[start:i]); len(words) > 0 {
				names = append(names, strings.Trim(words[0], "\"`[]"))
			}
			start = i + 1
		}
		if depth < 0 {
			break
		}
	}
	return names
}

// value is what a row has in a column: a text or an integer; other values are empty.
type value struct {
	text   string
	number int64
}

// rows returns the rows of the table whose root a page is.
func (d *database) rows(root uint32) ([][]value, error) {
	var rows [][]value
	seen := map[uint32]bool{}
	for todo := []uint32{root}; len(todo) > 0; {
		number := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[number] { // a circle
			return nil, errDatabase
		}
		seen[number] = true
		page, err := d.at(number)
		if err != nil {
			return nil, err
		}
		cells, leaf, err := d.cells(number, page)
		if err != nil {
			return nil, err
		}
		if !leaf {
			todo = append(todo, cells...)
			continue
		}
		for _, at := range cells {
			row, err := d.row(page, int(at))
			if err != nil {
				return nil, err
			}
			if rows = append(rows, row); len(rows) > tableLimit {
				return nil, errDatabase
			}
		}
	}
	return rows, nil
}

// cells returns where the cells of a leaf begin, or else the pages below, the
// last one first.
func (d *database) cells(number uint32, page []byte) (found []uint32, leaf bool, err error) {
	head := 0
	if number == 1 {
		head = 100 // of the file
	}
	const leafTable, interiorTable = 0x0d, 0x05
	kind, count, list := page[head], int(binary.BigEndian.Uint16(page[head+3:])), head+8
	switch kind {
	case leafTable:
	case interiorTable:
		found, list = append(found, binary.BigEndian.Uint32(page[head+8:])), head+12
	default:
		return nil, false, errDatabase
	}
	for i := count - 1; i >= 0; i-- {
		if list+2*i+2 > d.usable {
			return nil, false, errDatabase
		}
		at := uint32(binary.BigEndian.Uint16(page[list+2*i:]))
		if int(at)+4 > d.usable {
			return nil, false, errDatabase
		}
		if kind == interiorTable {
			at = binary.BigEndian.Uint32(page[at:])
		}
		found = append(found, at)
	}
	if kind == leafTable {
		slices.Reverse(found)
	}
	return found, kind == leafTable, nil
}

// row reads the row of a cell.
func (d *database) row(page []byte, at int) ([]value, error) {
	size, n := varint(page[at:d.usable])
	_, m := varint(page[at+n : d.usable]) // the row's number
	if n == 0 || m == 0 || size < 0 || size > fileLimit {
		return nil, errDatabase
	}
	payload, err := d.payload(page, at+n+m, int(size))
	if err != nil {
		return nil, err
	}
	head, n := varint(payload)
	if n == 0 || head < int64(n) || head > int64(len(payload)) {
		return nil, errDatabase
	}
	kinds, body := payload[n:head], payload[head:]
	var row []value
	for len(kinds) > 0 {
		kind, n := varint(kinds)
		if n == 0 || kind < 0 {
			return nil, errDatabase
		}
		kinds = kinds[n:]
		size := sizeOf(kind)
		if size > int64(len(body)) {
			return nil, errDatabase
		}
		row, body = append(row, d.value(kind, body[:size])), body[size:]
	}
	return row, nil
}

// payload joins the part of a cell in its page with its overflow pages.
func (d *database) payload(page []byte, at, size int) ([]byte, error) {
	local := size
	if most := d.usable - 35; size > most {
		least := (d.usable-12)*32/255 - 23
		local = least + (size-least)%(d.usable-4)
		if local > most {
			local = least
		}
	}
	if at+local > d.usable {
		return nil, errDatabase
	}
	payload := slices.Clone(page[at : at+local])
	if local == size {
		return payload, nil
	}
	if at+local+4 > d.usable {
		return nil, errDatabase
	}
	next := binary.BigEndian.Uint32(page[at+local:])
	for len(payload) < size {
		more, err := d.at(next)
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(more)
		payload = append(payload, more[4:min(d.usable, 4+size-len(payload))]...)
	}
	return payload, nil
}

// sizeOf returns how many bytes a value of a serial type has.
func sizeOf(kind int64) int64 {
	switch {
	case kind >= 12:
		return (kind - 12) / 2
	case kind <= 4:
		return kind
	case kind == 5:
		return 6
	case kind <= 7:
		return 8
	}
	return 0
}

func (d *database) value(kind int64, data []byte) value {
	switch {
	case kind >= 12 && kind%2 == 1:
		return value{text: d.decode(data)}
	case kind == 9:
		return value{number: 1}
	case kind >= 1 && kind <= 6:
		number := int64(int8(data[0])) // the first byte has the sign
		for _, b := range data[1:] {
			number = number<<8 | int64(b)
		}
		return value{number: number}
	}
	return value{}
}

func (d *database) decode(data []byte) string {
	if d.text == nil {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	var units []uint16
	for ; len(data) >= 2; data = data[2:] {
		units = append(units, d.text.Uint16(data))
	}
	return string(utf16.Decode(units))
}

// varint reads a variable-length integer, and returns how many bytes it has, 0 if it is
// incomplete.
func varint(data []byte) (number int64, n int) {
	for i, b := range data {
		if i == 8 {
			return number<<8 | int64(b), 9
		}
		number = number<<7 | int64(b&0x7f)
		if b < 0x80 {
			return number, i + 1
		}
	}
	return 0, 0
}
