// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
)

const (
	// attempts and maxBackoff limit the SDK's retries within one call, as package awscall does. By
	// default, and with max_retries = 25 as in provider "aws", the SDK waits up to 20 s between
	// attempts and does not return for minutes; package runcommand waits between polls.
	attempts   = awscall.DefaultAttempts
	maxBackoff = awscall.LongestBackoff

	// stsAttempts is the maximum number of attempts of one fetch of credentials. It is the SDK's
	// default, which the base keeps for profiles and for roles that profiles assume. persist
	// repeats the fetch.
	stsAttempts = 3
)

// persist repeats a fetch of credentials while its source is unavailable: for a minute, like a read
// without any response, and for about the given number of attempts unless that is 0. If ctx ends
// first, the error is that of the last fetch, or else that of ctx.
func persist[T any](ctx context.Context, attempts int, fetch func(context.Context) (T, error)) (T, error) {
	var last error
	begun := time.Now()
	for failed, pause := 0, time.Second; ; pause = min(2*pause, maxBackoff) {
		value, err := fetch(ctx)
		var failure *CredentialsError
		switch {
		case err == nil:
			return value, nil
		case errors.Is(ctx.Err(), context.DeadlineExceeded) && last != nil:
			return value, last
		case !errors.As(err, &failure) || !failure.Temporary:
			return value, err
		}
		last = err
		failed += stsAttempts
		if attempts > 0 && failed >= attempts || time.Since(begun)+pause > fetchLimit {
			return value, last
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return value, ctx.Err()
			}
			return value, last
		}
	}
}

// retryer returns the constructor of a client's retryer. In adaptive mode the retryer holds the
// throttling state of the client, so that each Region has one client.
func retryer(mode aws.RetryMode, tokenBucketCapacity int) func() aws.Retryer {
	standard := func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.MaxBackoff = maxBackoff
		// Reads share one client. With the SDK's token bucket, one throttled read would use up the
		// retries of all of them.
		o.RateLimiter = ratelimit.None
		if tokenBucketCapacity > 0 {
			o.RateLimiter = ratelimit.NewTokenRateLimit(uint(tokenBucketCapacity))
		}
	}
	return func() aws.Retryer {
		if mode == aws.RetryModeStandard {
			return retry.NewStandard(standard)
		}
		return adaptiveMode{retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, standard)
		})}
	}
}

// longestRateLimit bounds how long an attempt waits for the rate limiter of the adaptive mode. The
// limiter measures the rate of requests per half second. If the first requests are throttled, it
// has measured nothing, and allows one request in two seconds for all reads together: ten reads
// whose first 30 requests were throttled took 46 s, those in standard mode 7 s, and with this bound
// 8 s. For 200 reads at a limit of 10 requests a second, the bound still halves the requests that
// the service rejects. See BenchmarkThrottled in package bench.
const longestRateLimit = 500 * time.Millisecond

// adaptiveMode is the SDK's adaptive mode with a bound for its rate limiter.
type adaptiveMode struct{ *retry.AdaptiveMode }

// GetAttemptToken waits for the rate limiter. The error is that of ctx.
func (a adaptiveMode) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	limited, cancel := context.WithTimeout(ctx, longestRateLimit)
	defer cancel()
	release, err := a.AdaptiveMode.GetAttemptToken(limited)
	if err != nil && ctx.Err() == nil {
		return func(error) error { return nil }, nil
	}
	return release, err
}

// transient reports whether a failed fetch of credentials may succeed when repeated: there was no
// response, a timeout, throttling, or a server error.
func transient(err error) bool {
	return retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}
