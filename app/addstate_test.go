package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/internal/secret"
)

const (
	sampleID     = "AKIAIOSFODNN7EXAMPLE"
	sampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	aliceARN     = "arn:aws:iam::123456789012:user/alice"
	phoneARN     = "arn:aws:iam::123456789012:mfa/alice-phone"
	tabletARN    = "arn:aws:iam::123456789012:mfa/alice-tablet"
	yubiARN      = "arn:aws:iam::123456789012:u2f/user/alice/yubi-X"
)

func TestBothPartsOfAKeyAreFoundInWhatIsPasted(t *testing.T) {
	for name, text := range map[string]string{
		"the console's file":          "\ufeffAccess key ID,Secret access key\r\n" + sampleID + "," + sampleSecret + "\r\n",
		"its line":                    sampleID + "," + sampleSecret,
		"its line in quotes":          `"` + sampleID + `","` + sampleSecret + `"`,
		"an older file of console's":  "User Name,Access key ID,Secret access key\nalice," + sampleID + "," + sampleSecret,
		"the credentials file":        "[work]\naws_access_key_id = " + sampleID + "\naws_secret_access_key = " + sampleSecret + "\n",
		"without spaces, as one line": "aws_access_key_id=" + sampleID + " aws_secret_access_key=" + sampleSecret,
		"exports":                     "export AWS_ACCESS_KEY_ID=" + sampleID + "\nexport AWS_SECRET_ACCESS_KEY='" + sampleSecret + "'",
		"JSON":                        `{"AccessKey":{"AccessKeyId":"` + sampleID + `","SecretAccessKey":"` + sampleSecret + `"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			if id, key, ok := pastedKey(text); !ok || id != sampleID || key.Reveal() != sampleSecret {
				t.Errorf("%v, %s", ok, id)
			}
		})
	}
	for name, text := range map[string]string{
		"an id alone": sampleID, "a secret alone": sampleSecret, "two keys": sampleID + "," + sampleSecret + "\n" + "AKIAI44QH7DHBEXAMPLE," + sampleSecret,
		"a longer text": sampleID + "," + sampleSecret + "abc", "nothing": "",
	} {
		if _, _, ok := pastedKey(text); ok {
			t.Errorf("%s is a key", name)
		}
	}
}

func TestWhatIsTypedIsJudgedWhileItIsTyped(t *testing.T) {
	for name, tc := range map[string]struct {
		id, key string
		want    string
		ready   bool
	}{
		"nothing":               {"", "", "", false},
		"the beginning of one":  {"AKIAIO", "", "", false},
		"an id alone":           {sampleID, "", "", false},
		"both":                  {sampleID, sampleSecret, "", true},
		"spaces around it":      {"  " + sampleID + " ", sampleSecret, "", true},
		"a temporary key":       {"ASIAIOSFODNN7EXAMPLE", "", "temporary", false},
		"the secret as the id":  {sampleSecret, "", "belongs into the field below", false},
		"something else":        {"alice", "", "begins with AKIA", false},
		"an id that is longer":  {sampleID + "X", "", "20 capital letters", false},
		"small letters":         {strings.ToLower(sampleID), "", "begins with AKIA", false},
		"a secret with a space": {sampleID, "wJalr XUtn", "white space", false},
		"the id as the secret":  {sampleID, sampleID, "40 characters", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := addState{page: pageKey}
			s.setKey(tc.id, secret.New(tc.key))
			said, _ := s.problem()
			if s.ready() != tc.ready || (tc.want == "") != (said == "") || !strings.Contains(said, tc.want) {
				t.Errorf("ready %v, it says %q", s.ready(), said)
			}
			if tc.key != "" && strings.Contains(said, tc.key) || strings.Contains(said, sampleSecret) {
				t.Error("it quotes the secret")
			}
		})
	}
}

func TestThePagesAreThoseThatAreNeeded(t *testing.T) {
	key := []addPage{pageWays, pageKey, pageWho, pageRegion, pageName, pageDone}
	device := []addPage{pageWays, pageKey, pageWho, pageDevice, pageRegion, pageName, pageDone}
	for name, tc := range map[string]struct {
		s    addState
		want []addPage
	}{
		"a user without devices":      {addState{looked: true}, key},
		"a user with one":             {addState{looked: true, look: creds.KeyLook{Devices: []creds.MFADevice{{Serial: phoneARN}}}}, device},
		"a list that AWS denies":      {addState{looked: true, look: creds.KeyLook{DevicesDenied: true}}, device},
		"a key that is not known yet": {addState{}, device},
		"a session":                   {addState{way: addBySSO}, []addPage{pageWays, pageSession, pageDone}},
		"a sign-in to AWS's console":  {addState{way: addByConsole}, []addPage{pageWays, pageConsole, pageDone}},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []addPage
			for s := tc.s; ; s.next() {
				seen = append(seen, s.page)
				if s.page == pageDone {
					break
				}
			}
			if diff := cmp.Diff(tc.want, seen); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhatAWSSaysIsChosenFromUnlessThePersonHasChosen(t *testing.T) {
	s := addState{page: pageDevice}
	s.setKey(sampleID, secret.New(sampleSecret))
	look := creds.KeyLook{UserARN: aliceARN, Region: "us-east-1", Suggested: "alice", Devices: []creds.MFADevice{
		{Serial: yubiARN, Unusable: "it is a FIDO security key, and AWS's API takes codes only"}, {Serial: phoneARN}, {Serial: tabletARN},
	}}
	s.take(look)
	if s.device != 1 || s.region != "us-east-1" || s.name != "alice" {
		t.Errorf("chosen: device %d, region %s, name %s", s.device, s.region, s.name)
	}
	if why := s.pick(0); why == "" || s.device != 1 {
		t.Errorf("a security key can be chosen: %q, device %d", why, s.device)
	}
	s.pick(2)
	s.region, s.name, s.named = "eu-west-1", "mine", true
	s.take(look) // The person went back and asked again.
	want := creds.AddRequest{Profile: "mine", AccessKeyID: sampleID, SecretAccessKey: secret.New(sampleSecret), Region: "eu-west-1", MFASerial: tabletARN}
	if got := s.request(); got != want {
		t.Errorf("got %+v", got)
	}
	s.pick(3)
	if got := s.request(); !got.NoMFA || got.MFASerial != "" || s.picked() != 3 {
		t.Errorf("no device: %+v", got)
	}
	if !s.devices()[0].Off || s.devices()[1].Off || !strings.Contains(s.devices()[0].About, "takes codes only") {
		t.Errorf("the list is %+v", s.devices())
	}
	s.setKey("AKIAI44QH7DHBEXAMPLE", s.key)
	if s.looked {
		t.Error("what AWS said of a key is taken for another one")
	}
}

func TestANameIsJudgedWhileItIsTyped(t *testing.T) {
	all := creds.Snapshot{Profiles: []creds.Status{{Name: "alice", Kind: creds.KindUser}, {Name: "role", Kind: creds.KindRole}, {Name: "web", Kind: creds.KindConsole}}}
	for name, tc := range map[string]struct {
		way   addWay
		name  string
		want  string
		ready bool
	}{
		"a new one":           {addByKey, "work", "", true},
		"none":                {addByKey, "", "", false},
		"one with a key":      {addByKey, "alice", "added to it", true},
		"that of a role":      {addByKey, "role", "another way", false},
		"a key for a sign-in": {addByKey, "web", "another way", false},
		"a sign-in for a key": {addByConsole, "alice", "another way", false},
		"a sign-in there is":  {addByConsole, "web", "added to it", true},
		"letters none finds":  {addByKey, "büro", "Not all of AWS's tools", false},
		"a space":             {addByKey, "my work", "Not all of AWS's tools", false},
		"a bracket":           {addByConsole, "a]b", "Not all of AWS's tools", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := addState{way: tc.way, page: pageName, name: tc.name, all: all}
			if tc.way == addByConsole {
				s.page = pageConsole
			}
			said, _ := s.problem()
			if s.ready() != tc.ready || (tc.want == "") != (said == "") || !strings.Contains(said, tc.want) {
				t.Errorf("ready %v, it says %q", s.ready(), said)
			}
		})
	}
}

func TestARegionIsOneOfTheKeysPartition(t *testing.T) {
	china := creds.KeyLook{UserARN: "arn:aws-cn:iam::123456789012:user/li"}
	for name, tc := range map[string]struct {
		look   creds.KeyLook
		region string
		ready  bool
	}{
		"a region":                    {creds.KeyLook{UserARN: aliceARN}, "eu-central-1", true},
		"one that no list has":        {creds.KeyLook{UserARN: aliceARN}, "eu-east-9", true},
		"a city":                      {creds.KeyLook{UserARN: aliceARN}, "Frankfurt", false},
		"China's for a key elsewhere": {creds.KeyLook{UserARN: aliceARN}, "cn-north-1", false},
		"China's":                     {china, "cn-north-1", true},
		"none":                        {china, "", false},
	} {
		s := addState{page: pageRegion, look: tc.look, region: tc.region}
		if s.ready() != tc.ready {
			t.Errorf("%s: ready %v", name, s.ready())
		}
	}
	found := regionsLike("frank", aliceARN)
	if len(found) != 1 || found[0].Name != "eu-central-1" {
		t.Errorf("by its city: %v", found)
	}
	if found := regionsLike("", china.UserARN); len(found) != 2 {
		t.Errorf("China has %v", found)
	}
	if found := regionsLike("eu-central-1", aliceARN); len(found) < 20 {
		t.Errorf("with a complete name there are %d to choose from", len(found))
	}
}
