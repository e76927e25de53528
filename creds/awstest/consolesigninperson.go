package awstest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"time"
)

// Approve opens the address of the sign-in's page and allows the program to act as the
// identity. It uses no network, and returns what the person then has: where the page
// redirects the browser or, from a program on another machine, the code to paste.
//
// For a mistake that is reported to the client it returns that redirect. Else the error is
// [ErrNothingToApprove].
func (id *ConsoleIdentity) Approve(address string) (answer string, err error) {
	redirect, err := id.signIn.consent(address, id)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(redirect)
	if err != nil {
		return "", err
	}
	if q := u.Query(); u.Path == confirmationPath && q.Has("code") {
		return pasted(q), nil
	}
	return redirect, nil
}

// Deny opens the address of the sign-in's page and denies what it asks for. It returns where
// the page redirects the browser.
func (s *SignIn) Deny(address string) (redirect string, err error) { return s.consent(address, nil) }

func (s *SignIn) consent(address string, who *ConsoleIdentity) (redirect string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Path != authorizePath {
		return "", fmt.Errorf("%w: %s is not the page of the sign-in", ErrNothingToApprove, address)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, redirect, err := s.authorizeLocked(u.Scheme+"://"+u.Host, u.Query())
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrNothingToApprove, err)
	case redirect != "":
		return redirect, nil
	case who != nil && !who.at(c.region):
		delete(s.consents, c.token)
		return "", fmt.Errorf("%w: %s is of another partition", ErrNothingToApprove, who.ARN())
	}
	return s.decideLocked(c, who), nil
}

// Visit is a person with a browser who allows a program on the same machine: it does what
// [ConsoleIdentity.Approve] does and follows the redirect to the program's loopback port. It
// returns the redirect.
func (id *ConsoleIdentity) Visit(ctx context.Context, address string) (redirect string, err error) {
	redirect, err = id.signIn.consent(address, id)
	return redirect, follow(ctx, redirect, err)
}

// VisitAndDeny is [ConsoleIdentity.Visit] with the other button.
func (s *SignIn) VisitAndDeny(ctx context.Context, address string) (redirect string, err error) {
	redirect, err = s.consent(address, nil)
	return redirect, follow(ctx, redirect, err)
}

// LoginFile signs in as "aws login" does. It returns the file that the AWS CLI then has in
// its login cache, and its name, with credentials that are valid for so long, 15 minutes at
// most. Clients that leave out zeros before the coordinates of the key send them right all
// the same: there are none.
func (id *ConsoleIdentity) LoginFile(left time.Duration) (name string, content []byte) {
	return id.LoginFileOf(newWholeKey(), left)
}

// LoginFileOf is [ConsoleIdentity.LoginFile] with a key of one's own.
func (id *ConsoleIdentity) LoginFileOf(private *ecdsa.PrivateKey, left time.Duration) (name string, content []byte) {
	_, thumbprint, err := publicKey(jwk(private))
	if err != nil { // which a key of P-256 has not
		panic(err)
	}
	s := id.signIn
	s.mu.Lock()
	defer s.mu.Unlock()
	// Any region renews it, as the file does not say which one was asked.
	of := s.newSessionLocked(id, codeRequest{client: clientSameDevice}, thumbprint)
	now := s.clock.now()
	k := s.iam.newConsoleSession(id.owner, min(left, s.settings.Credentials))
	type accessToken struct {
		signInCredentials
		AccountID string `json:"accountId"`
		ExpiresAt string `json:"expiresAt"`
	}
	return LoginFileName(id.ARN()), marshal(struct {
		AccessToken  accessToken `json:"accessToken"`
		TokenType    string      `json:"tokenType"`
		ClientID     string      `json:"clientId"`
		RefreshToken string      `json:"refreshToken"`
		IDToken      string      `json:"idToken"`
		Key          string      `json:"dpopKey"`
	}{
		accessToken{signInCredentials{k.id, k.secret, k.token}, k.account().id, timestamp(k.expires)},
		"aws_sigv4", of.client, s.rotateLocked(of), s.newIDToken(of, "https://signin.aws.amazon.com", now), keyText(private),
	})
}

// LoginFileName returns the name of the file of a login_session in the login cache.
func LoginFileName(arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return hex.EncodeToString(sum[:]) + ".json"
}

// newWholeKey makes a key whose coordinates do not begin with a zero: one of 128 does.
func newWholeKey() *ecdsa.PrivateKey {
	for {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil { // never, says crypto/rand
			panic(err)
		}
		if whole(&private.PublicKey) {
			return private
		}
	}
}

// jwk is the public half of a key.
func jwk(private *ecdsa.PrivateKey) map[string]json.RawMessage {
	point, err := private.PublicKey.Bytes()
	if err != nil { // only a key that is not one of a curve
		panic(err)
	}
	return map[string]json.RawMessage{
		"kty": json.RawMessage(`"EC"`), "crv": json.RawMessage(`"P-256"`),
		"x": marshal(parts.EncodeToString(point[1 : 1+coordinate])), "y": marshal(parts.EncodeToString(point[1+coordinate:])),
	}
}

// keyText is a key as the CLI's file has it.
func keyText(private *ecdsa.PrivateKey) string {
	der, err := x509.MarshalECPrivateKey(private)
	if err != nil { // only a key that is not one of a curve
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
}
