// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// session is the state that all clients share while the credentials are valid.
type session struct {
	aws.Config

	// rejected is set when AWS has rejected a request because of these credentials.
	rejected atomic.Bool
}

// loadSession fetches credentials. The Region is the one of STS if the provider has none. The error
// is a *CredentialsError, an *AccountNotAllowedError, an *OptionError, or that of ctx.
func (c *Clients) loadSession(ctx context.Context, region string) (*session, error) {
	settings, err := c.settings.get(ctx, c.loadSettings)
	if err != nil {
		return nil, err
	}
	if c.loadedOnce.Swap(true) { // Report the secrets to package redact again: the files may have changed.
		if _, err := c.loadFiles(ctx); err != nil {
			return nil, err
		}
	}
	c.opts.Redact()

	base := c.baseConfig()
	// Always set a Region. Otherwise the base requests one from the metadata service at its default
	// address, regardless of ec2_metadata_service_endpoint.
	base.Region = cmp.Or(base.Region, settings.Region, region)
	// The base overrides the SDK's endpoint resolver while it fetches credentials, so that
	// AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL_SSO would have no effect.
	if base.StsEndpoint == "" {
		base.StsEndpoint = aws.ToString(sts.NewFromConfig(settings.Config).Options().BaseEndpoint)
	}
	if base.SsoEndpoint == "" {
		base.SsoEndpoint = aws.ToString(sso.NewFromConfig(settings.Config).Options().BaseEndpoint)
	}
	if !settings.sdkBundle {
		// This client already has the certificates of custom_ca_bundle.
		base.HTTPClient, base.CustomCABundle = settings.credentialsClient(), ""
	}

	// GetAwsConfig sets AWS_EC2_METADATA_DISABLED for the whole process if skip_metadata_api_check
	// is set (aws/aws-sdk-go-v2#1398). Two provider blocks run in two processes, so this does not
	// affect other blocks.
	cfg, err := withoutPanic(func() (aws.Config, error) {
		_, cfg, diags := awsbase.GetAwsConfig(ctx, base)
		if found := diags.Errors(); len(found) > 0 {
			return aws.Config{}, c.baseError(ctx, found[0])
		}
		return cfg, nil
	})
	if errors.Is(err, errNoCredentials) {
		return nil, c.credentialsError(ctx, "", err)
	}
	if err != nil {
		return nil, err
	}
	if err := c.checkAccount(ctx, cfg, base); err != nil {
		return nil, err
	}

	mode := cfg.RetryMode
	if mode == "" {
		mode = aws.RetryModeAdaptive
	}
	cfg.HTTPClient = newHTTPClient(settings.transport)
	cfg.Retryer = retryer(mode, c.opts.TokenBucketRateLimiterCapacity)
	// A client would prefer these two to the retryer's own. MaxAttempts returns their value.
	cfg.RetryMaxAttempts, cfg.RetryMode = 0, mode
	return &session{Config: cfg}, nil
}

// baseConfig translates the options.
func (c *Clients) baseConfig() *awsbase.Config {
	o := c.opts
	base := &awsbase.Config{
		AccessKey:                      o.AccessKey,
		AllowedAccountIds:              o.AllowedAccountIDs,
		CallerDocumentationURL:         "https://registry.terraform.io/providers/ssm-provider/ssm/latest/docs",
		CallerName:                     "Terraform SSM Provider",
		CustomCABundle:                 o.CustomCABundle,
		EC2MetadataServiceEndpoint:     o.EC2MetadataServiceEndpoint,
		EC2MetadataServiceEndpointMode: o.EC2MetadataServiceEndpointMode,
		EC2MetadataServiceEnableState:  metadataState(o.SkipMetadataAPICheck),
		ForbiddenAccountIds:            o.ForbiddenAccountIDs,
		HTTPProxy:                      o.HTTPProxy,
		HTTPSProxy:                     o.HTTPSProxy,
		HTTPProxyMode:                  awsbase.HTTPProxyModeLegacy,
		Insecure:                       o.Insecure,
		MaxBackoff:                     maxBackoff,
		MaxRetries:                     stsAttempts,
		NoProxy:                        noProxy(o.NoProxy, o.EC2MetadataServiceEndpoint),
		Profile:                        o.Profile,
		Region:                         o.Region,
		RetryMode:                      aws.RetryMode(o.RetryMode),
		SecretKey:                      o.SecretKey,
		SharedConfigFiles:              o.SharedConfigFiles,
		SharedCredentialsFiles:         o.SharedCredentialsFiles,
		SsoEndpoint:                    o.Endpoints.SSO,
		StsEndpoint:                    o.Endpoints.STS,
		StsRegion:                      o.STSRegion,
		Token:                          o.Token,
		UseDualStackEndpoint:           o.UseDualStack,
		UseFIPSEndpoint:                o.UseFIPS,
		UserAgent:                      userAgent(o),

		// Otherwise the base calls STS before the first read. checkAccount calls STS if needed.
		SkipCredsValidation: true,
		// The base's logger writes responses, which contain the output of commands, and external
		// IDs into the log; and it fails if a line is longer than 64 KiB.
		SuppressDebugLog: true,
	}
	if o.MaxRetries > 0 {
		base.MaxRetries = o.MaxRetries
	}
	// The slice stays nil if there is no role: with static keys, an empty one makes the base send
	// unsigned requests.
	for _, role := range o.AssumeRole {
		base.AssumeRole = append(base.AssumeRole, awsbase.AssumeRole(role))
	}
	if web := o.AssumeRoleWithWebIdentity; web != nil {
		base.AssumeRoleWithWebIdentity = &awsbase.AssumeRoleWithWebIdentity{
			RoleARN:              web.RoleARN,
			Duration:             web.Duration,
			Policy:               web.Policy,
			PolicyARNs:           web.PolicyARNs,
			SessionName:          web.SessionName,
			WebIdentityToken:     web.Token,
			WebIdentityTokenFile: web.TokenFile,
		}
	}
	return base
}

func metadataState(skip *bool) imds.ClientEnableState {
	switch {
	case skip == nil:
		return imds.ClientDefaultEnableState
	case *skip:
		return imds.ClientDisabled
	default:
		return imds.ClientEnabled
	}
}

// checkAccount verifies, with one request, that the credentials belong to an account that the
// options allow.
func (c *Clients) checkAccount(ctx context.Context, cfg aws.Config, base *awsbase.Config) error {
	if len(c.opts.AllowedAccountIDs) == 0 && len(c.opts.ForbiddenAccountIDs) == 0 {
		return nil
	}
	// aws-sdk-go-base has a function for this, which also links IAM.
	identity, err := sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.Region = cmp.Or(base.StsRegion, o.Region)
		if base.StsEndpoint != "" {
			o.BaseEndpoint = aws.String(base.StsEndpoint)
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
		}
	}).GetCallerIdentity(ctx, nil)
	if err == nil && identity.Account == nil {
		err = errors.New("AWS STS responded to GetCallerIdentity without an account ID")
	}
	if err != nil {
		return c.fetchError(ctx, "", err)
	}
	account := *identity.Account
	if base.VerifyAccountIDAllowed(account) != nil {
		return &AccountNotAllowedError{AccountID: account, Forbidden: slices.Contains(c.opts.ForbiddenAccountIDs, account)}
	}
	return nil
}

// sessionCredentials provides the credentials of the current session to a client.
type sessionCredentials struct {
	clients *Clients
	region  string
}

// Retrieve is called by the SDK before it signs a request.
func (s *sessionCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	current, err := s.clients.fetchSession(ctx, s.region)
	if err != nil {
		return aws.Credentials{}, err
	}
	if signed, ok := ctx.Value(signedKey{}).(*signed); ok {
		signed.by = current
	}
	limited, cancel := context.WithTimeoutCause(ctx, fetchLimit, errFetchLimit)
	defer cancel()
	credentials, err := withoutPanic(func() (aws.Credentials, error) { return current.Credentials.Retrieve(limited) })
	if err == nil {
		redact.Add(credentials.AccessKeyID, credentials.SecretAccessKey, credentials.SessionToken)
		return credentials, nil
	}
	if ctx.Err() != nil {
		return aws.Credentials{}, ctx.Err() // The credentials may be valid.
	}
	if errors.Is(context.Cause(limited), errFetchLimit) {
		// In the SDK's cache, every later caller would wait for the blocked fetch. A new session
		// has a new cache.
		s.clients.session.drop()
	}
	return aws.Credentials{}, s.clients.credentialsError(limited, "", err)
}

// withoutPanic calls fetch, and converts a panic of the SDK to errNoCredentials. It is needed with
// the SDK's own client, which lacks checkSTS (see settings.sdkBundle).
func withoutPanic[T any](fetch func() (T, error)) (value T, err error) {
	defer func() {
		if recover() != nil {
			err = errNoCredentials
		}
	}()
	return fetch()
}

// signed records which session signed an attempt of a request.
type signed struct{ by *session }

type signedKey struct{}

// watchRejections adds middleware to a client that records whether AWS rejected the credentials of
// a session.
func watchRejections(stack *middleware.Stack) error {
	watch := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		var attempt signed
		out, metadata, err := next.HandleFinalize(context.WithValue(ctx, signedKey{}, &attempt), in)
		var api smithy.APIError
		if errors.As(err, &api) && awscall.IsExpired(api.ErrorCode()) && attempt.by != nil {
			attempt.by.rejected.Store(true)
		}
		return out, metadata, err
	}
	// Within the retries, so that each attempt counts for the session that signed it.
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("WatchRejections", watch), "Retry", middleware.After)
}
