// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	"github.com/hashicorp/aws-sdk-go-base/v2/useragent"
)

// userAgent names Terraform, this provider, and the user's products. CloudTrail records the header,
// which identifies the origin of a request.
func userAgent(o Options) awsbase.UserAgentProducts {
	products := awsbase.UserAgentProducts{
		{Name: "Terraform", Version: o.TerraformVersion, Comment: "+https://www.terraform.io"},
		{Name: "terraform-provider-ssm", Version: o.ProviderVersion, Comment: "+https://registry.terraform.io/providers/ssm-provider/ssm"},
	}
	return append(products, useragent.FromSlice(o.UserAgent)...)
}
