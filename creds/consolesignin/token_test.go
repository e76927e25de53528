package consolesignin_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	service "github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/consolesignin"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

const alice = "arn:aws:iam::111122223333:user/alice"

// recorded is a file that the AWS CLI has written.
func recorded(t testing.TB) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "cli.json"))
	if err != nil {
		t.Fatal(err)
	}
	return object(t, data)
}

func object(t testing.TB, data []byte) (o map[string]any) {
	t.Helper()
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return o
}

func text(t testing.TB, o any) []byte {
	t.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAFileOfTheAWSCLIIsRead(t *testing.T) {
	token, err := consolesignin.ParseToken(alice, text(t, recorded(t)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{
		"arn": token.ARN, "account": token.AccountID, "id": token.AccessKeyID, "secret": token.SecretAccessKey.Reveal(),
		"token": token.SessionToken.Reveal(), "refresh": token.RefreshToken.Reveal(),
		"expires": token.Expires.Format(time.RFC3339), "signed in": token.SignedIn.Format(time.RFC3339), "ends": token.Ends().Format(time.RFC3339),
	}
	if diff := cmp.Diff(map[string]string{
		"arn": alice, "account": "111122223333", "id": "ASIAIOSFODNN7EXAMPLE", "secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"token": "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJG", "refresh": "ASORexample-refresh-token",
		"expires": "2026-05-28T20:41:40Z", "signed in": "2026-05-28T20:26:40Z", "ends": "2026-05-29T08:26:40Z",
	}, got); diff != "" {
		t.Error(diff)
	}
	if shown := fmt.Sprintf("%+v %v", token, token); strings.Contains(shown, "ASOR") || strings.Contains(shown, "wJalr") || strings.Contains(shown, "eyJ") || strings.Contains(shown, "BEGIN") {
		t.Errorf("it is printed as %s", shown)
	}
}

func TestWhenThePersonSignedInIsReadFromTheIDToken(t *testing.T) {
	for claims, want := range map[string]int64{
		`{"sub":"` + alice + `","iat":1780000000,"auth_time":1779999000}`: 1779999000,
		`{"sub":"` + alice + `","iat":1780000000}`:                        1780000000,
		`{"sub":"` + alice + `","iat":1.78e9}`:                            1780000000,
		`{"sub":"` + alice + `"}`:                                         0,
		`{"sub":"` + alice + `","iat":-5}`:                                0,
		`{"sub":"` + alice + `","iat":1e300}`:                             0,
		`{"sub":"` + alice + `","iat":"soon"}`:                            0,
		`{"iat":1780000000}`:                                              0,
		`[]`:                                                              0,
	} {
		o := recorded(t)
		o["idToken"] = "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
		token, err := consolesignin.ParseToken(alice, text(t, o))
		if err != nil {
			t.Errorf("%s: %v", claims, err)
			continue
		}
		if got := token.SignedIn; want == 0 != got.IsZero() || want != 0 && got.Unix() != want || got.IsZero() != token.Ends().IsZero() {
			t.Errorf("%s: %s", claims, got)
		}
	}
}

// TestAFileOfTheAWSCLIStaysWholeWhenItIsRenewed has an AWS that takes any refresh token, but
// only proofs of the file's key.
func TestAFileOfTheAWSCLIStaysWholeWhenItIsRenewed(t *testing.T) {
	w := newWorld(t)
	before := recorded(t)
	before["future"] = map[string]any{"a": 1.5}
	before["accessToken"].(map[string]any)["scope"] = []any{"x"}
	credstest.Write(t, w.path(), string(text(t, before)))
	read, err := consolesignin.ParseToken(alice, text(t, recorded(t)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := consolesignin.ParseKey(read.ProofKey)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	w.http = answering(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		v, err := verify(r.Header.Get("DPoP"))
		if err != nil || string(v.x)+string(v.y) != string(point[1:]) || v.Claims.URL != "https://eu-west-1.signin.aws.amazon.com/v1/token" {
			t.Errorf("the proof is %+v, %v", v, err)
		}
		if diff := cmp.Diff(map[string]any{
			"clientId": "arn:aws:signin:::devtools/same-device", "grantType": "refresh_token", "refreshToken": "ASORexample-refresh-token",
		}, object(t, body)); diff != "" || r.Header.Get("Authorization") != "" {
			t.Errorf("it asks with %s and %q", diff, r.Header.Get("Authorization"))
		}
		return jsonAnswer(r, 200, `{"accessToken":{"accessKeyId":"ASIANEWNEWNEWNEW0001","secretAccessKey":"new","sessionToken":"newer"},"tokenType":"aws_sigv4","expiresIn":900,"refreshToken":"ASORnext"}`), nil
	})
	token := w.fresh(t, 0)
	want := before
	keys := want["accessToken"].(map[string]any)
	keys["accessKeyId"], keys["secretAccessKey"], keys["sessionToken"] = "ASIANEWNEWNEWNEW0001", "new", "newer"
	keys["expiresAt"] = token.Expires.Format("2006-01-02T15:04:05Z")
	want["refreshToken"], want["identityToken"] = "ASORnext", want["idToken"]
	if diff := cmp.Diff(want, object(t, []byte(w.file(t)))); diff != "" {
		t.Error(diff)
	}
	if again, err := w.client.Peek(t.Context(), w.session); err != nil || again.Expires != token.Expires || again.RefreshToken != token.RefreshToken || again.SignedIn != token.SignedIn {
		t.Errorf("it is read again as %+v, %v", again, err)
	}
	info, err := os.Stat(w.path())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
}

func TestAnotherKindOfFileIsLeftAlone(t *testing.T) {
	change := func(key string, value any) string {
		o := recorded(t)
		o[key] = value
		return string(text(t, o))
	}
	without := func(key string) string {
		o := recorded(t)
		delete(o, key)
		return string(text(t, o))
	}
	for content, why := range map[string]string{
		`{"accessToken":"aoaAAAAA","expiresAt":"2026-01-01T00:00:00Z"}`: "its accessToken is of the wrong type",
		`{}`:                             "it has no accessKeyId",
		`{"accessToken":null}`:           "it has no accessKeyId",
		without("refreshToken"):          "it has no refreshToken",
		without("dpopKey"):               "it has no dpopKey",
		without("clientId"):              "it has no clientId",
		change("dpopKey", "hush"):        "its dpopKey is no P-256 key",
		change("refreshToken", []int{1}): "its refreshToken is of the wrong type",
		change("accessToken", map[string]any{"accessKeyId": "a", "secretAccessKey": "b", "sessionToken": "c"}):                           "its expiresAt is no time",
		change("accessToken", map[string]any{"accessKeyId": "a", "secretAccessKey": "b", "expiresAt": "2026-01-01T00:00:00Z"}):           "it has no sessionToken",
		strings.Replace(string(text(t, recorded(t))), recorded(t)["idToken"].(string), "a.eyJzdWIiOiJhcm46YXdzOmlhbTo6MTpyb290In0.b", 1): `it is of "arn:aws:iam::1:root"`,
	} {
		w := newWorld(t)
		credstest.Write(t, w.path(), content)
		for name, call := range map[string]func() error{
			"Peek":  func() error { _, err := w.client.Peek(t.Context(), w.session); return err },
			"Fresh": func() error { _, err := w.client.Fresh(t.Context(), w.session, 0); return err },
			"End":   func() error { _, err := w.client.End(t.Context(), w.session); return err },
		} {
			err := call()
			wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrDamaged, "is not the console sign-in of "+alice+", and is left as it is ("+why+")")
			if w.file(t) != content || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s: %s is now %s, %v", name, content, w.file(t), err)
			}
		}
		// A sign-in makes its file all the same, and the other stays beside it.
		token, err := w.signIn(t)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.client.Keep(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if w.fresh(t, 0).RefreshToken != token.RefreshToken || credstest.Content(t, w.path()+".unreadable") != content {
			t.Error("the sign-in is not stored, or the other file is lost")
		}
	}
}

func TestAFileThatIsStillBeingWrittenIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, 10*time.Minute)
		whole := w.file(t)
		credstest.Write(t, w.path(), whole[:100])
		go func() {
			time.Sleep(500 * time.Millisecond)
			credstest.Write(t, w.path(), whole)
		}()
		if token := w.fresh(t, 0); lasts(token) != 10*time.Minute {
			t.Errorf("it lasts %s", lasts(token))
		}
	})
}

func TestADamagedFileIsSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		const torn = `{"accessToken": {"accessKeyId": "hush`
		credstest.Write(t, w.path(), torn)
		_, err := w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrDamaged, "was set aside as "+w.path()+".unreadable; sign in again")
		if strings.Contains(err.Error(), "hush") || credstest.Content(t, w.path()+".unreadable") != torn {
			t.Errorf("it is lost, or quoted: %v", err)
		}
		_, err = w.client.Fresh(t.Context(), w.session, 0)
		wantError(t, err, creds.CodeSignInNeeded, consolesignin.ErrNoToken, "nobody is signed in to AWS's console as "+alice)
	})
}

func TestAFileThatCannotBeReadIsNamed(t *testing.T) {
	w := newWorld(t)
	if err := os.MkdirAll(w.path(), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := w.client.Fresh(t.Context(), w.session, 0)
	wantError(t, err, creds.CodeFile, nil, w.path())
}

// sdk is the SDK for Go's own provider over the cache.
func (w *world) sdk() *logincreds.Provider {
	client := service.NewFromConfig(aws.Config{Region: w.session.Region, HTTPClient: &http.Client{Transport: transport{w}}})
	return logincreds.New(client, w.path())
}

func TestTheSDKForGoAndDaypassReadWhatTheOtherWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedInByCLI(t, time.Minute) // with a key that the SDK can use
		signedIn := w.fresh(t, 0).SignedIn
		for range 3 {
			ours := w.fresh(t, 0)
			theirs, err := w.sdk().Retrieve(t.Context())
			if err != nil || theirs.AccessKeyID != ours.AccessKeyID || !theirs.Expires.Equal(ours.Expires) || theirs.AccountID != "111122223333" {
				t.Fatalf("the SDK reads %s until %s, %v", theirs.AccessKeyID, theirs.Expires, err)
			}
			time.Sleep(consolesignin.Lifetime + time.Second)
			if theirs, err = w.sdk().Retrieve(t.Context()); err != nil {
				t.Fatal(err)
			}
			if ours = w.fresh(t, 0); ours.AccessKeyID != theirs.AccessKeyID || lasts(ours) != consolesignin.Lifetime {
				t.Errorf("daypass has other credentials, for %s", lasts(ours))
			}
			if ours.SignedIn.IsZero() || !ours.SignedIn.Equal(signedIn) {
				t.Error("when the person signed in is lost")
			}
			time.Sleep(9 * time.Minute)
		}
		if w.who.Sessions() != 1 {
			t.Error("the session has ended")
		}
	})
}

func FuzzParseToken(f *testing.F) {
	f.Add(text(f, recorded(f)))
	f.Add([]byte(`{"accessToken":{"accessKeyId":1},"dpopKey":"-----BEGIN EC PRIVATE KEY-----\n-----END EC PRIVATE KEY-----"}`))
	f.Add([]byte(`{"accessToken":"aoaAAAAA"}`))
	f.Add([]byte(`{"idToken":"a.e30.b","identityToken":1}`))
	f.Add([]byte(``))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := consolesignin.ParseToken(alice, data)
		if err != nil {
			return
		}
		written, err := consolesignin.FormatToken(token)
		if err != nil {
			t.Fatal(err)
		}
		again, err := consolesignin.ParseToken(alice, written)
		if err != nil || again.RefreshToken != token.RefreshToken || !again.Expires.Equal(token.Expires) || !again.SignedIn.Equal(token.SignedIn) || again.RefreshToken == (secret.Text{}) {
			t.Fatalf("%v after\n%s", err, written)
		}
		now, was := object(t, written), object(t, data)
		for key := range was {
			if _, ok := now[key]; !ok {
				t.Errorf("%q is lost", key)
			}
		}
	})
}

func jsonAnswer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}
}

// TestASessionIsRenewedAndEndedInTheRegionThatItWasMadeIn has profiles in other regions
// name the same sign-in. AWS knows it in its own alone.
func TestASessionIsRenewedAndEndedInTheRegionThatItWasMadeIn(t *testing.T) {
	w := newWorld(t)
	token, err := w.signIn(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.client.Keep(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if file := w.file(t); !strings.Contains(file, `"signInRegion":"eu-west-1"`) {
		t.Errorf("the file does not say where: %s", file)
	}
	elsewhere := w.session
	elsewhere.Region = "us-east-1"
	// As if nine minutes had passed, to a client that has not seen the sign-in.
	edited := strings.Replace(w.file(t), token.Expires.Format(time.RFC3339), time.Now().Add(6*time.Minute).UTC().Format(time.RFC3339), 1)
	credstest.Write(t, w.path(), edited)
	client := w.newClient(aws.Config{})
	got, err := client.Fresh(t.Context(), elsewhere, 0)
	if err != nil || got.AccessKeyID == token.AccessKeyID {
		t.Errorf("renewed: %v", err)
	}
	if unrevoked, err := client.End(t.Context(), elsewhere); unrevoked != nil || err != nil {
		t.Errorf("ended: %v, %v", unrevoked, err)
	}
}
