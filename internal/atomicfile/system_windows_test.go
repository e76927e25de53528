package atomicfile_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/credstest"
	"daypass/internal/atomicfile"
)

func TestTheContextEndsTheWaitForAReader(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	credstest.Write(t, path, "old")
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	if err := atomicfile.Write(ctx, path, []byte("new"), 0o600); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
	if got := credstest.Content(t, path); got != "old" {
		t.Errorf("the file holds %q", got)
	}
	if diff := cmp.Diff([]string{"file"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestAWriteWaitsForAReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	credstest.Write(t, path, "old")
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { reader.Close() })
	if err := atomicfile.Write(t.Context(), path, []byte("new"), 0o600); err != nil {
		t.Error(err)
	}
	if got := credstest.Content(t, path); got != "new" {
		t.Errorf("the file holds %q", got)
	}
}
