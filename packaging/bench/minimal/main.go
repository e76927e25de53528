// Command minimal is what "daypass credential-process" is measured against: the
// least Go program that asks the agent's socket for credentials with net/http.
//
//	minimal SOCKET CONFIG_FILE CREDENTIALS_FILE PROFILE
//
// It names paths and headers itself, to link nothing of daypass.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: minimal SOCKET CONFIG_FILE CREDENTIALS_FILE PROFILE")
		os.Exit(2)
	}
	if err := ask(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintf(os.Stderr, "minimal: %v\n", err)
		os.Exit(1)
	}
}

func ask(socket, config, credentials, profile string) error {
	target := "http://daypass/credentials?profile=" + url.QueryEscape(profile) + "&wait=50s"
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, target, nil) //nolint:gosec // The socket is the command line's.
	if err != nil {
		return err
	}
	req.Header.Set("Daypass-Surface", "program")
	req.Header.Set("Daypass-Config-File", config)
	req.Header.Set("Daypass-Credentials-File", credentials)
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}
	resp, err := client.Do(req) //nolint:gosec // As above.
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the agent answered %s", resp.Status)
	}
	_, err = io.Copy(os.Stdout, resp.Body)
	return err
}
