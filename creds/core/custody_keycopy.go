package core

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"filippo.io/age"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/prompts"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

const (
	// copyVersion is that of the form of a copy.
	copyVersion = 1
	// maxCopy is far above the size of one.
	maxCopy = 64 << 10
	// leastPassphrase is how many characters a copy's passphrase must have: the file may lie
	// where others can try as many as they like.
	leastPassphrase = 8
	// mostWork bounds how much memory and time a file can make this take: a gigabyte, and
	// some seconds. age itself writes files of 18.
	mostWork = 20
	// copyHeader begins all of age's files that only a passphrase opens:
	// https://age-encryption.org/v1
	copyHeader = "age-encryption.org/v1\n-> scrypt "
)

// keyCopy is what an encrypted copy of a long-term key has in it.
type keyCopy struct {
	Version   int    `json:"daypass_key_copy"`
	Profile   string `json:"profile"`
	ID        string `json:"access_key_id"`
	Secret    string `json:"secret_access_key"`
	UserARN   string `json:"user_arn,omitempty"`
	MFASerial string `json:"mfa_serial,omitempty"`
	Region    string `json:"region,omitempty"`
}

// Copy writes a profile's key, encrypted with a passphrase that a person types, to a file.
func (cu *Custody) Copy(ctx context.Context, r creds.KeyCopyRequest, by creds.Requester) (creds.KeyCopyReply, error) {
	name := cu.named(r.Profile)
	ask := creds.Prompt{Kind: creds.PromptSeal, Profile: name, File: r.Path, Requester: by}
	if err := cu.mayTypePassphrase(ask); err != nil {
		return creds.KeyCopyReply{}, err
	}
	if err := cu.load(ctx, by); err != nil {
		return creds.KeyCopyReply{}, err
	}
	if _, err := cu.view.status(name); err != nil {
		return creds.KeyCopyReply{}, err
	}
	p := cu.files.set().Profiles[name]
	of := cu.keyName(p)
	if of == "" {
		return creds.KeyCopyReply{}, errNothingToCopy(name, p.HasLongTermKey())
	}
	if err := mayBeNew(r.Path); err != nil {
		return creds.KeyCopyReply{}, err
	}
	done, err := cu.turns.take(lang.T("its key is being copied"), cu.turnsOf(name)...)
	if err != nil {
		return creds.KeyCopyReply{}, err
	}
	defer done()
	key, err := cu.cfg.Vault.Key(ctx, of)
	if err != nil {
		return creds.KeyCopyReply{}, err
	}
	passphrase, err := cu.choosePassphrase(ctx, ask)
	if err != nil {
		return creds.KeyCopyReply{}, err
	}
	sealed, err := cu.sealCopy(passphrase, keyCopy{
		copyVersion, name, key.ID, key.Secret.Reveal(), cu.store.nameBook().user(of), p.MFASerial, p.Region,
	})
	if err == nil {
		err = writeOnce(r.Path, sealed)
	}
	if err != nil {
		return creds.KeyCopyReply{}, err
	}
	cu.cfg.Log.Info("a long-term key was copied to an encrypted file", "profile", name, "access_key_id", key.ID, "path", r.Path, "requester", by.String())
	return creds.KeyCopyReply{Path: r.Path, AccessKeyID: key.ID}, nil
}

func errNothingToCopy(name string, plain bool) error {
	if plain {
		return &creds.Error{
			Code:    creds.CodeBadRequest,
			Message: lang.Sprintf("the key of profile %q is in a file, and not in the keyring; nothing was copied", name),
			Advice:  lang.T("Move it into the keyring first: daypass import"),
		}
	}
	return &creds.Error{Code: creds.CodeNoKey, Message: lang.Sprintf("profile %q has no long-term key of its own, so that there is none to copy", name)}
}

// mayTypePassphrase refuses to ask on behalf of programs: a key that is copied is good for
// ever, wherever the file ends up.
func (cu *Custody) mayTypePassphrase(ask creds.Prompt) error {
	switch {
	case ask.Requester.Surface == creds.SurfaceProgram:
		return &creds.Error{
			Code:    creds.CodeNobodyToAsk,
			Message: lang.Sprintf("%s is needed, and only a person in a terminal or a window is asked for it", prompts.Of(ask).Asks(ask)),
			Advice:  lang.T("Run the command in a terminal, with no file or pipe as its input."),
		}
	case ask.Requester.Surface.IsProgram(), cu.cfg.User == nil:
		return prompts.NobodyIsAsked(ask)
	}
	return nil
}

// choosePassphrase has a person type a new passphrase twice.
func (cu *Custody) choosePassphrase(ctx context.Context, ask creds.Prompt) (chosen secret.Text, err error) {
	var first secret.Text
	err = cu.cfg.User.Ask(ctx, ask, func(_ context.Context, answer creds.AnswerRequest) error {
		typed := answer.Answer
		switch {
		case first.IsZero() && utf8.RuneCountInString(typed.Reveal()) < leastPassphrase:
			return &creds.Refusal{Message: lang.Sprintf("The passphrase must have at least %d characters.", leastPassphrase)}
		case first.IsZero():
			first = typed
			return &creds.Refusal{Message: lang.T("Type it once more, to be sure.")}
		case typed != first:
			first = secret.Text{}
			return &creds.Refusal{Message: lang.T("These two differ. Choose a passphrase.")}
		}
		chosen = typed
		return nil
	})
	return chosen, err
}

func (cu *Custody) sealCopy(passphrase secret.Text, c keyCopy) ([]byte, error) {
	text, err := json.Marshal(c) //nolint:gosec // it is sealed below
	if err != nil {
		return nil, err
	}
	defer clear(text)
	to, err := age.NewScryptRecipient(passphrase.Reveal())
	if err != nil {
		return nil, err
	}
	if work := cu.cfg.CopyWork; work > 0 {
		to.SetWorkFactor(work)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	return sealed.Bytes(), err
}

// mayBeNew refuses a path where something is, and one in no folder.
func mayBeNew(path string) error {
	switch _, err := os.Lstat(path); {
	case !filepath.IsAbs(path):
		return creds.Errorf(creds.CodeBadRequest, "%q does not say in which folder the copy is to be", path)
	case err == nil:
		return errThere(path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return creds.Errorf(creds.CodeFile, "there is no folder %s to write the copy to", filepath.Dir(path))
	}
	return nil
}

func errThere(path string) error {
	return &creds.Error{
		Code: creds.CodeFile, Message: lang.Sprintf("%s is there already, and no copy of a key replaces a file", path),
		Advice: lang.T("Name another file."),
	}
}

// writeOnce writes a file that was not there, for its owner alone. If that fails, there is
// none.
func writeOnce(path string, data []byte) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- a person names it
	if errors.Is(err, fs.ErrExist) {
		return errThere(path)
	}
	if err == nil {
		_, err = file.Write(data)
		err = cmp.Or(err, file.Sync())
		err = cmp.Or(err, file.Close())
		if err != nil {
			_ = os.Remove(path)
		}
	}
	if err != nil {
		return &creds.Error{
			Code: creds.CodeFile, Message: lang.Sprintf("the copy could not be written to %s: %v", path, atomicfile.Cause(err)), Advice: advice.File(err),
		}
	}
	return nil
}

// AddCopy adds the key of a file that Copy has made.
func (cu *Custody) AddCopy(ctx context.Context, r creds.AddCopyRequest, by creds.Requester) (creds.AddReply, error) {
	ask := creds.Prompt{Kind: creds.PromptOpen, Profile: cmp.Or(r.Profile, r.Path), File: r.Path, Requester: by}
	if err := cu.mayTypePassphrase(ask); err != nil {
		return creds.AddReply{}, err
	}
	sealed, err := readCopy(r.Path)
	if err != nil {
		return creds.AddReply{}, err
	}
	if err := cu.load(ctx, by); err != nil {
		return creds.AddReply{}, err
	}
	var c keyCopy
	err = cu.cfg.User.Ask(ctx, ask, func(_ context.Context, answer creds.AnswerRequest) (err error) {
		c, err = openCopy(r.Path, sealed, answer.Answer)
		return err
	})
	if err != nil {
		return creds.AddReply{}, err
	}
	name := cmp.Or(r.Profile, c.Profile)
	done, err := cu.turns.take(lang.T("a key is being added"), name)
	if err != nil {
		return creds.AddReply{}, err
	}
	defer done()
	reply, err := cu.adder.add(ctx, creds.AddRequest{
		Profile: name, AccessKeyID: c.ID, SecretAccessKey: secret.New(c.Secret), MFASerial: c.MFASerial, Region: c.Region, Replace: r.Replace,
	})
	if err != nil {
		return creds.AddReply{}, err
	}
	cu.cfg.Log.Info("a long-term key was added from a copy", "profile", name, "access_key_id", c.ID, "path", r.Path, "requester", by.String())
	return reply, nil
}

func readCopy(path string) ([]byte, error) {
	if !filepath.IsAbs(path) {
		return nil, creds.Errorf(creds.CodeBadRequest, "%q does not say in which folder the copy is", path)
	}
	sealed, _, err := atomicfile.Read(path, maxCopy)
	switch {
	case err != nil:
		return nil, &creds.Error{Code: creds.CodeFile, Message: lang.Sprintf("the copy of a key cannot be read: %v", err), Advice: advice.File(err)}
	case !strings.HasPrefix(string(sealed), "age-encryption.org/"):
		return nil, errNoCopy(lang.Sprintf("%s is no copy of a key: it is not encrypted with age", path))
	case !strings.HasPrefix(string(sealed), copyHeader):
		return nil, errNoCopy(lang.Sprintf("%s is encrypted with age, but not with a passphrase, so that it is no copy of a key", path))
	}
	return sealed, nil
}

func errNoCopy(message string) error {
	return &creds.Error{Code: creds.CodeBadRequest, Message: message, Advice: lang.T("Make one on the machine that has the key: daypass key copy NAME")}
}

// openCopy decrypts a copy. Its error is a [creds.Refusal] for a wrong passphrase.
func openCopy(path string, sealed []byte, passphrase secret.Text) (c keyCopy, err error) {
	identity, err := age.NewScryptIdentity(passphrase.Reveal())
	if err != nil {
		return c, &creds.Refusal{Message: lang.T("The passphrase must not be empty.")}
	}
	identity.SetMaxWorkFactor(mostWork)
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return c, &creds.Refusal{Message: lang.T("This passphrase does not open the file.")}
	}
	var text []byte
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(r, maxCopy))
	}
	defer clear(text)
	if err != nil {
		return c, errNoCopy(lang.Sprintf("%s is damaged, so that the key in it cannot be read", path))
	}
	// What is wrong is not quoted: it may be a secret.
	switch err := json.Unmarshal(text, &c); {
	case err != nil || c.Version == 0 || c.ID == "" || c.Secret == "" || c.Profile == "":
		return c, errNoCopy(lang.Sprintf("%s is encrypted with a passphrase, but what is in it is no copy of a key", path))
	case c.Version > copyVersion:
		return c, &creds.Error{
			Code: creds.CodeBadRequest, Message: lang.Sprintf("%s was made by a newer version of daypass", path), Advice: lang.T("Install that version, or a later one."),
		}
	}
	return c, nil
}
