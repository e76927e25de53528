package keyringtest

import jose "github.com/dvsekhvalnov/jose2go"

// CheapPassphrases has the encrypted files of this process derive their keys in
// one round, and not in thousands that make a passphrase dear to guess and, with
// the race detector, take a test longer than all else. It is for TestMain, before
// anything uses a keyring.
func CheapPassphrases() {
	jose.RegisterJwa(oneRound{jose.DeregisterJwa(jose.PBES2_HS256_A128KW)})
}

type oneRound struct{ jose.JwaAlgorithm }

// WrapNewKey says in the header, which is where it is read back from, that there
// was one round.
func (a oneRound) WrapNewKey(bits int, passphrase any, header map[string]any) (key, wrapped []byte, err error) {
	header["p2c"] = 1
	return a.JwaAlgorithm.WrapNewKey(bits, passphrase, header)
}
