package awstest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/awstest"
)

func TestThrottlingPassesAndIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awstest.NewSample()
		s.AWS.Faults.Throttle("GetCallerIdentity", 2)
		c := stsAs(s.AWS, s.AliceKey)
		for range 2 {
			_, err := c.GetCallerIdentity(t.Context(), nil)
			wantRefusal(t, err, 400, "Throttling", "Rate exceeded")
		}
		whoami(t, c)

		s.AWS.Faults.Throttle("GetCallerIdentity", 2) // and the SDK's own retryer gets over it
		cfg := config(s.AWS, "eu-west-1", s.AliceKey.ID, s.AliceKey.Secret, "")
		cfg.Retryer = nil
		whoami(t, sts.NewFromConfig(cfg))

		var codes []string
		for _, call := range s.AWS.Calls("GetCallerIdentity") {
			codes = append(codes, call.Code)
		}
		if diff := cmp.Diff([]string{"Throttling", "Throttling", "", "Throttling", "Throttling", ""}, codes); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func TestSlowAnswersHonourTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := awstest.NewSample()
		c := stsAs(s.AWS, s.AliceKey)
		s.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Times: 1, Delay: time.Minute})
		start := time.Now()
		whoami(t, c)
		if got := time.Since(start); got != time.Minute {
			t.Errorf("took %v, want 1m0s", got)
		}

		release := make(chan struct{})
		s.AWS.Faults.Add("", awstest.Fault{Until: release})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := c.GetCallerIdentity(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("held call ended with %v", err)
		}
		time.AfterFunc(time.Second, func() { close(release) })
		whoami(t, c)
	})
}

func TestAnAnswerMayBeLostAfterTheCallTookEffect(t *testing.T) {
	s := awstest.NewSample()
	c := iamAs(s.AWS, s.AliceKey)
	s.AWS.Faults.Add("CreateAccessKey", awstest.Fault{Times: 1, Reset: true})
	s.AWS.Faults.Add("CreateAccessKey", awstest.Fault{Times: 1, Reset: true, Late: true})
	for _, want := range []int{1, 2} {
		if _, err := c.CreateAccessKey(t.Context(), nil); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("error %v, want a reset", err)
		}
		if got := len(must(c.ListAccessKeys(t.Context(), nil))(t).AccessKeyMetadata); got != want {
			t.Errorf("%d keys, want %d", got, want)
		}
	}
}

func TestFixedAnswers(t *testing.T) {
	s := awstest.NewSample()
	s.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Status: 503, Body: "<html>down</html>"})
	resp, body := post(t, s.AWS, url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}, nil)
	if resp.StatusCode != 503 || body != "<html>down</html>" {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	s.AWS.Faults.Clear()
	whoami(t, stsAs(s.AWS, s.AliceKey))
	s.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Times: 1, Status: 500, Code: "InternalFailure", Message: "oops"})
	_, err := stsAs(s.AWS, s.AliceKey).GetCallerIdentity(t.Context(), nil)
	wantRefusal(t, err, 500, "InternalFailure", "oops")
}

func TestCallsRecordTheCallerAndTheParametersWithoutTheCode(t *testing.T) {
	s := awstest.NewSample()
	code := s.Phone.Code(s.AWS.Now())
	session(t, stsAs(s.AWS, s.AliceKey), &sts.GetSessionTokenInput{SerialNumber: aws.String(s.Phone.Serial()), TokenCode: &code})
	calls := s.AWS.Calls("")
	if len(calls) != 1 {
		t.Fatalf("%d calls", len(calls))
	}
	calls[0].Time = time.Time{}
	want := awstest.Call{
		Service: "sts", Action: "GetSessionToken", Params: url.Values{"SerialNumber": {s.Phone.Serial()}},
		Caller: s.Alice.ARN(), AccessKeyID: s.AliceKey.ID, Region: "eu-west-1",
	}
	if diff := cmp.Diff(want, calls[0]); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
}

func TestOverLoopback(t *testing.T) {
	s := awstest.NewSample()
	server := must(s.AWS.Listen(t.Context(), "127.0.0.1:0"))(t)
	client := sts.New(sts.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL()), Retryer: aws.NopRetryer{},
		HTTPClient:  &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		Credentials: credentials.NewStaticCredentialsProvider(s.AliceKey.ID, s.AliceKey.Secret, ""),
	})
	whoami(t, client)

	s.AWS.Faults.Add("", awstest.Fault{Times: 1, Reset: true})
	if _, err := client.GetCallerIdentity(t.Context(), nil); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("error %v, want a reset", err)
	}

	s.AWS.Faults.Add("", awstest.Fault{Until: make(chan struct{})}) // for ever
	held := make(chan error, 1)
	go func() {
		_, err := client.GetCallerIdentity(context.Background(), nil)
		held <- err
	}()
	for len(s.AWS.Calls("")) < 3 {
		time.Sleep(time.Millisecond)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	if err := <-held; err == nil {
		t.Error("a held call survived its server")
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:80"} {
		if _, err := awstest.New().Listen(t.Context(), addr); !errors.Is(err, awstest.ErrNotLoopback) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if _, err := awstest.New().Listen(t.Context(), ":0"); err == nil {
		t.Error("no address at all is listened on")
	}
}

func TestAnAnswerMayBeAnotherOneOrBreakOff(t *testing.T) {
	s := awstest.NewSample()
	server := must(s.AWS.Listen(t.Context(), "127.0.0.1:0"))(t)
	defer server.Close()
	overHTTP := config(s.AWS, "eu-west-1", s.CIKey.ID, s.CIKey.Secret, "")
	overHTTP.HTTPClient, overHTTP.BaseEndpoint = nil, aws.String(server.URL())
	for name, cfg := range map[string]aws.Config{
		"in process": config(s.AWS, "eu-west-1", s.CIKey.ID, s.CIKey.Secret, ""),
		"over HTTP":  overHTTP,
	} {
		t.Run(name, func(t *testing.T) {
			c := sts.NewFromConfig(cfg)
			s.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Times: 1, Change: func(body string) string {
				return strings.ReplaceAll(body, ":user/ci", ":user/cleo")
			}})
			if got := whoami(t, c); !strings.HasSuffix(got, ":user/cleo") {
				t.Errorf("it is %s", got)
			}
			s.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Times: 1, BreakOff: true})
			if _, err := c.GetCallerIdentity(t.Context(), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("half an answer: %v", err)
			}
			s.AWS.Faults.Add("GetCallerIdentity", awstest.Fault{Times: 1, Status: 403, Body: "No. ", Repeat: 3})
			if resp, err := (&http.Client{Transport: s.AWS.Transport()}).Post("https://sts.amazonaws.com/", "application/x-www-form-urlencoded",
				strings.NewReader("Action=GetCallerIdentity&Version=2011-06-15")); err != nil {
				t.Error(err)
			} else if body := must(io.ReadAll(resp.Body))(t); string(body) != "No. No. No. " || resp.ContentLength != 12 {
				t.Errorf("%d bytes: %q", resp.ContentLength, body)
			}
		})
	}
}
