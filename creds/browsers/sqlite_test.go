package browsers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sampleDatabase is a database with the table that Firefox 153 makes. Its first row is
// in the file, the second and the third are two transactions of the log.
func sampleDatabase(tb testing.TB) (main, log []byte) {
	tb.Helper()
	main, err := os.ReadFile(filepath.Join("testdata", "profiles.sqlite"))
	if err != nil {
		tb.Fatal(err)
	}
	log, err = os.ReadFile(filepath.Join("testdata", "profiles.sqlite-wal"))
	if err != nil {
		tb.Fatal(err)
	}
	return main, log
}

func rowsOf(main, log []byte) ([][]string, error) {
	d, err := openDatabase(main, log)
	if err != nil {
		return nil, err
	}
	return d.table("Profiles", "path", "name")
}

func TestOnlyCompleteTransactionsOfALogAreRead(t *testing.T) {
	t.Parallel()
	main, log := sampleDatabase(t)
	first := [][]string{{"a.default", "Original profile"}}
	both := append(first[:1:1], []string{"b.Work", "Work"})
	all := append(both[:2:2], []string{"c.Home", "Zuhause ü"})
	for name, test := range map[string]struct {
		log  []byte
		want [][]string
	}{
		"no log":                      {nil, first},
		"a whole log":                 {log, all},
		"a log that breaks off":       {log[:len(log)-1], both},
		"a log with a head alone":     {log[:32], first},
		"half a head":                 {log[:31], first},
		"a damaged last page":         {flipped(log, len(log)-1), both},
		"a frame of a former log":     {flipped(log, 32+8), first},
		"a damaged head":              {flipped(log, 13), first},
		"the log of another database": {flipped(log, 10), first},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := rowsOf(main, test.log)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func flipped(data []byte, at int) []byte {
	data = append([]byte{}, data...)
	data[at] ^= 1
	return data
}

func TestWhatIsNoDatabaseIsAnError(t *testing.T) {
	t.Parallel()
	main, _ := sampleDatabase(t)
	for name, data := range map[string][]byte{
		"nothing": nil, "a head alone": main[:100], "half a page": main[:400], "another file": []byte(strings.Repeat("x", 4096)),
		"pages of no size": append(append(append([]byte{}, main[:16]...), 0, 3), main[18:]...),
	} {
		if rows, err := rowsOf(data, nil); err == nil {
			t.Errorf("%s: %v", name, rows)
		}
	}
	d, err := openDatabase(main, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range [][2]string{{"Nothing", "name"}, {"Profiles", "nothing"}} {
		if rows, err := d.table(test[0], test[1]); err == nil {
			t.Errorf("%s: %v", test, rows)
		}
	}
}

// FuzzADamagedDatabase checks that damage causes an error at most.
func FuzzADamagedDatabase(f *testing.F) {
	main, log := sampleDatabase(f)
	f.Add(0, byte(1), 0)
	f.Fuzz(func(_ *testing.T, at int, bits byte, logAt int) {
		damaged, damagedLog := append([]byte{}, main...), append([]byte{}, log...)
		if at >= 0 {
			damaged[at%len(main)] ^= bits
		}
		if logAt >= 0 {
			damagedLog[logAt%len(log)] ^= bits
		}
		_, _ = rowsOf(damaged, damagedLog)
	})
}

func TestNoByteOfADatabaseBreaksTheReader(t *testing.T) {
	t.Parallel()
	main, _ := sampleDatabase(t)
	fine := 0
	for at := range main {
		for _, bits := range []byte{0x01, 0x80, 0xff} {
			damaged := append([]byte{}, main...)
			damaged[at] ^= bits
			if rows, err := rowsOf(damaged, nil); err == nil && len(rows) == 1 {
				fine++
			}
		}
	}
	if fine == 0 || fine == 3*len(main) {
		t.Errorf("%d of %d are read", fine, 3*len(main))
	}
}

func TestColumnNamesAreReadFromTheSchema(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string][]string{
		"CREATE TABLE \"Profiles\" (\n id INTEGER NOT NULL,\n path TEXT NOT NULL UNIQUE,\n PRIMARY KEY(id)\n)": {"id", "path", "PRIMARY"},
		"CREATE TABLE t(`a` DECIMAL(10,2) CHECK(a > 0), [b], \"c\")":                                           {"a", "b", "c"},
		"CREATE TABLE t": nil,
	} {
		if diff := cmp.Diff(want, columnNames(sql)); diff != "" {
			t.Errorf("%s\n%s", sql, diff)
		}
	}
}

func TestANumberOfSQLiteHasUpToNineBytes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		data string
		want int64
		n    int
	}{
		{"\x07", 7, 1},
		{"\x81\x00", 128, 2},
		{"\x81", 0, 0},
		{"", 0, 0},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff", -1, 9},
	} {
		if got, n := varint([]byte(test.data)); got != test.want || n != test.n {
			t.Errorf("%s: %d, %d", fmt.Sprintf("% x", test.data), got, n)
		}
	}
}
