package awsclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

const (
	// fetchLimit bounds a fetch of credentials. An STS endpoint that accepts the
	// connection and never answers is cut off by nothing else.
	fetchLimit = time.Minute

	// renewalPause is for how long renewed credentials are not renewed again. When a
	// session expires, all reads under way learn it within moments, and one fetch
	// serves them all.
	renewalPause = 10 * time.Second
)

// Clients hands out AWS clients. It is safe for concurrent use.
type Clients struct {
	opts     Options
	settings shared[aws.Config] // what environment and shared files say; nothing is sent for it
	session  shared[aws.Config] // the same with credentials

	mu        sync.Mutex
	ssm       map[string]*ssm.Client
	s3        map[string]*s3.Client
	renewedAt time.Time
}

// New checks the options and returns the clients they describe. It sends nothing,
// reads no file and looks for no credentials. Its error joins one *OptionError for
// each argument that cannot be used.
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
		settings: shared[aws.Config]{limit: fetchLimit, final: isFinal},
		session:  shared[aws.Config]{limit: fetchLimit, final: isFinal},
		ssm:      map[string]*ssm.Client{},
		s3:       map[string]*s3.Client{},
	}, nil
}

// isFinal says whether fetching credentials again would only fail again. An
// interrupted fetch and one out of time have found out nothing.
func isFinal(err error) bool {
	return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) && !transient(err)
}

// Region returns the provider's own region: the argument, else the environment's,
// else the profile's, else, where the credentials are those of an EC2 instance,
// the instance's. There is a *RegionNeededError where none of them names one.
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

// MaxAttempts returns the number of failed attempts in a row after which a read is
// to give up, as max_retries, AWS_MAX_ATTEMPTS or the profile's max_attempts set
// it, and 0 where none of them did.
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

// SSM returns the client for a region, the same one for all who ask. The first call
// fetches credentials, and a *CredentialsError or *AccountNotAllowedError says why
// there are none; when ctx ends first, the error is its own.
func (c *Clients) SSM(ctx context.Context, region string) (*ssm.Client, error) {
	if region == "" {
		return nil, errors.New("awsclient: a client was asked for without a region")
	}
	cfg, err := c.fetchSession(ctx, region)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	client, known := c.ssm[region]
	if !known {
		client = ssm.NewFromConfig(c.regional(cfg, region), c.ssmEndpoint)
		c.ssm[region] = client
	}
	return client, nil
}

// S3 returns the client for a bucket's region, with the same credentials and the
// same errors as SSM. It is made at the first call, since most plans need none.
func (c *Clients) S3(ctx context.Context, region string) (*s3.Client, error) {
	cfg, err := c.fetchSession(ctx, region)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	client, known := c.s3[region]
	if !known {
		client = s3.NewFromConfig(c.regional(cfg, region), c.s3Endpoint)
		c.s3[region] = client
	}
	return client, nil
}

// regional is the configuration of a client for a region.
func (c *Clients) regional(cfg aws.Config, region string) aws.Config {
	cfg.Region = region
	cfg.Credentials = &renewable{clients: c, region: region}
	return cfg
}

// ssmEndpoint makes a client use the URL of the argument. The region still signs:
// the SDK takes it from the client, and not from the URL.
func (c *Clients) ssmEndpoint(o *ssm.Options) {
	if c.opts.Endpoints.SSM == "" {
		return
	}
	o.BaseEndpoint = aws.String(c.opts.Endpoints.SSM)
	// These two choose among the endpoints AWS publishes, and the SDK refuses them
	// beside a given URL. They still count for the services without one.
	o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled
	o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
}

// s3Endpoint does the same for S3.
func (c *Clients) s3Endpoint(o *s3.Options) {
	o.UsePathStyle = c.opts.S3UsePathStyle
	// Objects that were not written with a checksum are the rule here, and no reason
	// for a line on standard error.
	o.DisableLogOutputChecksumValidationSkipped = true
	if c.opts.Endpoints.S3 == "" {
		return
	}
	o.BaseEndpoint = aws.String(c.opts.Endpoints.S3)
	o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled
	o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
}

// RenewCredentials drops the credentials, so that the next request of any client
// fetches new ones: all of them, from the shared files and the first role of a
// chain on, since it may be any of these that has expired. Calls shortly after a
// renewal do nothing.
func (c *Clients) RenewCredentials() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); c.renewedAt.IsZero() || now.Sub(c.renewedAt) >= renewalPause {
		c.renewedAt = now
		c.session.drop()
	}
}

func (c *Clients) fetchSession(ctx context.Context, region string) (aws.Config, error) {
	return c.session.get(ctx, func(ctx context.Context) (aws.Config, error) {
		return c.loadSession(ctx, region)
	})
}

// renewable gives a client the credentials of the session there is at the time.
type renewable struct {
	clients *Clients
	region  string
}

// Retrieve is called by the SDK before it signs a request.
func (r *renewable) Retrieve(ctx context.Context) (aws.Credentials, error) {
	session, err := r.clients.fetchSession(ctx, r.region)
	if err != nil {
		return aws.Credentials{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, fetchLimit, errFetchLimit)
	defer cancel()
	credentials, err := session.Credentials.Retrieve(ctx)
	if err == nil {
		return credentials, nil
	}
	if errors.Is(context.Cause(ctx), errFetchLimit) {
		// The SDK's cache joins every later caller to the fetch that hangs. A new
		// session has a new cache.
		r.clients.session.drop()
	}
	return aws.Credentials{}, r.clients.credentialsError(err)
}

// errFetchLimit tells our own limit from the caller's.
var errFetchLimit = fmt.Errorf("no credentials after %s", fetchLimit)

// instanceRegion asks the EC2 metadata service for the region, as provider "aws"
// does, and only where the credentials come from there too: elsewhere the question
// costs seconds and has no answer.
func (c *Clients) instanceRegion(ctx context.Context, settings aws.Config) string {
	fromInstance := c.opts.AccessKey == "" && c.opts.AssumeRoleWithWebIdentity == nil &&
		aws.IsCredentialsProvider(settings.Credentials, (*ec2rolecreds.Provider)(nil))
	if !fromInstance {
		return ""
	}
	answer, err := imds.NewFromConfig(settings).GetRegion(ctx, &imds.GetRegionInput{})
	if err != nil {
		return ""
	}
	return answer.Region
}
