package awstest

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // #nosec G505 -- RFC 6238's default, and the only one AWS's virtual devices use.
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

const (
	codeStep  = 30 // seconds, RFC 6238's X
	codeDrift = 1  // steps either way that AWS forgives
)

// Device is a user's virtual MFA device.
type Device struct {
	user    *User
	name    string
	serial  string
	secret  []byte
	enabled time.Time
	spent   int64 // the last accepted step; it and all before are refused
}

// MFA returns the user's virtual device of this name, enabling it if it is new.
// Serial numbers are unique in an account: where another user's device has the
// name already, this one's serial has the user's name before it.
func (u *User) MFA(name string) *Device {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	for _, d := range u.devices {
		if d.name == name {
			return d
		}
	}
	serial := u.acct.arn("iam", "mfa/"+name)
	if u.acct.devices[serial] != nil {
		serial = u.acct.arn("iam", "mfa/"+u.name+"-"+name)
	}
	d := &Device{user: u, name: name, serial: serial, secret: make([]byte, 40), enabled: u.acct.iam.clock.now()}
	_, _ = rand.Read(d.secret)
	u.devices = append(u.devices, d)
	u.acct.devices[serial] = d
	return d
}

// SecurityKey gives the user a FIDO security key, which STS accepts for nothing, and
// returns its serial number.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_fido.html
func (u *User) SecurityKey(name string) (serial string) {
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	serial = u.acct.arn("iam", "u2f/user/"+u.name+"/"+name+"-OAVQQGTAW5RBKQH7KJ4LZ7VJWE")
	u.devices = append(u.devices, &Device{user: u, name: name, serial: serial, enabled: u.acct.iam.clock.now()})
	return serial
}

// HardwareToken gives the user a device that shows codes and has a serial number of its
// maker's instead of an ARN.
func (u *User) HardwareToken(serial string) *Device {
	d := u.MFA(serial)
	u.acct.iam.mu.Lock()
	defer u.acct.iam.mu.Unlock()
	delete(u.acct.devices, d.serial)
	d.serial = serial
	u.acct.devices[serial] = d
	return d
}

// Serial returns the device's ARN, which STS calls its SerialNumber.
func (d *Device) Serial() string { return d.serial }

// Secret returns the seed in base32: what the QR code carries.
func (d *Device) Secret() string { return base32.StdEncoding.EncodeToString(d.secret) }

// Code returns the six digits that the device shows at t.
func (d *Device) Code(t time.Time) string { return totp(d.secret, stepAt(t)) }

// UnusedCode returns the first code, at now or later, that was not accepted
// yet, and how long from now until the device shows it. AWS takes a code one
// step (30 s) before it is shown, so that a test need not wait for that.
func (d *Device) UnusedCode(now time.Time) (code string, wait time.Duration) {
	d.user.acct.iam.mu.Lock()
	defer d.user.acct.iam.mu.Unlock()
	step := max(stepAt(now), d.spent+1)
	return totp(d.secret, step), max(0, time.Unix(step*codeStep, 0).Sub(now))
}

// NextCode waits until the device, whose clock agrees with AWS's, shows a code
// that was not accepted yet, and returns it. The error is ctx's.
func (d *Device) NextCode(ctx context.Context) (string, error) {
	code, wait := d.UnusedCode(d.user.acct.iam.clock.now())
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return code, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// accept reports whether a code is right at the time now, and marks it as used.
func (d *Device) accept(code string, now time.Time) bool {
	at := stepAt(now)
	for step := max(at-codeDrift, d.spent+1); step <= at+codeDrift; step++ {
		if totp(d.secret, step) == code {
			d.spent = step
			return true
		}
	}
	return false
}

func stepAt(t time.Time) int64 { return t.Unix() / codeStep }

// totp is RFC 6238 with SHA-1 and six digits.
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash takes every write
	sum := mac.Sum(nil)
	// RFC 4226, section 5.3: the last nibble says where the 31 bits are.
	n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&0xf:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}
