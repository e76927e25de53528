package awsfile

import (
	"context"

	"daypass/internal/atomicfile"
)

// Update edits the file that path leads to with [atomicfile.Edit]: under its lock, in
// one step, and again if another program changes the file meanwhile. So edit may run
// several times, each time on a fresh [File], and must not keep or count anything. Its
// error is returned unchanged.
//
// A file that package textfile does not take for text is left alone, with an error. A
// file with secrets becomes private to its owner.
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
