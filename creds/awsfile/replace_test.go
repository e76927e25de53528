package awsfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/awsfile"
)

func TestReplaceChangesAValueWhereItIs(t *testing.T) {
	const before = "# old\r\n[profile x] ; old\r\n  Source_Profile\t=  \"old\"  # old\r\nold = old\r\nsource_profile:old\r\ns3 =\r\n  source_profile = old\r\n[profile y]\r\nsource_profile = old"
	const after = "# old\r\n[profile x] ; old\r\n  Source_Profile\t=  \"new one\"  # old\r\nold = old\r\nsource_profile:new one\r\ns3 =\r\n  source_profile = old\r\n[profile y]\r\nsource_profile = old"
	f := awsfile.Parse(awsfile.Config, []byte(before))
	err := f.Replace(awsfile.Profile("x"), "source_profile", func(value string) string { return strings.Replace(value, "old", "new one", 1) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after, string(f.Bytes())); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", " x", "x\ny"} {
		err := f.Replace(awsfile.Profile("y"), "source_profile", func(string) string { return bad })
		if !errors.Is(err, awsfile.ErrInvalidValue) || string(f.Bytes()) != after {
			t.Errorf("%q gives the error %v", bad, err)
		}
	}
}
