package awsclient

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	"github.com/hashicorp/aws-sdk-go-base/v2/diag"
)

// loadSettings reads what the environment and the shared files say. The SDK sends
// nothing for it; only an EC2 instance without a region is asked for its own.
func (c *Clients) loadSettings(ctx context.Context) (aws.Config, error) {
	base := c.baseConfig()
	credentialsFiles, err := base.ResolveSharedCredentialsFiles()
	if err != nil {
		return aws.Config{}, &OptionError{Argument: "shared_credentials_files", Reason: sentence(err)}
	}
	configFiles, err := base.ResolveSharedConfigFiles()
	if err != nil {
		return aws.Config{}, &OptionError{Argument: "shared_config_files", Reason: sentence(err)}
	}
	if err := checkBundle(base); err != nil {
		return aws.Config{}, err
	}
	options := []func(*config.LoadOptions) error{
		config.WithSharedConfigProfile(c.opts.Profile),
		config.WithEC2IMDSClientEnableState(base.EC2MetadataServiceEnableState),
		config.WithEC2IMDSEndpoint(c.opts.EC2MetadataServiceEndpoint),
	}
	// An empty list would mean no file at all, and not the default ones.
	if len(credentialsFiles) > 0 {
		options = append(options, config.WithSharedCredentialsFiles(credentialsFiles))
	}
	if len(configFiles) > 0 {
		options = append(options, config.WithSharedConfigFiles(configFiles))
	}
	settings, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, c.settingsError(err)
	}
	if settings.Region == "" && c.opts.Region == "" {
		settings.Region = c.instanceRegion(ctx, settings)
	}
	return settings, nil
}

// checkBundle reads the CA bundle once before anything is fetched with it: the base
// reports a bad one as credentials that could not be had.
func checkBundle(base *awsbase.Config) error {
	if base.CustomCABundle == "" {
		return nil
	}
	reader, err := base.CustomCABundleReader()
	if err != nil {
		return &OptionError{Argument: "custom_ca_bundle", Reason: sentence(err)}
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		return &OptionError{Argument: "custom_ca_bundle", Reason: sentence(err)}
	}
	if !x509.NewCertPool().AppendCertsFromPEM(content) {
		return &OptionError{Argument: "custom_ca_bundle", Reason: fmt.Sprintf("The file %q has no certificate in PEM form.", base.CustomCABundle)}
	}
	return nil
}

// loadSession fetches credentials. The region is the one to ask STS in where the
// provider has none of its own.
func (c *Clients) loadSession(ctx context.Context, region string) (aws.Config, error) {
	settings, err := c.settings.get(ctx, c.loadSettings)
	if err != nil {
		return aws.Config{}, err
	}
	base := c.baseConfig()
	// Always a region, or the base asks the metadata service for one, and at its
	// default address whatever ec2_metadata_service_endpoint says.
	base.Region = cmp.Or(base.Region, settings.Region, region)
	// The base overrides the SDK's endpoint resolver while it looks for credentials,
	// and AWS_ENDPOINT_URL_STS and its like would not count there.
	if base.StsEndpoint == "" {
		base.StsEndpoint = aws.ToString(sts.NewFromConfig(settings).Options().BaseEndpoint)
	}
	if base.SsoEndpoint == "" {
		base.SsoEndpoint = aws.ToString(sso.NewFromConfig(settings).Options().BaseEndpoint)
	}

	// GetAwsConfig sets AWS_EC2_METADATA_DISABLED for the whole process where
	// skip_metadata_api_check is given (aws/aws-sdk-go-v2#1398). Two provider blocks
	// run in two processes, so no other block notices.
	_, cfg, diags := awsbase.GetAwsConfig(ctx, base)
	if err := c.firstError(ctx, diags); err != nil {
		return aws.Config{}, err
	}
	if err := c.checkAccount(ctx, cfg, base); err != nil {
		return aws.Config{}, err
	}

	mode := cfg.RetryMode
	if mode == "" {
		mode = aws.RetryModeAdaptive
	}
	cfg.HTTPClient = ownBodies{cfg.HTTPClient}
	cfg.Retryer = retryer(mode, c.opts.TokenBucketRateLimiterCapacity)
	// A client takes these two over the retryer's own. MaxAttempts tells the caller
	// what they said.
	cfg.RetryMaxAttempts, cfg.RetryMode = 0, mode
	return cfg, nil
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
		NoProxy:                        noProxy(o.NoProxy),
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

		// An STS call before the first read, which nobody asked for. checkAccount makes
		// it where it is needed.
		SkipCredsValidation: true,
		// The base's logger writes answers, that is the output of commands, into the
		// log, and external ids; and it fails on a line longer than 64 KiB.
		SuppressDebugLog: true,
	}
	if o.MaxRetries > 0 {
		base.MaxRetries = o.MaxRetries
	}
	// The slice must stay nil where there is no role: with static keys, an empty one
	// makes the base send unsigned requests.
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

// noProxy keeps "" and nil apart for the base, which does not. A list of one empty
// entry excepts no host, and still takes the place of NO_PROXY.
func noProxy(list *string) string {
	if list != nil && *list == "" {
		return ","
	}
	return aws.ToString(list)
}

// checkAccount makes sure, with one call, that the credentials belong to an account
// the options allow.
func (c *Clients) checkAccount(ctx context.Context, cfg aws.Config, base *awsbase.Config) error {
	if len(c.opts.AllowedAccountIDs) == 0 && len(c.opts.ForbiddenAccountIDs) == 0 {
		return nil
	}
	ask := *base
	ask.SkipCredsValidation = false // Else the base asks IAM first, which takes a permission more.
	account, _, diags := awsbase.GetAwsAccountIDAndPartition(ctx, cfg, &ask)
	if err := c.firstError(ctx, diags); err != nil {
		return err
	}
	if base.VerifyAccountIDAllowed(account) != nil {
		return &AccountNotAllowedError{AccountID: account, Forbidden: slices.Contains(c.opts.ForbiddenAccountIDs, account)}
	}
	return nil
}

// firstError returns the first error of the base as one of ours.
func (c *Clients) firstError(ctx context.Context, diags diag.Diagnostics) error {
	found := diags.Errors()
	if len(found) == 0 {
		return nil
	}
	first := found[0]
	cause := errors.New(first.Summary())
	if with, ok := first.(diag.DiagnosticWithErr); ok {
		cause = with.Err()
	}
	text := first.Summary()
	if detail := first.Detail(); detail != "" {
		text += ". " + detail
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		text = fmt.Sprintf("There was no answer within %s. %s", fetchLimit, text)
	}
	return &CredentialsError{Detail: c.advice(text), Err: cause}
}

// credentialsError wraps what the SDK said when it renewed credentials on its own.
func (c *Clients) credentialsError(err error) error {
	return &CredentialsError{Detail: c.advice(err.Error()), Err: err}
}

// advice adds to what was seen what was asked for and what to do.
func (c *Clients) advice(seen string) string {
	source := "the environment, the shared files (profile \"" + profileName(c.opts.Profile) + "\") and the metadata services"
	switch {
	case c.opts.AccessKey != "":
		source = "the arguments access_key and secret_key"
	case c.opts.AssumeRoleWithWebIdentity != nil:
		source = "the block assume_role_with_web_identity"
	}
	if n := len(c.opts.AssumeRole); n > 0 {
		source += fmt.Sprintf(", then assume_role (%d in a chain)", n)
	}
	seen = strings.TrimSpace(withoutSecrets(seen, c.opts.secrets()))
	return "There are no usable AWS credentials. They were sought in " + source + ".\n\n" + seen +
		"\n\nCorrect these arguments of the provider block or the AWS environment; `aws sts get-caller-identity` in the same environment shows what the AWS CLI finds there."
}

// settingsError says which argument or variable to blame for settings that cannot
// be loaded.
func (c *Clients) settingsError(err error) error {
	var unknown config.SharedConfigProfileNotExistError
	if !errors.As(err, &unknown) {
		return &OptionError{Reason: "The AWS environment variables and shared files cannot be used: " + withoutSecrets(sentence(err), c.opts.secrets())}
	}
	problem := &OptionError{Reason: fmt.Sprintf("There is no profile %q in the shared config and credentials files.", unknown.Profile)}
	if c.opts.Profile != "" {
		problem.Argument = "profile"
	} else {
		problem.Reason += " The environment variable AWS_PROFILE names it."
	}
	return problem
}

// profileName says which profile counts.
func profileName(argument string) string {
	return cmp.Or(argument, os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), "default")
}

func sentence(err error) string {
	return strings.TrimSuffix(err.Error(), ".") + "."
}
