// Package findkeys finds long-term keys where they lie in plaintext: in the AWS files, in an
// access-keys file of AWS's console. It decides nothing, and asks neither AWS nor a person.
// Temporary keys are not found.
package findkeys

import (
	"strings"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/secret"
)

// Finding is a long-term key in one place.
type Finding struct {
	Key creds.LongTermKey
	// Name is what the place calls it: a section, or the name of a user; "" for nothing.
	Name string
	// Kinds are the AWS files in which the section has the key.
	Kinds []awsfile.Kind
}

// InFiles returns the long-term keys of the AWS files, in their order: one for each
// section, or two if the files disagree on it.
func InFiles(config, credentials *awsfile.File) (found []Finding) {
	at := map[string]int{} // by section, ID and secret
	for _, f := range []struct {
		kind awsfile.Kind
		file *awsfile.File
	}{{awsfile.Credentials, credentials}, {awsfile.Config, config}} {
		for _, name := range f.file.Profiles() {
			key := keyIn(f.file, name)
			if !isLongTerm(key) {
				continue
			}
			mark := name + "\x00" + key.ID + "\x00" + key.Secret
			if i, again := at[mark]; again {
				found[i].Kinds = append(found[i].Kinds, f.kind)
				continue
			}
			at[mark] = len(found)
			found = append(found, Finding{
				Key:  creds.LongTermKey{ID: strings.Clone(key.ID), Secret: secret.New(strings.Clone(key.Secret))},
				Name: strings.Clone(name), Kinds: []awsfile.Kind{f.kind},
			})
		}
	}
	return found
}

func keyIn(f *awsfile.File, name string) awsfile.StaticKey {
	values := f.Values(awsfile.Profile(name))
	return awsfile.StaticKeyOf(func(key string) string {
		if strings.HasPrefix(values[key], "\n") {
			return "" // nested, and no text to any of AWS's tools
		}
		return values[key]
	})
}

// isLongTerm reports whether a whole long-term key is there.
func isLongTerm(k awsfile.StaticKey) bool {
	if k.ID == "" || k.Secret == "" || awsfile.IsSessionID(k.ID) {
		return false
	}
	return awsfile.IsLongTermID(k.ID) || k.Token == ""
}

// InVault returns the key of an item of aws-vault's, whose data is credentials as AWS's SDK
// for Go writes them.
func InVault(name string, item map[string]any) (Finding, bool) {
	text := func(key string) string {
		value, _ := item[key].(string)
		return value
	}
	key := awsfile.StaticKey{ID: text("AccessKeyID"), Secret: text("SecretAccessKey"), Token: text("SessionToken")}
	if !isLongTerm(key) || key.Token != "" {
		return Finding{}, false
	}
	return Finding{Key: creds.LongTermKey{ID: key.ID, Secret: secret.New(key.Secret)}, Name: name}, true
}
