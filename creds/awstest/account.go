package awstest

import (
	"slices"
	"strings"
	"time"
)

// Account is one AWS account. The lock of its IAM guards all of it that changes.
type Account struct {
	iam       *IAM
	id        string
	partition string
	name      string // as the access portal shows it
	email     string
	users     map[string]*User
	roles     map[string]*Role
	devices   map[string]*Device // by serial number
	root      *User
}

// Account returns the account with this 12-digit id in the partition "aws",
// making it if it is new.
func (i *IAM) Account(id string) *Account { return i.AccountIn("aws", id) }

// AccountIn is [IAM.Account] for a partition: aws, aws-cn, aws-us-gov or
// aws-eusc. An account that exists keeps the partition it was made in.
func (i *IAM) AccountIn(partition, id string) *Account {
	i.mu.Lock()
	defer i.mu.Unlock()
	acct := i.accounts[id]
	if acct == nil {
		acct = &Account{
			iam: i, id: id, partition: partition,
			users: map[string]*User{}, roles: map[string]*Role{}, devices: map[string]*Device{},
		}
		i.accounts[id] = acct
	}
	return acct
}

// knows reports whether there is an account with this id.
func (i *IAM) knows(id string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.accounts[id] != nil
}

// ID returns the account's 12 digits.
func (acct *Account) ID() string { return acct.id }

// Root returns the account's root user, who may do everything. It differs from
// the users only where AWS treats it differently.
func (acct *Account) Root() *User {
	acct.iam.mu.Lock()
	defer acct.iam.mu.Unlock()
	if acct.root == nil {
		acct.root = &User{acct: acct, path: "/", name: "root", id: acct.id, created: acct.iam.clock.now(), isRoot: true}
	}
	return acct.root
}

// RootARN returns the ARN that names the whole account in a trust policy.
func (acct *Account) RootARN() string { return acct.arn("iam", "root") }

func (acct *Account) arn(service, resource string) string {
	return "arn:" + acct.partition + ":" + service + "::" + acct.id + ":" + resource
}

// User is an IAM user.
type User struct {
	acct    *Account
	path    string
	name    string
	id      string
	created time.Time
	keys    []*key    // long-term ones, oldest first
	devices []*Device // in the order they were enabled
	isRoot  bool
	permissions
}

// User returns the account's user of this name, making it if it is new. A path
// may come before the name: "team/alice". A new user may do everything.
func (acct *Account) User(name string) *User {
	acct.iam.mu.Lock()
	defer acct.iam.mu.Unlock()
	path, name := splitPath(name)
	u := acct.users[name]
	if u == nil {
		u = &User{acct: acct, path: path, name: name, id: mintID("AIDA", 21), created: acct.iam.clock.now()}
		acct.users[name] = u
	}
	return u
}

// Name returns the user's name, without its path.
func (u *User) Name() string { return u.name }

// ARN returns arn:PARTITION:iam::ACCOUNT:user/NAME, or that of the root user.
func (u *User) ARN() string {
	if u.isRoot {
		return u.acct.RootARN()
	}
	return u.acct.arn("iam", "user"+u.path+u.name)
}

// AccessKey mints a long-term key for the user. IAM's limit of two keys binds
// CreateAccessKey, not this.
func (u *User) AccessKey() (id, secret string) {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	k := u.newKeyLocked()
	return k.id, k.secret
}

// Secret returns the secret of one of the user's long-term keys, as whoever has made the key
// knows it; "" if the user has no such key.
func (u *User) Secret(id string) string {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	if k := u.keyLocked(id); k != nil {
		return k.secret
	}
	return ""
}

func (u *User) newKeyLocked() *key {
	k := &key{id: mintID("AKIA", 20), secret: mintSecret(), active: true, born: born{created: u.acct.iam.clock.now()}, user: u}
	u.keys = append(u.keys, k)
	u.acct.iam.keys[k.id] = k
	return k
}

// Deactivate makes the long-term key inactive, as an administrator would.
// A key that is not the user's is left alone.
func (u *User) Deactivate(id string) {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	if k := u.keyLocked(id); k != nil {
		k.active = false
	}
}

// Delete deletes the long-term key, as an administrator would.
func (u *User) Delete(id string) {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	if k := u.keyLocked(id); k != nil {
		u.deleteLocked(k)
	}
}

func (u *User) deleteLocked(k *key) {
	u.keys = slices.DeleteFunc(u.keys, func(other *key) bool { return other == k })
	delete(u.acct.iam.keys, k.id)
}

// Keys returns the IDs of the user's long-term keys, oldest first, and whether each is
// active.
func (u *User) Keys() (ids []string, active map[string]bool) {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	active = map[string]bool{}
	for _, k := range u.keys {
		ids = append(ids, k.id)
		active[k.id] = k.active
	}
	return ids, active
}

func (u *User) keyLocked(id string) *key {
	if i := slices.IndexFunc(u.keys, func(k *key) bool { return k.id == id }); i >= 0 {
		return u.keys[i]
	}
	return nil
}

// MayAssume limits the roles that the user's own policies let it assume to the
// ARNs given; none at all means no role. It returns u.
func (u *User) MayAssume(roles ...string) *User {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	u.limit(roles)
	return u
}

// Deny takes actions like "iam:ListMFADevices" from the user. It returns u.
func (u *User) Deny(actions ...string) *User {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	u.denied = append(u.denied, actions...)
	return u
}

// Allow gives actions back that Deny has taken. It returns u.
func (u *User) Allow(actions ...string) *User {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	u.denied = slices.DeleteFunc(u.denied, func(action string) bool { return slices.Contains(actions, action) })
	return u
}

// mfaFree lists the actions without MFA in AWS's example policy that requires MFA.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
var mfaFree = []string{"iam:GetUser", "iam:ListMFADevices", "sts:GetSessionToken"}

// RequireMFA gives the user a policy that denies all actions without MFA, except those
// needed to get it (GetSessionToken, GetUser and ListMFADevices) and the given ones. A key
// alone has no MFA, nor have the credentials of GetFederationToken: if that action is
// excepted, it succeeds, but its credentials may do nothing. It returns u.
func (u *User) RequireMFA(except ...string) *User {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	u.needsMFA, u.mfaFree = true, append(slices.Clone(mfaFree), except...)
	return u
}

// Role is an IAM role.
type Role struct {
	acct       *Account
	path       string
	name       string
	id         string
	trust      Trust
	maxSession time.Duration
	permissions
}

// Trust is a role's trust policy.
type Trust struct {
	// Principals may assume the role: the ARN of an account's root or its 12 digits, of
	// a user, or of a role.
	Principals []string
	// RequireMFA requires that aws:MultiFactorAuthPresent be true.
	RequireMFA bool
	// ExternalID, unless empty, must equal sts:ExternalId.
	ExternalID string
}

// Role makes the account's role of this name, or gives it this trust if it
// exists. A path may come before the name. A new role's MaxSessionDuration is
// one hour, and it may do everything.
func (acct *Account) Role(name string, trust Trust) *Role {
	acct.iam.mu.Lock()
	defer acct.iam.mu.Unlock()
	path, name := splitPath(name)
	r := acct.roles[name]
	if r == nil {
		r = &Role{acct: acct, path: path, name: name, id: mintID("AROA", 21), maxSession: time.Hour}
		acct.roles[name] = r
	}
	trust.Principals = slices.Clone(trust.Principals)
	r.trust = trust
	return r
}

// reservedRole returns the role of this name that Identity Center has in the
// account, making it if it is new. Nobody can assume it.
func (acct *Account) reservedRole(path, name string) *Role {
	acct.iam.mu.Lock()
	defer acct.iam.mu.Unlock()
	r := acct.roles[name]
	if r == nil {
		r = &Role{acct: acct, path: path, name: name, id: mintID("AROA", 21), maxSession: 12 * time.Hour}
		acct.roles[name] = r
	}
	return r
}

// show sets what the access portal shows of the account.
func (acct *Account) show(name, email string) {
	acct.iam.mu.Lock()
	defer acct.iam.mu.Unlock()
	acct.name, acct.email = name, email
}

// shown returns what the access portal shows of the account.
func (acct *Account) shown() (name, email string) {
	acct.iam.mu.Lock()
	defer acct.iam.mu.Unlock()
	return acct.name, acct.email
}

// ARN returns arn:PARTITION:iam::ACCOUNT:role/NAME.
func (r *Role) ARN() string { return r.acct.arn("iam", "role"+r.path+r.name) }

// MaxSession sets the role's MaxSessionDuration, which IAM holds between 1 and
// 12 hours: other values are clamped. It returns r.
func (r *Role) MaxSession(d time.Duration) *Role {
	r.acct.iam.mu.Lock()
	defer r.acct.iam.mu.Unlock()
	r.maxSession = min(max(d, time.Hour), 12*time.Hour)
	return r
}

// MayAssume limits the roles that sessions of this role may assume in turn, as
// [User.MayAssume] does for users. It returns r.
func (r *Role) MayAssume(roles ...string) *Role {
	r.acct.iam.mu.Lock()
	defer r.acct.iam.mu.Unlock()
	r.limit(roles)
	return r
}

// permissions is what an identity's own policies say. The zero value allows
// everything.
type permissions struct {
	denied  []string // actions
	limited bool     // whether roles is all that may be assumed
	roles   []string // ARNs

	needsMFA bool     // for all but mfaFree
	mfaFree  []string // actions
}

func (p *permissions) limit(roles []string) {
	p.limited = true
	p.roles = slices.Clone(roles)
}

func (p *permissions) allows(action string, mfa bool) bool {
	return !slices.Contains(p.denied, action) && (mfa || !p.needsMFA || slices.Contains(p.mfaFree, action))
}

func (p *permissions) allowsRole(arn string, mfa bool) bool {
	return p.allows("sts:AssumeRole", mfa) && (!p.limited || slices.Contains(p.roles, arn))
}

// splitPath splits "a/b/name" into IAM's path "/a/b/" and "name".
func splitPath(name string) (path, base string) {
	i := strings.LastIndexByte(name, '/')
	return "/" + strings.TrimPrefix(name[:i+1], "/"), name[i+1:]
}
