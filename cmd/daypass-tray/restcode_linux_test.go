package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
)

// mappings returns how many kB of each mapping of the program's own file with such
// permissions are resident, by its addresses.
func mappings(t *testing.T, permissions string) map[string]int {
	t.Helper()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	found, ours := map[string]int{}, ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case strings.Contains(fields[0], "-"):
			ours = ""
			if fields[1] == permissions && strings.HasSuffix(lines.Text(), " "+self) {
				ours = fields[0]
			}
		case fields[0] == "Rss:" && ours != "":
			if found[ours], err = strconv.Atoi(fields[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return found
}

func resident(t *testing.T, permissions string) int {
	t.Helper()
	total := 0
	for _, kB := range mappings(t, permissions) {
		total += kB
	}
	return total
}

// useAll makes all pages of such mappings resident.
func useAll(t *testing.T, permissions string) {
	t.Helper()
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	for addresses := range mappings(t, permissions) {
		var start, end int64
		if _, err := fmt.Sscanf(addresses, "%x-%x", &start, &end); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, io.NewSectionReader(memory, start, end-start)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCodeAndConstantsThatRestAreHandedBackAndServeAgain(t *testing.T) {
	useAll(t, "r-xp")
	useAll(t, "r--p")
	code, constants := resident(t, "r-xp"), resident(t, "r--p")
	if err := restCode(); err != nil {
		t.Fatal(err)
	}
	// Some are needed again to see that.
	if after := resident(t, "r-xp"); after >= code {
		t.Errorf("%d kB of code are resident, and were %d before", after, code)
	}
	if after := resident(t, "r--p"); after >= constants {
		t.Errorf("%d kB of constants are resident, and were %d before", after, constants)
	}
	for range 10 { // what was handed back is there when it is needed
		if resident(t, "r-xp") == 0 || resident(t, "r--p") == 0 {
			t.Error("nothing is resident, and yet this runs")
		}
		if err := restCode(); err != nil {
			t.Fatal(err)
		}
	}
}
