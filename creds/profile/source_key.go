package profile

import (
	"strconv"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/lang"
)

// keyringKey is a long-term key in the keyring. It comes before all that the files say.
var keyringKey = source{
	kind: creds.KindUser,
	take: func(ps Resolver, c *Chain) (bool, error) {
		c.BaseKeyID = ps.keyID(c.Base)
		return ps.hasKey(c.Base), nil
	},
}

// fileKey is a key in the AWS files that is, or would be, a long-term one.
var fileKey = source{kind: creds.KindUser, take: takeFileKey}

const (
	labelKey = "key="
	labelMFA = " mfa="
)

// OriginPrefixOfKey begins the origins of all chains from a long-term key.
func OriginPrefixOfKey(id string) string { return labelKey + strconv.Quote(id) + " " }

// OriginByKey returns the origin by its long-term key of what is known by its profile: those
// of earlier versions, and of a key whose ID was not known yet. keyOf returns the ID of the
// key in the keyring of a profile, "" if it has none. Other origins are returned as they are.
func OriginByKey(origin string, keyOf func(base string) string) string {
	quoted, err := strconv.QuotedPrefix(origin)
	if err != nil {
		return origin
	}
	base, _ := strconv.Unquote(quoted) // it is a quoted prefix
	rest, _ := strings.CutPrefix(origin[len(quoted):], labelMFA)
	device, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return origin
	}
	rest = rest[len(device):]
	for _, other := range []string{labelSSO, labelLogin, labelProcess} {
		if strings.HasPrefix(rest, other) {
			return origin
		}
	}
	id := ""
	if of, inFile := strings.CutPrefix(rest, " "+labelKey); inFile {
		// Earlier versions have so known a key in the credentials file.
		value, err := strconv.QuotedPrefix(of)
		if err != nil {
			return origin
		}
		id, _ = strconv.Unquote(value) // as above
		rest = of[len(value):]
	} else {
		id = keyOf(base)
	}
	if id == "" {
		return origin
	}
	return OriginPrefixOfKey(id) + labelMFA[1:] + device + rest
}

func takeFileKey(ps Resolver, c *Chain) (taken bool, err error) {
	b := c.Base
	switch {
	case b.AccessKeyID != "" && b.SecretKey.IsZero():
		return true, creds.Errorf(creds.CodeBadProfile, "the AWS files have an aws_access_key_id for profile %q, and no aws_secret_access_key beside it", b.Name)
	case b.AccessKeyID == "" && !b.SecretKey.IsZero():
		return true, creds.Errorf(creds.CodeBadProfile, "the AWS files have an aws_secret_access_key for profile %q, and no aws_access_key_id beside it", b.Name)
	case b.HasLongTermKey() && b.tokenName != "":
		return true, creds.Errorf(creds.CodeNoKey,
			"profile %q has the %s of temporary credentials left beside its long-term access key in the AWS files, and AWS takes no token with such a key; remove that line, or store the key in the keyring",
			b.Name, b.tokenName)
	case b.HasLongTermKey():
		c.KeyID, c.BaseKeyID = b.AccessKeyID, b.AccessKeyID
		return true, nil
	case b.AccessKeyID != "" && b.tokenName == "":
		return true, &creds.Error{
			Code:    creds.CodeNoKey,
			Message: lang.Sprintf("the AWS files have a temporary access key for profile %q, and not the aws_session_token that belongs to it", b.Name),
			Advice:  lang.Sprintf("Add that token beside the key, or store a long-term key with: daypass add %s", advice.Word(b.Name)),
		}
	case b.AccessKeyID != "" && !ps.Ours(b) && !b.tokenEnds.IsZero() && b.tokenEnds.Before(time.Now()):
		return true, &creds.Error{
			Code:    creds.CodeNoKey,
			Message: lang.Sprintf("the temporary credentials of profile %q in the AWS files have ended, and the keyring holds no long-term key to get others with", b.Name),
			Advice:  lang.Sprintf("Get others from where these are from, or store a long-term key with: daypass add %s", advice.Word(b.Name)),
		}
	}
	return false, nil
}

// mayHaveKey reports whether the keyring may hold a key under the profile's name
// that comes before what the AWS files say.
func (p Profile) mayHaveKey() bool { return !p.names(func(s source) bool { return s.keyless }) }
