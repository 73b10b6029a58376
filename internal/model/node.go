// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// NodeObject is a managed node, with the members of InstanceInformation in the API.
var NodeObject = framework.NewObject(map[string]schema.Attribute{
	"instance_id":   framework.ComputedString("The managed node's ID."),
	"name":          framework.ComputedString("The name that the node got from its hybrid activation. Null for an EC2 instance."),
	"computer_name": framework.ComputedString("The fully qualified host name of the node."),
	"ip_address": schema.StringAttribute{
		Computed: true, Sensitive: true,
		MarkdownDescription: "The IP address of the node. Terraform hides it, because the API's model marks it as sensitive.",
	},
	"ping_status": framework.ComputedString("`Online`, `ConnectionLost`, or `Inactive`. " + PingStatusText),
	"last_ping_date_time": framework.ComputedString("When the agent last reported to Systems Manager, in RFC 3339. " +
		"The value changes with each report, and so does everything in a plan that depends on it."),
	"agent_version":                   framework.ComputedString("The version of the agent."),
	"is_latest_version":               framework.ComputedBool("Whether the agent has the latest version. Systems Manager reports it for Linux only."),
	"platform_type":                   framework.ComputedString("`Windows`, `Linux`, or `MacOS`."),
	"platform_name":                   framework.ComputedString("The name of the operating system."),
	"platform_version":                framework.ComputedString("The version of the operating system."),
	"resource_type":                   framework.ComputedString("`EC2Instance`, or `ManagedInstance` for a non-EC2 node."),
	"source_id":                       framework.ComputedString("The ID of the source resource: the instance ID of an EC2 instance, or the name of an AWS IoT Greengrass thing."),
	"source_type":                     framework.ComputedString("The type of the source resource: `AWS::EC2::Instance`, `AWS::IoT::Thing`, or `AWS::SSM::ManagedInstance`."),
	"source_location":                 framework.ComputedString("The location of the source resource."),
	"activation_id":                   framework.ComputedString("The ID of the hybrid activation with which the node was registered. Null for an EC2 instance."),
	"iam_role":                        framework.ComputedString("The IAM role of the hybrid activation. Null for an EC2 instance, which has the role in its instance profile."),
	"registration_date":               framework.ComputedString("When the node was registered, in RFC 3339. Null for an EC2 instance."),
	"association_status":              framework.ComputedString("The status of the node's State Manager associations."),
	"association_overview":            associationOverviewObject.ComputedObject("A summary of the node's State Manager associations. Null if the node has none."),
	"last_association_execution_date": framework.ComputedString("When an association last ran, in RFC 3339."),
	"last_successful_association_execution_date": framework.ComputedString("When an association last ran with success, in RFC 3339."),
})

// associationOverviewObject is a summary of a node's State Manager associations.
var associationOverviewObject = framework.NewObject(map[string]schema.Attribute{
	"detailed_status": framework.ComputedString("The status of all associations together."),
	"instance_association_status_aggregated_count": schema.MapAttribute{
		Computed: true, ElementType: types.Int32Type,
		MarkdownDescription: "Number of associations by status.",
	},
})

// PingStatusText describes how current a ping status is. The interval is the agent's default, from
// agent/appconfig/constants.go. The delay was reported in amazon-ssm-agent issue 210 and
// buildkite-agent-scaler issue 331.
const PingStatusText = "The status is that of the last report, and an agent reports every 5 minutes by default. " +
	"`Online` shows that the node is registered and was connected recently. It does not show that the agent runs now: " +
	"Systems Manager can report `Online` for minutes after an agent has stopped, and a command then stays `Pending`."

// NodeValue maps a managed node.
func NodeValue(n *runcommand.Node) tftypes.Value {
	return NodeObject.Value(map[string]tftypes.Value{
		"instance_id":                     framework.String(n.InstanceID),
		"name":                            framework.String(n.Name),
		"computer_name":                   framework.String(n.ComputerName),
		"ip_address":                      framework.String(n.IPAddress),
		"ping_status":                     framework.String(n.PingStatus),
		"last_ping_date_time":             framework.Time(n.LastPing),
		"agent_version":                   framework.String(n.AgentVersion),
		"is_latest_version":               framework.Bool(n.IsLatestVersion),
		"platform_type":                   framework.String(n.PlatformType),
		"platform_name":                   framework.String(n.PlatformName),
		"platform_version":                framework.String(n.PlatformVersion),
		"resource_type":                   framework.String(n.ResourceType),
		"source_id":                       framework.String(n.SourceID),
		"source_type":                     framework.String(n.SourceType),
		"source_location":                 framework.String(n.SourceLocation),
		"activation_id":                   framework.String(n.ActivationID),
		"iam_role":                        framework.String(n.IAMRole),
		"registration_date":               framework.Time(n.RegistrationDate),
		"association_status":              framework.String(n.AssociationStatus),
		"last_association_execution_date": framework.Time(n.LastAssociationExecution),
		"last_successful_association_execution_date": framework.Time(n.LastSuccessfulAssociationExecution),
		"association_overview":                       associationOverview(n),
	})
}

func associationOverview(n *runcommand.Node) tftypes.Value {
	if n.AssociationDetailedStatus == "" && len(n.AssociationCounts) == 0 {
		return associationOverviewObject.Null()
	}
	return associationOverviewObject.Value(map[string]tftypes.Value{
		"detailed_status": framework.String(n.AssociationDetailedStatus),
		"instance_association_status_aggregated_count": framework.Map(tftypes.Number, n.AssociationCounts, func(n int32) tftypes.Value { return framework.Number(&n) }),
	})
}
