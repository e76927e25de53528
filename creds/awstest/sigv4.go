package awstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	sigAlgorithm  = "AWS4-HMAC-SHA256"
	sigTerminator = "aws4_request"
	sigTime       = "20060102T150405Z"
	// sigWindow is how far a request's time may be from AWS's. The general
	// guide says five minutes, but STS's own refusals say fifteen:
	// https://github.com/aws/aws-cli/issues/6676.
	sigWindow = 15 * time.Minute
)

// signature has the parts of a request's Authorization header, and its time.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
type signature struct {
	keyID string
	scope
	signedHeaders             []string
	hex                       string
	rawTime                   string
	at                        time.Time
	token                     string // X-Amz-Security-Token
	method, path, query, host string
	headers                   http.Header
	contentLength             int64
}

// scope is the credential scope of a signature.
type scope struct{ date, region, service, terminator string }

func (s scope) parts() []string { return []string{s.date, s.region, s.service, s.terminator} }

// readSignature reads the signature in r's headers, without checking it.
func readSignature(r *http.Request) (*signature, error) {
	auth := r.Header.Get("Authorization")
	if auth == "" {
		return nil, refuse(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	rest, ok := strings.CutPrefix(auth, sigAlgorithm+" ")
	if !ok {
		return nil, incomplete("Authorization header requires the algorithm " + sigAlgorithm + ".")
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			return nil, incomplete(fmt.Sprintf("Authorization header requires '%s' parameter.", name))
		}
	}
	credential := strings.Split(parts["Credential"], "/")
	if len(credential) != 5 {
		return nil, incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	s := &signature{
		keyID: credential[0], scope: scope{credential[1], credential[2], credential[3], credential[4]},
		signedHeaders: strings.Split(parts["SignedHeaders"], ";"),
		hex:           parts["Signature"],
		rawTime:       r.Header.Get("X-Amz-Date"),
		token:         r.Header.Get("X-Amz-Security-Token"),
		method:        r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery,
		host: hostOf(r), headers: r.Header, contentLength: r.ContentLength,
	}
	at, err := time.Parse(sigTime, s.rawTime)
	if err != nil {
		return nil, incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	s.at = at
	return s, s.checkSignedHeaders()
}

// checkSignedHeaders requires that the host and every x-amz- header are signed.
func (s *signature) checkSignedHeaders() error {
	if !slices.Contains(s.signedHeaders, "host") {
		return mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range s.headers {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(s.signedHeaders, lower) {
			return mismatch(fmt.Sprintf("'%s' must be a 'SignedHeader' in the AWS Authorization.", name))
		}
	}
	return nil
}

// checkTime refuses a signature that is too old or too new for now.
func (s *signature) checkTime(now time.Time) error {
	now = now.UTC()
	earliest, latest := now.Add(-sigWindow), now.Add(sigWindow)
	switch {
	case s.at.Before(earliest.Truncate(time.Second)):
		return mismatch(fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - 15 min.)",
			s.rawTime, earliest.Format(sigTime), now.Format(sigTime)))
	case s.at.After(latest):
		return mismatch(fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 15 min.)",
			s.rawTime, latest.Format(sigTime), now.Format(sigTime)))
	}
	return nil
}

// checkScope requires that the scope has the service, the request's day and the region of
// the request's host.
func (s *signature) checkScope(service string) error {
	if day := s.at.Format("20060102"); s.date != day {
		return mismatch(fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			s.date, day, s.rawTime))
	}
	_, region := endpoint(s.host)
	if partitionOf(s.region) == "" || region != "" && region != s.region {
		return mismatch(fmt.Sprintf("Credential should be scoped to a valid region, not '%s'. ", s.region))
	}
	if s.service != service {
		return mismatch(fmt.Sprintf("Credential should be scoped to correct service: '%s'. ", service))
	}
	if s.terminator != sigTerminator {
		return mismatch(fmt.Sprintf("Credential should be scoped with a valid terminator: '%s', not '%s'. ", sigTerminator, s.terminator))
	}
	return nil
}

// check verifies the signature over the request and its body.
func (s *signature) check(secret string, body []byte) error {
	text := strings.Join([]string{sigAlgorithm, s.rawTime, strings.Join(s.parts(), "/"), hash([]byte(s.canonical(body)))}, "\n")
	signing := []byte("AWS4" + secret)
	for _, part := range s.parts() {
		signing = keyedHash(signing, part)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(keyedHash(signing, text))), []byte(s.hex)) {
		return mismatch("The request signature we calculated does not match the signature you provided. " +
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// canonical is the canonical request.
func (s *signature) canonical(body []byte) string {
	var b strings.Builder
	b.WriteString(s.method + "\n" + canonicalPath(s.path) + "\n" + canonicalQuery(s.query) + "\n")
	for _, name := range s.signedHeaders {
		b.WriteString(name + ":" + s.canonicalHeader(name) + "\n")
	}
	b.WriteString("\n" + strings.Join(s.signedHeaders, ";") + "\n" + hash(body))
	return b.String()
}

func (s *signature) canonicalHeader(name string) string {
	values := s.headers.Values(name)
	switch {
	case name == "host":
		values = []string{s.host}
	case name == "content-length" && len(values) == 0: // a client's request, in process
		values = []string{strconv.FormatInt(s.contentLength, 10)}
	}
	trimmed := make([]string, len(values))
	for i, v := range values {
		trimmed[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(trimmed, ",")
}

// canonicalPath escapes the escaped path once more, as every service but S3 does.
func canonicalPath(escaped string) string {
	if escaped == "" {
		return "/"
	}
	return strings.ReplaceAll(sigEscape(escaped), "%2F", "/")
}

func canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	var pairs []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, reescape(name)+"="+reescape(value))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func reescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	return sigEscape(s)
}

// sigEscape escapes all but RFC 3986's unreserved characters.
func sigEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func keyedHash(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// authenticate returns the key that signed the request for service, and marks it
// as used.
func (i *IAM) authenticate(s *signature, service string, body []byte) (*key, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.clock.now()
	if err := s.checkTime(now); err != nil {
		return nil, err
	}
	k := i.keys[s.keyID]
	if k == nil || !k.active || now.Before(k.known) {
		return nil, refuse(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	if !hmac.Equal([]byte(k.token), []byte(s.token)) {
		return nil, invalidToken()
	}
	if k.temporary() && !now.Before(k.expires) {
		return nil, refuse(http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired")
	}
	if err := s.checkScope(service); err != nil {
		return nil, err
	}
	// A partition does not know another's keys, as seen in
	// https://github.com/hashicorp/aws-sdk-go-base/issues/314.
	if partitionOf(s.region) != k.account().partition {
		return nil, refuse(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
	}
	if err := s.check(k.secret, body); err != nil {
		return nil, err
	}
	k.record(use{now, service, s.region})
	return k, nil
}

func mismatch(message string) error {
	return refuse(http.StatusForbidden, "SignatureDoesNotMatch", message)
}

func incomplete(message string) error {
	return refuse(http.StatusBadRequest, "IncompleteSignature", message)
}

func invalidToken() error {
	return refuse(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid")
}
