package awsfile

import (
	"context"

	"daypass/internal/atomicfile"
)

// Update edits the file that path leads to by [atomicfile.Edit]: under its lock, in
// one step, and anew if another program changes the file meanwhile. So edit may run
// several times, each time on a fresh [File], and must not keep or count anything.
// Its error is returned as it is.
//
// A file that is no text as package textfile has it is left as it is, and the
// error says so. A file with secrets becomes its owner's alone.
func Update(ctx context.Context, kind Kind, path string, edit func(*File) error) error {
	return atomicfile.Edit(ctx, path, maxSize, func(old string) (atomicfile.Edited, error) {
		if err := checkText(path, old); err != nil {
			return atomicfile.Edited{}, err
		}
		f := parse(kind, old)
		if err := edit(f); err != nil {
			return atomicfile.Edited{}, err
		}
		return atomicfile.Edited{Text: f.texts(), Private: f.HasSecrets}, nil
	})
}
