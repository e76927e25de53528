package awstest

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"
)

// key is a credential: a user's long-term key, a session from GetSessionToken (user and
// token), one from GetFederationToken (the same and a federated name), one of the sign-in
// service (the same and console) or a role's session (role and token). Only active and the uses change.
type key struct {
	id     string
	secret string
	active bool
	born
	user *User
	role *Role

	token   string // empty for a long-term key
	expires time.Time
	session string // RoleSessionName
	mfa     bool   // aws:MultiFactorAuthPresent
	chained bool   // a role's, assumed with temporary credentials

	console   bool   // of the sign-in service
	federated string // the name of the federated user
	policy    *policy

	uses
}

// born is when a key was made.
type born struct {
	created time.Time
	// known is from when on AWS takes the key.
	known time.Time
}

// uses are the last use of a key that is recorded, and what was recorded when the present
// call came.
type uses struct{ used, before use }

// use is a call that was signed with a key, zero if there was no call.
type use struct {
	at              time.Time
	service, region string
}

// useSpan is the time in which only the first of several uses is recorded.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
const useSpan = 15 * time.Minute

// record notes a use. It is known from the next call on: AWS gathers uses on the side.
func (k *key) record(now use) {
	if k.before = k.used; k.used.at.IsZero() || now.at.Sub(k.used.at) >= useSpan {
		k.used = now
	}
}

func (k *key) temporary() bool { return k.token != "" }

func (k *key) account() *Account {
	if k.role != nil {
		return k.role.acct
	}
	return k.user.acct
}

// arn is who GetCallerIdentity says the caller is.
func (k *key) arn() string {
	if k.role != nil {
		return k.role.acct.arn("sts", "assumed-role/"+k.role.name+"/"+k.session)
	}
	if k.federated != "" {
		return k.user.acct.arn("sts", "federated-user/"+k.federated)
	}
	return k.user.ARN()
}

// CallerOf returns the ARN that GetCallerIdentity would return for a key, "" for an unknown
// one.
func (i *IAM) CallerOf(accessKeyID string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if k := i.keys[accessKeyID]; k != nil {
		return k.arn()
	}
	return ""
}

// principal is the ARN that trust policies name the caller by.
func (k *key) principal() string {
	if k.role != nil {
		return k.role.ARN()
	}
	return k.arn()
}

func (k *key) userID() string {
	if k.role != nil {
		return k.role.id + ":" + k.session
	}
	if k.federated != "" {
		return k.user.acct.id + ":" + k.federated
	}
	return k.user.id
}

func (k *key) permissions() *permissions {
	if k.role != nil {
		return &k.role.permissions
	}
	return &k.user.permissions
}

// allows reports whether the identity's own policies allow the action.
func (k *key) allows(action string) bool { return k.permissions().allows(action, k.mfa) }

// newSession mints temporary credentials for the identity in k.
func (i *IAM) newSession(k key, d time.Duration) *key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.newSessionLocked(k, d)
}

func (i *IAM) newSessionLocked(k key, d time.Duration) *key {
	k.id, k.secret, k.token = mintID("ASIA", 20), mintSecret(), mintToken()
	k.active, k.created = true, i.clock.now()
	// STS reports expiries in whole seconds, and keeps to them.
	k.expires = k.created.Add(d).Truncate(time.Second)
	i.keys[k.id] = &k
	return &k
}

// newConsoleSession mints credentials of the sign-in service for an identity.
func (i *IAM) newConsoleSession(owner key, d time.Duration) *key {
	i.mu.Lock()
	defer i.mu.Unlock()
	owner.console = true
	owner.mfa = owner.user != nil && len(owner.user.devices) > 0
	return i.newSessionLocked(owner, d)
}

// allows reports whether the policies of the identity in k allow the action, which does not
// need MFA.
func (i *IAM) allows(k *key, action string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return k.permissions().allows(action, true)
}

// session returns the temporary credentials with this id if secret and token are
// theirs, or nil.
func (i *IAM) session(id, secret, token string) *key {
	i.mu.Lock()
	defer i.mu.Unlock()
	k := i.keys[id]
	if k == nil || !k.active || !k.temporary() ||
		!hmac.Equal([]byte(k.secret), []byte(secret)) || !hmac.Equal([]byte(k.token), []byte(token)) {
		return nil
	}
	return k
}

// idAlphabet is what follows the four-letter prefix of IAM's unique ids.
const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// mintID returns an id of n characters, such as an access key's 20.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func mintID(prefix string, n int) string {
	id := make([]byte, n-len(prefix))
	_, _ = rand.Read(id) // never fails, says crypto/rand
	for i, b := range id {
		id[i] = idAlphabet[b%32]
	}
	return prefix + string(id)
}

// mintSecret returns 40 characters, '/' and '+' among them as in AWS's own.
func mintSecret() string { return randomBase64(30) }

// mintToken returns a token that starts like those of regional STS endpoints.
func mintToken() string { return "IQoJb3JpZ2luX2Vj" + randomBase64(330) }

func randomBase64(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

func mintRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 9562, version 4
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
