package consolesignin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"daypass/creds/consolesignin"
	"daypass/internal/secret"
)

// verified is what a strict judge of its own reads in a proof.
type verified struct {
	Header struct {
		Type      string `json:"typ"`
		Algorithm string `json:"alg"`
		Key       struct{ Kty, Crv, X, Y string }
	}
	Claims struct {
		ID     string `json:"jti"`
		Method string `json:"htm"`
		URL    string `json:"htu"`
		Issued int64  `json:"iat"`
	}
	x, y []byte
}

// verify reads a proof as RFC 9449, RFC 7515 and RFC 7518 have it.
func verify(proof string) (*verified, error) {
	strict := base64.RawURLEncoding.Strict()
	parts := strings.Split(proof, ".")
	if len(parts) != 3 {
		return nil, errors.New("not three parts")
	}
	v := &verified{}
	header := struct {
		Typ, Alg string
		Jwk      *struct{ Kty, Crv, X, Y string }
	}{Jwk: &v.Header.Key}
	for i, into := range []any{&header, &v.Claims} {
		text, err := strict.DecodeString(parts[i])
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, into); err != nil {
			return nil, err
		}
	}
	v.Header.Type, v.Header.Algorithm = header.Typ, header.Alg
	var err error
	if v.x, err = strict.DecodeString(v.Header.Key.X); err != nil || len(v.x) != 32 {
		return nil, fmt.Errorf("x has %d bytes (%w)", len(v.x), err)
	}
	if v.y, err = strict.DecodeString(v.Header.Key.Y); err != nil || len(v.y) != 32 {
		return nil, fmt.Errorf("y has %d bytes (%w)", len(v.y), err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, v.x...), v.y...))
	if err != nil {
		return nil, err
	}
	signature, err := strict.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return nil, fmt.Errorf("the signature has %d bytes (%w)", len(signature), err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return nil, errors.New("the signature is wrong")
	}
	return v, nil
}

// TestTenThousandProofsOfFreshKeysVerify has as many keys that one of 128 of them begins a
// coordinate with a zero, and one of 128 signatures a half.
func TestTenThousandProofsOfFreshKeysVerify(t *testing.T) {
	const proofs = 10_000
	target := url.URL{Scheme: "https", Host: "eu-west-1.signin.aws.amazon.com", Path: "/v1/token", RawQuery: "a=b", Fragment: "c"}
	var mu sync.Mutex
	ids := map[string]bool{}
	short := 0
	one := func() error {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		// Through the form of the file, as in use.
		text, err := consolesignin.FormatKey(key)
		if err != nil {
			return err
		}
		read, err := consolesignin.ParseKey(text)
		if err != nil {
			return err
		}
		proof, err := consolesignin.Proof(read, "POST", target)
		if err != nil {
			return err
		}
		v, err := verify(proof)
		if err != nil {
			return err
		}
		c := v.Claims
		if v.Header.Type != "dpop+jwt" || v.Header.Algorithm != "ES256" || v.Header.Key.Kty != "EC" || v.Header.Key.Crv != "P-256" ||
			c.Method != "POST" || c.URL != "https://eu-west-1.signin.aws.amazon.com/v1/token" || time.Since(time.Unix(c.Issued, 0)).Abs() > time.Minute {
			return fmt.Errorf("it says %+v", *v)
		}
		mu.Lock()
		defer mu.Unlock()
		if v.x[0] == 0 || v.y[0] == 0 {
			short++
		}
		ids[c.ID] = true
		return nil
	}
	var workers sync.WaitGroup
	each := proofs / runtime.GOMAXPROCS(0)
	for w := range runtime.GOMAXPROCS(0) {
		n := each
		if w == 0 {
			n += proofs % runtime.GOMAXPROCS(0)
		}
		workers.Go(func() {
			for range n {
				if err := one(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	if len(ids) != proofs {
		t.Errorf("%d proofs have %d IDs", proofs, len(ids))
	}
	// 78 are expected; that none comes is one in 10^34.
	if short == 0 {
		t.Error("no coordinate began with a zero")
	}
}

func TestAKeyIsWrittenAsTheAWSCLIWritesIt(t *testing.T) {
	text, err := consolesignin.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(text.Reveal(), "\n")
	if lines[0] != "-----BEGIN EC PRIVATE KEY-----" || lines[len(lines)-2] != "-----END EC PRIVATE KEY-----" || lines[len(lines)-1] != "" {
		t.Errorf("it has the lines %d", len(lines))
	}
	for i, line := range lines[1 : len(lines)-2] {
		if last := i == len(lines)-4; !last && len(line) != 64 || last && (line == "" || len(line) > 64) {
			t.Errorf("line %d has %d columns", i, len(line))
		}
	}
}

func TestWhatIsNoKeyIsRefusedWithoutBeingQuoted(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := consolesignin.FormatKey(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":       "",
		"no PEM":        "hush",
		"another PEM":   "-----BEGIN PRIVATE KEY-----\naHVzaA==\n-----END PRIVATE KEY-----\n",
		"no key":        "-----BEGIN EC PRIVATE KEY-----\naHVzaA==\n-----END EC PRIVATE KEY-----\n",
		"another curve": p384.Reveal(),
	} {
		if _, err := consolesignin.ParseKey(secret.New(text)); err == nil || err.Error() != "its dpopKey is no P-256 key" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
