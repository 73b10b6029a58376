// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// Options are the arguments of the provider block. The zero value of each field means that the
// argument is omitted, so that the environment and the profile apply.
type Options struct {
	Region  string
	Profile string

	AccessKey string
	SecretKey string
	Token     string

	SharedConfigFiles      []string
	SharedCredentialsFiles []string

	// AssumeRole is a chain: each role is assumed with the credentials of the previous one.
	AssumeRole                []AssumeRole
	AssumeRoleWithWebIdentity *WebIdentity

	AllowedAccountIDs   []string
	ForbiddenAccountIDs []string

	CustomCABundle string
	Insecure       bool

	// The proxies are pointers because "" means no proxy, regardless of the environment.
	HTTPProxy  *string
	HTTPSProxy *string
	NoProxy    *string

	EC2MetadataServiceEndpoint     string
	EC2MetadataServiceEndpointMode string
	// SkipMetadataAPICheck disables (true) or enables (false) the EC2 instance metadata service;
	// nil means that AWS_EC2_METADATA_DISABLED decides.
	SkipMetadataAPICheck *bool

	MaxRetries                     int
	RetryMode                      string
	TokenBucketRateLimiterCapacity int

	SkipRegionValidation bool
	STSRegion            string
	UseDualStack         bool
	UseFIPS              bool

	Endpoints      Endpoints
	S3UsePathStyle bool

	// UserAgent are products ("name/version (comment)") to add to the header.
	UserAgent        []string
	ProviderVersion  string
	TerraformVersion string
}

// AssumeRole is one role of the chain.
type AssumeRole struct {
	RoleARN           string
	Duration          time.Duration
	ExternalID        string
	Policy            string
	PolicyARNs        []string
	SessionName       string
	SourceIdentity    string
	Tags              map[string]string
	TransitiveTagKeys []string
}

// WebIdentity is a role that is assumed with a token of an identity provider.
type WebIdentity struct {
	RoleARN     string
	Duration    time.Duration
	Policy      string
	PolicyARNs  []string
	SessionName string
	Token       string
	TokenFile   string
}

// Endpoints are URLs that replace those that AWS publishes.
type Endpoints struct {
	SSM, STS, SSO, S3 string
}

// Redact reports the secrets among the options to package redact. Some services repeat what they
// reject.
func (o Options) Redact() {
	redact.Add(o.AccessKey, o.SecretKey, o.Token)
	for _, role := range o.AssumeRole {
		redact.Add(role.ExternalID)
	}
	if web := o.AssumeRoleWithWebIdentity; web != nil {
		redact.Add(web.Token)
		expanded := awsbase.AssumeRoleWithWebIdentity{WebIdentityTokenFile: web.TokenFile}
		if token, err := expanded.GetIdentityToken(); err == nil && web.TokenFile != "" {
			redact.Add(string(token))
		}
	}
	for _, address := range []string{
		aws.ToString(o.HTTPProxy), aws.ToString(o.HTTPSProxy), o.EC2MetadataServiceEndpoint,
		o.Endpoints.SSM, o.Endpoints.STS, o.Endpoints.SSO, o.Endpoints.S3,
	} {
		redactURL(address)
	}
}
