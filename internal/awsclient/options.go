package awsclient

import (
	"time"
)

// Options are the arguments of the provider block. The zero value of each field
// means that the argument was left out: then the environment and the profile
// count.
type Options struct {
	Region  string
	Profile string

	AccessKey string
	SecretKey string
	Token     string

	SharedConfigFiles      []string
	SharedCredentialsFiles []string

	// AssumeRole is a chain: each role is assumed with the credentials of the one before.
	AssumeRole                []AssumeRole
	AssumeRoleWithWebIdentity *WebIdentity

	AllowedAccountIDs   []string
	ForbiddenAccountIDs []string

	CustomCABundle string
	Insecure       bool

	// The proxies are pointers because "" is a wish of its own: no proxy, whatever
	// the environment says.
	HTTPProxy  *string
	HTTPSProxy *string
	NoProxy    *string

	EC2MetadataServiceEndpoint     string
	EC2MetadataServiceEndpointMode string
	// SkipMetadataAPICheck switches the EC2 metadata service off (true) or on
	// (false); nil leaves it to AWS_EC2_METADATA_DISABLED.
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

// Endpoints are URLs to use in place of the ones AWS publishes.
type Endpoints struct {
	SSM, STS, SSO, S3 string
}

// secrets are the values that must never appear in an error text. STS repeats
// some of them when it refuses a request as malformed.
func (o Options) secrets() []string {
	all := []string{o.AccessKey, o.SecretKey, o.Token}
	for _, role := range o.AssumeRole {
		all = append(all, role.ExternalID)
	}
	if o.AssumeRoleWithWebIdentity != nil {
		all = append(all, o.AssumeRoleWithWebIdentity.Token)
	}
	return all
}
