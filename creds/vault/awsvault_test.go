package vault_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/99designs/keyring"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/internal/secret"
)

// awsVaultItems are items as aws-vault stores them, with one of a session among them.
var awsVaultItems = map[string]string{
	"work": `{"AccessKeyID":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalr","SessionToken":"","ProviderName":""}`,
	"a/b":  `{"AccessKeyID":"AKIAI44QH8DHBEXAMPLE","SecretAccessKey":"je7Mt"}`,
	"sts.GetSessionToken,d29yaw,YXJu,1735689600": `{"AccessKeyId":"ASIA","SecretAccessKey":"x","SessionToken":"y"}`,
	"oidc:https://corp.awsapps.com/start":        `{"Token":{}}`,
}

func fillAWSVault(t *testing.T, cfg keyring.Config) {
	t.Helper()
	cfg.ServiceName = "aws-vault"
	ring, err := keyring.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range awsVaultItems {
		if err := ring.Set(keyring.Item{Key: name, Label: "aws-vault (" + name + ")", Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
}

// typist types passphrases, in order, and closes the question after the last one.
type typist struct {
	types    []string
	refusals int
	asked    int
}

func (p *typist) Ask(ctx context.Context, ask creds.Prompt, try func(context.Context, creds.AnswerRequest) error) error {
	p.asked++
	if ask.Kind != creds.PromptAWSVault {
		return creds.Errorf(creds.CodeBadRequest, "it asks for %s", string(ask.Kind))
	}
	for _, text := range p.types {
		err := try(ctx, creds.AnswerRequest{Answer: secret.New(text)})
		if _, refused := err.(*creds.Refusal); !refused { //nolint:errorlint // try returns it as it is
			return err
		}
		p.refusals++
	}
	return credstest.Declined("the question")
}

func itemNames(items []vault.AWSVaultItem) (names []string) {
	for _, item := range items {
		if string(item.Data) != awsVaultItems[item.Name] {
			names = append(names, "damaged")
		}
		names = append(names, item.Name)
	}
	slices.Sort(names)
	return names
}

func TestTheFilesOfAWSVaultAreReadWithTheirPassphraseAndLeftAsTheyAre(t *testing.T) {
	home := t.TempDir()
	folder := filepath.Join(home, ".awsvault", "keys")
	fillAWSVault(t, keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, FileDir: folder, FilePasswordFunc: keyring.FixedStringPrompt("sesame"),
	})
	credstest.Write(t, filepath.Join(folder, "0-damaged"), "nothing")
	before := credstest.Names(t, folder)
	for name, c := range map[string]struct {
		person   *typist
		attended bool
		want     []string
		note     string
	}{
		"with the passphrase":             {&typist{types: []string{"sesame"}}, true, []string{"a/b", "work"}, ""},
		"at the second try":               {&typist{types: []string{"wrong", "sesame"}}, true, []string{"a/b", "work"}, ""},
		"not when the question is closed": {&typist{}, true, nil, "was not answered"},
		"not when nobody is to be asked":  {&typist{}, false, nil, "which is locked"},
	} {
		t.Run(name, func(t *testing.T) {
			v := vault.New(vault.Config{Backend: "file", Dir: t.TempDir(), Home: home, User: c.person})
			items, notes := v.AWSVault(t.Context(), c.attended)
			if diff := cmp.Diff(c.want, itemNames(items)); diff != "" {
				t.Errorf("%s\n%v", diff, notes)
			}
			if (len(notes) == 0) != (c.note == "") {
				t.Errorf("the notes are %q", notes)
			}
			for _, note := range notes {
				t.Log(note)
			}
			if c.person.refusals != max(0, len(c.person.types)-1) {
				t.Errorf("%d were refused", c.person.refusals)
			}
			if again, _ := v.AWSVault(t.Context(), c.attended); c.want != nil && (c.person.asked != 1 || len(again) != len(items)) {
				t.Errorf("asked %d times for %d items", c.person.asked, len(again))
			}
			if diff := cmp.Diff(before, credstest.Names(t, folder)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoFolderOfAWSVaultIsMade(t *testing.T) {
	home := t.TempDir()
	v := vault.New(vault.Config{Backend: "file", Dir: t.TempDir(), Home: home, User: &typist{}})
	if items, notes := v.AWSVault(t.Context(), true); len(items)+len(notes) > 0 {
		t.Errorf("%v %v", items, notes)
	}
	if names := credstest.Names(t, home); len(names) > 0 {
		t.Errorf("made were %v", names)
	}
}
