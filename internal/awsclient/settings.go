// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// settings are the settings of the environment and the shared files, without credentials.
type settings struct {
	aws.Config
	transport *http.Transport

	// sdkBundle is true if AWS_CA_BUNDLE or ca_bundle of the profile names the certificates. The
	// SDK then accepts only its own HTTP client (resolveCustomCABundle in its package config).
	sdkBundle bool
}

// loadSettings reads the environment and the shared files. It sends no request, except to the
// metadata service of an EC2 instance without another Region. Its error is an *OptionError.
func (c *Clients) loadSettings(ctx context.Context) (settings, error) {
	cfg, err := c.loadFiles(ctx)
	if err != nil {
		return settings{}, err
	}
	if err := c.checkEnvironment(cfg); err != nil {
		return settings{}, err
	}
	base := c.baseConfig()
	roots, err := loadBundle(base)
	if err != nil {
		return settings{}, err
	}
	env, profile := sources(cfg)
	sdkBundle := cmp.Or(env.CustomCABundle, profile.CustomCABundle) != ""
	if roots == nil && sdkBundle {
		// The SDK has read the file. A bundle of 140 certificates takes 5 ms.
		roots = cfg.HTTPClient.(*awshttp.BuildableClient).GetTransport().TLSClientConfig.RootCAs //nolint:errcheck // The SDK accepts no other client.
	}
	transport, err := newTransport(base, roots)
	if err != nil {
		return settings{}, &OptionError{Reason: sentence(err)}
	}
	s := settings{Config: cfg, transport: transport, sdkBundle: sdkBundle}
	if s.Region == "" && c.opts.Region == "" {
		s.Region = c.instanceRegion(ctx, s)
	}
	return s, nil
}

// loadFiles lets the SDK read the environment and the shared files, and reports the secrets in them
// to package redact.
func (c *Clients) loadFiles(ctx context.Context) (aws.Config, error) {
	base := c.baseConfig()
	credentialsFiles, err := base.ResolveSharedCredentialsFiles()
	if err != nil {
		return aws.Config{}, &OptionError{Argument: "shared_credentials_files", Reason: sentence(err)}
	}
	configFiles, err := base.ResolveSharedConfigFiles()
	if err != nil {
		return aws.Config{}, &OptionError{Argument: "shared_config_files", Reason: sentence(err)}
	}
	options := []func(*config.LoadOptions) error{
		config.WithSharedConfigProfile(c.opts.Profile),
		config.WithEC2IMDSClientEnableState(base.EC2MetadataServiceEnableState),
		config.WithEC2IMDSEndpoint(c.opts.EC2MetadataServiceEndpoint),
	}
	// An empty list would mean no file, instead of the default ones.
	if len(credentialsFiles) > 0 {
		options = append(options, config.WithSharedCredentialsFiles(credentialsFiles))
	}
	if len(configFiles) > 0 {
		options = append(options, config.WithSharedConfigFiles(configFiles))
	}
	redactEnvironment()
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, c.settingsError(err)
	}
	env, profile := sources(cfg)
	redact.Add(env.ContainerAuthorizationToken)
	redactKeys(env.Credentials)
	for p := &profile; p != nil; p = p.Source {
		redactKeys(p.Credentials)
		redact.Add(p.ExternalID)
		redactFile(p.WebIdentityTokenFile)
		redactURL(p.BaseEndpoint)
	}
	redactFile(env.WebIdentityTokenFilePath)
	redactFile(os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
	return cfg, nil
}

// sources returns what the SDK has read from the environment and from the profile.
func sources(cfg aws.Config) (env config.EnvConfig, profile config.SharedConfig) {
	for _, source := range cfg.ConfigSources {
		switch source := source.(type) {
		case config.EnvConfig:
			env = source
		case config.SharedConfig:
			profile = source
		}
	}
	return env, profile
}

// loadBundle reads the certificates of custom_ca_bundle. It returns nil if the argument is omitted.
func loadBundle(base *awsbase.Config) (*x509.CertPool, error) {
	if base.CustomCABundle == "" {
		return nil, nil
	}
	problem := func(reason string) (*x509.CertPool, error) {
		return nil, &OptionError{Argument: "custom_ca_bundle", Reason: reason}
	}
	reader, err := base.CustomCABundleReader()
	if err != nil {
		return problem(sentence(err))
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		return problem(sentence(err))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return problem(fmt.Sprintf("The file %q contains no certificate in PEM format.", base.CustomCABundle))
	}
	return roots, nil
}

// credentialsClient returns the client for everything that provides credentials.
func (s settings) credentialsClient() *http.Client {
	return newHTTPClient(credentialsTransport{s.transport})
}

// metadataLimit bounds a request to the EC2 instance metadata service, whose address does not
// respond on some machines that are not instances. It is the SDK's limit for a context without a
// deadline.
const metadataLimit = 5 * time.Second

// instanceRegion requests the Region from the EC2 instance metadata service, as provider "aws"
// does, and only if the credentials are also from there: on other machines the request fails after
// seconds.
func (c *Clients) instanceRegion(ctx context.Context, s settings) string {
	fromInstance := c.opts.AccessKey == "" && c.opts.AssumeRoleWithWebIdentity == nil &&
		aws.IsCredentialsProvider(s.Credentials, (*ec2rolecreds.Provider)(nil))
	if !fromInstance {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, metadataLimit)
	defer cancel()
	client := imds.NewFromConfig(s.Config, func(o *imds.Options) { o.HTTPClient = s.credentialsClient() })
	response, err := client.GetRegion(ctx, &imds.GetRegionInput{})
	if err != nil {
		return ""
	}
	return response.Region
}

// settingsError names the argument or variable that caused a failure to load the settings.
func (c *Clients) settingsError(err error) error {
	var missing config.SharedConfigProfileNotExistError
	if !errors.As(err, &missing) {
		return &OptionError{Reason: "Loading the AWS environment variables and shared files failed: " + sentence(err)}
	}
	problem := &OptionError{Reason: fmt.Sprintf("The shared config and credentials files have no profile %q.", missing.Profile)}
	if c.opts.Profile != "" {
		problem.Argument = "profile"
	} else {
		problem.Reason += " The environment variable AWS_PROFILE names it."
	}
	problem.Reason += " Correct the name, or add the profile to one of the files."
	return problem
}

// profileName returns the name of the profile in use.
func profileName(argument string) string {
	return cmp.Or(argument, os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), "default")
}

// sentence returns the text of an error as a sentence, without secrets.
func sentence(err error) string {
	return strings.TrimSuffix(redact.Text(err.Error()), ".") + "."
}

// redactKeys reports a set of credentials to package redact.
func redactKeys(keys aws.Credentials) {
	redact.Add(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken)
}

// redactURL reports the password in a URL to package redact, also as HTTP sends it.
func redactURL(address string) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.User == nil {
		return // The user information of a malformed URL is removed by its shape.
	}
	if password, ok := parsed.User.Password(); ok {
		redact.Add(password, base64.StdEncoding.EncodeToString([]byte(parsed.User.Username()+":"+password)))
	}
}

// redactFile reports the content of a token file to package redact. The code that needs the file
// reports read errors.
func redactFile(name string) {
	if name == "" {
		return
	}
	if content, err := os.ReadFile(name); err == nil { //nolint:gosec // The file that the configuration names.
		redact.Add(string(content))
	}
}

// redactEnvironment reports the passwords of proxies and endpoints in the environment.
func redactEnvironment() {
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "AWS_ENDPOINT_URL") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			redactURL(value)
		}
	}
}
