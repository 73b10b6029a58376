// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Descriptions of IDs, for arguments and for computed attributes.
const (
	CommandIDText  = "The command ID, a UUID of 36 characters."
	InstanceIDText = "The managed node's ID: `i-` and 8 or 17 characters for an EC2 instance, " +
		"`mi-` and 17 characters for an edge device or another non-EC2 node."
)

// RegionArgument is the argument for the Region of one read.
var RegionArgument = schema.StringAttribute{
	Optional:            true,
	Computed:            true,
	MarkdownDescription: "The Region in which the command was sent. Overrides the provider's Region for this read.",
}

// VisibilityTimeoutArgument is the argument for the grace period in which Systems Manager may
// report that a command does not exist because the command is not visible yet. The sentence, "" or
// with a space at its end, describes what else the argument does.
func VisibilityTimeoutArgument(sentence string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "Maximum time to retry while Systems Manager has no record of the command, as a duration such as `30s` or `2m`. " +
			sentence + "Must not exceed the limit in `timeouts`. Defaults to `30s`, or to the limit in `timeouts` if that is shorter.",
		Validators: []validator.String{Duration},
	}
}

// AllowMissingArgument is the argument of a read of one command or invocation, which Systems
// Manager deletes after 30 days.
var AllowMissingArgument = schema.BoolAttribute{
	Optional: true,
	MarkdownDescription: "Whether to return null values instead of an error if the command no longer exists. Every plan reads the command again, " +
		"and Systems Manager keeps a command's history for 30 days. Defaults to `false`.",
}

// Descriptions of the argument of a timeouts block: ListTimeoutText for a read that does not wait
// for a command, and TimeoutText for a read that does. The default delivery timeout is that of
// SendCommand, and the default execution timeout that of AWS-RunShellScript.
const (
	ListTimeoutText = "Maximum time for the whole read, as a duration such as `30s` or `2h`. Defaults to `1h`."
	TimeoutText     = ListTimeoutText + " A command that was sent with the default delivery timeout (3,600 seconds) " +
		"and the default execution timeout (3,600 seconds) can take up to 2 hours."
)

// TimeoutsText is the description of a timeouts block.
const TimeoutsText = "Maximum time for each operation of the provider."
