package words

import "strings"

// Nearest returns the name that a mistyped one most likely means: one with few slips, or
// one that begins with it.
func Nearest(name string, names []string) (string, bool) {
	wanted := strings.ToLower(name)
	// One slip in a short name, more in a long one.
	best, bestSlips := "", 1+len([]rune(wanted))/4
	found := false
	for _, candidate := range names {
		slips := distance(wanted, strings.ToLower(candidate), bestSlips)
		if slips < bestSlips || !found && slips == bestSlips {
			best, bestSlips, found = candidate, slips, true
		}
	}
	if found || len(wanted) < 2 {
		return best, found
	}
	for _, candidate := range names {
		if strings.HasPrefix(strings.ToLower(candidate), wanted) {
			return candidate, true
		}
	}
	return "", false
}

// distance counts the slips between two words: characters left out, put in,
// mistaken, or swapped with their neighbour. It stops counting past limit.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	before, last := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row := make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
