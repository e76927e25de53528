package core_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
	"daypass/internal/signin"
	"daypass/sso"
)

// askedCall is a call to AWS, and what causes it.
type askedCall struct {
	action string
	// first comes before each try, with AWS as it should be.
	first func(w *world) error
	try   func(w *world) error
	// lacks is what an empty answer lacks.
	lacks string
	// fields are the values that are read, each with an invalid one that must be
	// refused in one sentence; nil is a missing field.
	fields map[string][]any
	// oneSentence, if set, is the error for all of them.
	oneSentence string
}

// gone removes a field; keys are as in XML and JSON.
type gone struct{}

func refreshing(name string) func(w *world) error {
	return func(w *world) error {
		_, err := w.m.Refresh(w.t.Context(), name, core.RefreshOptions{Force: true, Requester: atTray})
		return err
	}
}

func adding(w *world) error {
	_, err := w.m.Add(w.t.Context(), creds.AddRequest{
		Profile: "added", AccessKeyID: w.CIKey.ID, SecretAccessKey: secret.New(w.CIKey.Secret), Replace: true,
	})
	return err
}

func opening(name string) func(w *world) error {
	return func(w *world) error {
		_, err := w.m.Console(w.t.Context(), name, core.ConsoleOptions{Refresh: core.RefreshOptions{Requester: atTray}})
		return err
	}
}

func signingIn(method creds.SignInMethod) func(w *world) error {
	return func(w *world) error {
		_, err := w.m.SignIn(w.t.Context(), awstest.SampleSession, core.RefreshOptions{
			Force: true, Requester: atTray, SignIn: creds.SignInOptions{Method: method},
		})
		return err
	}
}

func importing(w *world) error {
	_, err := w.m.Import(w.t.Context(), creds.SSOImportRequest{
		Session: awstest.SampleSession, Refetch: true, Prune: true, ConfigWrite: creds.ConfigWrite{Write: true},
	}, core.RefreshOptions{Requester: atTray})
	return err
}

// signedIn signs in as another program does, so that no refresh is running.
func signedIn(w *world) error {
	visit := func(ctx context.Context, address string) error {
		_, err := w.SSO.Center.Visit(ctx, address)
		return err
	}
	_, err := w.otherProgram().SignIn(w.t.Context(), w.corp(), signin.Way{Open: visit})
	w.m.RereadTokens(w.t.Context())
	return err
}

// signedInBefore is signedIn with a token that must be renewed.
func signedInBefore(w *world) error {
	if err := signedIn(w); err != nil {
		return err
	}
	token, err := w.tokens.Token(w.t.Context(), w.corp())
	if err != nil {
		return err
	}
	token.Expires = time.Now().Add(-time.Minute)
	return w.tokens.StoreToken(w.t.Context(), w.corp(), token)
}

const farAway = "9999-12-31T23:59:59Z"

// keysOf returns the fields of temporary credentials, in the spelling of a service.
func keyFields(id, secretKey, token, end string, ends ...any) map[string][]any {
	return map[string][]any{
		id:        {gone{}, "", "short", "ASIAIOSFODNN7\nEXAMPLE", "AKIA " + strings.Repeat("A", 16), strings.Repeat("A", 5000)},
		secretKey: {gone{}, "", "two words", "line\nbreak", "tab\there", "é" + strings.Repeat("x", 39)},
		token:     {gone{}, "", "line\nbreak", "carriage\rreturn", "FwoG\n[default]\naws_access_key_id=x"},
		end:       append([]any{gone{}}, ends...),
	}
}

func askedCalls() map[string]askedCall {
	stsKeys := func() map[string][]any {
		return keyFields("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "", "soon", "2001-01-01T00:00:00Z", farAway, "1970-01-01T00:00:00Z")
	}
	const tokens = "has no access token"
	tokenFields := map[string][]any{
		"accessToken": {gone{}, nil, "", "line\nbreak", 7}, "refreshToken": {"line\nbreak", 7},
		"expiresIn": {gone{}, nil, 0, -1, -2147483648, 2147483647, "1 h", 1e300}, "tokenType": {"Basic"},
	}
	return map[string]askedCall{
		"a user's session": {action: "GetSessionToken", try: refreshing("ci"), lacks: "has no credentials", fields: stsKeys()},
		"a role through a key": {
			action: "AssumeRole", try: refreshing("ci-role"), lacks: "has no credentials", fields: stsKeys(),
		},
		"a role through another": {
			action: "AssumeRole", first: signedIn, try: refreshing("sso-deploy"), lacks: "has no credentials", fields: stsKeys(),
		},
		"a user's console": {
			action: "GetFederationToken", try: opening("ci"), lacks: "has no credentials",
			fields: with(stsKeys(), map[string][]any{
				"FederatedUser": {gone{}}, "Arn": {gone{}, "", "ci", "arn:aws:sts::1:federated-user/ci", "arn:aws:sts::111111111111:federated-user/a\nb"},
			}),
		},
		"whose a key is": {
			action: "GetCallerIdentity", try: adding, lacks: "has no ARN of a user",
			fields: map[string][]any{
				"Arn": {
					gone{},
					"", "alice", "arn:aws:iam::111111111111:user/", "arn:aws:iam::111111111111:group/ci", "arn:aws:iam::1:user/ci",
					"arn:aws:iam::111111111111:user/a\nb", "arn:aws:iam::111111111111:root/", "arn:aws:iam::222222222222:root",
				},
				"Account": {gone{}, "", "222222222222", "x", "111111111111\n"},
			},
		},
		"a user's devices": {
			action: "ListMFADevices", try: func(w *world) error {
				_, err := w.m.Add(w.t.Context(), creds.AddRequest{
					Profile: "alice", AccessKeyID: w.AliceKey.ID, SecretAccessKey: secret.New(w.AliceKey.Secret), Replace: true,
				})
				return err
			}, lacks: "has no list of MFA devices",
			fields: map[string][]any{
				"MFADevices":   {gone{}},
				"SerialNumber": {gone{}, "", "x", "arn:aws:iam::111111111111:mfa/a\nb", "arn:aws:iam::111111111111:mfa/a b", strings.Repeat("1", 257)},
			},
		},
		"a role of Identity Center": {
			action: "GetRoleCredentials", first: signedIn, try: refreshing("sso-dev-admin"), lacks: "has no credentials",
			fields: with(
				keyFields("accessKeyId", "secretAccessKey", "sessionToken", "expiration", nil, 0, -1, 1, 1000000000000, int64(9223372036854775807), "soon", 1e300),
				map[string][]any{"roleCredentials": {gone{}, nil, 5}},
			),
		},
		"the accounts of a session": {
			action: "ListAccounts", first: signedIn, try: importing, lacks: "has no list of accounts",
			fields: map[string][]any{
				"accountList": {gone{}, nil, "none"}, "accountId": {gone{}, nil, "", "12", "44444444444a", "444444444444\n", 444444444444},
				"accountName": {"line\nbreak", "\x1b[31mred", strings.Repeat("x", 5000), 7}, "emailAddress": {"line\nbreak", "\u202etxt"},
				"nextToken": {"again"},
			},
		},
		"the roles of an account": {
			action: "ListAccountRoles", first: signedIn, try: importing, lacks: "has no list of roles",
			fields: map[string][]any{
				"roleList": {gone{}, nil, "none"}, "roleName": {gone{}, nil, "", "two words", "a\n[default]", strings.Repeat("x", 65)},
				"accountId": {"999999999999"}, "nextToken": {"again"},
			},
		},
		"a registration": {
			action: "RegisterClient", try: signingIn(creds.SignInBrowser), lacks: "has no ID of a client",
			first: func(w *world) error { return w.tokens.RemoveRegistration(w.t.Context(), w.corp()) },
			fields: map[string][]any{
				"clientId": {gone{}, nil, "", "line\nbreak", 7}, "clientSecret": {gone{}, nil, "", "line\nbreak"},
				"clientSecretExpiresAt": {gone{}, nil, 0, -1, 1, int64(9223372036854775807), int64(253402300800), "soon"},
			},
		},
		"a code to compare": {
			action: "StartDeviceAuthorization", try: signingIn(creds.SignInDeviceCode), lacks: "has no device code",
			fields: map[string][]any{
				"deviceCode": {gone{}, nil, "", "line\nbreak"}, "userCode": {gone{}, nil, "", "\x1b[2J", "AB\nCD"},
				"verificationUri(Complete)?": {gone{}, nil, "", "javascript:alert(1)", "https://evil.example/", "https://a b/"},
				"expiresIn":                  {-1, 2147483647, "soon"}, "interval": {-1, 2147483647, "often"},
			},
		},
		"the token of a sign-in": {action: "CreateToken", try: signingIn(creds.SignInBrowser), lacks: tokens, fields: tokenFields},
		"a renewed token": {
			action: "CreateToken", first: signedInBefore, try: refreshing("sso-dev-admin"), lacks: tokens, fields: tokenFields,
		},
		"a sign-in to the console": {
			action: "GetSigninToken", first: func(w *world) error {
				return errors.Join(signedIn(w), refreshing("sso-dev-admin")(w))
			}, try: opening("sso-dev-admin"),
			oneSentence: "answered the sign-in to the console with something else than AWS does",
			fields:      map[string][]any{"SigninToken": {gone{}, nil, "", "line\nbreak", 7}},
		},
	}
}

func with(all, more map[string][]any) map[string][]any {
	maps.Copy(all, more)
	return all
}

// changed returns a function that gives each field of a name another value.
func changed(field string, value any) func(string) string {
	inXML := regexp.MustCompile(`(?s)<(` + field + `)>.*?</` + field + `>`)
	inJSON := regexp.MustCompile(`"(` + field + `)":("[^"]*"|-?[0-9]+|null|\{[^{}]*\}|\[(\{[^{}]*\},?)*\])`)
	return func(body string) string {
		if strings.HasPrefix(body, "<") {
			text, isText := value.(string)
			text = strings.NewReplacer("\n", "&#10;", "\r", "&#13;", "\t", "&#9;").Replace(text)
			return inXML.ReplaceAllStringFunc(body, func(found string) string {
				if !isText {
					return ""
				}
				name := inXML.FindStringSubmatch(found)[1]
				return "<" + name + ">" + text + "</" + name + ">"
			})
		}
		return inJSON.ReplaceAllStringFunc(body, func(found string) string {
			name := inJSON.FindStringSubmatch(found)[1]
			switch v := value.(type) {
			case gone:
				return `"another":0`
			case nil:
				return `"` + name + `":null`
			case string:
				return fmt.Sprintf(`%q:"%s"`, name, strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`, "\x1b", `\u001b`).Replace(v))
			case float64:
				return fmt.Sprintf("%q:%g", name, v)
			default:
				return fmt.Sprintf("%q:%v", name, v)
			}
		})
	}
}

// badAnswer is a fault, and its sentence.
type badAnswer struct {
	awstest.Fault
	words string
}

// badAnswers are those of a call: whole ones, and single fields.
func (c askedCall) badAnswers() map[string]badAnswer {
	const notAWS = "what answered is not AWS (HTTP status 200)"
	whole := func(body, words string) badAnswer {
		return badAnswer{awstest.Fault{Status: http.StatusOK, Body: body}, words}
	}
	all := map[string]badAnswer{
		"an empty body":   whole("", c.lacks),
		"an empty object": whole("{}", c.lacks),
		"null":            whole("null", ""),
		"a list":          whole("[]", ""),
		"words":           whole("It works!", ""),
		"a page":          whole("<!DOCTYPE html><html><head><title>Sign in to the hotel</title></head><body><p>Room?</body></html>", notAWS),
		"half of it":      {awstest.Fault{BreakOff: true}, "broke off"},
		// The limit ends it, or on a busy machine the connection before that.
		"a body of 100 MB":  {awstest.Fault{Status: http.StatusOK, Body: strings.Repeat(" ", 1<<20), Repeat: 100}, ""},
		"100 MB of refusal": {awstest.Fault{Status: http.StatusForbidden, Body: strings.Repeat(" ", 1<<20), Repeat: 100}, ""},
		"a proxy's refusal": {awstest.Fault{Status: http.StatusForbidden, Body: "<html><p>Forbidden"}, "(HTTP status 403"},
		"a proxy's wish":    {awstest.Fault{Status: http.StatusUnauthorized, Body: "{}"}, "(HTTP status 401"},
		"a refusal that moves the cursor": {
			awstest.Fault{Status: http.StatusBadRequest, Code: "Strange", Message: "a\x1b[2J\nb\u202ec" + strings.Repeat(" long", 2000)}, "",
		},
	}
	if c.oneSentence != "" {
		for name, bad := range all {
			bad.words = ""
			if bad.Status == http.StatusOK {
				bad.words = c.oneSentence
			}
			all[name] = bad
		}
	}
	for field, values := range c.fields {
		for _, value := range values {
			all[fmt.Sprintf("%s is %.30q", field, fmt.Sprint(value))] = badAnswer{awstest.Fault{Change: changed(field, value)}, c.oneSentence}
		}
	}
	return all
}

// stored is what daypass has written to disk, except registrations, which are kept for
// later.
func (w *world) stored() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(w.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), `"clientId"`) && !strings.Contains(string(data), `"accessToken"`) {
			return err
		}
		all[path] = string(data)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// browsing is a person who signs in with a browser on this machine.
type browsing struct{ *person }

func (b browsing) SignIn(ctx context.Context, ask core.SignInRequest, work func(context.Context, signin.Way) error) error {
	center := b.centerOf(ask.About.StartURL)
	return work(ctx, signin.Way{Method: signin.Method(ask.Options.Method), Open: func(ctx context.Context, address string) error {
		if ask.Options.Method == creds.SignInDeviceCode {
			_, err := center.Consent(address, true)
			return err
		}
		_, err := center.Visit(ctx, address)
		return err
	}})
}

// overHTTP serves AWS on a port, to which all calls go.
func (w *world) overHTTP(handler http.Handler) {
	w.t.Helper()
	w.stop()
	server, err := awstest.Serve(w.t.Context(), "127.0.0.1:0", handler)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = server.Close() })
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SIGNIN"} {
		w.t.Setenv(name, server.URL())
	}
	cfg, err := awscall.Load(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.RetryMaxAttempts = 1
	cfg.BaseEndpoint = aws.String(server.URL())
	w.aws = cfg
	w.userOf = func() core.User { return browsing{w.person} }
	w.withSSO("\n[profile ci-role]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci\n")
	w.start()
}

// TestABadAnswerOfAWSIsOneSentenceAndChangesNothing tries bad values in
// all calls and all fields of their answers, over HTTP.
func TestABadAnswerOfAWSIsOneSentenceAndChangesNothing(t *testing.T) {
	for name, call := range askedCalls() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.overHTTP(w.AWS)
			// From here on the person is known.
			if err := errors.Join(signedIn(w), refreshing("sso-sandbox")(w)); err != nil {
				t.Fatal(err)
			}
			bad := call.badAnswers()
			for _, name := range slices.Sorted(maps.Keys(bad)) {
				call.meets(w, name, bad[name])
			}
			// The agent still works.
			if call.first != nil {
				if err := call.first(w); err != nil {
					t.Fatal(err)
				}
			}
			if err := call.try(w); err != nil {
				t.Errorf("with AWS as it should be: %v", err)
			}
		})
	}
}

// meets makes the call with one bad answer.
func (c askedCall) meets(w *world, name string, bad badAnswer) {
	w.t.Helper()
	if c.first != nil {
		if err := c.first(w); err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
	}
	before, calls := w.stored(), w.calls(c.action)
	w.AWS.Faults.Add(c.action, bad.Fault)
	err := c.try(w)
	w.AWS.Faults.Clear()
	var known *creds.Error
	switch {
	case err == nil:
		w.t.Errorf("%s: taken for good", name)
	case !errors.As(err, &known) || known.Message == "" || strings.ContainsFunc(known.Message, func(r rune) bool { return r < ' ' || r == '\u202e' }) ||
		len(known.Message) > 1000:
		w.t.Errorf("%s: not a sentence for people: %q", name, err)
	case !strings.Contains(known.Message, bad.words):
		w.t.Errorf("%s: got %q, want it to say %q", name, known.Message, bad.words)
	case known.Code == creds.CodeInternal:
		w.t.Errorf("%s: %s", name, known.Code)
	}
	if n := w.calls(c.action) - calls; n == 0 {
		w.t.Errorf("%s: %s was not called", name, c.action)
	}
	if diff := cmp.Diff(before, w.stored()); diff != "" {
		w.t.Errorf("%s: what is stored has changed (-before +after):\n%s", name, diff)
	}
}

// answering passes requests on to AWS, except those to a path.
func answering(w *world, path string, answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			answer(rw, r)
			return
		}
		w.AWS.ServeHTTP(rw, r)
	})
}

func TestASignOutAnsweredByAProxyIsNotReportedAsDoneAtAWS(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"with a page": func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, "<html><p>Welcome") },
		"with nothing": func(http.ResponseWriter, *http.Request) {
		},
		"with a wish for a password": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.overHTTP(answering(w, "/logout", answer))
			if err := signedIn(w); err != nil {
				t.Fatal(err)
			}
			err := w.m.SignOut(t.Context(), awstest.SampleSession)
			var known *creds.Error
			if !errors.As(err, &known) || !strings.Contains(known.Message, "is signed out on this machine only: ") {
				t.Errorf("got %v", err)
			}
			if _, err := w.tokens.Token(t.Context(), w.corp()); !errors.Is(err, sso.ErrNoToken) {
				t.Errorf("the token is still here: %v", err)
			}
		})
	}
}

func TestTheConsolesSignInFollowsNoRedirect(t *testing.T) {
	visited := make(chan string, 10)
	elsewhere, err := awstest.Serve(t.Context(), "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		visited <- r.Referer()
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close()
	w := newWorld(t)
	w.overHTTP(answering(w, "/federation", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, elsewhere.URL()+"/", http.StatusTemporaryRedirect)
	}))
	credstest.WantCode(t, opening("ci")(w), creds.CodeNetwork, "answered the sign-in to the console with HTTP 307")
	select {
	case from := <-visited:
		t.Errorf("it was followed, from %d letters", len(from))
	default:
	}
}

func TestTheClockIsComparedWithAWSsAnswersOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		header http.Header
		off    bool
	}{
		"AWS's":                     {http.Header{"Date": {"Mon, 02 Jan 2006 15:04:05 GMT"}, "X-Amzn-Requestid": {"1"}}, true},
		"a proxy's":                 {http.Header{"Date": {"Mon, 02 Jan 2006 15:04:05 GMT"}}, false},
		"one in another millennium": {http.Header{"Date": {"Mon, 02 Jan 9006 15:04:05 GMT"}, "X-Amzn-Requestid": {"1"}}, false},
		"the first of all":          {http.Header{"Date": {"Mon, 01 Jan 0001 00:00:00 GMT"}, "X-Amzn-Requestid": {"1"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.overHTTP(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				maps.Copy(rw.Header(), tc.header)
				rw.WriteHeader(http.StatusForbidden)
			}))
			_ = refreshing("ci")(w)
			off := slices.ContainsFunc(w.m.Snapshot(t.Context()).Problems, func(e creds.Error) bool { return e.Code == creds.CodeClockOff })
			if off != tc.off {
				t.Errorf("the clock is said to be off: %v", off)
			}
		})
	}
}

func TestTheKeyOfARootUserIsAddedWithANote(t *testing.T) {
	w := newWorld(t)
	w.overHTTP(w.AWS)
	const root = "arn:aws:iam::111111111111:root"
	w.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Change: changed("Arn", root)})
	reply, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "root", AccessKeyID: w.CIKey.ID, SecretAccessKey: secret.New(w.CIKey.Secret)})
	if err != nil {
		t.Fatal(err)
	}
	if reply.UserARN != root || reply.Status.AccountID != "111111111111" || !strings.Contains(reply.Note, "root user") {
		t.Errorf("got %+v", reply)
	}
}
