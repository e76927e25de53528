// Command minimal is what "daypass credential-process" is measured against: the
// least Go program that asks the agent's socket for credentials, looks at them and
// prints them. It links no HTTP.
//
//	minimal SOCKET CONFIG_FILE CREDENTIALS_FILE PROFILE
//
// It names paths and headers itself, to link nothing of daypass.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
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
	conn, err := net.Dial("unix", socket) //nolint:gosec // The socket is the command line's.
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conn, "GET /credentials?profile=%s&wait=50s HTTP/1.0\r\n"+
		"Daypass-Surface: program\r\nDaypass-Config-File: %s\r\nDaypass-Credentials-File: %s\r\n\r\n", profile, config, credentials)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return err
	}
	head, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	var got struct{ AccessKeyID, SecretAccessKey, SessionToken, Expiration string }
	if err := json.Unmarshal(body, &got); err != nil || got.AccessKeyID == "" || got.SecretAccessKey == "" {
		return errors.Join(fmt.Errorf("the agent answered %s", head), err)
	}
	_, err = fmt.Printf("%s\n", body)
	return err
}
