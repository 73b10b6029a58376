// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/resourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
)

// ConfigValidators require exactly one of the arguments that select the nodes.
func (r *command) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{
		resourcevalidator.ExactlyOneOf(path.MatchRoot("instance_ids"), path.MatchRoot("targets")),
	}
}

// ValidateConfig rejects arguments that exclude each other, before any request. It accepts unknown
// values: Terraform validates again when they are known.
func (r *command) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config commandModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(config.Validate(ctx)...)
	for _, name := range []string{"create", "delete"} {
		resp.Diagnostics.Append(framework.ValidateTimeout(config.Timeouts.Object, name)...)
	}
}
