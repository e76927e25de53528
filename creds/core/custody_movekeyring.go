package core

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/vault"
	"daypass/internal/lang"
)

// backendState is the state of an entry of a move to another keyring.
type backendState struct {
	From  string   `json:"from"`
	To    string   `json:"to"`
	Had   []string `json:"had,omitempty"`
	Items []string `json:"items"`
	// Switched is written before the new keyring is used: all is in both of them by then.
	Switched bool `json:"switched,omitempty"`
}

// Keyring says where the keys are. It asks nobody to unlock anything.
func (cu *Custody) Keyring(ctx context.Context, _ creds.Requester) (creds.KeyringReply, error) {
	backend, err := cu.cfg.Vault.Backend(ctx)
	if err != nil {
		return creds.KeyringReply{}, err
	}
	reply := creds.KeyringReply{Backend: backend, Place: placeOfKeyring(backend, cu.cfg.StateDir)}
	if reply.Locked, err = cu.cfg.Vault.Locked(ctx); err != nil {
		return reply, err
	}
	if !reply.Locked {
		names, err := cu.cfg.Vault.KeyNames(ctx)
		if err != nil {
			return reply, err
		}
		reply.Keys = len(names.Keys)
		known := cu.keyring.ids()
		for _, name := range names.Profiles {
			// An item of an older version is a key too.
			if _, has := slices.BinarySearch(names.Keys, known[name]); known[name] != "" && !has {
				reply.Keys++
			}
		}
	}
	reply.Others, err = cu.cfg.Vault.Others(ctx)
	return reply, err
}

// placeOfKeyring returns a phrase for people.
func placeOfKeyring(backend, dir string) string {
	switch backend {
	case "secret-service":
		return lang.T("the desktop's keyring")
	case "kwallet":
		return lang.T("the wallet \"daypass\" of KWallet")
	case "pass":
		return lang.T("the folder \"daypass\" of the password store")
	case "keychain":
		return lang.T("the login keychain")
	case "wincred":
		return lang.T("Windows' credential manager")
	}
	return lang.Sprintf("encrypted files in %s", dir+"/keyring")
}

// MoveKeyring moves everything in the keyring to another backend: copies, proves, has the
// new one used, and then clears the old one.
func (cu *Custody) MoveKeyring(ctx context.Context, r creds.MoveKeyringRequest, by creds.Requester) (creds.KeyringReply, error) {
	if err := cu.load(ctx, by); err != nil {
		return creds.KeyringReply{}, err
	}
	from, err := cu.mayMove(ctx, r.Backend)
	if err != nil {
		return creds.KeyringReply{}, err
	}
	thaw, err := cu.cfg.Vault.Freeze(ctx)
	if err != nil {
		return creds.KeyringReply{}, err
	}
	defer thaw()
	move, err := cu.cfg.Vault.NewMove(ctx, from, r.Backend)
	if err != nil {
		return creds.KeyringReply{}, err
	}
	state := backendState{From: from, To: r.Backend, Had: move.Had, Items: move.Items}
	id, err := cu.journal.begin(ctx, journalBackend, nil, state)
	if err != nil {
		return creds.KeyringReply{}, err
	}
	defer cu.view.wake()
	defer cu.journal.release(id)
	if err := move.Copy(ctx); err != nil {
		ctx := context.WithoutCancel(ctx)
		if undone := move.Undo(ctx); undone != nil {
			return creds.KeyringReply{}, errors.Join(err, undone) // the journal has it
		}
		return creds.KeyringReply{}, errors.Join(err, cu.journal.end(ctx, id, ""))
	}
	// From here on it is finished, whoever leaves.
	ctx = context.WithoutCancel(ctx)
	state.Switched = true
	if err := cu.journal.step(ctx, id, state); err != nil {
		return creds.KeyringReply{}, errors.Join(err, move.Undo(ctx))
	}
	if err := cu.finishMove(ctx, id, move); err != nil {
		return creds.KeyringReply{}, err
	}
	thaw()
	return cu.Keyring(ctx, by)
}

// mayMove refuses a move that would not last, and returns the keyring in use.
func (cu *Custody) mayMove(ctx context.Context, to string) (from string, err error) {
	if from, err = cu.cfg.Vault.Backend(ctx); err != nil {
		return "", err
	}
	others, err := cu.cfg.Vault.Others(ctx)
	switch {
	case err != nil:
		return "", err
	case to == from:
		return "", creds.Errorf(creds.CodeBadRequest, "the keys are in the keyring %s already", to)
	case !slices.Contains(creds.KeyringBackends(), to):
		return "", creds.Errorf(creds.CodeBadRequest, "there is no keyring %q; there are %s", to, strings.Join(creds.KeyringBackends(), ", "))
	case !slices.Contains(others, to):
		return "", creds.Errorf(creds.CodeKeyringUnavailable, "the keyring %s is not there on this machine; there are %s", to, strings.Join(others, ", "))
	case cu.cfg.Vault.ChosenBy() != "":
		return "", &creds.Error{
			Code:    creds.CodeBadRequest,
			Message: lang.Sprintf("%s has the keyring %s used in the agent's environment, so that nothing was moved", cu.cfg.Vault.ChosenBy(), from),
			Advice:  lang.Sprintf("Take %s out of the environment, end the agent with \"daypass stop\", and try again.", cu.cfg.Vault.ChosenBy()),
		}
	case len(cu.journal.entries(journalBackend)) > 0:
		return "", creds.Errorf(creds.CodeBusy, "an earlier move to another keyring is not finished yet; nothing was changed")
	}
	return from, nil
}

// finishMove has the new keyring used, and clears the old one.
func (cu *Custody) finishMove(ctx context.Context, id string, move *vault.Move) error {
	if cu.cfg.Vault.IsSet() {
		if err := cu.cfg.Choose(ctx, "", "keyring_backend", move.To); err != nil {
			return err
		}
	}
	if err := cu.cfg.Vault.Switch(ctx, move); err != nil {
		return err
	}
	if err := move.Clear(ctx); err != nil {
		return err
	}
	cu.cfg.Log.Info("everything in the keyring was moved", "from", move.From, "to", move.To)
	return cu.journal.end(ctx, id, "")
}

// resumeBackend finishes a move whose copies were proved, and undoes another one.
func (cu *Custody) resumeBackend(ctx context.Context, e journalEntry) error {
	var state backendState
	if err := json.Unmarshal(e.State, &state); err != nil {
		return err
	}
	move := cu.cfg.Vault.Moving(state.From, state.To)
	move.Had, move.Items = state.Had, state.Items
	if state.Switched {
		return cu.finishMove(ctx, e.ID, move)
	}
	if err := move.Undo(ctx); err != nil {
		return err
	}
	cu.cfg.Log.Info("a move to another keyring that was cut off was undone", "from", move.From, "to", move.To)
	return cu.journal.end(ctx, e.ID, "")
}
