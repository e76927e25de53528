package awstest

import (
	"fmt"
	"strings"
	"time"
)

// SampleRegion is the region of every profile of a [Sample].
const SampleRegion = "eu-west-1"

// Sample is a small world to show or to try things in: a company account with
// two users, a partner's, and one at the end of a chain of roles.
type Sample struct {
	AWS *AWS

	// Alice has an MFA device, Phone. CI has none.
	Alice, CI       *User
	Phone           *Device
	AliceKey, CIKey Key

	// SSO is the part behind IAM Identity Center, with its own text for the config
	// file.
	SSO *SampleSSO
	// Console is the part behind a sign-in to the console, also with its own text.
	Console *SampleConsole

	profiles []profile
}

// Key is a long-term access key with its secret in the clear.
type Key struct {
	ID, Secret string
}

// profile is a section of the config file, its settings in order.
type profile struct {
	name     string
	settings [][2]string
}

// NewSample makes a new world, with new keys and seeds:
//
//	alice          an IAM user with an MFA device
//	ci             an IAM user without
//	dev-readonly   a role through alice, for one hour at most
//	dev-admin      a role through alice that asks for MFA, for 12 hours at most
//	partner        a role in another account that asks for an external id
//	chain-1, -2, -3  a role through alice, one through that, one through that
func NewSample() *Sample {
	aws := New()
	corp, partner, far := aws.IAM.Account("111111111111"), aws.IAM.Account("222222222222"), aws.IAM.Account("333333333333")
	s := &Sample{AWS: aws, Alice: corp.User("alice"), CI: corp.User("ci")}
	s.Phone = s.Alice.MFA("alice-phone")
	s.AliceKey.ID, s.AliceKey.Secret = s.Alice.AccessKey()
	s.CIKey.ID, s.CIKey.Secret = s.CI.AccessKey()

	const externalID = "corp-7f3a"
	readOnly := corp.Role("ReadOnly", Trust{Principals: []string{corp.RootARN()}})
	admin := corp.Role("Admin", Trust{Principals: []string{corp.RootARN()}, RequireMFA: true}).MaxSession(12 * time.Hour)
	support := partner.Role("Support", Trust{Principals: []string{corp.RootARN()}, ExternalID: externalID})
	gateway := partner.Role("Gateway", Trust{Principals: []string{s.Alice.ARN()}})
	deploy := far.Role("Deploy", Trust{Principals: []string{gateway.ARN()}})
	operate := far.Role("Operate", Trust{Principals: []string{deploy.ARN()}})

	mfa := [2]string{"mfa_serial", s.Phone.Serial()}
	s.add("alice", mfa)
	s.add("ci")
	s.addRole("dev-readonly", readOnly, "alice")
	s.addRole("dev-admin", admin, "alice", mfa)
	s.addRole("partner", support, "alice", [2]string{"external_id", externalID})
	s.addRole("chain-1", gateway, "alice")
	s.addRole("chain-2", deploy, "chain-1")
	s.addRole("chain-3", operate, "chain-2")
	s.SSO = newSampleSSO(aws)
	s.Console = newSampleConsole(aws)
	return s
}

func (s *Sample) add(name string, settings ...[2]string) {
	s.profiles = append(s.profiles, newProfile(name, settings...))
}

func newProfile(name string, settings ...[2]string) profile {
	return profile{name, append([][2]string{{"region", SampleRegion}}, settings...)}
}

func (s *Sample) addRole(name string, r *Role, source string, settings ...[2]string) {
	s.add(name, append([][2]string{{"role_arn", r.ARN()}, {"source_profile", source}}, settings...)...)
}

// Config returns the text of the ~/.aws/config that goes with the world. It
// holds no key: alice's and ci's are in the Sample alone. The profiles that need a sign-in are
// not in it: [SampleSSO.Config] and [SampleConsole.Config] have them.
func (s *Sample) Config() string { return configText(s.profiles) }

func configText(profiles []profile) string {
	sections := make([]string, len(profiles))
	for i, p := range profiles {
		var b strings.Builder
		fmt.Fprintf(&b, "[profile %s]\n", p.name)
		for _, kv := range p.settings {
			fmt.Fprintf(&b, "%s = %s\n", kv[0], kv[1])
		}
		sections[i] = b.String()
	}
	return strings.Join(sections, "\n")
}
