// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// CommandResource is resource "ssm_command" as Terraform has it.
type CommandResource struct {
	SentCommand
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// CommandIdentity is the identity of a command. It has no account ID: SendCommand does not return it.
// The command ID is null while it is not known whether the command was sent.
type CommandIdentity struct {
	CommandID types.String `tfsdk:"command_id"`
	Region    types.String `tfsdk:"region"`
}

// NewCommandResource returns a command that something else sent, as an import stores it.
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
