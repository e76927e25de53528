package core_test

import (
	"os"
	"testing"

	"daypass/creds/vault/keyringtest"
)

func TestMain(m *testing.M) {
	keyringtest.CheapPassphrases()
	os.Exit(m.Run())
}
