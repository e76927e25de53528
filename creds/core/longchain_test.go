package core_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/creds/awsfile"
	"daypass/creds/core"
	"daypass/creds/settings"
	"daypass/creds/vault"
)

func TestAnAgentWithAChainOfTwentyThousandServesTheOthers(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "[profile p%d]\nrole_arn = arn:aws:iam::111111111111:role/r\nsource_profile = p%d\n", i, i+1)
	}
	text.WriteString("[profile fine]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/x\n")
	dir := t.TempDir()
	config := filepath.Join(dir, "config")
	if err := os.WriteFile(config, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	m := core.NewManager(core.Config{
		Files:    awsfile.Paths{Config: config, Credentials: filepath.Join(dir, "credentials")},
		Settings: settings.Defaults, StateDir: dir, Vault: vault.New(vault.Config{Backend: "file", Dir: dir}),
	})
	begun := time.Now()
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = m.Run(ctx)
	}()
	defer func() {
		end()
		<-ended
	}()
	if _, known := m.Snapshot(ctx).Profile("fine"); !known {
		t.Error("the other profile is missing")
	}
	if took := time.Since(begun); took > 3*time.Minute {
		t.Errorf("it took %s", took)
	}
	t.Log(time.Since(begun))
}
