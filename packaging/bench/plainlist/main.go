// Command plainlist is what daypass is measured against at many profiles: it reads
// both AWS files, parses them in the plainest way, and prints the profiles sorted by
// name, with what a list has of them.
//
//	plainlist CONFIG_FILE CREDENTIALS_FILE
package main

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plainlist CONFIG_FILE CREDENTIALS_FILE")
		os.Exit(2)
	}
	if err := list(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintf(os.Stderr, "plainlist: %v\n", err)
		os.Exit(1)
	}
}

func list(paths ...string) error {
	profiles := map[string]map[string]string{}
	for _, path := range paths {
		if err := parse(path, profiles); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(os.Stdout)
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		p := profiles[name]
		fmt.Fprintf(out, "%-24s %-16s %-24s %s\n", name, p["region"], p["aws_access_key_id"], p["aws_credential_expiration"])
	}
	return out.Flush()
}

// parse adds the settings of each profile of a file.
func parse(path string, profiles map[string]map[string]string) error {
	data, err := os.ReadFile(path) //nolint:gosec // The files are the command line's.
	if err != nil {
		return err
	}
	var settings map[string]string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if header, ok := strings.CutPrefix(line, "["); ok {
			name := strings.TrimPrefix(strings.TrimSuffix(header, "]"), "profile ")
			if settings = profiles[name]; settings == nil {
				settings = map[string]string{}
				profiles[name] = settings
			}
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && settings != nil && line[0] != '#' {
			settings[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return nil
}
