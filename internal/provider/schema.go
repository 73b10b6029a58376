// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// blockSchema is the provider block. Names and types are those of provider "aws", so
// that most blocks can be copied; an argument that is added here must exist there too.
// The description lists the arguments whose meaning differs. No argument is required:
// the environment may have all of them.
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
		MarkdownDescription: "Reads what AWS Systems Manager Run Command did.\n\n" +
			"The arguments have the names and types that they have in the `aws` provider. Most have the same meaning; these differ: " +
			"`retry_mode` defaults to `adaptive`; `max_retries` limits failed attempts in a row, has no default, and `0` is the same as no value; " +
			"`skip_credentials_validation` and `skip_requesting_account_id` have no effect. " +
			"This provider does not accept `default_tags`, `ignore_tags`, `tag_policy_compliance`, `s3_us_east_1_regional_endpoint`, or the endpoints of other services. " +
			"If you omit an argument, the provider uses the same environment variables and profiles as the AWS SDK.\n\n" +
			"The provider fetches credentials for the first read, and not before.",
		Attributes: attributes,
		Blocks:     blocks(),
	}
}

func credentialAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"profile": text("Name of the profile in the shared config and credentials files. Falls back to `AWS_PROFILE`, then to `default`. " +
			"A profile named here is used even where `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are set."),
		"access_key": text("Access key id. Needs `secret_key`. Falls back to `AWS_ACCESS_KEY_ID`, then to the profile."),
		"secret_key": secret("Secret access key. Needs `access_key`. Falls back to `AWS_SECRET_ACCESS_KEY`, then to the profile."),
		"token": secret("Session token of temporary credentials. Needs `access_key` and `secret_key`. " +
			"Falls back to `AWS_SESSION_TOKEN` where the keys come from the environment."),
		"shared_config_files": textList("Paths of shared config files. `~` and environment variables are expanded. " +
			"Falls back to `AWS_CONFIG_FILE`, then to `~/.aws/config`."),
		"shared_credentials_files": textList("Paths of shared credentials files. `~` and environment variables are expanded. " +
			"Falls back to `AWS_SHARED_CREDENTIALS_FILE`, then to `~/.aws/credentials`."),
		"allowed_account_ids": textSet("AWS account ids that may be read, so that a configuration is not applied in the wrong account by mistake. " +
			"Excludes `forbidden_account_ids`. Costs one `sts:GetCallerIdentity` before the first read. By default no account is excluded."),
		"forbidden_account_ids": textSet("AWS account ids that must not be read. Excludes `allowed_account_ids`. " +
			"Costs one `sts:GetCallerIdentity` before the first read. By default no account is excluded."),
	}
}

func regionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"region": text("AWS region to read in, such as `us-east-1`. A data source's own `region` comes before it. " +
			"Falls back to `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile and, with the credentials of an EC2 instance, the instance's region. " +
			"There is no default. In the wrong Region, the API reports that the command does not exist."),
		"sts_region": text("AWS region whose STS is asked for credentials. Default: the provider's region."),
		"skip_region_validation": boolean("Accept regions that do not look like one (`us-east-1`), for services that imitate AWS. " +
			"It counts for `region`, `sts_region` and the `region` of data sources. Default: `false`."),
		"use_dualstack_endpoint": boolean("Use endpoints that are reachable by IPv6 too. Falls back to `AWS_USE_DUALSTACK_ENDPOINT`, then to the profile. Default: `false`. " +
			"Has no effect where `endpoints` names a URL."),
		"use_fips_endpoint": boolean("Use endpoints validated for FIPS 140. Falls back to `AWS_USE_FIPS_ENDPOINT`, then to the profile. Default: `false`. " +
			"Has no effect where `endpoints` names a URL."),
		"s3_use_path_style": boolean("Address S3 buckets in the path (`https://s3.amazonaws.com/BUCKET/KEY`) and not in the host name, " +
			"where command output is read from S3. Default: `false`."),
	}
}

func networkAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"custom_ca_bundle": text("Path of a PEM file with the root and intermediate certificates to trust, in place of the system's. " +
			"Falls back to `AWS_CA_BUNDLE`."),
		"insecure": boolean("Do not verify TLS certificates. Anyone on the way can then read and change the answers. Default: `false`."),
		"http_proxy": text("URL of the proxy for HTTP requests, and for HTTPS requests too if neither `https_proxy` nor `HTTPS_PROXY` is set. " +
			"`\"\"` means no proxy. Falls back to `HTTP_PROXY`. Metadata addresses are never reached through a proxy."),
		"https_proxy": text("URL of the proxy for HTTPS requests. `\"\"` means no proxy. Falls back to `HTTPS_PROXY`."),
		"no_proxy": text("Hosts that are reached without a proxy, separated by commas. `\"\"` means none, whatever `NO_PROXY` says. " +
			"Falls back to `NO_PROXY`."),
		"ec2_metadata_service_endpoint": text("URL of the EC2 instance metadata service. Falls back to `AWS_EC2_METADATA_SERVICE_ENDPOINT`."),
		"ec2_metadata_service_endpoint_mode": text("How the EC2 instance metadata service is reached: `IPv4` or `IPv6`. " +
			"Falls back to `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`. Default: `IPv4`."),
		"skip_metadata_api_check": text("`\"true\"` keeps the EC2 instance metadata service from being asked for credentials and region, `\"false\"` has it asked. " +
			"Falls back to `AWS_EC2_METADATA_DISABLED`. Default: it is asked where nothing else has credentials."),
	}
}

func requestAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"max_retries": integer("Maximum number of failed attempts in a row before a read fails. Falls back to `AWS_MAX_ATTEMPTS`, then to `max_attempts` in the profile. " +
			"By default, a read retries until its timeout; if AWS never responds, the read fails after one minute. `0` is the same as no value."),
		"retry_mode": text("With `adaptive`, throttling slows down all reads of a Region; with `standard`, it does not. " +
			"Falls back to `AWS_RETRY_MODE`, then to the profile. Default: `adaptive`."),
		"token_bucket_rate_limiter_capacity": integer("Capacity of the AWS SDK's token bucket, which limits retries. Default: no limit by tokens."),
		"user_agent": textList("Products to add to the user agent of every request, each as `name/version (comment)`; version and comment may be left out. " +
			"`TF_APPEND_USER_AGENT` adds to them."),
	}
}

// ignoredAttributes are there so that a copied block parses.
func ignoredAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"skip_credentials_validation": boolean("Accepted without effect: this provider does not validate credentials before it uses them."),
		"skip_requesting_account_id": boolean("Accepted without effect: this provider asks for the account id only where " +
			"`allowed_account_ids` or `forbidden_account_ids` is set."),
	}
}

func text(description string) schema.Attribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description}
}

func requiredText(description string) schema.Attribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description}
}

// secret is a text that Terraform does not show.
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
