package core

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/words"
)

// oneOff returns credentials that no profile has; see [Manager.OneOff].
func (r *refresher) oneOff(ctx context.Context, in creds.OneOffRequest, o RefreshOptions) (creds.UseReply, error) {
	if err := checkOneOff(in); err != nil {
		return creds.UseReply{}, err
	}
	o.Duration, o.keeps = in.Duration, in.Keeps
	if in.Key != nil {
		return r.oneOffOfKey(ctx, in, o)
	}
	now, err := r.prepare(ctx, in.Profile, o.Requester)
	if err != nil {
		return creds.UseReply{}, err
	}
	c, err := r.oneOffChain(now.whole, in)
	if err != nil {
		return creds.UseReply{}, err
	}
	r.touch(in.Profile)
	if r.asker.wantsConsent(now, o.Requester) {
		if err := r.asker.consent(ctx, in.Profile, c, o); err != nil {
			return creds.UseReply{}, err
		}
	}
	one, err := r.issuer.obtain(ctx, c, o)
	if err != nil && c.MFAOfSource && (creds.CodeOf(err) == creds.CodeNobodyToAsk || errors.Is(err, errNeedsPerson)) {
		c = c.WithKeyAlone()
		one, err = r.issuer.obtain(ctx, c, o)
	}
	if err != nil {
		return creds.UseReply{}, r.mayWantCode(c, err, o)
	}
	r.writer.keepSources(ctx, "", c, RefreshOptions{Requester: o.Requester})
	r.storeOneOff(in.Profile, c, one)
	return r.oneOffReply(c, one), nil
}

// oneOffChain is what leads from a profile's chain to what is asked for.
func (r *refresher) oneOffChain(c profile.Chain, in creds.OneOffRequest) (profile.Chain, error) {
	if in.FromBase {
		c = c.WithoutRoles()
	}
	if in.Region != "" {
		c.Region, c.RegionSetting = in.Region, lang.T("the region of the request")
	}
	if device := r.files.set().DeviceOf(c.Base, in.Account); in.MFASerial == "" && c.MFASerial == "" {
		in.MFASerial = device
	}
	if in.MFASerial != "" {
		if c.Source != creds.KindUser {
			return c, creds.Errorf(creds.CodeBadRequest, "profile %q starts from no long-term key, and AWS takes an MFA code with such a key alone", in.Profile)
		}
		c = c.WithDevice(in.MFASerial)
	}
	if in.Role == nil {
		return c, nil
	}
	arn, err := r.roleARN(*in.Role, c.Partition())
	if err != nil {
		return c, err
	}
	return r.resolver().WithRole(c, arn, *in.Role)
}

// storeOneOff saves the session, which serves the next who asks for the same. What a
// sensitive profile gave is not stored: the end of its lease would not take it back.
func (r *refresher) storeOneOff(name string, c profile.Chain, one session) {
	if r.choices.leaseOf(name) > 0 {
		r.store.discardUnheld(one)
		for n := range c.Roles {
			r.store.discardUnheld(r.store.latest(c.Origin(n)))
		}
	}
	r.store.forgetEnded(r.aws.Now())
	_ = r.keeper.save(true) // shown as a problem, and retried
	r.view.publish()
}

func (r *refresher) oneOffReply(c profile.Chain, one session) creds.UseReply {
	return creds.UseReply{
		Credentials: creds.Credentials{
			AccessKeyID: one.AccessKeyID, SecretAccessKey: one.SecretAccessKey, SessionToken: one.SessionToken,
			// Programs use this machine's clock.
			Expires: one.Expires.Add(r.aws.FarOff()), AccountID: one.AccountID, Region: c.Region,
		},
		Region: c.Region, Variables: c.Base.Variables(), MFA: c.MFASerial != "", Note: one.Note,
	}
}

// oneOffOfKey serves a request with the key that it brings. Nothing of it is stored, and
// nobody else joins it: another may have brought the same ID with another secret.
func (r *refresher) oneOffOfKey(ctx context.Context, in creds.OneOffRequest, o RefreshOptions) (creds.UseReply, error) {
	o.key = in.Key
	c := r.resolver().OfKey(in.Region, in.MFASerial)
	if in.Role != nil {
		arn, err := r.roleARN(*in.Role, c.Partition())
		if err != nil {
			return creds.UseReply{}, err
		}
		if c, err = r.resolver().WithRole(c, arn, *in.Role); err != nil {
			return creds.UseReply{}, err
		}
		c.MFAOfSource = false // the request names it
	}
	wanted, err := r.request(c, in.Duration)
	if err != nil {
		return creds.UseReply{}, err
	}
	var one session
	switch {
	case in.Role == nil:
		one, err = r.issuer.userSession(ctx, c, wanted, o)
	case in.SessionToken.IsZero():
		// Straight, with the code: through a session AWS gives one hour at most.
		one, err = r.issuer.assumeWithKey(ctx, c, wanted, o)
	default:
		source := session{AccessKeyID: in.Key.ID, SecretAccessKey: in.Key.Secret, SessionToken: in.SessionToken}
		var note string
		one, note, err = r.issuer.assumeOrHour(ctx, c, wanted, source)
		one.Note, err = note, r.aws.Explain(awscall.PurposeOf(c, true), err)
	}
	r.problems.set(topicClock, r.aws.ClockProblem())
	if err != nil {
		return creds.UseReply{}, err
	}
	return r.oneOffReply(c, one), nil
}

// roleARN returns the ARN of a role that is asked for by that, or by its name and account.
func (o *owners) roleARN(r creds.OneOffRole, partitionName string) (string, error) {
	if strings.HasPrefix(r.Role, "arn:") {
		return r.Role, nil // as checkOneOff has it
	}
	account, err := o.accountNumber(r.Account)
	if err != nil {
		return "", err
	}
	return "arn:" + partitionName + ":iam::" + account + ":role/" + strings.TrimPrefix(r.Role, "/"), nil
}

// accountNumber returns the number of an account by that, or by its name in the settings.
func (o *owners) accountNumber(name string) (string, error) {
	if creds.IsAccount(name) {
		return name, nil
	}
	known := o.choices.settings().Accounts
	if number, ok := known[name]; ok {
		return number, nil
	}
	names := slices.Sorted(maps.Keys(known))
	near, found := words.Nearest(name, names)
	switch {
	case len(names) == 0:
		return "", &creds.Error{
			Code:    creds.CodeBadRequest,
			Message: lang.Sprintf("there is no account %q: the settings name none", name),
			Advice:  lang.Sprintf("Give its number, twelve digits, or name it with: daypass settings set accounts.%s NUMBER", nameOr(name, "NAME")),
		}
	case found:
		return "", creds.Errorf(creds.CodeBadRequest, "there is no account %q in daypass's settings; did you mean %q?", name, near)
	}
	return "", creds.Errorf(creds.CodeBadRequest, "there is no account %q in daypass's settings; known there are %s", name, someOf(names))
}

// plainName is a key of TOML without quotes.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func nameOr(name, other string) string {
	if plainName.MatchString(name) {
		return name
	}
	return other
}

// someOf lists names, and leaves out the end of a long list.
func someOf(names []string) string {
	const most = 10
	if rest := len(names) - most; rest > 0 {
		return lang.Sprintf("%s and %d more", strings.Join(names[:most], ", "), rest)
	}
	return strings.Join(names, ", ")
}

// Bounds of STS on what a request has:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
const (
	maxPolicies   = 10
	maxARN        = 2048
	maxExternalID = 1224
	maxToken      = 16 << 10 // far above what AWS gives
	maxSecret     = 1 << 10
)

var (
	oneOffNames = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{2,64}$`)
	externalIDs = regexp.MustCompile(`^[A-Za-z0-9_+=,.@:/-]+$`)
	roleARNs    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-~]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,64}$`)
	roleNames   = regexp.MustCompile(`^/?([!-~]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,64}$`)
	policyARNs  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[!-~]+$`)
)

// checkOneOff says what is wrong with a request before anybody is asked anything.
func checkOneOff(in creds.OneOffRequest) error {
	most := creds.MaxSession
	if in.Role != nil {
		most = creds.MaxRole
	}
	switch {
	case in.Duration != 0 && in.Role != nil && (in.Duration < creds.MinSession || in.Duration > most):
		return creds.Errorf(creds.CodeBadRequest, "a role's session lasts from 15 minutes to 12 hours, not %s", words.Duration(in.Duration))
	case in.Duration != 0 && (in.Duration < creds.MinSession || in.Duration > most):
		return creds.Errorf(creds.CodeBadRequest, "a session lasts from 15 minutes to 36 hours, not %s", words.Duration(in.Duration))
	case in.Duration%time.Second != 0:
		return creds.Errorf(creds.CodeBadRequest, "AWS takes the duration of a session in whole seconds")
	case in.MFASerial != "" && answers.Serial(in.MFASerial) != nil:
		return creds.Errorf(creds.CodeBadRequest, "%s is no serial number of an MFA device; that of a user is the ARN that the IAM console shows", quoteBriefly(in.MFASerial))
	case in.Region != "" && !partition.IsRegion(in.Region):
		return &creds.Error{
			Code: creds.CodeBadRequest, Message: lang.Sprintf("%s is no region of AWS", quoteBriefly(in.Region)), Advice: lang.T(profile.RegionAdvice),
		}
	case in.Key == nil && in.Profile == "":
		return creds.Errorf(creds.CodeBadRequest, "the request names no profile, and brings no key")
	case in.Key != nil && in.Profile != "":
		return creds.Errorf(creds.CodeBadRequest, "the request names a profile and brings a key; it is one of them")
	}
	return cmp.Or(checkKey(in), checkRole(in.Role))
}

// checkKey says what is wrong with the key of a request, never with the key in it.
func checkKey(in creds.OneOffRequest) error {
	if in.Key == nil {
		return nil
	}
	secretKey, token := in.Key.Secret.Reveal(), in.SessionToken.Reveal()
	switch {
	case !answers.IsKeyID(in.Key.ID):
		return creds.Errorf(creds.CodeBadRequest, "AWS_ACCESS_KEY_ID is no ID of an access key, which has letters and digits, 16 of them at least")
	case secretKey == "" || len(secretKey) > maxSecret || answers.Optional("", secretKey) != nil:
		return creds.Errorf(creds.CodeBadRequest, "AWS_SECRET_ACCESS_KEY is no secret access key, which is one word")
	case len(token) > maxToken || answers.Optional("", token) != nil:
		return creds.Errorf(creds.CodeBadRequest, "AWS_SESSION_TOKEN is no session token, which is one word")
	case token != "" && awsfile.IsLongTermID(in.Key.ID):
		return creds.Errorf(creds.CodeBadRequest,
			"AWS_SESSION_TOKEN is set beside a long-term key, with which AWS takes none: unset it, as it is left from temporary credentials")
	case token == "" && awsfile.IsSessionID(in.Key.ID):
		return creds.Errorf(creds.CodeBadRequest,
			"the access key in the environment is of temporary credentials, and their AWS_SESSION_TOKEN is missing")
	case token != "" && in.Role == nil:
		return &creds.Error{
			Code:    creds.CodeBadRequest,
			Message: lang.T("the credentials in the environment are temporary, and AWS gives no session for such"),
			Advice:  lang.T("Put the long-term key of the IAM user there, or ask for a role, which they may assume."),
		}
	case token != "" && in.MFASerial != "":
		return creds.Errorf(creds.CodeBadRequest,
			"the credentials in the environment are temporary, and AWS takes an MFA code with a long-term key alone")
	}
	return nil
}

func checkRole(r *creds.OneOffRole) error {
	if r == nil {
		return nil
	}
	isARN := strings.HasPrefix(r.Role, "arn:")
	switch {
	case isARN && (len(r.Role) > maxARN || !roleARNs.MatchString(r.Role)):
		return creds.Errorf(creds.CodeBadRequest, "%s is no ARN of a role, which is written as arn:aws:iam::123456789012:role/NAME", quoteBriefly(r.Role))
	case isARN && r.Account != "" && r.Account != profile.AccountOf(r.Role):
		return creds.Errorf(creds.CodeBadRequest, "the role's ARN names its account; leave out the account, or give the role's name alone")
	case !isARN && !roleNames.MatchString(r.Role):
		return creds.Errorf(creds.CodeBadRequest, "%s is no name of a role, and no ARN of one", quoteBriefly(r.Role))
	case !isARN && r.Account == "":
		return creds.Errorf(creds.CodeBadRequest, "a role's name needs an account beside it: its number, or its name in daypass's settings")
	case len(r.Account) > maxARN:
		return creds.Errorf(creds.CodeBadRequest, "%s is no account", quoteBriefly(r.Account))
	}
	return checkSession(r)
}

// checkSession says what is wrong with what a request has for the session of a role.
func checkSession(r *creds.OneOffRole) error {
	switch {
	case r.SessionName != "" && !oneOffNames.MatchString(r.SessionName):
		return creds.Errorf(creds.CodeBadRequest, "%s is no name of a session: it has 2 to 64 letters, digits and characters of +=,.@-_", quoteBriefly(r.SessionName))
	case r.ExternalID != "" && (len(r.ExternalID) < 2 || len(r.ExternalID) > maxExternalID || !externalIDs.MatchString(r.ExternalID)):
		return creds.Errorf(creds.CodeBadRequest, "%s is no external ID: it has 2 to 1224 letters, digits and characters of +=,.@:/-_", quoteBriefly(r.ExternalID))
	case len(r.PolicyARNs) > maxPolicies:
		return creds.Errorf(creds.CodeBadRequest, "AWS takes ten policies for a session at most, not %d", len(r.PolicyARNs))
	}
	for _, arn := range r.PolicyARNs {
		if len(arn) < 20 || len(arn) > maxARN || !policyARNs.MatchString(arn) {
			return creds.Errorf(creds.CodeBadRequest, "%s is no ARN of a managed policy, which is written as arn:aws:iam::aws:policy/NAME", quoteBriefly(arn))
		}
	}
	return nil
}

// quoteBriefly quotes what a person has typed, and leaves out the end of a long text.
func quoteBriefly(text string) string {
	const most = 100
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.Quote(text)
}
