// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"net/http"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	// clockDrift is the maximum difference between the clocks of two hosts of the service.
	clockDrift = time.Second
	// clockSkew is the maximum difference between the service's clock and this machine's. If it is
	// greater, the service rejects the signature, and the SDK then signs with the service's time.
	clockSkew = 5 * time.Minute
	// clockError is the maximum uncertainty of a precise clock. A Date is uncertain by a second.
	clockError = 3 * time.Second
)

// clock estimates the service's clock from the Date headers of its responses. A Date is truncated
// to a second, and is a time between the request and the response.
type clock struct {
	known       bool
	least, most time.Duration // Bounds of how far the service's clock is ahead of this machine's.
}

// observe narrows the bounds by the Date of a response. requested is the time of the request by
// this machine's clock. It ignores a response without a request ID, which does not come from the
// service, and a response with an Age, which comes from a cache.
func (c *clock) observe(response *smithyhttp.Response, requested time.Time) {
	if response == nil || response.Response == nil {
		return
	}
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil || response.Header.Get("X-Amzn-Requestid") == "" || response.Header.Get("Age") != "" {
		return
	}
	// Round(0) removes the monotonic clock, which is not comparable with the service's time.
	least, most := date.Sub(time.Now().Round(0)), date.Add(time.Second).Sub(requested.Round(0))
	if !c.known {
		c.known, c.least, c.most = true, least, most
		return
	}
	c.least, c.most = max(c.least, least), min(c.most, most)
}

// observeError observes the response of an error.
func (c *clock) observeError(err error, requested time.Time) {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		c.observe(response.Response, requested)
	}
}

// observeSuccess observes a successful response.
func (c *clock) observeSuccess(metadata middleware.Metadata, requested time.Time) {
	if response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok {
		c.observe(response, requested)
	}
}

// precise reports whether the bounds are narrow enough to decide whether a command was created
// before or after a request began. They are not if responses contradict each other, because the
// service's clock or that of this machine was set between them.
func (c *clock) precise() bool {
	uncertain := c.most - c.least
	return c.known && uncertain <= clockError && uncertain >= -clockDrift
}

// steady reports whether the clock of this machine was not set since a time. It compares the wall
// clock with the monotonic clock. It also returns false if the machine was suspended, because the
// monotonic clock can stop during a suspension.
func steady(since time.Time) bool {
	now := time.Now()
	return isSteady(now.Round(0).Sub(since.Round(0)), now.Sub(since))
}

func isSteady(wall, monotonic time.Duration) bool { return (wall - monotonic).Abs() <= clockDrift }

// sentWithin returns the span in which the service can have created the command of a request that
// began at a time of this machine's clock.
func (c *clock) sentWithin(began time.Time) Span {
	least, most := -clockSkew, clockSkew
	if c.known {
		least, most = c.least-clockDrift, c.most+clockDrift
	}
	began = began.Round(0)
	return Span{From: began.Add(least), Until: began.Add(most + acceptedWithin)}
}

// clockedAPI is an API whose ListCommands observes the clock.
type clockedAPI struct {
	API
	clock *clock
}

// ListCommands calls the operation of that name.
func (a clockedAPI) ListCommands(ctx context.Context, in *ssm.ListCommandsInput, options ...func(*ssm.Options)) (*ssm.ListCommandsOutput, error) {
	requested := time.Now()
	out, err := a.API.ListCommands(ctx, in, options...)
	if err != nil {
		a.clock.observeError(err, requested)
		return nil, err
	}
	a.clock.observeSuccess(out.ResultMetadata, requested)
	return out, nil
}
