package awstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// proofWindow is how far a proof's time may be from AWS's.
	proofWindow = 5 * time.Minute
	// coordinate is the length of a coordinate of P-256, which RFC 7518, section 6.2.1.2,
	// wants in full.
	coordinate = 32
)

// proof is a DPoP proof that a client has its key.
// https://www.rfc-editor.org/rfc/rfc9449#section-4.2
type proof struct {
	thumbprint string // of the key
	id         string // jti
	at         time.Time
}

// fresh reports whether the proof was made just now.
func (p *proof) fresh(now time.Time) bool {
	return p.at.After(now.Add(-proofWindow)) && p.at.Before(now.Add(proofWindow))
}

// parts are base64url without padding, as RFC 7515 has it everywhere.
var parts = base64.RawURLEncoding.Strict()

// readProof checks the proof of a request as RFC 9449, section 4.3, lists it, all but
// whether it is fresh and new.
func readProof(r *http.Request) (*proof, error) {
	all := r.Header.Values("DPoP")
	if len(all) != 1 {
		return nil, badProof("one DPoP header is needed")
	}
	segments := strings.Split(all[0], ".")
	if len(segments) != 3 {
		return nil, badProof("it is no JWT")
	}
	var header struct {
		Type      string                     `json:"typ"`
		Algorithm string                     `json:"alg"`
		Key       map[string]json.RawMessage `json:"jwk"`
		Critical  json.RawMessage            `json:"crit"`
	}
	var claims struct {
		ID     string   `json:"jti"`
		Method string   `json:"htm"`
		Target string   `json:"htu"`
		At     *float64 `json:"iat"`
	}
	if !decodePart(segments[0], &header) || !decodePart(segments[1], &claims) {
		return nil, badProof("its header or its claims are no JSON in base64url")
	}
	switch {
	case header.Type != "dpop+jwt":
		return nil, badProof("typ is not dpop+jwt")
	case header.Algorithm != "ES256":
		return nil, badProof("alg is not ES256")
	case header.Critical != nil:
		return nil, badProof("it has critical extensions")
	}
	public, thumbprint, err := publicKey(header.Key)
	if err != nil {
		return nil, err
	}
	signature, err := parts.DecodeString(segments[2])
	if err != nil || len(signature) != 2*coordinate {
		return nil, badProof("its signature has not 64 bytes")
	}
	sum := sha256.Sum256([]byte(segments[0] + "." + segments[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:coordinate]), new(big.Int).SetBytes(signature[coordinate:])) {
		return nil, badProof("its signature is wrong")
	}
	switch {
	case claims.ID == "":
		return nil, badProof("jti is missing")
	case claims.Method != r.Method:
		return nil, badProof("htm is not " + r.Method)
	case !sameTarget(claims.Target, origin(r)+r.URL.EscapedPath()):
		return nil, badProof("htu is not the address of the request")
	case claims.At == nil:
		return nil, badProof("iat is missing")
	}
	seconds, fraction := math.Modf(*claims.At)
	return &proof{thumbprint, claims.ID, time.Unix(int64(seconds), int64(fraction*float64(time.Second)))}, nil
}

func decodePart(part string, into any) bool {
	text, err := parts.DecodeString(part)
	return err == nil && json.Unmarshal(text, into) == nil
}

// publicKey returns the key of a JWK and its thumbprint, as RFC 7638 has it.
func publicKey(jwk map[string]json.RawMessage) (*ecdsa.PublicKey, string, error) {
	text := func(name string) (s string) {
		if json.Unmarshal(jwk[name], &s) != nil {
			return ""
		}
		return s
	}
	if text("kty") != "EC" || text("crv") != "P-256" {
		return nil, "", badProof("the key is not one of P-256")
	}
	if _, private := jwk["d"]; private {
		return nil, "", badProof("the key is a private one")
	}
	point := []byte{4} // uncompressed
	for _, name := range []string{"x", "y"} {
		value, err := parts.DecodeString(text(name))
		if err != nil || len(value) != coordinate {
			return nil, "", badProof("coordinate " + name + " of the key has not 32 bytes")
		}
		point = append(point, value...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, "", badProof("the key is no point of the curve")
	}
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + text("x") + `","y":"` + text("y") + `"}`))
	return public, parts.EncodeToString(sum[:]), nil
}

// sameTarget compares two addresses as RFC 9449, section 4.3, has it: without query and
// fragment, in normal form.
func sameTarget(a, b string) bool {
	normal := func(address string) string {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.User != nil {
			return ""
		}
		host := strings.ToLower(u.Host)
		for scheme, port := range map[string]string{"https": ":443", "http": ":80"} {
			if u.Scheme == scheme { // which Parse returns in lower case
				host = strings.TrimSuffix(host, port)
			}
		}
		return u.Scheme + "://" + host + u.EscapedPath()
	}
	return normal(a) != "" && normal(a) == normal(b)
}

func badProof(why string) error { return invalidRequest("Invalid DPoP proof: " + why) }

// whole reports whether both coordinates of a key are 32 bytes long without zeros before
// them, so that programs which leave those out, as the AWS SDK for Go does, send them right.
func whole(public *ecdsa.PublicKey) bool {
	point, err := public.Bytes()
	return err == nil && point[1] != 0 && point[1+coordinate] != 0
}
