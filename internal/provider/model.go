// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awsclient"
)

// model is the provider block. It contains no unknown values when it is decoded: see unknown.go.
type model struct {
	Region                         types.String       `tfsdk:"region"`
	Profile                        types.String       `tfsdk:"profile"`
	AccessKey                      types.String       `tfsdk:"access_key"`
	SecretKey                      types.String       `tfsdk:"secret_key"`
	Token                          types.String       `tfsdk:"token"`
	SharedConfigFiles              []types.String     `tfsdk:"shared_config_files"`
	SharedCredentialsFiles         []types.String     `tfsdk:"shared_credentials_files"`
	AssumeRole                     []assumeRoleModel  `tfsdk:"assume_role"`
	AssumeRoleWithWebIdentity      []webIdentityModel `tfsdk:"assume_role_with_web_identity"`
	AllowedAccountIDs              []types.String     `tfsdk:"allowed_account_ids"`
	ForbiddenAccountIDs            []types.String     `tfsdk:"forbidden_account_ids"`
	CustomCABundle                 types.String       `tfsdk:"custom_ca_bundle"`
	EC2MetadataServiceEndpoint     types.String       `tfsdk:"ec2_metadata_service_endpoint"`
	EC2MetadataServiceEndpointMode types.String       `tfsdk:"ec2_metadata_service_endpoint_mode"`
	HTTPProxy                      types.String       `tfsdk:"http_proxy"`
	HTTPSProxy                     types.String       `tfsdk:"https_proxy"`
	NoProxy                        types.String       `tfsdk:"no_proxy"`
	Insecure                       types.Bool         `tfsdk:"insecure"`
	MaxRetries                     types.Int64        `tfsdk:"max_retries"`
	RetryMode                      types.String       `tfsdk:"retry_mode"`
	SkipMetadataAPICheck           types.String       `tfsdk:"skip_metadata_api_check"`
	SkipRegionValidation           types.Bool         `tfsdk:"skip_region_validation"`
	STSRegion                      types.String       `tfsdk:"sts_region"`
	TokenBucketRateLimiterCapacity types.Int64        `tfsdk:"token_bucket_rate_limiter_capacity"`
	UseDualStackEndpoint           types.Bool         `tfsdk:"use_dualstack_endpoint"`
	UseFIPSEndpoint                types.Bool         `tfsdk:"use_fips_endpoint"`
	UserAgent                      []types.String     `tfsdk:"user_agent"`
	Endpoints                      []endpointsModel   `tfsdk:"endpoints"`
	S3UsePathStyle                 types.Bool         `tfsdk:"s3_use_path_style"`

	SkipCredentialsValidation types.Bool `tfsdk:"skip_credentials_validation"`
	SkipRequestingAccountID   types.Bool `tfsdk:"skip_requesting_account_id"`
}

type assumeRoleModel struct {
	RoleARN           types.String            `tfsdk:"role_arn"`
	Duration          types.String            `tfsdk:"duration"`
	ExternalID        types.String            `tfsdk:"external_id"`
	Policy            types.String            `tfsdk:"policy"`
	PolicyARNs        []types.String          `tfsdk:"policy_arns"`
	SessionName       types.String            `tfsdk:"session_name"`
	SourceIdentity    types.String            `tfsdk:"source_identity"`
	Tags              map[string]types.String `tfsdk:"tags"`
	TransitiveTagKeys []types.String          `tfsdk:"transitive_tag_keys"`
}

type webIdentityModel struct {
	RoleARN     types.String   `tfsdk:"role_arn"`
	Duration    types.String   `tfsdk:"duration"`
	Policy      types.String   `tfsdk:"policy"`
	PolicyARNs  []types.String `tfsdk:"policy_arns"`
	SessionName types.String   `tfsdk:"session_name"`
	Token       types.String   `tfsdk:"web_identity_token"`
	TokenFile   types.String   `tfsdk:"web_identity_token_file"`
}

type endpointsModel struct {
	SSM types.String `tfsdk:"ssm"`
	STS types.String `tfsdk:"sts"`
	SSO types.String `tfsdk:"sso"`
	S3  types.String `tfsdk:"s3"`
}

// decode returns the options of the block, and their problems.
func decode(ctx context.Context, config tfsdk.Config) (awsclient.Options, []*awsclient.OptionError, diag.Diagnostics) {
	var m model
	if diags := config.Get(ctx, &m); diags.HasError() {
		return awsclient.Options{}, nil, diags
	}
	opts, problems := m.options()
	opts.Redact() // Report secrets before any error message can contain them.
	return opts, append(problems, opts.Problems()...), nil
}

// options converts the block. It reports texts that it cannot parse; awsclient validates the rest.
func (m model) options() (awsclient.Options, []*awsclient.OptionError) {
	var p parser
	opts := awsclient.Options{
		Region:                         m.Region.ValueString(),
		Profile:                        m.Profile.ValueString(),
		AccessKey:                      m.AccessKey.ValueString(),
		SecretKey:                      m.SecretKey.ValueString(),
		Token:                          m.Token.ValueString(),
		SharedConfigFiles:              texts(m.SharedConfigFiles),
		SharedCredentialsFiles:         texts(m.SharedCredentialsFiles),
		AllowedAccountIDs:              texts(m.AllowedAccountIDs),
		ForbiddenAccountIDs:            texts(m.ForbiddenAccountIDs),
		CustomCABundle:                 m.CustomCABundle.ValueString(),
		Insecure:                       m.Insecure.ValueBool(),
		HTTPProxy:                      m.HTTPProxy.ValueStringPointer(),
		HTTPSProxy:                     m.HTTPSProxy.ValueStringPointer(),
		NoProxy:                        m.NoProxy.ValueStringPointer(),
		EC2MetadataServiceEndpoint:     m.EC2MetadataServiceEndpoint.ValueString(),
		EC2MetadataServiceEndpointMode: m.EC2MetadataServiceEndpointMode.ValueString(),
		SkipMetadataAPICheck:           p.boolean("skip_metadata_api_check", m.SkipMetadataAPICheck),
		MaxRetries:                     int(m.MaxRetries.ValueInt64()),
		RetryMode:                      m.RetryMode.ValueString(),
		TokenBucketRateLimiterCapacity: int(m.TokenBucketRateLimiterCapacity.ValueInt64()),
		SkipRegionValidation:           m.SkipRegionValidation.ValueBool(),
		STSRegion:                      m.STSRegion.ValueString(),
		UseDualStack:                   m.UseDualStackEndpoint.ValueBool(),
		UseFIPS:                        m.UseFIPSEndpoint.ValueBool(),
		S3UsePathStyle:                 m.S3UsePathStyle.ValueBool(),
		UserAgent:                      texts(m.UserAgent),
	}
	for i, role := range m.AssumeRole {
		opts.AssumeRole = append(opts.AssumeRole, awsclient.AssumeRole{
			RoleARN:           role.RoleARN.ValueString(),
			Duration:          p.duration(fmt.Sprintf("assume_role[%d].duration", i), role.Duration),
			ExternalID:        role.ExternalID.ValueString(),
			Policy:            role.Policy.ValueString(),
			PolicyARNs:        texts(role.PolicyARNs),
			SessionName:       role.SessionName.ValueString(),
			SourceIdentity:    role.SourceIdentity.ValueString(),
			Tags:              textMap(role.Tags),
			TransitiveTagKeys: texts(role.TransitiveTagKeys),
		})
	}
	for _, web := range m.AssumeRoleWithWebIdentity { // The schema allows at most one.
		opts.AssumeRoleWithWebIdentity = &awsclient.WebIdentity{
			RoleARN:     web.RoleARN.ValueString(),
			Duration:    p.duration("assume_role_with_web_identity[0].duration", web.Duration),
			Policy:      web.Policy.ValueString(),
			PolicyARNs:  texts(web.PolicyARNs),
			SessionName: web.SessionName.ValueString(),
			Token:       web.Token.ValueString(),
			TokenFile:   web.TokenFile.ValueString(),
		}
	}
	for _, urls := range m.Endpoints { // The schema allows at most one.
		opts.Endpoints = awsclient.Endpoints{
			SSM: urls.SSM.ValueString(),
			STS: urls.STS.ValueString(),
			SSO: urls.SSO.ValueString(),
			S3:  urls.S3.ValueString(),
		}
	}
	return opts, p.problems
}

// parser parses texts, and collects the problems.
type parser struct {
	problems []*awsclient.OptionError
}

func (p *parser) duration(argument string, text types.String) time.Duration {
	if text.ValueString() == "" {
		return 0
	}
	d, err := time.ParseDuration(text.ValueString())
	if err != nil || d <= 0 { // Zero would mean that the argument is omitted.
		p.problems = append(p.problems, &awsclient.OptionError{Argument: argument, Reason: fmt.Sprintf("%q is not a duration from 15m to 12h.", text.ValueString())})
		return 0
	}
	return d
}

// boolean parses a bool that provider "aws" has as a string. "" means that it is omitted.
func (p *parser) boolean(argument string, text types.String) *bool {
	if text.ValueString() == "" {
		return nil
	}
	b, err := strconv.ParseBool(text.ValueString())
	if err != nil {
		p.problems = append(p.problems, &awsclient.OptionError{Argument: argument, Reason: fmt.Sprintf("%q is not one of \"true\", \"false\", and \"\".", text.ValueString())})
		return nil
	}
	return &b
}

// texts returns the elements that are not null.
func texts(list []types.String) []string {
	var all []string
	for _, element := range list {
		if !element.IsNull() {
			all = append(all, element.ValueString())
		}
	}
	return all
}

func textMap(m map[string]types.String) map[string]string {
	all := make(map[string]string, len(m))
	for key, value := range m {
		if !value.IsNull() {
			all[key] = value.ValueString()
		}
	}
	return all
}
