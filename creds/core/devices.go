package core

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
)

// findDevice asks IAM which MFA device the user has.
func (ad *adder) findDevice(ctx context.Context, p profile.Profile, key creds.LongTermKey, is *identity) error {
	a := awscall.Purpose{Subject: lang.T(notStored), Region: is.region, Settings: p.Setting}
	found, err := ad.devices(ctx, p, key, is.region)
	usable := found.usable()
	switch {
	case err != nil:
		return ad.explainAdd(a, err)
	case found.denied:
		if profile.AccountOf(p.MFASerial) == profile.AccountOf(is.arn) {
			is.device = p.MFASerial
			return nil
		}
		is.notes = append(is.notes, lang.T("AWS does not let this user list its MFA devices; if it has one, add it again with --mfa-serial"))
		return nil
	case slices.Contains(usable, p.MFASerial):
		is.device = p.MFASerial
		return nil
	case len(usable) > 0:
		is.device = usable[0]
	}
	switch {
	case len(usable) > 1:
		is.notes = append(is.notes, lang.Sprintf("the user has %d MFA devices; the first is used, and mfa_serial in the config file changes that", len(usable)))
	case len(found.all) > len(usable):
		is.notes = append(is.notes, lang.T(fidoNote))
	}
	return nil
}

const (
	// fidoNote is why a device is of no use: STS accepts codes only.
	fidoNote = "the user's FIDO security key cannot be used here: AWS's API takes codes only"
	// fidoWhy is the same of one device.
	fidoWhy = "it is a FIDO security key, and AWS's API takes codes only"
)

// unusable returns why STS does not accept an MFA device, or "".
func unusable(serial string) string {
	if strings.Contains(serial, ":u2f/") {
		return lang.T(fidoWhy)
	}
	return ""
}

// devices are a user's MFA devices.
type devices struct {
	all []creds.MFADevice
	// denied is set if AWS lists no devices.
	denied bool
}

// usable returns the serial numbers of those that show codes.
func (d devices) usable() (serials []string) {
	for _, one := range d.all {
		if one.Unusable == "" {
			serials = append(serials, one.Serial)
		}
	}
	return serials
}

// mostPages bounds the pages of a list of devices. IAM allows a user eight devices, and a
// page has a hundred.
const mostPages = 10

// devices asks IAM which MFA devices the key's user has.
func (ad *adder) devices(ctx context.Context, p profile.Profile, key creds.LongTermKey, region string) (found devices, err error) {
	users, err := ad.aws.IAM(p, region, key.ID, key.Secret.Reveal(), "")
	if err != nil {
		return found, err
	}
	ask := &iam.ListMFADevicesInput{}
	for range mostPages {
		list, err := users.ListMFADevices(ctx, ask)
		if err != nil {
			var refused smithy.APIError
			if errors.As(err, &refused) && strings.HasPrefix(refused.ErrorCode(), "AccessDenied") {
				return devices{denied: true}, nil
			}
			return found, err
		}
		if list.MFADevices == nil {
			// A user without devices has an empty list. A missing list is no answer: it
			// would remove mfa_serial from the config file.
			return found, answers.Missing(lang.T("list of MFA devices"))
		}
		for _, d := range list.MFADevices {
			serial := aws.ToString(d.SerialNumber)
			if fault := answers.Serial(serial); fault != nil {
				return found, fault
			}
			found.all = append(found.all, creds.MFADevice{Serial: serial, Unusable: unusable(serial)})
		}
		switch next := aws.ToString(list.Marker); {
		case !list.IsTruncated:
			return found, nil
		case next == "" || next == aws.ToString(ask.Marker):
			return found, answers.Missing(lang.T("rest of the list of MFA devices"))
		default:
			ask.Marker = &next
		}
	}
	return found, answers.Missing(lang.T("end of the list of MFA devices"))
}
