package core_test

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

func TestEveryRefusalOfAWSNamesItsCauseAndTheStepThatHelps(t *testing.T) {
	const (
		own   = "own advice is empty"
		alice = "arn:aws:iam::111111111111:user/alice"
		role  = "arn:aws:iam::222222222222:role/Support"
		deny  = "User: " + alice + " is not authorized to perform: sts:AssumeRole on resource: " + role
	)
	signature := func(message string) awstest.Fault {
		return awstest.Fault{Code: "SignatureDoesNotMatch", Status: 403, Message: message}
	}
	for name, tc := range map[string]struct {
		fault         awstest.Fault
		profile       string
		code          creds.Code
		words, advice string
	}{
		"a region that is none": {
			signature("Credential should be scoped to a valid region, not 'None'. "), "ci", creds.CodeBadProfile,
			`AWS does not take "eu-west-1" for a region: correct region in [profile ci]`, "Regions are written like",
		},
		"a service that is another": {
			signature("Credential should be scoped to correct service: 'sts'. "), "ci", creds.CodeBadProfile,
			"the endpoint that was asked is not one of STS: correct endpoint_url in [profile ci]", "AWS_ENDPOINT_URL",
		},
		"another secret": {
			signature("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."),
			"ci", creds.CodeKeyInvalid, "the secret access key does not belong to the access key id", "Add the key once more, with the secret as AWS gave it",
		},
		"another secret of a session": {
			signature("The request signature we calculated does not match the signature you provided."),
			"partner", creds.CodeAWS, "AWS does not take the session that it was asked with", own,
		},
		"a call that was changed on its way": {
			signature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."), "ci", creds.CodeNetwork,
			"AWS did not get the call as it was signed: 'Host' or ':authority' must", "A proxy on the way may have changed",
		},
		"a call that lost its signature": {
			awstest.Fault{Code: "MissingAuthenticationToken", Status: 403, Message: "Request is missing Authentication Token"},
			"ci", creds.CodeNetwork,
			"AWS did not get the call as it was signed", "A proxy on the way may have changed",
		},
		"an incomplete signature": {
			awstest.Fault{Code: "IncompleteSignature", Message: "Authorization header requires 'Signature' parameter."},
			"ci", creds.CodeNetwork,
			"AWS did not get the call as it was signed", "A proxy on the way may have changed",
		},
		"a call that is late, by a clock that is right": {
			signature("Signature expired: 20261130T120000Z is now earlier than 20261130T121500Z (20261130T123000Z - 15 min.)"), "ci", creds.CodeNetwork,
			"the call came to AWS too late", "Try again",
		},
		"an unknown key": {
			awstest.Fault{Code: "InvalidClientTokenId", Status: 403, Message: "The security token included in the request is invalid."},
			"ci", creds.CodeKeyInvalid,
			"AWS does not know the access key in eu-west-1 (region in [profile ci]): it was deleted or made inactive, its account has not enabled that region, or it is of another partition than aws", own,
		},
		"an unknown key by another name": {
			awstest.Fault{Code: "UnrecognizedClientException", Message: "The security token included in the request is invalid."},
			"ci", creds.CodeKeyInvalid,
			"AWS does not know the access key in eu-west-1", own,
		},
		"a key that did not validate": {
			awstest.Fault{Code: "AuthFailure", Message: "AWS was not able to validate the provided access credentials"},
			"ci", creds.CodeKeyInvalid,
			"AWS does not know the access key in eu-west-1", own,
		},
		"a region without STS": {
			awstest.Fault{Code: "RegionDisabledException", Status: 403, Message: "STS is not activated in this region for account:111111111111. Your account administrator can activate STS in this region using the IAM Console."},
			"ci", creds.CodeBadProfile, "STS is not active in eu-west-1 (region in [profile ci]) for the account", "activate STS in this one, in the account settings of IAM",
		},
		"a region that was not opted in to": {
			awstest.Fault{Code: "OptInRequired", Status: 403, Message: "The AWS Access Key Id needs a subscription for the service"},
			"ci", creds.CodeDenied,
			"the account has not enabled eu-west-1 (region in [profile ci])", "whoever looks after the AWS account can enable",
		},
		"an unknown session": {
			awstest.Fault{Times: 2, Code: "InvalidClientTokenId", Status: 403, Message: "The security token included in the request is invalid."},
			"partner", creds.CodeAWS,
			"AWS does not know the session that it was asked with in eu-west-1 (region in [profile partner])", "correct the region",
		},
		"a session that has ended": {
			awstest.Fault{Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"},
			"ci", creds.CodeAWS,
			"the session that AWS was asked with has ended", own,
		},
		"a trust policy, or the caller's own": {
			awstest.Fault{Code: "AccessDenied", Status: 403, Message: deny},
			"partner", creds.CodeDenied, deny,
			"The trust policy of " + role + " has to admit " + alice + ", and may ask for an external_id or an MFA code",
		},
		"a trust policy": {
			awstest.Fault{Code: "AccessDenied", Status: 403, Message: deny + " because no role trust policy allows the sts:AssumeRole action"},
			"partner", creds.CodeDenied, deny,
			"The trust policy of " + role + " is in the way: it has to admit " + alice + ". Whoever looks after account 222222222222 can change it.",
		},
		"no policy of the caller's": {
			awstest.Fault{Code: "AccessDenied", Status: 403, Message: deny + " because no identity-based policy allows the sts:AssumeRole action"},
			"partner", creds.CodeDenied, deny,
			"No policy of " + alice + " allows sts:AssumeRole; whoever looks after account 111111111111 can add one.",
		},
		"a deny in the caller's policies": {
			awstest.Fault{Code: "AccessDenied", Status: 403, Message: deny + " with an explicit deny in an identity-based policy"},
			"partner", creds.CodeDenied, deny,
			"A policy of " + alice + " denies sts:AssumeRole, perhaps only without an MFA code",
		},
		"a deny of the organization": {
			awstest.Fault{Code: "AccessDenied", Status: 403, Message: deny + " with an explicit deny in a service control policy"},
			"partner", creds.CodeDenied, deny,
			"A policy of the organization is in the way",
		},
		"a permissions boundary": {
			awstest.Fault{Code: "AccessDenied", Status: 403, Message: deny + " because no permissions boundary allows the sts:AssumeRole action"},
			"partner", creds.CodeDenied, deny,
			"The permissions boundary of " + alice + " is in the way",
		},
		"an endpoint's policy": {
			awstest.Fault{Code: "AccessDenied", Status: 403, Message: deny + " because no VPC endpoint policy allows the sts:AssumeRole action"},
			"partner", creds.CodeDenied, deny,
			"The policy of the VPC endpoint",
		},
		"a name of a session that is none": {
			awstest.Fault{Code: "ValidationError", Message: "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"},
			"partner", creds.CodeBadProfile, "AWS does not take role_session_name in [profile partner]: 1 validation error", own,
		},
		"an ARN that is none": {
			awstest.Fault{Code: "ValidationError", Message: "arn:aws:iam::222222222222:Support is invalid"},
			"partner", creds.CodeBadProfile,
			"AWS does not take role_arn in [profile partner]: arn:aws:iam::222222222222:Support is invalid", own,
		},
		"a duration that is too long for the role": {
			awstest.Fault{Code: "ValidationError", Message: "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
			"partner", creds.CodeBadRequest,
			"ask for less, with duration_seconds in [profile partner] or with --duration", own,
		},
		"a policy that is none": {
			awstest.Fault{Code: "MalformedPolicyDocument", Message: "Syntax errors in policy."}, "ci", creds.CodeAWS, "AWS answered MalformedPolicyDocument: Syntax errors in policy.", own,
		},
		"a policy that is too large": {
			awstest.Fault{Code: "PackedPolicyTooLarge", Message: "Packed size of session tags consumes 130% of allotted space."}, "ci", creds.CodeAWS, "AWS answered PackedPolicyTooLarge: Packed size", own,
		},
		"a proxy that wants a password": {
			awstest.Fault{Status: http.StatusProxyAuthRequired, Body: "<html>who are you</html>"},
			"ci", creds.CodeNetwork,
			"the proxy wants a name and a password (HTTP status 407)", "http://name:password@host:port",
		},
		"a login page of a network": {
			awstest.Fault{Status: 200, Body: "<html>room number?</html>"},
			"ci", creds.CodeNetwork,
			"what answered is not AWS (HTTP status 200)", "the network may have a login page of its own",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				action := "GetSessionToken"
				if tc.profile == "partner" {
					action = "AssumeRole"
				}
				w.AWS.Faults.Add(action, tc.fault)
				_, err := w.m.Refresh(t.Context(), tc.profile, core.RefreshOptions{})
				credstest.WantCode(t, err, tc.code, tc.words)
				if known, ok := asKnown(err); tc.advice != own {
					wantAdvice(t, err, tc.advice)
				} else if ok && known.Advice != "" {
					t.Errorf("there is advice: %q", known.Advice)
				}
			})
		})
	}
}

func TestACallThatIsLateByAClockThatIsOffSaysSo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Skew(20 * time.Minute)
		w.AWS.Faults.Add("GetSessionToken", awstest.Fault{Code: "SignatureDoesNotMatch", Status: 403, Message: "Signature not yet current: 20261130T120000Z is still later than 20261130T113000Z"})
		_, err := w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeClockOff, "this computer's clock is 20 min behind AWS's")
	})
}

func TestARegionWithoutAHostAsksForItsSetting(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.set("ci", "region", "eu-wets-1")
		w.stop()
		w.aws.HTTPClient = &http.Client{Transport: nowhere{}}
		w.start()
		_, err := w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeNetwork, `no address is known for sts.eu-wets-1.amazonaws.com; is region in [profile ci] right, which is "eu-wets-1"?`)
	})
}

// nowhere resolves no host name.
type nowhere struct{}

func (nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
}

func TestASecretInTheFilesIsCorrectedThere(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, keyLines("bob", w.CIKey.ID, "mistyped"))
		_, err := w.m.Refresh(t.Context(), "bob", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeKeyInvalid, "correct aws_secret_access_key of [bob] in the AWS files")
		wantAdvice(t, err, "Put the secret there that AWS gave")
	})
}

func TestADeviceThatIsNotTheUsersIsNamedWithItsSection(t *testing.T) {
	for name, tc := range map[string]struct {
		sabotage func(w *world, serial string)
		profile  string
		words    string
	}{
		"of the user":       {func(w *world, serial string) { w.set("alice", "mfa_serial", serial) }, "alice", "correct mfa_serial in [profile alice]"},
		"of a role's own":   {func(w *world, serial string) { w.set("dev-admin", "mfa_serial", serial) }, "dev-admin", "correct mfa_serial in [profile dev-admin]"},
		"of a source":       {func(w *world, serial string) { w.set("alice", "mfa_serial", serial) }, "dev-readonly", "correct mfa_serial in [profile alice]"},
		"in the other file": {func(w *world, serial string) { w.write(w.files.Credentials, "[alice]\nmfa_serial = "+serial+"\n") }, "alice", "correct mfa_serial in [alice] of the credentials file"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				tc.sabotage(w, w.AWS.IAM.Account("111111111111").User("eve").MFA("eve").Serial())
				_, err := w.m.Refresh(t.Context(), tc.profile, core.RefreshOptions{})
				credstest.WantCode(t, err, creds.CodeBadProfile, tc.words)
			})
		})
	}
}

func TestASessionWithoutACodeSaysWhatItMayNotDo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const limit = "AWS lets this session call no operation of IAM"
		if s := w.refresh("ci", core.RefreshOptions{}); !strings.Contains(s.Note, limit) {
			t.Errorf("the note is %q", s.Note)
		}
		if s, err := w.m.Status(t.Context(), "ci"); err != nil || !strings.Contains(s.Note, limit) {
			t.Errorf("the note is %q, %v", s.Note, err)
		}
		for _, name := range []string{"alice", "dev-readonly"} {
			if s := w.refresh(name, core.RefreshOptions{}); s.Note != "" {
				t.Errorf("%s has the note %q", name, s.Note)
			}
		}
	})
}

func TestASensitiveSessionWithoutACodeSaysBoth(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.settings.Profile = map[string]creds.ProfileSettings{"ci": {Sensitive: true}}
		w.m.SettingsChanged()
		s := w.refresh("ci", core.RefreshOptions{Duration: 4 * time.Hour})
		for _, words := range []string{"call no operation of IAM", "instead of 4 h: the profile is sensitive"} {
			if !strings.Contains(s.Note, words) {
				t.Errorf("the note is %q, want %q", s.Note, words)
			}
		}
	})
}

func TestTheSecondRefusedCodeNamesTheDevice(t *testing.T) {
	const again = "the codes are another device's, or the device's own clock is off"
	bubble(t, func(t *testing.T, w *world) {
		ahead := w.Phone.Code(time.Now().Add(5 * time.Minute))
		w.person.script = []string{ahead, "12", w.Phone.Code(time.Now().Add(5*time.Minute + 30*time.Second))}
		w.refresh("alice", core.RefreshOptions{})
		if n := len(w.person.refusals); n != 3 {
			t.Fatalf("%d refusals", n)
		}
		for i, want := range []bool{false, false, true} {
			if r := w.person.refusals[i]; strings.Contains(r.Message, again) != want || r.ClockOff != 0 {
				t.Errorf("refusal %d is %+v", i, r)
			}
		}
		// An accepted code resets the count.
		w.person.refusals, w.person.script = nil, []string{ahead}
		w.refresh("alice", core.RefreshOptions{Force: true})
		if r := w.person.refusals[0]; strings.Contains(r.Message, again) {
			t.Errorf("the first refusal is %+v", r)
		}
	})
}

func TestASecondCodeIsCountedAcrossQuestions(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for i := range 2 {
			w.person.script = []string{w.Phone.Code(time.Now().Add(5 * time.Minute))}
			w.person.stops = true
			_, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{})
			var refusal *creds.Refusal
			if !errors.As(err, &refusal) || strings.Contains(refusal.Message, "own clock is off") != (i == 1) {
				t.Errorf("try %d: %v", i, err)
			}
		}
	})
}

func TestAClockThatIsOffExplainsCodesThatAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.AWS.Skew(5 * time.Minute)
		w.person.script = []string{w.Phone.Code(time.Now()), w.Phone.Code(time.Now().Add(30 * time.Second))}
		w.refresh("alice", core.RefreshOptions{})
		if n := len(w.person.refusals); n != 2 {
			t.Fatalf("%d refusals", n)
		}
		for i, r := range w.person.refusals {
			if off := r.ClockOff + 5*time.Minute; off.Abs() > 2*time.Second || strings.Contains(r.Message, "agrees") {
				t.Errorf("refusal %d is %+v", i, r)
			}
		}
	})
}

func TestCodesAreTakenAsPeopleWriteThem(t *testing.T) {
	for _, form := range []string{"%s %s", "%s-%s", " %s\u00a0%s\n", "%s\u202f%s", "%s\u2013%s"} {
		bubble(t, func(t *testing.T, w *world) {
			code, err := w.Phone.NextCode(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.person.script = []string{strings.NewReplacer("%s", "").Replace(strings.Replace(strings.Replace(form, "%s", code[:3], 1), "%s", code[3:], 1))}
			w.refresh("alice", core.RefreshOptions{})
			if n := len(w.person.refusals); n > 0 {
				t.Errorf("%q: %+v", form, w.person.refusals)
			}
			// A used code is recognised in any form.
			w.person.script = []string{code}
			w.refresh("alice", core.RefreshOptions{Force: true})
			if n := len(w.person.refusals); n != 1 || !strings.Contains(w.person.refusals[0].Message, "used already") {
				t.Errorf("%q: %+v", form, w.person.refusals)
			}
		})
	}
}
