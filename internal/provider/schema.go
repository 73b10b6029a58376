// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// blockSchema returns the schema of the provider block. Names and types are those of provider
// "aws", so that most blocks can be copied. Add only arguments that exist there too. The
// description lists the arguments whose meaning differs. No argument is required, because the
// environment may set all of them.
func blockSchema() schema.Schema {
	attributes := map[string]schema.Attribute{}
	for _, group := range []map[string]schema.Attribute{
		credentialAttributes(), regionAttributes(), networkAttributes(), requestAttributes(), ignoredAttributes(),
	} {
		for name, attribute := range group {
			attributes[name] = attribute
		}
	}
	return schema.Schema{
		MarkdownDescription: "Runs commands with AWS Systems Manager Run Command, and reads the status, exit code, and output of commands.\n\n" +
			"The arguments have the same names and types as in the `aws` provider. Most have the same meaning; these differ: " +
			"`retry_mode` defaults to `adaptive`; `max_retries` limits consecutive failed attempts, has no default, and `0` is the same as no value; " +
			"`skip_credentials_validation` and `skip_requesting_account_id` have no effect. " +
			"This provider does not accept `default_tags`, `ignore_tags`, `tag_policy_compliance`, `s3_us_east_1_regional_endpoint`, or the endpoints of other services. " +
			"If you omit an argument, the provider uses the same environment variables and profiles as the AWS SDK.\n\n" +
			"The provider fetches credentials at the first request.",
		Attributes: attributes,
		Blocks:     blocks(),
	}
}

func credentialAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"profile": text("Name of the profile in the shared config and credentials files. Falls back to `AWS_PROFILE`, then to `default`. " +
			"This argument takes precedence over `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`."),
		"access_key": text("Access key ID. Requires `secret_key`. Falls back to `AWS_ACCESS_KEY_ID`, then to the profile."),
		"secret_key": secret("Secret access key. Requires `access_key`. Falls back to `AWS_SECRET_ACCESS_KEY`, then to the profile."),
		"token": secret("Session token of temporary credentials. Requires `access_key` and `secret_key`. " +
			"Falls back to `AWS_SESSION_TOKEN` if the keys are from the environment."),
		"shared_config_files": textList("Paths of shared config files. The provider expands `~` and environment variables. " +
			"Falls back to `AWS_CONFIG_FILE`, then to `~/.aws/config`."),
		"shared_credentials_files": textList("Paths of shared credentials files. The provider expands `~` and environment variables. " +
			"Falls back to `AWS_SHARED_CREDENTIALS_FILE`, then to `~/.aws/credentials`."),
		"allowed_account_ids": textSet("IDs of the AWS accounts that the provider may use, to prevent commands and reads in the wrong account. " +
			"Conflicts with `forbidden_account_ids`. The provider calls `sts:GetCallerIdentity` once before the first request. By default all accounts are allowed."),
		"forbidden_account_ids": textSet("IDs of AWS accounts that the provider must not use. Conflicts with `allowed_account_ids`. " +
			"The provider calls `sts:GetCallerIdentity` once before the first request. By default all accounts are allowed."),
	}
}

func regionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"region": text("AWS Region to use, such as `us-east-1`. The argument `region` of an object takes precedence. " +
			"Falls back to `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile, and, with the credentials of an EC2 instance, the instance's Region. " +
			"There is no default. In the wrong Region, the API reports that the command does not exist."),
		"sts_region": text("AWS Region of AWS STS. Defaults to the provider's Region."),
		"skip_region_validation": boolean("Whether to accept Regions without the form of an AWS Region (`us-east-1`), for AWS-compatible services. " +
			"Applies to `region`, `sts_region`, and the `region` of objects. Defaults to `false`."),
		"use_dualstack_endpoint": boolean("Whether to use dual-stack endpoints, which also support IPv6. Falls back to `AWS_USE_DUALSTACK_ENDPOINT`, then to the profile. Defaults to `false`. " +
			"Has no effect on services with a URL in `endpoints`."),
		"use_fips_endpoint": boolean("Whether to use endpoints validated for FIPS 140. Falls back to `AWS_USE_FIPS_ENDPOINT`, then to the profile. Defaults to `false`. " +
			"Has no effect on services with a URL in `endpoints`."),
		"s3_use_path_style": boolean("Whether to use path-style URLs (`https://s3.amazonaws.com/BUCKET/KEY`) " +
			"to read command output from S3. Defaults to `false`."),
	}
}

func networkAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"custom_ca_bundle": text("Path of a PEM file with root and intermediate certificates to trust instead of the system's. " +
			"Falls back to `AWS_CA_BUNDLE`."),
		"insecure": boolean("Whether to skip the verification of TLS certificates. Others on the network can then read and change requests and responses. Defaults to `false`."),
		"http_proxy": text("URL of the proxy for HTTP requests, and for HTTPS requests too if neither `https_proxy` nor `HTTPS_PROXY` is set. " +
			"`\"\"` means no proxy. Falls back to `HTTP_PROXY`. The provider never uses a proxy for metadata addresses."),
		"https_proxy": text("URL of the proxy for HTTPS requests. `\"\"` means no proxy. Falls back to `HTTPS_PROXY`."),
		"no_proxy": text("Hosts to connect to without a proxy, separated by commas. `\"\"` means no hosts, regardless of `NO_PROXY`. " +
			"Falls back to `NO_PROXY`."),
		"ec2_metadata_service_endpoint": text("URL of the EC2 instance metadata service. Falls back to `AWS_EC2_METADATA_SERVICE_ENDPOINT`."),
		"ec2_metadata_service_endpoint_mode": text("IP version to connect to the EC2 instance metadata service with: `IPv4` or `IPv6`. " +
			"Falls back to `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`. Defaults to `IPv4`."),
		"skip_metadata_api_check": text("Whether to skip the EC2 instance metadata service as a source of credentials and the Region: `\"true\"` or `\"false\"`. " +
			"Falls back to `AWS_EC2_METADATA_DISABLED`. By default, the provider uses the service if no other source has credentials."),
	}
}

func requestAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"max_retries": integer("Maximum number of consecutive failed attempts before an operation fails. Falls back to `AWS_MAX_ATTEMPTS`, then to `max_attempts` in the profile. " +
			"By default, an operation retries until its timeout; if AWS never responds, the operation fails after one minute. `0` is the same as no value."),
		"retry_mode": text("Retry mode: `adaptive` or `standard`. With `adaptive`, throttling slows down all requests in a Region. " +
			"Falls back to `AWS_RETRY_MODE`, then to the profile. Defaults to `adaptive`."),
		"token_bucket_rate_limiter_capacity": integer("Capacity of the AWS SDK's token bucket, which limits retries. By default, the token bucket does not limit retries."),
		"user_agent": textList("Products to add to the user agent of every request, each as `name/version (comment)`. The version and the comment are optional. " +
			"The provider also adds `TF_APPEND_USER_AGENT`."),
	}
}

// ignoredAttributes returns the arguments without an effect. They are accepted so that a block of
// provider "aws" can be copied.
func ignoredAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"skip_credentials_validation": boolean("Has no effect: this provider does not validate credentials before it uses them."),
		"skip_requesting_account_id": boolean("Has no effect: this provider requests the account ID only if " +
			"`allowed_account_ids` or `forbidden_account_ids` is set."),
	}
}

func text(description string) schema.Attribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description}
}

func requiredText(description string) schema.Attribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description}
}

// secret returns an attribute whose value Terraform does not show.
func secret(description string) schema.Attribute {
	return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: description}
}

func boolean(description string) schema.Attribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
}

func integer(description string) schema.Attribute {
	return schema.Int64Attribute{Optional: true, MarkdownDescription: description}
}

func textList(description string) schema.Attribute {
	return schema.ListAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: description}
}

func textSet(description string) schema.Attribute {
	return schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: description}
}

func textMapping(description string) schema.Attribute {
	return schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: description}
}
