package awstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// The clients of the sign-in service: a program with a browser on its machine, and one
// without, into which the person pastes the code.
const (
	clientSameDevice  = "arn:aws:signin:::devtools/same-device"
	clientCrossDevice = "arn:aws:signin:::devtools/cross-device"
)

// The actions that people need for it: those of the managed policy
// SignInLocalDevelopmentAccess, and the one that logs out.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_signin.html
const (
	actionAuthorize   = "signin:AuthorizeOAuth2Access"
	actionCreateToken = "signin:CreateOAuth2Token"
	actionRevokeToken = "signin:RevokeOAuth2Token" // #nosec G101 -- not a token
)

// SignIn is AWS's sign-in service, with which "aws login" makes credentials out of a sign-in
// to the console: its page in the browser, and the calls for tokens.
// https://docs.aws.amazon.com/signin/latest/APIReference/
type SignIn struct {
	*wire
	iam    *IAM
	signer *ecdsa.PrivateKey // of ID tokens

	mu         sync.Mutex // guards all below, and all that is reached from there
	settings   SignInSettings
	identities []*ConsoleIdentity // in the order they were made
	consents   map[string]*codeConsent
	codes      map[string]*signInCode
	sessions   map[string]*signInSession // by each of their refresh tokens, the old ones too
	proofs     map[string]bool           // the jti of DPoP proofs
}

func newSignIn(w *wire, iam *IAM) *SignIn {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil { // never, says crypto/rand
		panic(err)
	}
	return &SignIn{
		wire: w, iam: iam, signer: signer, settings: SignInSettings{}.withDefaults(),
		consents: map[string]*codeConsent{},
		codes:    map[string]*signInCode{},
		sessions: map[string]*signInSession{},
		proofs:   map[string]bool{},
	}
}

// SignInSettings are how a [SignIn] behaves. Zero is the default.
type SignInSettings struct {
	// Session is how long after a sign-in its refresh tokens are valid: 12 h.
	Session time.Duration
	// Credentials is how long credentials are valid: 15 min, which is AWS's limit.
	Credentials time.Duration
	// AuthCode is how long an authorization code may wait for its client: 10 min.
	AuthCode time.Duration
}

func (s SignInSettings) withDefaults() SignInSettings {
	const most = 15 * time.Minute
	if s.Session == 0 {
		s.Session = 12 * time.Hour
	}
	if s.Credentials == 0 || s.Credentials > most {
		s.Credentials = most
	}
	if s.AuthCode == 0 {
		s.AuthCode = 10 * time.Minute
	}
	return s
}

// Set replaces all settings. Issued tokens, codes and credentials keep their times.
func (s *SignIn) Set(settings SignInSettings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = settings.withDefaults()
}

// ConsoleIdentity is somebody who is signed in to the console in the browser, and may let
// programs act as them.
type ConsoleIdentity struct {
	signIn *SignIn
	owner  key // only who it is
}

// User registers an IAM user, or [Account.Root], as an identity. Their credentials have MFA
// if they have an MFA device when they sign in.
func (s *SignIn) User(u *User) *ConsoleIdentity { return s.identity(key{user: u}) }

// Role registers a role's session of this name, as federation makes them, as an identity.
func (s *SignIn) Role(r *Role, session string) *ConsoleIdentity {
	return s.identity(key{role: r, session: session})
}

func (s *SignIn) identity(owner key) *ConsoleIdentity {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.identities, func(id *ConsoleIdentity) bool { return id.owner.arn() == owner.arn() }); i >= 0 {
		return s.identities[i]
	}
	id := &ConsoleIdentity{signIn: s, owner: owner}
	s.identities = append(s.identities, id)
	return id
}

// ARN returns what login_session names the identity by.
func (id *ConsoleIdentity) ARN() string { return id.owner.arn() }

// EndSessions ends all sessions of the identity, as an administrator would: their refresh
// tokens are expired from now on. Issued credentials stay valid.
func (id *ConsoleIdentity) EndSessions() { id.end(codeTokenExpired) }

// ChangePassword is [ConsoleIdentity.EndSessions] for the reason that the person has a new
// password.
func (id *ConsoleIdentity) ChangePassword() { id.end(codeCredentialsChanged) }

func (id *ConsoleIdentity) end(why string) {
	id.signIn.mu.Lock()
	defer id.signIn.mu.Unlock()
	for _, of := range id.sessionsLocked() {
		of.ended = why
	}
}

// Sessions returns how many sessions of the identity have not ended.
func (id *ConsoleIdentity) Sessions() int {
	id.signIn.mu.Lock()
	defer id.signIn.mu.Unlock()
	return len(id.sessionsLocked())
}

// sessionsLocked returns the sessions that have not ended.
func (id *ConsoleIdentity) sessionsLocked() []*signInSession {
	var out []*signInSession
	for token, of := range id.signIn.sessions {
		if of.who == id && of.token == token && of.over(id.signIn.clock.now()) == "" {
			out = append(out, of)
		}
	}
	return out
}

// signInSession is what a program may do for an identity until it ends.
type signInSession struct {
	who        *ConsoleIdentity
	client     string
	region     string // the one that renews it, empty on loopback
	thumbprint string // of the key that all its proofs are made with
	ends       time.Time
	token      string // the refresh token that has not been used
	ended      string // the error code that its tokens get, or ""
}

// over returns the error code that its refresh tokens get, "" while it lives.
func (of *signInSession) over(now time.Time) string {
	if of.ended == "" && !now.Before(of.ends) {
		return codeTokenExpired
	}
	return of.ended
}

// tokens is the service that programs ask for tokens.
func (s *SignIn) tokens() *restService {
	return s.service("signin", restOperation{
		name: "CreateOAuth2Token", method: http.MethodPost, path: "/v1/token",
		texts:  []string{"clientId", "grantType", "code", "codeVerifier", "redirectUri", "refreshToken"},
		secret: []string{"code", "codeVerifier", "refreshToken"},
		do:     s.createToken,
	})
}

// oauth is the service that takes tokens back, at a host of its own.
func (s *SignIn) oauth() *restService {
	return s.service("oauth.signin", restOperation{
		name: "RevokeOAuth2TokenWithIAM", method: http.MethodPost, path: "/v1/revoke",
		query:  url.Values{"x-amz-client-auth-method": {"iam"}}.Encode(),
		texts:  []string{"token"},
		secret: []string{"token"},
		do:     s.revokeToken,
	})
}

func (s *SignIn) service(host string, op restOperation) *restService {
	return &restService{
		wire: s.wire,
		mu:   &s.mu,
		name: "signin",
		host: host,

		operations: []restOperation{op},
		throttled:  &refusal{http.StatusTooManyRequests, "TooManyRequestsError", "Rate exceeded"},
		exception:  func(code string) string { exception, _ := signInError(code); return exception },
		errorBody: func(e *refusal) any {
			_, oauth := signInError(e.code)
			return struct {
				Error   string `json:"error,omitempty"`
				Message string `json:"message"`
			}{oauth, e.message}
		},
	}
}

// The service's codes of errors, as its model lists them.
const (
	codeTokenExpired       = "TOKEN_EXPIRED"
	codeCredentialsChanged = "USER_CREDENTIALS_CHANGED"
	codeNoPermission       = "INSUFFICIENT_PERMISSIONS"
	codeAuthCodeExpired    = "AUTHCODE_EXPIRED"
	codeInvalidRequest     = "INVALID_REQUEST"
)

// signInError returns the exception that an error code comes in, and the code inside that.
// Wrong signatures have other exceptions than in the query protocol, and no code.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
func signInError(code string) (exception, oauth string) {
	switch code {
	case codeTokenExpired, codeCredentialsChanged, codeNoPermission, codeAuthCodeExpired:
		return "AccessDeniedException", code
	case codeInvalidRequest, "InvalidRequestException", "ValidationException":
		return "ValidationException", codeInvalidRequest
	case "TooManyRequestsError":
		return code, codeInvalidRequest
	case "InternalServerException":
		return code, "server_error"
	case "InvalidClientTokenId":
		return "UnrecognizedClientException", ""
	case "SignatureDoesNotMatch":
		return "InvalidSignatureException", ""
	case "ExpiredToken", "IncompleteSignature", "MissingAuthenticationToken":
		return code + "Exception", ""
	}
	return code, ""
}

func invalidRequest(message string) error { return restRefuse(codeInvalidRequest, message) }

func noPermission(k *key, action string) error {
	return restRefuse(codeNoPermission, "User: "+k.arn()+" is not authorized to perform: "+action)
}
