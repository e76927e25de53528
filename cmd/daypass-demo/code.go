package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds/awstest"
)

// codePath is where the stand-in shows its MFA device to a program that knows the seed.
// AWS has no such page, and no AWS program asks for this path. Only the stand-in knows
// which codes are spent.
const codePath = "/daypass-demo/code"

// errNoDemo is returned when the environment names no stand-in.
var errNoDemo = errors.New("no stand-in is named in the environment")

func newCode() *cobra.Command {
	return &cobra.Command{
		Use:   "code",
		Short: "Print a code of the sample user's MFA device that was not used yet",
		Long: `code prints the six digits that the sample user's MFA device shows, or will
show next where those are spent; AWS takes a code up to 30 seconds early. Where
that one is spent too, it waits.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			code, err := askCode(cmd.Context(), os.Getenv("AWS_ENDPOINT_URL"), os.Getenv("DAYPASS_DEMO_MFA_SECRET"))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), code)
			return err
		},
	}
}

// askCode asks the stand-in at url.
func askCode(ctx context.Context, url, seed string) (string, error) {
	if url == "" || seed == "" {
		return "", errNoDemo
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+codePath, nil) //nolint:gosec // the stand-in that the environment names
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+seed)
	resp, err := http.DefaultClient.Do(r) //nolint:gosec // as above
	if err != nil {
		return "", fmt.Errorf("ask the stand-in: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("ask the stand-in: it answered %s", resp.Status)
	}
	code, err := io.ReadAll(io.LimitReader(resp.Body, 16))
	return string(code), err
}

// handler is the sample's AWS, and its MFA device at codePath.
func handler(s *awstest.Sample) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.AWS)
	mux.HandleFunc("GET "+codePath, func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.Phone.Secret())) != 1 {
			http.Error(w, "wrong seed", http.StatusForbidden)
			return
		}
		code, shown := s.Phone.UnusedCode(s.AWS.Now())
		select {
		case <-time.After(shown - 30*time.Second): // at once, unless AWS would find it too early
			_, _ = io.WriteString(w, code) // the asker may be gone
		case <-r.Context().Done():
		}
	})
	return mux
}
