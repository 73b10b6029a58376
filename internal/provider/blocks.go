// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// blocks returns the blocks within the provider block. They are lists and sets as in provider
// "aws".
func blocks() map[string]schema.Block {
	return map[string]schema.Block{
		"assume_role": schema.ListNestedBlock{
			MarkdownDescription: "IAM role to assume. Can be repeated: each role is assumed with the credentials of the previous one.",
			NestedObject:        schema.NestedBlockObject{Attributes: assumeRoleAttributes()},
		},
		"assume_role_with_web_identity": schema.ListNestedBlock{
			MarkdownDescription: "IAM role to assume with the token of an identity provider, instead of other credentials. " +
				"Falls back to `AWS_ROLE_ARN` with `AWS_WEB_IDENTITY_TOKEN_FILE`. The provider assumes the roles in `assume_role` afterwards.",
			Validators:   []validator.List{listvalidator.SizeAtMost(1)},
			NestedObject: schema.NestedBlockObject{Attributes: webIdentityAttributes()},
		},
		"endpoints": schema.SetNestedBlock{
			MarkdownDescription: "URLs that replace those that AWS publishes, for VPC endpoints and AWS-compatible services. Requests are still signed for the Region of the operation.",
			Validators:          []validator.Set{setvalidator.SizeAtMost(1)},
			NestedObject:        schema.NestedBlockObject{Attributes: endpointAttributes()},
		},
	}
}

func assumeRoleAttributes() map[string]schema.Attribute {
	attributes := sessionAttributes()
	attributes["duration"] = text(durationText + "AWS STS allows at most `1h` if the role is assumed with the credentials of another role. Defaults to `15m`.")
	attributes["external_id"] = text("Identifier that the role's trust policy may require: 2 to 1,224 letters, digits, and `_+=,.@:/-`.")
	attributes["source_identity"] = text("Identity that CloudTrail records for the whole chain of roles: " + sessionNameText)
	attributes["tags"] = textMapping("Session tags.")
	attributes["transitive_tag_keys"] = textSet("Keys of the session tags that pass to the following roles of the chain.")
	return attributes
}

func webIdentityAttributes() map[string]schema.Attribute {
	attributes := sessionAttributes()
	attributes["duration"] = text(durationText + "Defaults to `1h`, the default of AWS STS.")
	attributes["web_identity_token"] = secret("Token of the identity provider (OAuth 2.0 access token or OpenID Connect ID token). Conflicts with `web_identity_token_file`.")
	attributes["web_identity_token_file"] = text("Path of a file with the token. Conflicts with `web_identity_token`.")
	return attributes
}

const (
	durationText    = "Maximum duration of the session, from `15m` to `12h`, with the units `s`, `m`, and `h`. "
	sessionNameText = "2 to 64 letters, digits, and `_+=,.@-`."
)

// sessionAttributes returns the arguments that both ways to assume a role share. The default of
// duration differs: the SDK sends 15 minutes with AssumeRole, and no duration with
// AssumeRoleWithWebIdentity (stscreds.WebIdentityRoleOptions).
func sessionAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"role_arn":     requiredText("ARN of the role, such as `arn:aws:iam::123456789012:role/reader`."),
		"policy":       text("IAM policy, as JSON, that further restricts the session."),
		"policy_arns":  textSet("ARNs of managed IAM policies that further restrict the session, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`."),
		"session_name": text("Name of the session, which CloudTrail records: " + sessionNameText + " By default, the AWS SDK generates a name."),
	}
}

func endpointAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"ssm": text("URL of AWS Systems Manager. Falls back to `AWS_ENDPOINT_URL_SSM`, then to `AWS_ENDPOINT_URL`."),
		"sts": text("URL of the AWS Security Token Service. Falls back to `AWS_ENDPOINT_URL_STS`, then to `AWS_ENDPOINT_URL`."),
		"sso": text("URL of AWS IAM Identity Center. Falls back to `AWS_ENDPOINT_URL_SSO`, then to `AWS_ENDPOINT_URL`."),
		"s3":  text("URL of Amazon S3, for `complete_output`. Falls back to `AWS_ENDPOINT_URL_S3`, then to `AWS_ENDPOINT_URL`."),
	}
}
