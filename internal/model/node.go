// SPDX-License-Identifier: MPL-2.0

package model

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// NodeAttributes are the attributes of a managed node: the members of the API's InstanceInformation.
func NodeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
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
		"agent_version":      framework.ComputedString("The version of the agent."),
		"is_latest_version":  framework.ComputedBool("Whether the agent has the latest version. Systems Manager reports it for Linux only."),
		"platform_type":      framework.ComputedString("`Windows`, `Linux`, or `MacOS`."),
		"platform_name":      framework.ComputedString("The name of the operating system."),
		"platform_version":   framework.ComputedString("The version of the operating system."),
		"resource_type":      framework.ComputedString("`EC2Instance`, or `ManagedInstance` for a non-EC2 node."),
		"source_id":          framework.ComputedString("The ID of the source resource: the instance ID of an EC2 instance, or the name of an AWS IoT Greengrass thing."),
		"source_type":        framework.ComputedString("The type of the source resource: `AWS::EC2::Instance`, `AWS::IoT::Thing`, or `AWS::SSM::ManagedInstance`."),
		"source_location":    framework.ComputedString("The location of the source resource."),
		"activation_id":      framework.ComputedString("The ID of the hybrid activation with which the node was registered. Null for an EC2 instance."),
		"iam_role":           framework.ComputedString("The IAM role of the hybrid activation. Null for an EC2 instance, which has the role in its instance profile."),
		"registration_date":  framework.ComputedString("When the node was registered, in RFC 3339. Null for an EC2 instance."),
		"association_status": framework.ComputedString("The status of the node's State Manager associations."),
		"association_overview": schema.SingleNestedAttribute{
			Computed:            true,
			MarkdownDescription: "A summary of the node's State Manager associations. Null if the node has none.",
			Attributes: map[string]schema.Attribute{
				"detailed_status": framework.ComputedString("The status of all associations together."),
				"instance_association_status_aggregated_count": schema.MapAttribute{
					Computed: true, ElementType: types.Int32Type,
					MarkdownDescription: "Number of associations by status.",
				},
			},
		},
		"last_association_execution_date":            framework.ComputedString("When an association last ran, in RFC 3339."),
		"last_successful_association_execution_date": framework.ComputedString("When an association last ran with success, in RFC 3339."),
	}
}

// PingStatusText says what a ping status proves. The interval is the agent's default, from
// agent/appconfig/constants.go. The delay was reported in amazon-ssm-agent issue 210 and
// buildkite-agent-scaler issue 331.
const PingStatusText = "The status is that of the last report, and an agent reports every 5 minutes by default. " +
	"`Online` shows that the node is registered and was connected recently. It does not show that the agent runs now: " +
	"Systems Manager can report `Online` for minutes after an agent has stopped, and a command then stays `Pending`."

// NodeValues are the values of a managed node.
type NodeValues struct {
	InstanceID                             types.String              `tfsdk:"instance_id"`
	Name                                   types.String              `tfsdk:"name"`
	ComputerName                           types.String              `tfsdk:"computer_name"`
	IPAddress                              types.String              `tfsdk:"ip_address"`
	PingStatus                             types.String              `tfsdk:"ping_status"`
	LastPingDateTime                       types.String              `tfsdk:"last_ping_date_time"`
	AgentVersion                           types.String              `tfsdk:"agent_version"`
	IsLatestVersion                        types.Bool                `tfsdk:"is_latest_version"`
	PlatformType                           types.String              `tfsdk:"platform_type"`
	PlatformName                           types.String              `tfsdk:"platform_name"`
	PlatformVersion                        types.String              `tfsdk:"platform_version"`
	ResourceType                           types.String              `tfsdk:"resource_type"`
	SourceID                               types.String              `tfsdk:"source_id"`
	SourceType                             types.String              `tfsdk:"source_type"`
	SourceLocation                         types.String              `tfsdk:"source_location"`
	ActivationID                           types.String              `tfsdk:"activation_id"`
	IAMRole                                types.String              `tfsdk:"iam_role"`
	RegistrationDate                       types.String              `tfsdk:"registration_date"`
	AssociationStatus                      types.String              `tfsdk:"association_status"`
	AssociationOverview                    *associationOverviewModel `tfsdk:"association_overview"`
	LastAssociationExecutionDate           types.String              `tfsdk:"last_association_execution_date"`
	LastSuccessfulAssociationExecutionDate types.String              `tfsdk:"last_successful_association_execution_date"`
}

type associationOverviewModel struct {
	DetailedStatus types.String     `tfsdk:"detailed_status"`
	Counts         map[string]int32 `tfsdk:"instance_association_status_aggregated_count"`
}

// NewNodeValues maps a managed node.
func NewNodeValues(n runcommand.Node) NodeValues {
	values := NodeValues{
		InstanceID:                             framework.StringOrNull(n.InstanceID),
		Name:                                   framework.StringOrNull(n.Name),
		ComputerName:                           framework.StringOrNull(n.ComputerName),
		IPAddress:                              framework.StringOrNull(n.IPAddress),
		PingStatus:                             framework.StringOrNull(n.PingStatus),
		LastPingDateTime:                       framework.TimeOrNull(n.LastPing),
		AgentVersion:                           framework.StringOrNull(n.AgentVersion),
		IsLatestVersion:                        types.BoolPointerValue(n.IsLatestVersion),
		PlatformType:                           framework.StringOrNull(n.PlatformType),
		PlatformName:                           framework.StringOrNull(n.PlatformName),
		PlatformVersion:                        framework.StringOrNull(n.PlatformVersion),
		ResourceType:                           framework.StringOrNull(n.ResourceType),
		SourceID:                               framework.StringOrNull(n.SourceID),
		SourceType:                             framework.StringOrNull(n.SourceType),
		SourceLocation:                         framework.StringOrNull(n.SourceLocation),
		ActivationID:                           framework.StringOrNull(n.ActivationID),
		IAMRole:                                framework.StringOrNull(n.IAMRole),
		RegistrationDate:                       framework.TimeOrNull(n.RegistrationDate),
		AssociationStatus:                      framework.StringOrNull(n.AssociationStatus),
		LastAssociationExecutionDate:           framework.TimeOrNull(n.LastAssociationExecution),
		LastSuccessfulAssociationExecutionDate: framework.TimeOrNull(n.LastSuccessfulAssociationExecution),
	}
	if n.AssociationDetailedStatus != "" || len(n.AssociationCounts) > 0 {
		values.AssociationOverview = &associationOverviewModel{framework.StringOrNull(n.AssociationDetailedStatus), n.AssociationCounts}
	}
	return values
}
