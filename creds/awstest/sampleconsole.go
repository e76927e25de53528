package awstest

import "time"

// SampleConsole is the part of a [Sample] that is reached by signing in to the console:
//
//	console-alice   an IAM user with everything
//	console-deploy  a role through console-alice
type SampleConsole struct {
	Account *Account
	// The browser is signed in as all of them: an IAM user, the session bob of the role
	// Admin, and the root user.
	Alice, Bob, Root *ConsoleIdentity

	profiles []profile
}

func newSampleConsole(aws *AWS) *SampleConsole {
	acct := aws.IAM.Account("111122223333")
	acct.show("Playground", "aws-playground@corp.example")
	alice := acct.User("alice")
	admin := acct.Role("Admin", Trust{Principals: []string{acct.RootARN()}}).MaxSession(12 * time.Hour)
	deploy := acct.Role("Deploy", Trust{Principals: []string{acct.RootARN()}})
	s := &SampleConsole{
		Account: acct, Alice: aws.SignIn.User(alice), Bob: aws.SignIn.Role(admin, "bob"), Root: aws.SignIn.User(acct.Root()),
	}
	s.profiles = []profile{
		newProfile("console-alice", [2]string{"login_session", s.Alice.ARN()}),
		newProfile("console-deploy", [2]string{"role_arn", deploy.ARN()}, [2]string{"source_profile", "console-alice"}),
	}
	return s
}

// Config returns the text to add to that of [Sample.Config], after an empty line.
func (s *SampleConsole) Config() string { return configText(s.profiles) }
