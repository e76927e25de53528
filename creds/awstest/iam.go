package awstest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"
)

// maxAccessKeys is IAM's quota AccessKeysPerUser.
const maxAccessKeys = 2

// IAM has the accounts, their identities and every issued credential. It models the
// actions of Identity and Access Management on a user's own keys and devices, and an
// administrator's on another user's.
// https://docs.aws.amazon.com/IAM/latest/APIReference/
type IAM struct {
	clock *clock

	mu       sync.Mutex // guards all below, and all that is reached from there
	accounts map[string]*Account
	keys     map[string]*key // by access key id, long-term and temporary
	delay    time.Duration
	page     int // the most members of a list; zero for all
}

func newIAM(c *clock) *IAM {
	return &IAM{clock: c, accounts: map[string]*Account{}, keys: map[string]*key{}}
}

// Delay has AWS refuse a key for so long after CreateAccessKey has made it, as it does until
// all of its parts have heard of it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
func (i *IAM) Delay(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.delay = d
}

func (i *IAM) service() *queryService {
	user := []string{"UserName"}
	return &queryService{
		mu:      &i.mu,
		name:    "iam",
		version: "2010-05-08",
		xmlns:   "https://iam.amazonaws.com/doc/2010-05-08/",
		actions: map[string]action{
			"GetUser":              {user, onUser("GetUser", i.getUser)},
			"ListMFADevices":       {[]string{"UserName", "Marker"}, onUser("ListMFADevices", i.listMFADevices)},
			"ListAccessKeys":       {user, onUser("ListAccessKeys", i.listAccessKeys)},
			"CreateAccessKey":      {user, onUser("CreateAccessKey", i.createAccessKey)},
			"UpdateAccessKey":      {[]string{"UserName", "AccessKeyId", "Status"}, onUser("UpdateAccessKey", i.updateAccessKey)},
			"DeleteAccessKey":      {[]string{"UserName", "AccessKeyId"}, onUser("DeleteAccessKey", i.deleteAccessKey)},
			"GetAccessKeyLastUsed": {[]string{"AccessKeyId"}, i.getAccessKeyLastUsed},
		},
	}
}

var userNamePattern = regexp.MustCompile(`^[\w+=,.@-]+$`)

// onUser wraps an action on a user: the one named, or else the caller itself.
func onUser(name string, do func(*request, *User) (any, error)) func(*request) (any, error) {
	return func(r *request) (any, error) {
		if err := mayCallIAM(r.caller); err != nil {
			return nil, err
		}
		c := checker{form: r.Values}
		c.text("UserName", 1, 128, userNamePattern)
		if err := c.err(); err != nil {
			return nil, err
		}
		target, u := r.Get("UserName"), r.caller.user
		switch {
		case target != "":
			u = r.caller.account().users[target]
		case u == nil:
			return nil, validation("Must specify userName when calling with non-User credentials")
		default:
			target = u.name
		}
		if err := authorize(r.caller, "iam:"+name, "user "+target); err != nil {
			return nil, err
		}
		if u == nil {
			return nil, noSuchEntity(fmt.Sprintf("The user with name %s cannot be found.", target))
		}
		return do(r, u)
	}
}

// mayCallIAM refuses the sessions of GetSessionToken made without MFA, and all of
// GetFederationToken.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
func mayCallIAM(caller *key) error {
	if caller.temporary() && caller.user != nil && !caller.console && !caller.mfa {
		return invalidToken()
	}
	return nil
}

func authorize(caller *key, action, resource string) error {
	if caller.allows(action) {
		return nil
	}
	return denied(fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %[2]s action",
		caller.arn(), action, resource))
}

func noSuchEntity(message string) error {
	return refuse(http.StatusNotFound, "NoSuchEntity", message)
}

func (i *IAM) getUser(_ *request, u *User) (any, error) {
	type user struct {
		Path       string
		UserName   string
		UserID     string `xml:"UserId"`
		Arn        string
		CreateDate string
	}
	return struct{ User user }{user{u.path, u.name, u.id, u.ARN(), timestamp(u.created)}}, nil
}

func (i *IAM) listMFADevices(r *request, u *User) (any, error) {
	type member struct{ UserName, SerialNumber, EnableDate string }
	type list struct {
		Members []member `xml:"member"`
	}
	all := u.devices
	if from := r.Get("Marker"); from != "" {
		at := slices.IndexFunc(all, func(d *Device) bool { return d.serial == from })
		if at < 0 {
			return nil, validation("Invalid Marker")
		}
		all = all[at:]
	}
	reply := struct {
		MFADevices  list
		IsTruncated bool
		Marker      string `xml:",omitempty"`
	}{}
	// IAM may answer with fewer than MaxItems, whose default is 100.
	if i.page > 0 && len(all) > i.page {
		reply.IsTruncated, reply.Marker, all = true, all[i.page].serial, all[:i.page]
	}
	for _, d := range all {
		reply.MFADevices.Members = append(reply.MFADevices.Members, member{u.name, d.serial, timestamp(d.enabled)})
	}
	return reply, nil
}

// Page has lists end after n members, with a marker for the rest. Zero is never.
func (i *IAM) Page(n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.page = n
}

// accessKeyXML is AccessKeyMetadata, and with a secret AccessKey.
type accessKeyXML struct {
	UserName        string
	AccessKeyID     string `xml:"AccessKeyId"`
	Status          string
	SecretAccessKey string `xml:",omitempty"`
	CreateDate      string
}

func metadataOf(k *key) accessKeyXML {
	out := accessKeyXML{UserName: k.user.name, AccessKeyID: k.id, Status: "Inactive", CreateDate: timestamp(k.created)}
	if k.active {
		out.Status = "Active"
	}
	return out
}

func (i *IAM) listAccessKeys(_ *request, u *User) (any, error) {
	type list struct {
		Members []accessKeyXML `xml:"member"`
	}
	var out list
	for _, k := range u.keys {
		out.Members = append(out.Members, metadataOf(k))
	}
	return struct {
		AccessKeyMetadata list
		IsTruncated       bool
	}{out, false}, nil
}

func (i *IAM) createAccessKey(_ *request, u *User) (any, error) {
	if len(u.keys) >= maxAccessKeys {
		return nil, refuse(http.StatusConflict, "LimitExceeded",
			fmt.Sprintf("Cannot exceed quota for AccessKeysPerUser: %d", maxAccessKeys))
	}
	k := u.newKeyLocked()
	k.known = k.created.Add(i.delay)
	out := metadataOf(k)
	out.SecretAccessKey = k.secret
	return struct{ AccessKey accessKeyXML }{out}, nil
}

func (i *IAM) updateAccessKey(r *request, u *User) (any, error) {
	c := checker{form: r.Values}
	c.require("AccessKeyId")
	c.require("Status")
	c.text("AccessKeyId", 16, 128, keyIDPattern)
	status := r.Get("Status")
	if r.Has("Status") && status != "Active" && status != "Inactive" {
		c.fail("'"+status+"'", "Status", "Member must satisfy enum value set: [Active, Inactive]")
	}
	k, err := findKey(&c, u)
	if err != nil {
		return nil, err
	}
	k.active = status == "Active"
	return nil, nil
}

func (i *IAM) deleteAccessKey(r *request, u *User) (any, error) {
	c := checker{form: r.Values}
	c.require("AccessKeyId")
	c.text("AccessKeyId", 16, 128, keyIDPattern)
	k, err := findKey(&c, u)
	if err != nil {
		return nil, err
	}
	u.deleteLocked(k)
	return nil, nil
}

// findKey returns the user's key that the checked request names.
func findKey(c *checker, u *User) (*key, error) {
	if err := c.err(); err != nil {
		return nil, err
	}
	id := c.form.Get("AccessKeyId")
	if k := u.keyLocked(id); k != nil {
		return k, nil
	}
	return nil, noSuchEntity(fmt.Sprintf("The Access Key with id %s cannot be found.", id))
}

func (i *IAM) getAccessKeyLastUsed(r *request) (any, error) {
	if err := mayCallIAM(r.caller); err != nil {
		return nil, err
	}
	c := checker{form: r.Values}
	c.require("AccessKeyId")
	c.text("AccessKeyId", 16, 128, keyIDPattern)
	if err := c.err(); err != nil {
		return nil, err
	}
	id := r.Get("AccessKeyId")
	if err := authorize(r.caller, "iam:GetAccessKeyLastUsed", "access key "+id); err != nil {
		return nil, err
	}
	k := i.keys[id]
	if k == nil || k.temporary() || k.account() != r.caller.account() {
		return nil, noSuchEntity(fmt.Sprintf("The Access Key with id %s cannot be found.", id))
	}
	type lastUsed struct {
		LastUsedDate string `xml:",omitempty"`
		ServiceName  string
		Region       string
	}
	used, recorded := lastUsed{"", "N/A", "N/A"}, k.used
	if k == r.caller {
		recorded = k.before
	}
	if !recorded.at.IsZero() {
		used = lastUsed{timestamp(recorded.at), recorded.service, recorded.region}
	}
	return struct {
		UserName          string
		AccessKeyLastUsed lastUsed
	}{k.user.name, used}, nil
}
