package awstest

// Account is [IAM.Account].
func (a *AWS) Account(id string) *Account { return a.IAM.Account(id) }

// AccountIn is [IAM.AccountIn].
func (a *AWS) AccountIn(partition, id string) *Account { return a.IAM.AccountIn(partition, id) }

// CallerOf is [IAM.CallerOf].
func (a *AWS) CallerOf(accessKeyID string) string { return a.IAM.CallerOf(accessKeyID) }

// IdentityCenter is [SSO.IdentityCenter].
func (a *AWS) IdentityCenter(region, startURL string) *IdentityCenter {
	return a.SSO.IdentityCenter(region, startURL)
}

// MultiSession is [Console.MultiSession].
func (a *AWS) MultiSession(on bool) { a.Console.MultiSession(on) }

// Fault is [Faults.Add].
func (a *AWS) Fault(action string, f Fault) { a.Faults.Add(action, f) }

// Throttle is [Faults.Throttle].
func (a *AWS) Throttle(action string, n int) { a.Faults.Throttle(action, n) }

// ClearFaults is [Faults.Clear].
func (a *AWS) ClearFaults() { a.Faults.Clear() }
