package core

import (
	"context"
	"encoding/json"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/findkeys"
	"daypass/internal/lang"
)

// findInVault returns the keys that aws-vault keeps, and why others cannot be read. open has
// a person asked for what is locked.
func (im keyImporter) findInVault(ctx context.Context, open bool) (all []foundKey, notes []string) {
	items, notes := im.cfg.Vault.AWSVault(ctx, open)
	for _, item := range items {
		var data map[string]any
		if json.Unmarshal(item.Data, &data) != nil {
			continue // it is none of aws-vault's
		}
		found, is := findkeys.InVault(item.Name, data)
		if !is {
			continue
		}
		all = append(all, foundKey{
			FoundKey: creds.FoundKey{
				Source: creds.SourceVault, Path: item.Path, Place: lang.Sprintf("%s of aws-vault, in %s", item.Name, item.Where),
				Profile: awsfile.MakePortable(item.Name),
				Stays:   lang.Sprintf("aws-vault keeps its own copy: remove that with aws-vault remove %s.", item.Name),
			},
			key: found.Key, section: item.Name,
		})
	}
	return all, notes
}
