package answers_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"daypass/internal/answers"
)

// endless gives the same letter for ever, and counts.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}

func (*endless) Close() error { return nil }

type answering struct{ body io.ReadCloser }

func (a answering) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: a.body}, nil
}

func TestAnAnswerWithoutAnEndIsReadToTheLimit(t *testing.T) {
	body := &endless{}
	resp, err := answers.Client{HTTP: answering{body}}.Do(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if !errors.Is(err, answers.ErrTooLong) || len(got) != answers.Limit || body.read > answers.Limit+1 {
		t.Errorf("%d bytes of %d, %v", len(got), body.read, err)
	}
}

func TestAnAnswerAsLongAsTheLimitIsWhole(t *testing.T) {
	whole := bytes.Repeat([]byte("x"), answers.Limit)
	resp, err := answers.Client{HTTP: answering{io.NopCloser(bytes.NewReader(whole))}}.Do(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestAWSsAnswersAreAccepted(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, fault := range map[string]error{
		"keys":                 answers.Keys("ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "FwoGZXIvYXdzEBY=//+"),
		"an account":           answers.AccountID("012345678901"),
		"a role":               answers.RoleName("AWS-Admin_1+2=3,4.5@6"),
		"a virtual device":     answers.Serial("arn:aws-us-gov:iam::123456789012:mfa/path/alice@example.com"),
		"a device of hardware": answers.Serial("GAHT12345678"),
		"a user":               answers.IdentityIn("arn:aws:iam::123456789012:user/division_abc/alice@example.com", "123456789012"),
		"the root user":        answers.IdentityIn("arn:aws:iam::123456789012:root", "123456789012"),
		"in China":             answers.Identity("arn:aws-cn:sts::123456789012:federated-user/alice"),
		"a role's session":     answers.Identity("arn:aws-us-gov:sts::123456789012:assumed-role/Admin/alice"),
		"a name":               answers.Label("name", "Zürich 開発 – \"prod\""),
		"no name":              answers.Label("name", ""),
		"no refresh token":     answers.Optional("refresh token", ""),
		"an end":               answers.End("the session", now.Add(time.Hour), now, time.Hour),
		"a lifetime":           answers.Lifetime("the token", 3600, time.Hour),
	} {
		if fault != nil {
			t.Errorf("%s: %v", name, fault)
		}
	}
}

func TestAFaultIsOneSentenceWithoutTheValue(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const hush = "hush-hush"
	for want, fault := range map[string]error{
		"AWS's answer has no session token; a proxy or a login page may stand in between":                                              answers.Keys("ASIAIOSFODNN7EXAMPLE", hush, ""),
		"AWS's answer has a session token that cannot be one; a proxy or a login page may stand in between":                            answers.Keys("ASIAIOSFODNN7EXAMPLE", hush, hush+"\n"),
		"AWS's answer has an access key ID that cannot be one; a proxy or a login page may stand in between":                           answers.Keys(hush, hush, hush),
		"AWS's answer names two accounts; a proxy or a login page may stand in between":                                                answers.IdentityIn("arn:aws:iam::123456789012:root", "123456789013"),
		"AWS's answer has no end of the session; a proxy or a login page may stand in between":                                         answers.End("the session", time.Time{}, now, time.Hour),
		"AWS's answer says that the session lasts longer than 36 hours, which none does; a proxy or a login page may stand in between": answers.End("the session", now.Add(36*time.Hour+1), now, 36*time.Hour),
		"AWS's answer says that the token lasts longer than 366 days, which none does; a proxy or a login page may stand in between":   answers.Lifetime("the token", math.MaxInt64, 366*24*time.Hour),
		"AWS's answer has a lifetime of the token that cannot be one; a proxy or a login page may stand in between":                    answers.Lifetime("the token", math.MinInt64, time.Hour),
	} {
		var known *answers.Fault
		if !errors.As(fault, &known) || fault.Error() != want || strings.Contains(want, hush) {
			t.Errorf("got  %v\nwant %s", fault, want)
		}
	}
	if past := answers.End("the session", now.Add(-time.Minute), now, time.Hour); past == nil || !strings.HasSuffix(past.Error(), "; is this computer's clock right?") {
		t.Errorf("got %v", past)
	}
}

func TestAMessageOfAnAnswerIsOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"  Not today.\r\n\tTry again ":     "Not today. Try again",
		"\x1b[2Ja\u202eb\x00c\u2028d":      "[2Jabc d",
		strings.Repeat("ä", 700):           strings.Repeat("ä", 600) + "…",
		"User: arn:aws:iam::1:user/x says": "User: arn:aws:iam::1:user/x says",
	} {
		if got := answers.Words(text); got != want {
			t.Errorf("%.40q became %.80q", text, got)
		}
	}
}
