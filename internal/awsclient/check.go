// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"
)

// The shapes that IAM and STS accept (API reference of AssumeRole). Validation can name the
// argument; STS cannot, and repeats a malformed external ID in its response.
var (
	accountIDPattern   = lazyregexp.New(`^\d{12}$`)
	sessionNamePattern = lazyregexp.New(`^[\w+=,.@-]{2,64}$`)
	externalIDPattern  = lazyregexp.New(`^[\w+=,.@:/-]+$`)
)

// The durations that AssumeRole accepts for a session. STS limits the session of a role that is
// assumed with the credentials of another role to an hour.
const (
	minSession = 15 * time.Minute
	maxSession = 12 * time.Hour
)

// Problems returns the problems of the options that can be found without a request. An omitted
// argument is not a problem.
func (o Options) Problems() []*OptionError {
	var c checker
	c.region("region", o.Region, o.SkipRegionValidation)
	c.region("sts_region", o.STSRegion, o.SkipRegionValidation)
	c.keys(o)
	c.accounts(o)
	for i, role := range o.AssumeRole {
		c.role(fmt.Sprintf("assume_role[%d].", i), role)
	}
	if o.AssumeRoleWithWebIdentity != nil {
		c.webIdentity("assume_role_with_web_identity[0].", *o.AssumeRoleWithWebIdentity)
	}
	c.endpoint("endpoints.ssm", o.Endpoints.SSM)
	c.endpoint("endpoints.sts", o.Endpoints.STS)
	c.endpoint("endpoints.sso", o.Endpoints.SSO)
	c.endpoint("endpoints.s3", o.Endpoints.S3)
	c.endpoint("ec2_metadata_service_endpoint", o.EC2MetadataServiceEndpoint)
	c.oneOf("ec2_metadata_service_endpoint_mode", o.EC2MetadataServiceEndpointMode, "IPv4", "IPv6")
	c.oneOf("retry_mode", o.RetryMode, "standard", "adaptive")
	c.proxy("http_proxy", o.HTTPProxy)
	c.proxy("https_proxy", o.HTTPSProxy)
	c.userAgent("user_agent", o.UserAgent)
	c.notNegative("max_retries", o.MaxRetries)
	c.notNegative("token_bucket_rate_limiter_capacity", o.TokenBucketRateLimiterCapacity)
	return c.problems
}

// checker collects problems.
type checker struct {
	problems []*OptionError
}

func (c *checker) add(argument, reason string, with ...string) {
	c.problems = append(c.problems, &OptionError{Argument: argument, Reason: reason, with: with})
}

func (c *checker) region(argument, region string, skipShape bool) {
	switch {
	case region == "" || LooksLikeRegion(region):
	case !CanBeRegion(region):
		c.add(argument, fmt.Sprintf("%q cannot be a Region: it may contain only letters, digits, hyphens, and dots. Correct it.", region))
	case !skipShape:
		c.add(argument, fmt.Sprintf("%q does not look like an AWS Region, such as us-east-1. Correct it, or set skip_region_validation = true.", region), "skip_region_validation")
	}
}

func (c *checker) userAgent(argument string, products []string) {
	if slices.ContainsFunc(products, func(product string) bool { return !isHeaderValue(product) }) {
		c.add(argument, "It must not contain line breaks or other control characters.")
	}
}

// isHeaderValue reports whether HTTP allows the text in a header. net/http rejects each request
// otherwise, which the SDK treats as a failure of the network.
func isHeaderValue(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

func (c *checker) keys(o Options) {
	const both = "access_key and secret_key must be set together. Set both, or omit both to use the environment and the shared files."
	switch {
	case o.AccessKey != "" && o.SecretKey == "":
		c.add("access_key", both, "secret_key")
	case o.AccessKey == "" && o.SecretKey != "":
		c.add("secret_key", both, "access_key")
	case o.AccessKey == "" && o.Token != "":
		c.add("token", "A token requires access_key and secret_key.", "access_key", "secret_key")
	}
}

func (c *checker) accounts(o Options) {
	if len(o.AllowedAccountIDs) > 0 && len(o.ForbiddenAccountIDs) > 0 {
		c.add("forbidden_account_ids", "It conflicts with allowed_account_ids. Set one of the two.", "allowed_account_ids")
	}
	c.accountIDs("allowed_account_ids", o.AllowedAccountIDs)
	c.accountIDs("forbidden_account_ids", o.ForbiddenAccountIDs)
}

func (c *checker) accountIDs(argument string, ids []string) {
	for _, id := range ids {
		if !accountIDPattern.MatchString(id) {
			c.add(argument, fmt.Sprintf("%q is not an AWS account ID, which has 12 digits.", id))
		}
	}
}

func (c *checker) role(at string, role AssumeRole) {
	c.roleARN(at+"role_arn", role.RoleARN)
	c.session(at, role.Duration, role.SessionName, role.Policy, role.PolicyARNs)
	if n := len(role.ExternalID); n > 0 && (n < 2 || n > 1224 || !externalIDPattern.MatchString(role.ExternalID)) {
		c.add(at+"external_id", "It must have 2 to 1224 characters: letters, digits, and _+=,.@:/-. Its value is not shown.")
	}
	if role.SourceIdentity != "" && !sessionNamePattern.MatchString(role.SourceIdentity) {
		c.add(at+"source_identity", "It must have 2 to 64 characters: letters, digits, and _+=,.@-.")
	}
}

func (c *checker) webIdentity(at string, web WebIdentity) {
	c.roleARN(at+"role_arn", web.RoleARN)
	c.session(at, web.Duration, web.SessionName, web.Policy, web.PolicyARNs)
	if (web.Token == "") == (web.TokenFile == "") {
		c.add(at+"web_identity_token", "Set exactly one of web_identity_token and web_identity_token_file.", at+"web_identity_token_file")
	}
}

func (c *checker) roleARN(argument, role string) {
	parsed, err := arn.Parse(role)
	if err != nil || parsed.Service != "iam" || !strings.HasPrefix(parsed.Resource, "role/") {
		c.add(argument, fmt.Sprintf("%q is not the ARN of an IAM role, such as arn:aws:iam::123456789012:role/reader.", role))
	}
}

func (c *checker) session(at string, duration time.Duration, name, policy string, policyARNs []string) {
	if duration != 0 && (duration < minSession || duration > maxSession) {
		c.add(at+"duration", fmt.Sprintf("It must be from 15m to 12h, and is %s.", duration))
	}
	if name != "" && !sessionNamePattern.MatchString(name) {
		c.add(at+"session_name", fmt.Sprintf("%q must have 2 to 64 characters: letters, digits, and _+=,.@-.", name))
	}
	if policy != "" && !json.Valid([]byte(policy)) {
		c.add(at+"policy", "It is not valid JSON.")
	}
	for _, policyARN := range policyARNs {
		if parsed, err := arn.Parse(policyARN); err != nil || parsed.Service != "iam" {
			c.add(at+"policy_arns", fmt.Sprintf("%q is not the ARN of an IAM policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess.", policyARN))
		}
	}
}

func (c *checker) endpoint(argument, value string) {
	if value == "" {
		return
	}
	if !isEndpoint(value) {
		// The value is not shown, because a URL can contain a password.
		c.add(argument, "It must be a URL with http or https and a host, such as https://ssm.us-east-1.amazonaws.com.")
	}
}

// isEndpoint reports whether the SDK can send requests to the URL.
func isEndpoint(value string) bool {
	parsed, err := url.Parse(value)
	return err == nil && (parsed.Scheme == "http" || parsed.Scheme == "https") && parsed.Hostname() != ""
}

func (c *checker) proxy(argument string, value *string) {
	if _, err := url.Parse(aws.ToString(value)); err != nil {
		// Neither the value nor the parser's message is shown, because proxies often need a
		// password.
		c.add(argument, "It is not a URL. Write a proxy as http://host:port, or \"\" for no proxy.")
	}
}

func (c *checker) oneOf(argument, value string, choices ...string) {
	if value != "" && !slices.Contains(choices, value) {
		c.add(argument, fmt.Sprintf("It must be one of %q, and is %q.", choices, value))
	}
}

func (c *checker) notNegative(argument string, value int) {
	if value < 0 {
		c.add(argument, fmt.Sprintf("It must not be negative, and is %d.", value))
	}
}
