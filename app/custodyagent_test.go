package app

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// testCustody is the part of the test's agent that knows long-term keys. It does with
// profiles what the agent does, as far as a window sees it.
type testCustody struct {
	found creds.FoundKeys
	plan  creds.RotationPlan
	// refused is what the import of a key of this ID is refused with, by ID.
	refused map[string]*creds.Error
	// wait holds rotations back until it is closed, unless it is nil.
	wait chan struct{}
	// print is the fingerprint of a removal's plan.
	print string
}

const (
	testKeyID  = "AKIAIOSFODNN7EXAMPLE"
	otherKeyID = "AKIAI44QH8DHBEXAMPLE"
	newKeyID   = "AKIA2222222222222222"
)

func newTestCustody(now time.Time) testCustody {
	bob := "arn:aws:iam::123456789012:user/bob"
	return testCustody{
		found: creds.FoundKeys{Keys: []creds.FoundKey{
			{
				Ref: "file:1", AccessKeyID: testKeyID, Source: creds.SourceFile, Place: homeFolder() + "/.aws/credentials, section bob", Profile: "bob",
				UserARN: bob, Created: now.Add(-400 * 24 * time.Hour),
			},
			{
				Ref: "file:2", AccessKeyID: otherKeyID, Source: creds.SourceFile, Place: homeFolder() + "/.aws/config, section profile ci", Profile: "ci",
				UserARN: "arn:aws:iam::222222222222:user/ci/" + longProfile[:40], Created: now.Add(-3 * 24 * time.Hour),
			},
			{
				Ref: "folder:3", AccessKeyID: "AKIA3333333333333333", Source: creds.SourceFolder, Place: homeFolder() + "/aws-creds/old", Profile: "old",
				Stays: "daypass leaves the files of the folder alone",
			},
			{
				Ref: "file:4", Source: creds.SourceFile, Place: homeFolder() + "/.aws/credentials, section half", Profile: "half",
				Err: &creds.Error{Code: creds.CodeBadRequest, Message: "the section has no secret access key"},
			},
		}},
		plan: creds.RotationPlan{
			Profile: "alice", UserARN: "arn:aws:iam::123456789012:user/alice", Profiles: []string{"alice", "work"}, KeptFor: 7 * 24 * time.Hour,
			Keys: []creds.UserKey{{
				ID: testKeyID, Active: true, Created: now.Add(-100 * 24 * time.Hour), InUse: true, Stored: true,
				LastUsed: creds.KeyUse{At: now.Add(-time.Hour), Service: "sts", Region: "us-east-1"},
			}},
		},
		refused: make(map[string]*creds.Error), print: "f1",
	}
}

// withSecondKey has the user have two keys.
func withSecondKey(h *testData) {
	h.custody.plan.Choice = true
	h.custody.plan.Keys = append(h.custody.plan.Keys, creds.UserKey{
		ID: otherKeyID, Active: true, Created: time.Now().Add(-500 * 24 * time.Hour),
		LastUsed: creds.KeyUse{At: time.Date(2026, 2, 3, 14, 5, 0, 0, time.Local), Service: "s3", Region: "eu-central-1"},
	})
}

// withKeys gives profiles long-term keys.
func withKeys(h *testData) {
	now := time.Now()
	h.snapshot.Profiles[0].UserARN = "arn:aws:iam::123456789012:user/alice"
	h.snapshot.Profiles[0].Key = &creds.KeyStatus{
		ID: testKeyID, InKeyring: true, Created: now.Add(-100 * 24 * time.Hour), RotateAfter: now.Add(-10 * 24 * time.Hour), SharedWith: []string{"work"},
	}
	h.snapshot.Profiles[3].Key = &creds.KeyStatus{ID: otherKeyID, Plaintext: homeFolder() + "/.aws/credentials"}
	h.snapshot.Profiles[3].Err = nil
}

// withOldKey has a rotation of alice's key behind it.
func withOldKey(h *testData) {
	withKeys(h)
	h.snapshot.Profiles[0].Key = &creds.KeyStatus{
		ID: newKeyID, InKeyring: true, Created: time.Now().Add(-time.Hour),
		Old: &creds.OldKey{
			ID: testKeyID, DeletedAfter: time.Now().Add(7 * 24 * time.Hour),
			LastUsed: creds.KeyUse{At: time.Date(2026, 2, 3, 14, 5, 0, 0, time.Local), Service: "s3", Region: "eu-central-1"},
		},
		News: "the rotation of alice was cut off, and has been finished: the key in use is " + newKeyID, NewsAt: time.Now().Add(-time.Hour),
	}
}

func (h *testData) serveCustody(mux *http.ServeMux) {
	handle := func(path string, answer func(json.RawMessage) (any, *creds.Error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var in json.RawMessage
			must2(json.NewDecoder(r.Body).Decode(&in))
			h.mu.Lock()
			h.calls = append(h.calls, path+" "+string(in))
			wait := h.custody.wait
			h.mu.Unlock()
			if path == agentapi.Rotate.Path && wait != nil {
				select {
				case <-wait:
				case <-r.Context().Done():
					return
				}
			}
			h.mu.Lock()
			out, err := answer(in)
			if h.fail[path] != nil {
				err = h.fail[path]
			}
			h.mu.Unlock()
			if err != nil {
				refuse(w, err)
				return
			}
			_ = json.NewEncoder(w).Encode(out)
		})
	}
	mux.HandleFunc("GET "+agentapi.PlanRotate.Path, func(w http.ResponseWriter, _ *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.reply(w, agentapi.PlanRotate.Path, h.custody.plan)
	})
	handle(agentapi.FindKeys.Path, h.findKeys)
	handle(agentapi.ImportKeys.Path, h.importKeys)
	handle(agentapi.UndoImport.Path, h.undoImport)
	handle(agentapi.Rotate.Path, h.rotateKey)
	handle(agentapi.Remove.Path, h.removeProfile)
	handle(agentapi.Rename.Path, h.renameProfile)
}

func (h *testData) findKeys(in json.RawMessage) (any, *creds.Error) {
	var r creds.FindKeysRequest
	must2(json.Unmarshal(in, &r))
	found := h.custody.found
	found.Keys = slices.Clone(found.Keys)
	for _, path := range r.CSV {
		found.Keys = append(found.Keys, creds.FoundKey{Ref: "csv:" + path, AccessKeyID: newKeyID, Source: creds.SourceCSV, Place: path, Profile: "dora", Stays: "the file is yours to delete"})
	}
	if !r.Ask {
		for i := range found.Keys {
			found.Keys[i].UserARN, found.Keys[i].Created = "", time.Time{}
		}
	}
	return found, nil
}

func (h *testData) importKeys(in json.RawMessage) (any, *creds.Error) {
	var r creds.ImportKeysRequest
	must2(json.Unmarshal(in, &r))
	out := creds.ImportedKeys{}
	for _, k := range r.Keys {
		one := creds.ImportedKey{Done: true}
		for _, f := range h.custody.found.Keys {
			if f.Ref == k.Ref {
				one.FoundKey = f
			}
		}
		one.Profile, one.TakenOut = k.Profile, one.Stays == "" && one.Ref != ""
		if err := h.custody.refused[one.AccessKeyID]; err != nil {
			one.Done, one.TakenOut, one.Err = false, false, err
		}
		out.Keys = append(out.Keys, one)
	}
	return out, nil
}

func (h *testData) undoImport(in json.RawMessage) (any, *creds.Error) {
	var r creds.UndoImportRequest
	must2(json.Unmarshal(in, &r))
	out := creds.ImportedKeys{}
	for _, name := range r.Profiles {
		one := creds.ImportedKey{Done: true}
		one.Profile = name
		if err := h.custody.refused[name]; err != nil {
			one.Done, one.Err = false, err
		}
		out.Keys = append(out.Keys, one)
	}
	return out, nil
}

func (h *testData) rotateKey(in json.RawMessage) (any, *creds.Error) {
	var r creds.RotateRequest
	must2(json.Unmarshal(in, &r))
	plan := h.custody.plan
	reply := creds.RotateReply{UserARN: plan.UserARN, Profiles: plan.Profiles, New: newKeyID, Old: testKeyID, OldLastUsed: plan.Keys[0].LastUsed}
	if r.DeleteNow || r.Act == creds.ActDeleteOld {
		reply.Deleted = true
	} else {
		reply.DeletedAfter = time.Date(2026, 12, 8, 12, 0, 0, 0, time.Local)
	}
	return reply, nil
}

func (h *testData) removeProfile(in json.RawMessage) (any, *creds.Error) {
	var r creds.RemoveRequest
	must2(json.Unmarshal(in, &r))
	plan := creds.Removal{
		Profile: r.Profile, Fingerprint: h.custody.print,
		Removes: []string{"the long-term key " + testKeyID + " in the keyring", "the section [" + r.Profile + "] of ~/.aws/config", "its settings"},
		Keeps:   []string{"the IAM user alice and its key: AWS has them still"},
		Breaks:  []string{"audit", "terraform"},
	}
	at := time.Time{}
	switch {
	case r.Plan:
		return plan, nil
	case r.Undo:
	case r.Fingerprint != h.custody.print:
		return nil, &creds.Error{Code: creds.CodePlanChanged, Message: "what a removal takes away has changed"}
	default:
		at = time.Now().Add(creds.RemovalDelay)
	}
	h.changeLocked(func(s *creds.Snapshot) {
		for i := range s.Profiles {
			if s.Profiles[i].Name == r.Profile {
				s.Profiles[i].Removing = at
			}
		}
	})
	return plan, nil
}

func (h *testData) renameProfile(in json.RawMessage) (any, *creds.Error) {
	var r creds.RenameRequest
	must2(json.Unmarshal(in, &r))
	h.changeLocked(func(s *creds.Snapshot) {
		for i := range s.Profiles {
			if s.Profiles[i].Name == r.Profile {
				s.Profiles[i].Name = r.To
			}
		}
	})
	return creds.RenameReply{Changes: []string{"the section of ~/.aws/config", "the pointer in the keyring"}}, nil
}
