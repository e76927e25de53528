package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// rotateFlags are those of a rotation.
type rotateFlags struct {
	yes, deleteNow, json bool
	// reactivate, deactivate and deleteOld act on the key that was replaced last.
	reactivate, deactivate, deleteOld bool
	// delete is the key that makes room.
	delete string
}

func newRotate(c *cli) *cobra.Command {
	var f rotateFlags
	cmd := &cobra.Command{
		Use:   "rotate NAME",
		Short: lang.T("Replace a profile's long-term key by a new one"),
		Long: lang.T(`Replace the long-term key of a profile: a new key is made, stored in the keyring beside
the old one, and proved. Then it is the one in use, for all profiles that have the old
key, and the old key is made inactive. After some days, old_key_kept in the settings, it
is deleted; until then --reactivate brings it back, if another machine still needs it.
No step can leave you without a working key: what is cut off is finished or undone when
daypass's agent starts again, and "daypass status NAME" says which.

A key in the clear is moved into the keyring first; the new one goes to no file.

AWS allows a user two keys. Where there are two, one of them has to be deleted first, and
you are asked, with when both were last used. --yes does not answer that: --delete does.`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			return rotateKey(c, cmd, args[0], f)
		},
	}
	set := cmd.Flags()
	set.BoolVarP(&f.yes, "yes", "y", false, lang.T("do it without asking"))
	set.BoolVar(&f.deleteNow, "delete-now", false, lang.T("delete the old key at once, instead of keeping it for some days"))
	set.StringVar(&f.delete, "delete", "", lang.T("the ID of the user's other key, which is deleted first"))
	set.BoolVar(&f.reactivate, "reactivate", false, lang.T("make the old key of the last rotation active again, and keep it"))
	set.BoolVar(&f.deactivate, "deactivate", false, lang.T("make it inactive once more, and delete it after some days"))
	set.BoolVar(&f.deleteOld, "delete-old", false, lang.T("delete the old key of the last rotation now"))
	set.BoolVar(&f.json, "json", false, lang.T("print what was done as JSON"))
	completeFlag(cmd, "delete", cobra.NoFileCompletions)
	return cmd
}

func (f rotateFlags) check(cmd *cobra.Command) error {
	acts := 0
	for _, on := range []bool{f.reactivate, f.deactivate, f.deleteOld} {
		if on {
			acts++
		}
	}
	switch {
	case acts > 1:
		return usage(cmd, "--reactivate, --deactivate and --delete-old are three things to do with the old key: give one of them")
	case acts > 0 && (f.deleteNow || f.delete != ""):
		return usage(cmd, "--reactivate, --deactivate and --delete-old are about the last rotation, and make no new key")
	}
	return nil
}

// errNotRotated ends a rotation that the person did not agree to.
var errNotRotated = lang.Error("nothing was changed")

// rotateKey replaces a profile's key, or acts on the one that was replaced last.
func rotateKey(c *cli, cmd *cobra.Command, name string, f rotateFlags) error {
	a, err := c.asker(cmd, "", creds.SignInOptions{NoBrowser: true})
	if err != nil {
		return err
	}
	defer a.client.Close()
	ctx := cmd.Context()
	ro := rotating{c}
	request := creds.RotateRequest{Profile: name, DeleteNow: f.deleteNow, Delete: f.delete}
	switch {
	case f.reactivate:
		request.Act = creds.ActReactivate
	case f.deactivate:
		request.Act = creds.ActDeactivate
	case f.deleteOld:
		request.Act = creds.ActDeleteOld
		if err := ro.mayChange(ctx, a, f.yes, lang.Sprintf("Delete the old key of %s for good? [y/N] ", printable(name))); err != nil {
			return aboutProfile(err, name)
		}
	default:
		plan, err := answered(ctx, a, name, func(ctx context.Context) (creds.RotationPlan, error) {
			return a.client.Custody().PlanRotate(ctx, name)
		})
		if err != nil {
			return aboutProfile(err, name)
		}
		writeRotationPlan(c.stderr, plan, f)
		if request.Delete, err = ro.chooseKey(ctx, a, plan, f); err != nil {
			return aboutProfile(err, name)
		}
		if plan.Choice && request.Delete == "" {
			break // the agent says what there is to choose from
		}
		fmt.Fprintln(c.stderr, lang.T("A new key is made and proved, which may take AWS a minute …"))
	}
	reply, err := answered(ctx, a, name, func(ctx context.Context) (creds.RotateReply, error) {
		return a.client.Custody().Rotate(ctx, request)
	})
	if err != nil {
		return aboutProfile(err, name)
	}
	if f.json {
		return encode(c.stdout, rotationRecord(reply))
	}
	return writeRotated(c.stdout, reply, request.Act)
}

// rotating is what a rotation asks and says.
type rotating struct{ *cli }

// mayChange asks for the person's consent, unless --yes gives it.
func (c rotating) mayChange(ctx context.Context, a *asker, yes bool, question string) error {
	switch {
	case yes:
		return nil
	case a.terminal == nil && c.noInput:
		return lang.Errorf("%w, as nobody is to be asked: --yes does it without asking", errNotRotated)
	case a.terminal == nil:
		return lang.Errorf("%w, as there is no terminal to ask in: --yes does it without asking", errNotRotated)
	}
	defer a.terminal.end()
	a.terminal.forget() // what was typed before the plan was shown is no answer
	answer, err := a.terminal.ask(ctx, question, inputMaybe)
	if err == nil && !isYes(answer.Reveal()) {
		err = errNotRotated
	}
	return err
}

// chooseKey asks whether to rotate, and which key to delete first if there is no room.
func (c rotating) chooseKey(ctx context.Context, a *asker, plan creds.RotationPlan, f rotateFlags) (id string, err error) {
	if !plan.Choice || f.delete != "" {
		return f.delete, c.mayChange(ctx, a, f.yes, lang.T("Rotate it? [y/N] "))
	}
	other := plan.Keys[len(plan.Keys)-1]
	if f.yes || a.terminal == nil {
		return "", nil // the agent refuses it, and says what to do
	}
	err = c.mayChange(ctx, a, false, lang.Sprintf("Delete the other key, %s, for good, and rotate the one in use? [y/N] ", printable(other.ID)))
	return other.ID, err
}

// writeRotationPlan says what a rotation would do.
func writeRotationPlan(out io.Writer, plan creds.RotationPlan, f rotateFlags) {
	w := bufio.NewWriter(out)
	defer func() { _ = w.Flush() }() // out keeps the error
	_, _ = lang.Fprintf(w, "%s: its key is to be replaced\n", printable(plan.Profile))
	_, _ = lang.Fprintf(w, "  user      %s\n", printable(plan.UserARN))
	if len(plan.Profiles) > 1 {
		_, _ = lang.Fprintf(w, "  profiles  %s\n", printable(strings.Join(plan.Profiles, ", ")))
	}
	for _, k := range plan.Keys {
		_, _ = lang.Fprintf(w, "  key       %s\n", printable(describeKey(k)))
	}
	if plan.Plaintext != "" {
		fmt.Fprintln(w, lang.Sprintf("The key is moved from %s into the keyring first; the new one goes to no file.", printable(plan.Plaintext)))
	}
	switch {
	case f.deleteNow:
		fmt.Fprintln(w, lang.T("The old key is deleted as soon as the new one is in use: what else uses it fails then."))
	default:
		fmt.Fprintln(w, lang.Sprintf("The old key is made inactive, and deleted after %s: what else uses it fails from now on, and --reactivate brings it back.", dayCount(plan.KeptFor)))
	}
	if plan.Choice {
		fmt.Fprintln(w, lang.T("AWS allows a user two keys, and there are two: one has to be deleted first."))
	}
}

// describeKey describes one of a user's keys.
func describeKey(k creds.UserKey) string {
	what := lang.T("active")
	switch {
	case k.InUse:
		what = lang.T("in use here")
	case !k.Active:
		what = lang.T("inactive")
	}
	made := ""
	if !k.Created.IsZero() {
		made = lang.Sprintf(", made %s", k.Created.Local().Format(time.DateOnly))
	}
	return lang.Sprintf("%s (%s)%s, %s", k.ID, what, made, k.LastUsed.Words())
}

func dayCount(d time.Duration) string {
	if n := int(d.Round(time.Hour) / (24 * time.Hour)); n != 1 {
		return lang.Sprintf("%d days", n)
	}
	return lang.T("one day")
}

// writeRotated says what was done.
func writeRotated(out io.Writer, r creds.RotateReply, act creds.RotateAct) error {
	w := bufio.NewWriter(out)
	name := printable(r.Status.Name)
	switch act {
	case creds.ActReactivate:
		fmt.Fprintln(w, lang.Sprintf("%s: the old key %s is active again, and stays", name, printable(r.Old)))
	case creds.ActDeactivate:
		fmt.Fprintln(w, lang.Sprintf("%s: the old key %s is inactive again", name, printable(r.Old)))
	case creds.ActDeleteOld:
		fmt.Fprintln(w, lang.Sprintf("%s: the old key %s is deleted", name, printable(r.Old)))
	case creds.ActRotate:
		fmt.Fprintln(w, lang.Sprintf("%s: the new key %s is in use; it is in the keyring alone", name, printable(r.New)))
		_, _ = lang.Fprintf(w, "  user      %s\n", printable(r.UserARN))
		if len(r.Profiles) > 1 {
			_, _ = lang.Fprintf(w, "  profiles  %s\n", printable(strings.Join(r.Profiles, ", ")))
		}
		old := r.Old // the note says what became of it
		switch {
		case r.Deleted:
			old = lang.Sprintf("%s is deleted", r.Old)
		case !r.DeletedAfter.IsZero():
			old = lang.Sprintf("%s is inactive, and deleted on %s", r.Old, r.DeletedAfter.Local().Format(time.DateOnly))
		}
		_, _ = lang.Fprintf(w, "  old key   %s\n", printable(old))
		_, _ = lang.Fprintf(w, "            %s\n", printable(r.OldLastUsed.Words()))
		if r.Imported != "" {
			_, _ = lang.Fprintf(w, "  moved     %s\n", printable(lang.Sprintf("the old key from %s into the keyring", r.Imported)))
		}
		if !r.Deleted {
			fmt.Fprintln(w, lang.Sprintf("If something else still needs the old key: daypass rotate %s --reactivate", shellWord(r.Status.Name)))
		}
	}
	if r.Note != "" {
		fmt.Fprintln(w, words.Sentence(printable(r.Note)))
	}
	return w.Flush()
}

// rotated is a rotation in JSON.
type rotated struct {
	Profile      string        `json:"profile"`
	Profiles     []string      `json:"profiles"`
	UserARN      string        `json:"user_arn"`
	New          string        `json:"new"`
	Old          *string       `json:"old"`
	OldLastUsed  *creds.KeyUse `json:"old_last_used"`
	Deleted      bool          `json:"deleted"`
	DeletedAfter *string       `json:"deleted_after"`
	Imported     *string       `json:"imported"`
	Note         *string       `json:"note"`
}

func rotationRecord(r creds.RotateReply) rotated {
	out := rotated{
		Profile: r.Status.Name, Profiles: r.Profiles, UserARN: r.UserARN, New: r.New, Old: orNull(r.Old),
		Deleted: r.Deleted, DeletedAfter: instant(r.DeletedAfter), Imported: orNull(r.Imported), Note: orNull(r.Note),
	}
	if r.OldLastUsed != (creds.KeyUse{}) {
		out.OldLastUsed = &r.OldLastUsed
	}
	return out
}
