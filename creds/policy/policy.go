// Package policy writes IAM policies: the least that an identity needs for what daypass
// does with it, and who may assume a role. It asks nobody.
//
// The grammar is https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
package policy

import (
	"encoding/json"
	"strings"
)

// Document is a policy. Its fields are in the order in which AWS's documentation has them.
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is one permission.
type Statement struct {
	Sid       string
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    []string
	Resource  []string                     `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"`
}

// version is that of the language in which ${aws:username} is a variable.
const version = "2012-10-17"

// Identity is the user whom a policy is for, as far as it is known.
type Identity struct {
	// Partition is as ARNs have it.
	Partition string
	// ARN is the user's; "" if it is not known.
	ARN string
	// Account is the user's; "" if it is not known.
	Account string
}

// self is the ARN of whichever user has the policy: with the user's path, which the variable
// has not. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (i Identity) self() string {
	account, path := i.Account, ""
	if parts := strings.SplitN(i.ARN, ":", 6); len(parts) == 6 && strings.HasPrefix(parts[5], "user/") {
		account = parts[4]
		if at := strings.LastIndex(parts[5], "/"); at > len("user") {
			path = parts[5][len("user/") : at+1]
		}
	}
	if account == "" {
		account = "*"
	}
	return "arn:" + i.Partition + ":iam::" + account + ":user/" + path + "${aws:username}"
}

// Needs are what daypass does with an identity.
type Needs struct {
	Of Identity
	// Session is set for GetSessionToken.
	Session bool
	// Devices and Rotation are set for a user's own MFA devices and access keys.
	Devices, Rotation bool
	// Role is the ARN of the one that is assumed; "" for none.
	Role string
	// Federated is the name of the user that the console is opened as; "" for none.
	Federated string
	// SignIn is set for signing in to the console and out again, as "aws login" does.
	SignIn bool
}

// mfaPresent is the key of the condition that a code was given.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
const mfaPresent = "aws:MultiFactorAuthPresent"

// For returns the least policy for what is needed.
func For(n Needs) Document {
	var all []Statement
	allow := func(sid string, resource string, actions ...string) *Statement {
		all = append(all, Statement{Sid: sid, Effect: "Allow", Action: actions, Resource: []string{resource}})
		return &all[len(all)-1]
	}
	if n.Session {
		// IAM keeps nobody from it, but a boundary or an organization's policy may. A key gives
		// no such condition key, so that one without IfExists would keep out every first code.
		allow("DaypassSession", "*", "sts:GetSessionToken").
			Condition = map[string]map[string]string{"BoolIfExists": {mfaPresent: "true"}}
	}
	if n.Role != "" {
		// The role's trust demands the code: whether a policy of the user's sees one that comes
		// with the call itself is not documented.
		allow("DaypassRole", n.Role, "sts:AssumeRole")
	}
	if n.Devices {
		allow("DaypassDevices", n.Of.self(), "iam:ListMFADevices")
	}
	if n.Rotation {
		allow("DaypassRotation", n.Of.self(),
			"iam:ListAccessKeys", "iam:GetAccessKeyLastUsed", "iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:DeleteAccessKey")
	}
	if n.Federated != "" {
		account := n.Of.Account
		if account == "" {
			account = "*"
		}
		allow("DaypassConsole", "arn:"+n.Of.Partition+":sts::"+account+":federated-user/"+n.Federated, "sts:GetFederationToken")
	}
	if n.SignIn {
		allow("DaypassSignIn", "*", "signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token", "signin:RevokeOAuth2Token")
	}
	return Document{Version: version, Statement: all}
}

// Trusted is who may assume a role.
type Trusted struct {
	// ARN is that of a user or role, or of a whole account (":root").
	ARN string
	// Like bounds whom of the account; "" for no bound.
	Like string
	// MFA is set if a code must have been given.
	MFA        bool
	ExternalID string
}

// Trust returns the trust policy of a role.
func Trust(t Trusted) Document {
	s := Statement{
		Sid: "DaypassTrust", Effect: "Allow", Principal: map[string]string{"AWS": t.ARN}, Action: []string{"sts:AssumeRole"},
		Condition: map[string]map[string]string{},
	}
	if t.MFA {
		// Not IfExists: a key alone has no such condition key, and is to be kept out.
		s.Condition["Bool"] = map[string]string{mfaPresent: "true"}
	}
	if t.ExternalID != "" {
		s.Condition["StringEquals"] = map[string]string{"sts:ExternalId": t.ExternalID}
	}
	if t.Like != "" {
		s.Condition["ArnLike"] = map[string]string{"aws:PrincipalArn": t.Like}
	}
	return Document{Version: version, Statement: []Statement{s}}
}

// Account returns the ARN that names a whole account.
func Account(partition, account string) string {
	return "arn:" + partition + ":iam::" + account + ":root"
}

// AnySSORole returns a pattern for the roles of all permission sets in an account, or of one.
// AWS makes them with names that end in letters by chance.
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
func AnySSORole(partition, account, permissionSet string) string {
	return "arn:" + partition + ":iam::" + account + ":role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_" + permissionSet + "_*"
}

// Assumed returns the ARN of the role that a session's ARN is of, as far as that has it: a
// session's ARN leaves out the role's path. Others are returned as they are.
func Assumed(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "sts" {
		return arn
	}
	if words := strings.Split(parts[5], "/"); len(words) == 3 && words[0] == "assumed-role" {
		return "arn:" + parts[1] + ":iam::" + parts[4] + ":role/" + words[1]
	}
	return arn
}

// JSON returns the document as people read it.
func (d Document) JSON() ([]byte, error) { return json.MarshalIndent(d, "", "  ") }
