// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// CommandResource has the arguments and attributes of resource "ssm_command".
type CommandResource struct {
	SentCommand
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// CommandIdentity is the identity of resource "ssm_command". It has no account ID, because
// SendCommand does not return one. The command ID is null while it is not known whether the command
// was sent.
type CommandIdentity struct {
	CommandID types.String `tfsdk:"command_id"`
	Region    types.String `tfsdk:"region"`
}

// NewCommandResource returns the resource of a command that another caller sent, as an import
// stores it.
func NewCommandResource(c runcommand.Command, region string) CommandResource {
	return CommandResource{
		SentCommand: NewSentCommand(c, region),
		Timeouts:    timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType, "delete": types.StringType})},
	}
}

// Identity returns the identity of the command.
func (m *CommandResource) Identity() CommandIdentity {
	return CommandIdentity{CommandID: m.CommandID, Region: m.Region}
}
