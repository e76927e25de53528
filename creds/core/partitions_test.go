package core_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// road records the hosts that are called, and blocks those that are closed.
type road struct {
	to     http.RoundTripper
	closed []string

	mu    sync.Mutex
	hosts []string
}

func (r *road) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.hosts = append(r.hosts, req.URL.Host)
	r.mu.Unlock()
	if slices.Contains(r.closed, req.URL.Host) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return r.to.RoundTrip(req)
}

// asked returns the hosts that were called since the last time, each with how often in a
// row.
func (r *road) asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.hosts = nil }()
	return slices.Compact(r.hosts)
}

// onRoad restarts the manager with a road to AWS's own hosts, and with a [default]
// section of this region unless it is "".
func (w *world) onRoad(region string) *road {
	w.t.Helper()
	w.stop()
	r := &road{to: w.AWS.Transport()}
	w.aws.HTTPClient = &http.Client{Transport: r}
	if region != "" {
		w.write(w.files.Config, "[default]\nregion = "+region+"\n")
	}
	w.start()
	return r
}

// regionOf returns the region that the config file has for a profile.
func (w *world) regionOf(profile string) string {
	w.t.Helper()
	f, _, err := awsfile.Load(w.t.Context(), awsfile.Config, w.files.Config)
	if err != nil {
		w.t.Fatal(err)
	}
	region, _ := f.Get(awsfile.Profile(profile), "region")
	return region
}

func TestAKeyIsAddedWithARegionOfItsOwnPartition(t *testing.T) {
	const (
		useast = "sts.us-east-1.amazonaws.com"
		gov    = "sts.us-gov-west-1.amazonaws.com"
		china  = "sts.cn-north-1.amazonaws.com.cn"
		eusc   = "sts.eusc-de-east-1.amazonaws.eu"
	)
	for name, tc := range map[string]struct {
		partition, standard string
		asked               []string
		region, note        string
	}{
		"a key of GovCloud beside its own region": {
			"aws-us-gov", "us-gov-east-1", []string{"sts.us-gov-east-1.amazonaws.com", "iam.us-gov.amazonaws.com"}, "us-gov-east-1", "",
		},
		"a commercial key beside a region of GovCloud": {
			"aws", "us-gov-west-1",
			[]string{gov, useast, "iam.amazonaws.com"},
			"us-east-1",
			`the region is us-east-1, as the one in [default], "us-gov-west-1", is not one that knows this key`,
		},
		"a key of GovCloud beside a commercial region": {
			"aws-us-gov", "eu-west-1",
			[]string{"sts.eu-west-1.amazonaws.com", useast, gov, "iam.us-gov.amazonaws.com"},
			"us-gov-west-1",
			`the region is us-gov-west-1, as the one in [default], "eu-west-1", is not one that knows this key`,
		},
		"a key of GovCloud and no region": {
			"aws-us-gov", "", []string{useast, gov, "iam.us-gov.amazonaws.com"}, "us-gov-west-1", "",
		},
		"a key of China and no region": {
			"aws-cn", "", []string{useast, gov, china, "iam.cn-north-1.amazonaws.com.cn"}, "cn-north-1", "",
		},
		"a key of China beside a region there": {
			"aws-cn", "cn-northwest-1", []string{"sts.cn-northwest-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn"}, "cn-northwest-1", "",
		},
		"a key of the European Sovereign Cloud and no region": {
			"aws-eusc", "", []string{useast, gov, china, eusc, "iam.eusc-de-east-1.amazonaws.eu"}, "eusc-de-east-1", "",
		},
		"a commercial key and no region": {
			"aws", "", []string{useast, "iam.amazonaws.com"}, "us-east-1", "",
		},
		"a commercial key beside a region that is none": {
			"aws", "None", []string{useast, "iam.amazonaws.com"}, "us-east-1", `the region is us-east-1, as the one in [default], "None", is none of AWS's`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				dora := w.AWS.IAM.AccountIn(tc.partition, "987654321098").User("dora")
				phone := dora.MFA("dora-phone")
				id, key := dora.AccessKey()
				road := w.onRoad(tc.standard)
				reply, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "work", AccessKeyID: id, SecretAccessKey: secret.New(key)})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.asked, road.asked()); diff != "" {
					t.Errorf("hosts that were asked (-want +got):\n%s", diff)
				}
				if reply.UserARN != dora.ARN() || reply.Status.MFASerial != phone.Serial() || w.regionOf("work") != tc.region || reply.Note != tc.note {
					t.Errorf("region %q, %+v", w.regionOf("work"), reply)
				}
				w.person.device = phone
				w.refresh("work", core.RefreshOptions{})
				if host := "sts." + tc.region; !strings.HasPrefix(road.asked()[0], host) {
					t.Errorf("the session is not of %s", host)
				}
			})
		})
	}
}

func TestARegionThatWasChosenForTheProfileIsAskedAlone(t *testing.T) {
	for name, tc := range map[string]struct {
		config  string
		request creds.AddRequest
		asked   string
		words   string
	}{
		"with the key": {
			"",
			creds.AddRequest{Region: "us-gov-east-1"},
			"sts.us-gov-east-1.amazonaws.com",
			"AWS does not know the access key in us-gov-east-1: it was deleted or made inactive, its account has not enabled that region, or it is of another partition than aws-us-gov",
		},
		"in the profile": {
			"[profile work]\nregion = cn-north-1\n",
			creds.AddRequest{},
			"sts.cn-north-1.amazonaws.com.cn",
			"in cn-north-1 (region in [profile work])",
		},
		"in the default profile, to which the key is added": {
			"[default]\nregion = us-gov-west-1\n",
			creds.AddRequest{Profile: "default"},
			"sts.us-gov-west-1.amazonaws.com",
			"in us-gov-west-1 (region in [default])",
		},
		"by the device's partition": {
			"[default]\nregion = us-gov-east-1\n",
			creds.AddRequest{MFASerial: "arn:aws-us-gov:iam::555555555555:mfa/x"},
			"sts.us-gov-east-1.amazonaws.com",
			"in us-gov-east-1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.write(w.files.Config, tc.config+" ")
				road := w.onRoad("")
				r := tc.request
				if r.Profile == "" {
					r.Profile = "work"
				}
				r.AccessKeyID, r.SecretAccessKey = w.AliceKey.ID, secret.New(w.AliceKey.Secret)
				_, err := w.m.Add(t.Context(), r)
				credstest.WantCode(t, err, creds.CodeKeyInvalid, tc.words)
				wantAdvice(t, err, "Look at both parts of the key")
				if diff := cmp.Diff([]string{tc.asked}, road.asked()); diff != "" {
					t.Errorf("hosts that were asked (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAKeyThatNoPartitionKnowsIsOneSentence(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		road := w.onRoad("")
		// A network that blocks calls causes no long wait.
		road.closed = []string{"sts.cn-north-1.amazonaws.com.cn"}
		before, _ := os.ReadFile(w.files.Config)
		started := time.Now()
		_, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "work", AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: secret.New("x")})
		credstest.WantCode(t, err, creds.CodeKeyInvalid,
			"AWS does not know it in any of its partitions (asked in us-east-1, us-gov-west-1, cn-north-1, eusc-de-east-1): its id is mistyped, or it was deleted or made inactive")
		wantAdvice(t, err, "Look at both parts of the key")
		if took := time.Since(started); took > 6*time.Second {
			t.Errorf("it took %s", took)
		}
		if after, _ := os.ReadFile(w.files.Config); string(after) != string(before) {
			t.Error("the config file was changed")
		}
	})
}

func TestAWrongSecretIsReportedInAnotherPartitionToo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		id, _ := w.AWS.IAM.AccountIn("aws-us-gov", "987654321098").User("dora").AccessKey()
		road := w.onRoad("")
		_, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "work", AccessKeyID: id, SecretAccessKey: secret.New("mistyped")})
		credstest.WantCode(t, err, creds.CodeKeyInvalid, "the secret access key does not belong to the access key id")
		if asked := road.asked(); len(asked) != 2 {
			t.Errorf("%q were asked", asked)
		}
	})
}

func TestAnInvalidRegionIsNotAdded(t *testing.T) {
	for _, region := range []string{"None", "eu_west_1", "EU-WEST-1", "eu west 1", "eu-west"} {
		bubble(t, func(t *testing.T, w *world) {
			road := w.onRoad("")
			_, err := w.m.Add(t.Context(), creds.AddRequest{
				Profile: "work", AccessKeyID: w.AliceKey.ID, SecretAccessKey: secret.New(w.AliceKey.Secret), Region: region,
			})
			credstest.WantCode(t, err, creds.CodeBadRequest, `"`+region+`" is no region of AWS`)
			if asked := road.asked(); len(asked) > 0 {
				t.Errorf("%q were asked", asked)
			}
		})
	}
}

func TestAnInvalidRegionIsReportedWithItsKeyAndSection(t *testing.T) {
	for name, tc := range map[string]struct {
		config, credentials, profile string
		words                        string
	}{
		"a word":        {"[profile ci]\nregion = None\n", "", "ci", `region in [profile ci] is "None", which is no region of AWS`},
		"underscores":   {"[profile ci]\nregion = eu_west_1\n", "", "ci", `region in [profile ci] is "eu_west_1"`},
		"capitals":      {"[profile ci]\nregion = EU-WEST-1\n", "", "ci", `region in [profile ci] is "EU-WEST-1"`},
		"blanks inside": {"[profile ci]\nregion = eu west 1\n", "", "ci", `region in [profile ci] is "eu west 1"`},
		"of a source": {
			"[profile ci]\nregion = None\n[profile r]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci\n", "", "r",
			`profile "r" cannot be used: region in [profile ci] is "None"`,
		},
		"in the credentials file": {
			"[profile ci]\nregion = eu-west-1\n", "[ci]\nregion = None\n", "ci", `region in [ci] of the credentials file is "None"`,
		},
		"of Identity Center": {
			"[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = EU-WEST-1\n" +
				"[profile dev]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = X\n", "", "dev",
			`sso_region in [sso-session corp] is "EU-WEST-1", which is no region of AWS`,
		},
		"of a legacy profile": {
			"[profile dev]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = None\nsso_account_id = 111111111111\nsso_role_name = X\n", "", "dev",
			`sso_region in the profiles with sso_start_url = https://corp.awsapps.com/start is "None"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.write(w.files.Config, tc.config)
				if tc.credentials != "" {
					w.write(w.files.Credentials, tc.credentials)
				}
				road := w.onRoad("")
				_, err := w.m.Refresh(t.Context(), tc.profile, core.RefreshOptions{})
				credstest.WantCode(t, err, creds.CodeBadProfile, tc.words)
				wantAdvice(t, err, "Regions are written like eu-west-1")
				if asked := road.asked(); len(asked) > 0 {
					t.Errorf("%q were asked", asked)
				}
			})
		})
	}
}

func TestARegionOfAWSThatDaypassDoesNotKnowIsAsked(t *testing.T) {
	for _, region := range []string{"us-iso-east-1", "eu-isoe-west-1", "xy-north-12", "aws-global", "fips-us-east-1"} {
		bubble(t, func(t *testing.T, w *world) {
			w.set("ci", "region", region)
			road := w.onRoad("")
			_, _ = w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
			if asked := road.asked(); len(asked) != 1 || !strings.HasPrefix(asked[0], "sts") {
				t.Errorf("%s: %q were asked", region, asked)
			}
		})
	}
}

func TestACustomEndpointMayHaveAnyRegion(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.set("ci", "region", "None")
		w.set("ci", "endpoint_url", "http://127.0.0.1:4566")
		w.onRoad("")
		_, err := w.m.Refresh(t.Context(), "ci", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeBadProfile, `the endpoint does not take the region "None": correct region in [profile ci], or the endpoint's URL`)
		wantAdvice(t, err, "correct either, endpoint_url or AWS_ENDPOINT_URL for the latter")
	})
}

// wantAdvice fails unless err's own advice contains these words.
func wantAdvice(t *testing.T, err error, words string) {
	t.Helper()
	if known, ok := asKnown(err); !ok || !strings.Contains(known.Advice, words) {
		t.Errorf("the advice is %+v, want %q", known, words)
	}
}
