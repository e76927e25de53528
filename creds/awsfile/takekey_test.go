package awsfile_test

import (
	"errors"
	"strings"
	"testing"

	"daypass/creds/awsfile"
)

const (
	takenID     = "AKIAIOSFODNN7EXAMPLE"
	takenSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

func TestAKeyIsNotTakenOutWhereThatWouldChangeOrLoseAnything(t *testing.T) {
	key := "aws_access_key_id = " + takenID + "\naws_secret_access_key = " + takenSecret + "\n"
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"the key is not there":                  {"[a]\nregion = x\n", awsfile.ErrNoSuchKey},
		"there is another one":                  {"[a]\n" + strings.ReplaceAll(key, "AKIAI", "AKIAJ"), awsfile.ErrNoSuchKey},
		"half of it is there":                   {"[a]\naws_access_key_id = " + takenID + "\n", awsfile.ErrNoSuchKey},
		"another one is above, and overridden":  {"[a]\n" + strings.NewReplacer("AKIAI", "AKIAJ", "wJalr", "xJalr").Replace(key) + key, awsfile.ErrLongTermKey},
		"the lines below would nest in another": {"[a]\ns3 =\naws_access_key_id = " + takenID + "\naws_secret_access_key = " + takenSecret + "\n  region = x\n", awsfile.ErrTangled},
	} {
		t.Run(name, func(t *testing.T) {
			f := awsfile.Parse(awsfile.Credentials, []byte(c.text))
			f.Allow(takenID, takenSecret)
			_, err := f.TakeKey(awsfile.Profile("a"), takenID, takenSecret)
			if !errors.Is(err, c.want) {
				t.Errorf("the error is %v", err)
			}
			if string(f.Bytes()) != c.text {
				t.Errorf("the file is\n%s", f.Bytes())
			}
		})
	}
	t.Run("it was not allowed", func(t *testing.T) {
		f := awsfile.Parse(awsfile.Credentials, []byte("[a]\n"+key))
		if _, err := f.TakeKey(awsfile.Profile("a"), takenID, takenSecret); !errors.Is(err, awsfile.ErrLongTermKey) || string(f.Bytes()) != "[a]\n"+key {
			t.Errorf("%v\n%s", err, f.Bytes())
		}
	})
}

// FuzzTakeKey: whatever the file is, what is taken out can be put back to the byte, nothing
// that is noted of it is a secret, and no other setting of any section changes.
func FuzzTakeKey(f *testing.F) {
	for _, text := range []string{
		"[a]\naws_access_key_id = ID\naws_secret_access_key = SECRET\n",
		"\ufeff[ a ]\r\naws_access_key_id=\"ID\"\r\n# x\r\nAWS_SECRET_ACCESS_KEY: SECRET ; old\r\n\r\n[b]\nregion=x",
		"[a]\n  aws_access_key_id = ID\n  region = x\n  aws_secret_access_key = SECRET\n[a]\naws_access_key_id = ID",
		"[a]\naws_secret_access_key = ID\naws_access_key_id = SECRET\naws_secret_access_key = SECRET\n  more\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.NewReplacer("ID", takenID, "SECRET", takenSecret).Replace(text)
		for _, kind := range []awsfile.Kind{awsfile.Credentials, awsfile.Config} {
			file, before := awsfile.Parse(kind, []byte(text)), awsfile.Parse(kind, []byte(text))
			file.Allow(takenID, takenSecret)
			sec := awsfile.Profile("a")
			taken, err := file.TakeKey(sec, takenID, takenSecret)
			if err != nil {
				if string(file.Bytes()) != text {
					t.Fatalf("it failed with %v and changed the file to %q", err, file.Bytes())
				}
				continue
			}
			left := string(file.Bytes())
			again := awsfile.Parse(kind, []byte(left))
			for _, other := range before.Sections() {
				want, got := before.Values(other), again.Values(other)
				for key, value := range want {
					if taken := key == "aws_access_key_id" || key == "aws_secret_access_key"; got[key] != value && (other != sec || !taken) {
						t.Errorf("%s of %v was %q and is %q", key, other, value, got[key])
					}
				}
			}
			for _, l := range taken.Lines {
				if strings.Contains(l.Before+l.After, takenSecret) && !strings.Contains(text, takenSecret+takenSecret) {
					t.Errorf("what is noted has the secret: %q %q", l.Before, l.After)
				}
			}
			if err := taken.PutKey(again, sec, takenID, takenSecret); err != nil || string(again.Bytes()) != text {
				t.Errorf("%v: put back it is\n%q\nand was\n%q", err, again.Bytes(), text)
			}
		}
	})
}
