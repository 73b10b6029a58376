// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// fetchLimit bounds a fetch of credentials. Without it, an STS endpoint that accepts the connection
// and never responds would block forever.
const fetchLimit = time.Minute

// Clients provides AWS clients. It is safe for concurrent use.
type Clients struct {
	opts     Options
	settings shared[settings]
	session  shared[*session]

	loadedOnce atomic.Bool // Whether loadSession was called.

	mu      sync.Mutex
	ssm     map[string]*SSM
	senders map[string]*Sender
	s3      map[string]*S3
}

// New checks the options and returns the clients they describe. It sends no request, reads no file,
// and fetches no credentials. Its error joins one *OptionError for each argument that cannot be
// used.
func New(opts Options) (*Clients, error) {
	var problems []error
	for _, problem := range opts.Problems() {
		problems = append(problems, problem)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return &Clients{
		opts:     opts,
		settings: shared[settings]{limit: fetchLimit, final: isFinal},
		session:  shared[*session]{limit: fetchLimit, final: isFinal},
		ssm:      map[string]*SSM{},
		senders:  map[string]*Sender{},
		s3:       map[string]*S3{},
	}, nil
}

// isFinal reports whether retrying the fetch of credentials cannot succeed. The error of a fetch
// that was interrupted or timed out is not final.
func isFinal(err error) bool {
	var credentials *CredentialsError
	if errors.As(err, &credentials) && credentials.Temporary {
		return false
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !transient(err)
}

// Region returns the provider's Region: from the argument, the environment, the profile, or, with
// the credentials of an EC2 instance, from the instance, in this order. If none of them sets one,
// the error is a *RegionNeededError.
func (c *Clients) Region(ctx context.Context) (string, error) {
	if c.opts.Region != "" {
		return c.opts.Region, nil
	}
	settings, err := c.settings.get(ctx, c.loadSettings)
	if err != nil {
		return "", err
	}
	if settings.Region == "" {
		return "", &RegionNeededError{Profile: profileName(c.opts.Profile)}
	}
	return settings.Region, nil
}

// MaxAttempts returns the number of consecutive failed attempts after which a read gives up, as
// max_retries, AWS_MAX_ATTEMPTS, or max_attempts of the profile sets it. It is 0 if none of them
// does.
func (c *Clients) MaxAttempts(ctx context.Context) (int, error) {
	if c.opts.MaxRetries > 0 {
		return c.opts.MaxRetries, nil
	}
	settings, err := c.settings.get(ctx, c.loadSettings)
	if err != nil {
		return 0, err
	}
	return settings.RetryMaxAttempts, nil
}

// SSM returns the client for a Region, the same one for all callers. The first call fetches
// credentials, and repeats that for a minute if the source is unavailable. The error is a
// *CredentialsError, an *AccountNotAllowedError, an *OptionError, or that of ctx.
func (c *Clients) SSM(ctx context.Context, region string) (*SSM, error) {
	if region == "" {
		return nil, errors.New("awsclient: a client was requested without a Region")
	}
	attempts, err := c.MaxAttempts(ctx)
	if err != nil {
		return nil, err
	}
	current, err := persist(ctx, attempts, func(ctx context.Context) (*session, error) { return c.fetchSession(ctx, region) })
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	client, known := c.ssm[region]
	if !known {
		client = newSSM(ssm.NewFromConfig(c.regional(current, region), c.ssmEndpoint))
		c.ssm[region] = client
	}
	return client, nil
}

// S3 returns the client for a bucket's Region, with the same credentials as SSM. Its errors are
// those of SSM, at the first failure.
func (c *Clients) S3(ctx context.Context, region string) (*S3, error) {
	current, err := c.fetchSession(ctx, region)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	client, known := c.s3[region]
	if !known {
		client = &S3{s3.NewFromConfig(c.regional(current, region), c.s3Endpoint).GetObject}
		c.s3[region] = client
	}
	return client, nil
}

// regional returns the configuration of a client for a Region.
func (c *Clients) regional(current *session, region string) aws.Config {
	cfg := current.Copy()
	cfg.Region = region
	cfg.Credentials = &sessionCredentials{clients: c, region: region}
	cfg.APIOptions = append(cfg.APIOptions, watchRejections)
	return cfg
}

// ssmEndpoint makes a client use the URL of the argument. Requests are still signed for the Region:
// the SDK takes it from the client, and not from the URL.
func (c *Clients) ssmEndpoint(o *ssm.Options) {
	if c.opts.Endpoints.SSM == "" {
		return
	}
	o.BaseEndpoint = aws.String(c.opts.Endpoints.SSM)
	// These two options select among the endpoints that AWS publishes, and the SDK rejects them in
	// combination with a URL. They still apply to services without a URL.
	o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled
	o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
}

// s3Endpoint does the same for S3.
func (c *Clients) s3Endpoint(o *s3.Options) {
	o.UsePathStyle = c.opts.S3UsePathStyle
	// The agent uploads objects without a checksum, for which the SDK would log a warning to
	// standard error.
	o.DisableLogOutputChecksumValidationSkipped = true
	if c.opts.Endpoints.S3 == "" {
		return
	}
	o.BaseEndpoint = aws.String(c.opts.Endpoints.S3)
	o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled
	o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
}

// RenewCredentials discards the credentials if AWS has rejected a request that was signed with
// them, so that the next request of any client fetches new ones. It fetches all of them again, from
// the shared files and the first role of a chain on, because any of them may have expired. When a
// session expires, all reads in progress call RenewCredentials within a short time. The first call
// discards the session. The others have no effect, because their requests were signed with the
// previous session.
func (c *Clients) RenewCredentials() {
	c.session.dropIf(func(current *session, err error) bool { return err != nil || current.rejected.Load() })
}

func (c *Clients) fetchSession(ctx context.Context, region string) (*session, error) {
	return c.session.get(ctx, func(ctx context.Context) (*session, error) {
		return c.loadSession(ctx, region)
	})
}

// errFetchLimit distinguishes fetchLimit from the deadline of the caller.
var errFetchLimit = fmt.Errorf("no credentials after %s", fetchLimit)
