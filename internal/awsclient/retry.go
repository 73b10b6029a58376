package awsclient

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

const (
	// attempts and maxBackoff bound what the SDK does within one look. Left to
	// itself with max_retries = 25, as in provider "aws", it waits up to 20 s
	// between attempts and is silent for minutes; the wait between looks is ours.
	attempts   = 3
	maxBackoff = 5 * time.Second

	// stsAttempts bounds the requests for credentials, which no look repeats.
	stsAttempts = 5
)

// retryer returns what makes one client's retryer. In adaptive mode it holds the
// throttling state of the client, so there is one client for each region.
func retryer(mode aws.RetryMode, tokenBucketCapacity int) func() aws.Retryer {
	standard := func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.MaxBackoff = maxBackoff
		// Reads run side by side on one client. The SDK's token bucket would let a
		// throttled neighbour use up the retries of all of them.
		o.RateLimiter = ratelimit.None
		if tokenBucketCapacity > 0 {
			o.RateLimiter = ratelimit.NewTokenRateLimit(uint(tokenBucketCapacity))
		}
	}
	return func() aws.Retryer {
		if mode == aws.RetryModeStandard {
			return retry.NewStandard(standard)
		}
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, standard)
		})
	}
}

// transient says whether a failed fetch of credentials may succeed when it is
// tried again: no answer, a timeout, a throttle, an error of the server.
func transient(err error) bool {
	return retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}
