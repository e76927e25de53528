package sso_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"daypass/internal/filewatch"
	"daypass/internal/secret"
	"daypass/sso"
)

func TestMain(m *testing.M) {
	if task := os.Getenv("SSO_TEST_CHILD"); task != "" {
		cacheChild(task, os.Args[1])
		return
	}
	os.Exit(m.Run())
}

// bulky makes tokens of more than one page, whose parts show which write they are of.
func bulky(n int) sso.Token {
	token := tokenOf(corpSession, strings.Repeat("x", 20_000)+strconv.Itoa(n))
	token.Registration.ClientID = strconv.Itoa(n)
	return token
}

// cacheChild is what this test binary does as a process of its own.
func cacheChild(task, dir string) {
	cache := sso.NewCache(dir, nil)
	switch task {
	case "write":
		for n := range 10 {
			if err := cache.StoreToken(context.Background(), corpSession, bulky(n)); err != nil {
				fmt.Println(err)
				return
			}
		}
	case "watch":
		err := <-cache.Watch(context.Background(), new(filewatch.Watcher))
		limitOpenFiles()
		limited := <-cache.Watch(context.Background(), new(filewatch.Watcher))
		fmt.Printf("%v\n%v", err, limited)
	}
}

func cacheChildCommand(t *testing.T, task, dir string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, dir)
	cmd.Env = append(os.Environ(), "SSO_TEST_CHILD="+task)
	return cmd
}

// whole reports whether a file is what one write left.
func whole(data []byte) bool {
	var file struct{ AccessToken, RefreshToken, ClientID string }
	return json.Unmarshal(data, &file) == nil &&
		strings.TrimLeft(file.AccessToken, "x") == file.ClientID && file.RefreshToken == "refresh-"+file.AccessToken
}

func TestTwentyWritersAndNoReaderSeesATornFile(t *testing.T) {
	dir := t.TempDir()
	cache := sso.NewCache(dir, nil)
	if err := cache.StoreToken(t.Context(), corpSession, bulky(0)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var readers, writers sync.WaitGroup
	var raw, read int
	readers.Go(func() {
		for ; ctx.Err() == nil; raw++ {
			data, err := os.ReadFile(filepath.Join(dir, sso.TokenName(corpSession)))
			if err != nil || !whole(data) {
				t.Errorf("a reader sees %d bytes (%v)", len(data), err)
				return
			}
		}
	})
	readers.Go(func() {
		for ; ctx.Err() == nil; read++ {
			if _, err := cache.Token(t.Context(), corpSession); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for w := range 20 {
		writers.Go(func() {
			if w < 6 {
				if out, err := cacheChildCommand(t, "write", dir).CombinedOutput(); err != nil || len(out) > 0 {
					t.Errorf("a process says %s (%v)", out, err)
				}
				return
			}
			for n := range 10 {
				if err := cache.StoreToken(t.Context(), corpSession, bulky(100*w+n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
	if raw == 0 || read == 0 {
		t.Error("nothing was read meanwhile")
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("there are now %v", left)
	}
}

func TestACallerWhoLeavesWritesNothing(t *testing.T) {
	dir := t.TempDir()
	cache := sso.NewCache(dir, nil)
	if err := cache.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "a")); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if err := cache.StoreToken(ctx, corpSession, tokenOf(corpSession, "b")); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of storing is %v", err)
	}
	if err := cache.RemoveToken(ctx, corpSession); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of removing is %v", err)
	}
	if got, err := cache.Token(t.Context(), corpSession); err != nil || got.AccessToken != secret.New("a") {
		t.Errorf("it is now %q (%v)", got.AccessToken.Reveal(), err)
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("there are now %v", left)
	}
}
