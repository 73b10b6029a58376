package runcommand

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// API is what a [Reader] asks of the service: the three reading operations of
// Run Command. [ssm.Client] has them all.
type API interface {
	ssm.GetCommandInvocationAPIClient
	ssm.ListCommandsAPIClient
	ssm.ListCommandInvocationsAPIClient
}

// Options configure a [Reader].
type Options struct {
	// Region is where the API reads; it is named in every error, since another
	// region gives the same "does not exist".
	Region string
	// MaxAttempts is the number of consecutive failed attempts after which a read
	// gives up; 0 leaves that to the read's own clock.
	MaxAttempts int
	// RenewCredentials drops cached credentials, so that the next request fetches
	// new ones. It may be nil.
	RenewCredentials func()
	// Objects returns a client for S3 in a region. It is called only when a stream was
	// cut and all of it was asked for; nil where S3 is not to be asked at all.
	Objects func(ctx context.Context, region string) (ObjectAPI, error)
	// Life ends every read when it is closed, as the end of the caller's own context
	// does; nil never does.
	Life <-chan struct{}
	// Observe is told of every attempt. It may be nil.
	Observe func(context.Context, Call)
}

// Call is one attempt at one request, as far as a log may know it: nothing of
// what was asked and nothing of what came back.
type Call struct {
	// Operation is the API's name, such as GetCommandInvocation.
	Operation string
	// Attempt counts from 1 within one question.
	Attempt int
	// Outcome is the HTTP status of an answer, the service's error code, or "no
	// answer".
	Outcome string
	// RequestID is what AWS support asks for; "" without an answer.
	RequestID string
	// Duration is the time from sending to the last byte read.
	Duration time.Duration
}

// Reader reads Run Command in one region. It is safe for concurrent use, and is
// meant to be shared by all reads of that region: it remembers which commands
// nobody knows any more.
type Reader struct {
	api     API
	options Options
	unknown memory
}

// New returns a Reader over api.
func New(api API, options Options) *Reader {
	return &Reader{api: api, options: options}
}

// Region returns the region that the Reader reads.
func (r *Reader) Region() string { return r.options.Region }
