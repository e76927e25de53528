//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// imports measures making profiles for all accounts and roles of a session, beside as
// many others, and then listing them all.
func (b *bench) imports(ctx context.Context) ([]row, error) {
	w, err := b.newWorld(ctx, "import", home{profiles: b.n.many, pairs: b.n.imported})
	if err != nil {
		return nil, err
	}
	defer w.close()
	if _, _, err := w.signIn(ctx); err != nil {
		return nil, err
	}
	config, err := os.ReadFile(w.config())
	if err != nil {
		return nil, err
	}
	// The plain program's copy is beside the config file, and restored for each run.
	copied := filepath.Join(filepath.Dir(w.config()), "copy")
	plain := func(ctx context.Context) (time.Duration, error) {
		if err := os.WriteFile(copied, config, 0o600); err != nil { //nolint:gosec // a file of the bench's own home
			return 0, err
		}
		_, took, err := w.timed(ctx, "", "minimalsso", "import", w.aws.URL(), w.tokenFile(), benchSession, copied)
		return took, err
	}
	added := "Profiles: " + strconv.Itoa(b.n.imported) + " to add"
	imports := func(how string) trial {
		return func(ctx context.Context) (time.Duration, error) {
			if err := os.WriteFile(w.config(), config, 0o600); err != nil { //nolint:gosec // as above
				return 0, err
			}
			// The agent has read the file before, as it mostly has.
			if _, err := w.do(ctx, "", "status", "alice"); err != nil {
				return 0, err
			}
			before := w.listings()
			took, err := w.runs(added, "daypass", "sso", "import", benchSession, how)(ctx)
			w.portalCalls = w.listings() - before
			if err == nil && how == "--yes" {
				// The new profiles get credentials now, so that this does not disturb
				// the next run.
				_, err = w.do(ctx, "", "sso", "login", benchSession)
			}
			return took, err
		}
	}
	pairs := thousands(b.n.imported) + " pairs into " + thousands(b.n.many) + " profiles"
	var rows []row
	for _, how := range []string{"--dry-run", "--yes"} {
		ours, baseline, err := inTurns(ctx, b.n.imports, imports(how), plain)
		if err != nil {
			return nil, err
		}
		rows = append(rows, notOver("import of "+pairs+", "+how, ours, baseline, "the same calls and one write", mostPause))
	}
	accounts := b.n.imported / rolesEach
	fewest := accounts + (accounts+99)/100
	met := w.portalCalls == fewest
	rows = append(rows, row{
		what: "calls to the portal for it", ours: fmt.Sprintf("%d calls", w.portalCalls),
		goal: fmt.Sprintf("%d calls", fewest), met: &met,
	})
	// The file holds what --yes wrote last.
	listed, err := b.lists(ctx, w)
	return append(rows, listed...), err
}

// listings counts the calls for accounts and for their roles.
func (w *world) listings() int {
	return len(w.sample.AWS.Calls("ListAccounts")) + len(w.sample.AWS.Calls("ListAccountRoles"))
}

// lists measures what shows the profiles that an import has made.
func (b *bench) lists(ctx context.Context, w *world) ([]row, error) {
	const last = "Team-" // of an imported profile
	names := w.runs(last, "minimalsso", "names", w.config())
	rows := make([]row, 0, 2)
	for _, s := range []struct{ what, words, command string }{
		{"status", "renewed by itself", "status"},
		{"list", "-Team-10", "list"},
	} {
		ours, baseline, err := inTurns(ctx, b.n.lists, w.runs(s.words, "daypass", s.command), names)
		if err != nil {
			return nil, err
		}
		what := fmt.Sprintf("%s, %s SSO profiles of %s", s.what, thousands(b.n.imported), thousands(b.n.many+b.n.imported))
		rows = append(rows, notOver(what, ours, baseline, "reading their names", mostPause))
	}
	return rows, nil
}
