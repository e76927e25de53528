// logingo gets a profile's credentials by the AWS SDK for Go, once it may: it says "ready",
// waits for the end of its input, and prints what it got.
package main

import (
	"context"
	"encoding/json"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	ctx := context.Background()
	_, _ = os.Stdout.WriteString("ready\n")
	_, _ = io.Copy(io.Discard, os.Stdin)
	result := map[string]string{}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err == nil {
		got, rerr := cfg.Credentials.Retrieve(ctx)
		result["accessKeyId"], err = got.AccessKeyID, rerr
	}
	if err != nil {
		result["error"] = err.Error()
	}
	_ = json.NewEncoder(os.Stdout).Encode(result)
}
