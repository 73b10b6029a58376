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
	// clockDrift is how far the clocks of two hosts of the service may be apart.
	clockDrift = time.Second
	// clockSkew is how far the service's clock may be from this machine's. The service rejects a
	// signature whose time is further away than that, and the SDK then signs with the service's.
	clockSkew = 5 * time.Minute
	// clockError is how uncertain the clock may be. A Date alone is uncertain by a second.
	clockError = 3 * time.Second
)

// clock is the service's clock, as the Date headers of its responses show it. A Date is truncated
// to a second, and was written some time between the request and the response.
type clock struct {
	known       bool
	least, most time.Duration // How far the service's clock is ahead of this machine's.
}

// observe takes the Date of a response of the service, which has a request ID, to a request that was
// made at a time on this machine. A response from a cache has an Age, and its Date is old.
func (c *clock) observe(response *smithyhttp.Response, requested time.Time) {
	if response == nil || response.Response == nil {
		return
	}
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil || response.Header.Get("X-Amzn-Requestid") == "" || response.Header.Get("Age") != "" {
		return
	}
	// Without the monotonic clock, which the service does not have.
	least, most := date.Sub(time.Now().Round(0)), date.Add(time.Second).Sub(requested.Round(0))
	if !c.known {
		c.known, c.least, c.most = true, least, most
		return
	}
	c.least, c.most = max(c.least, least), min(c.most, most)
}

// observeError takes the Date of a response with an error.
func (c *clock) observeError(err error, requested time.Time) {
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		c.observe(response.Response, requested)
	}
}

// observeSuccess takes the Date of a response without an error.
func (c *clock) observeSuccess(metadata middleware.Metadata, requested time.Time) {
	if response, ok := awsmiddleware.GetRawResponse(metadata).(*smithyhttp.Response); ok {
		c.observe(response, requested)
	}
}

// precise reports whether the clock is known well enough to tell a command that was sent by a
// request from one that was sent before it.
func (c *clock) precise() bool { return c.known && c.most-c.least <= clockError }

// sentWithin is when a command can have been requested whose request began at a moment on this
// machine.
func (c *clock) sentWithin(began time.Time) Span {
	least, most := -clockSkew, clockSkew
	if c.known {
		least, most = c.least-clockDrift, c.most+clockDrift
	}
	began = began.Round(0)
	return Span{From: began.Add(least), Until: began.Add(most + acceptedWithin)}
}

// clockedAPI is an API whose lists of commands set a clock.
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
