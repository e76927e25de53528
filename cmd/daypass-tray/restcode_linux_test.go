package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

// codeResident returns how many kB of the program's own code are resident.
func codeResident(t *testing.T) int {
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
	total, ours := 0, false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case strings.Contains(fields[0], "-"):
			ours = fields[1] == "r-xp" && strings.HasSuffix(lines.Text(), " "+self)
		case fields[0] == "Rss:" && ours:
			n, err := strconv.Atoi(fields[1])
			if err != nil {
				t.Fatal(err)
			}
			total += n
		}
	}
	return total
}

func TestCodeThatRestsIsHandedBackAndRunsAgain(t *testing.T) {
	before := codeResident(t)
	if err := restCode(); err != nil {
		t.Fatal(err)
	}
	after := codeResident(t)
	if after >= before {
		t.Errorf("%d kB of code are resident, and were %d before", after, before)
	}
	for range 10 { // what was handed back is there when it is needed
		if got := codeResident(t); got == 0 {
			t.Error("no code is resident, and yet this runs")
		}
		if err := restCode(); err != nil {
			t.Fatal(err)
		}
	}
}
