package consolesignin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"

	service "github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"daypass/internal/lang"
	"daypass/internal/secret"
)

// pemType is that of SEC 1, which the AWS CLI writes and all SDKs read.
const pemType = "EC PRIVATE KEY"

// newKey returns the key of a new session, in the form of the AWS CLI's files.
func newKey() (secret.Text, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return secret.Text{}, err
	}
	return formatKey(key)
}

func formatKey(key *ecdsa.PrivateKey) (secret.Text, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return secret.Text{}, err
	}
	return secret.New(string(pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}))), nil
}

// parseKey reads a file's key. Its error has nothing of it.
func parseKey(text secret.Text) (*ecdsa.PrivateKey, error) {
	wrong := lang.Error("its dpopKey is no P-256 key")
	block, _ := pem.Decode([]byte(text.Reveal()))
	if block == nil || block.Type != pemType {
		return nil, wrong
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil || key.Curve != elliptic.P256() {
		return nil, wrong
	}
	return key, nil
}

// coordinate is how many bytes a coordinate and each half of a signature have. Shorter
// ones are padded: RFC 7518 §3.4 and §6.2.1.2.
const coordinate = 32

type proofHeader struct {
	Type      string   `json:"typ"`
	Algorithm string   `json:"alg"`
	Key       proofKey `json:"jwk"`
}

type proofKey struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

type proofClaims struct {
	ID     string `json:"jti"`
	Method string `json:"htm"`
	URL    string `json:"htu"`
	Issued int64  `json:"iat"`
}

// proof proves that a call comes from the holder of the session's key: RFC 9449 §4.2.
func proof(key *ecdsa.PrivateKey, method string, target url.URL) (string, error) {
	point, err := key.PublicKey.Bytes() // 4, and both coordinates in full length
	if err != nil {
		return "", err
	}
	target.RawQuery, target.ForceQuery, target.Fragment, target.RawFragment = "", false, "", ""
	header, err := encoded(proofHeader{"dpop+jwt", "ES256", proofKey{
		"EC", "P-256", base64.RawURLEncoding.EncodeToString(point[1 : 1+coordinate]), base64.RawURLEncoding.EncodeToString(point[1+coordinate:]),
	}})
	if err != nil {
		return "", err
	}
	claims, err := encoded(proofClaims{newUUID(), method, target.String(), now().Unix()})
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256([]byte(header + "." + claims))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 2*coordinate)
	r.FillBytes(signature[:coordinate])
	s.FillBytes(signature[coordinate:])
	return header + "." + claims + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

func encoded(part any) (string, error) {
	text, err := json.Marshal(part)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// newUUID returns a random UUID: RFC 9562 §5.4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// proving adds a proof to each attempt of a call: no two may have the same ID.
func proving(key *ecdsa.PrivateKey) func(*service.Options) {
	add := middleware.FinalizeMiddlewareFunc("daypass:proof", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		r, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, lang.Errorf("a request of the kind %T", in.Request)
		}
		text, err := proof(key, r.Method, *r.URL)
		if err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		r.Header.Set("DPoP", text)
		return next.HandleFinalize(ctx, in)
	})
	// The last of them: the address is known then, and each attempt passes.
	return service.WithAPIOptions(func(stack *middleware.Stack) error { return stack.Finalize.Add(add, middleware.After) })
}
