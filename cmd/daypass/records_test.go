package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

func TestThousandsOfRecordsAreWrittenAsOneWouldBe(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	all := []creds.Status{
		{Name: "plain", Kind: creds.KindUser, Region: "eu-west-1", Expires: now.Add(time.Hour), Issued: now, Favourite: true},
		{},
		{
			Name: "od\"d\\ <&> \u2028 \x01 \xff Société 日本 \x7f", Kind: "<b>", Note: "tab\there\nand there",
			Err:   &creds.Error{Code: creds.CodeNoKey, Message: "there is “none”"},
			Flaws: []creds.Error{{Message: "one"}, {Message: "<two>", Advice: "do it"}},
		},
	}
	for n := range len(all) + 1 {
		records := []record{}
		for _, s := range all[:n] {
			records = append(records, newRecord(s, now))
		}
		var want, got bytes.Buffer
		if err := encode(&want, records); err != nil {
			t.Fatal(err)
		}
		if err := encodeRecords(&got, records); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("%d records (-encoding/json +ours):\n%s", n, diff)
		}
	}
}
