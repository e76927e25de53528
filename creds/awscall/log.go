package awscall

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"daypass/internal/lang"
	"daypass/internal/outage"
)

// logged returns a config that logs each try of each call to AWS at the debug level:
// operation, host and outcome. Neither an address nor a body is logged, as both may
// hold secrets.
func logged(cfg aws.Config, log *slog.Logger) aws.Config {
	if log == nil || !log.Enabled(context.Background(), slog.LevelDebug) {
		return cfg
	}
	cfg = cfg.Copy()
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(callLog{log}, middleware.Before)
	})
	return cfg
}

// callLog runs around the sending of a request and the reading of its answer.
type callLog struct{ log *slog.Logger }

// ID names it in the stack.
func (callLog) ID() string { return "daypass/log" }

// HandleDeserialize logs a try.
func (l callLog) HandleDeserialize(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	start := time.Now()
	out, metadata, err := next.HandleDeserialize(ctx, in)
	attributes := []any{"operation", awsmiddleware.GetServiceID(ctx) + "." + awsmiddleware.GetOperationName(ctx)}
	if request, ok := in.Request.(*smithyhttp.Request); ok {
		attributes = append(attributes, "host", request.URL.Host)
	}
	attributes = append(attributes, "ms", time.Since(start).Milliseconds())
	if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response != nil {
		attributes = append(attributes, "status", response.StatusCode)
	}
	if id, ok := awsmiddleware.GetRequestIDMetadata(metadata); ok {
		attributes = append(attributes, "request_id", id)
	}
	if err != nil {
		attributes = append(attributes, "error", callFault(err))
	}
	l.log.Debug("asked AWS", attributes...)
	return out, metadata, err
}

// callFault names why a call failed: AWS's code, without its message, or why AWS was
// not reached.
func callFault(err error) string {
	if known, ok := errors.AsType[smithy.APIError](err); ok {
		return known.ErrorCode()
	}
	if sent, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return outage.Words(sent.Err)
	}
	return lang.T("the answer could not be read")
}

// answered logs a request that is no operation of the SDK's: one of the sign-in to the
// console, or one that follows a start URL.
func (c *Client) answered(resp *http.Response) {
	if r := resp.Request; c.log != nil && r != nil && awsmiddleware.GetOperationName(r.Context()) == "" {
		c.log.Debug("asked AWS", "operation", r.Method, "host", r.URL.Host, "status", resp.StatusCode)
	}
}
