// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int32validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

var (
	_ datasource.DataSourceWithConfigure      = (*managedNodes)(nil)
	_ datasource.DataSourceWithValidateConfig = (*managedNodes)(nil)
)

// The values of the filters (API reference, InstanceInformation).
var (
	pingStatuses  = []string{"Online", "ConnectionLost", "Inactive"}
	platformTypes = []string{"Windows", "Linux", "MacOS"}
	resourceTypes = []string{"EC2Instance", "ManagedInstance"}
)

// managedNodes is data "ssm_managed_nodes": the managed nodes by filter
// (DescribeInstanceInformation).
type managedNodes struct{ base }

// NewManagedNodes returns data "ssm_managed_nodes".
func NewManagedNodes() datasource.DataSource { return &managedNodes{} }

// Metadata names the data source.
func (d *managedNodes) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_managed_nodes"
}

// Schema describes the arguments and attributes.
func (d *managedNodes) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = managedNodesSchema(ctx)
}

// ValidateConfig rejects arguments that exclude each other, before any request. It accepts unknown
// values: they are known when Terraform calls Read.
func (d *managedNodes) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var data managedNodesModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.limits().Validate(types.StringNull())...)
	if data.Minimum.IsNull() {
		return
	}
	if status := data.PingStatus.ValueString(); status != "" && status != "Online" {
		resp.Diagnostics.Append(diagnostics.AttributeError(path.Root("ping_status"), "Invalid Attribute Combination",
			diagnostics.Textf("minimum waits for nodes that are Online, which excludes ping_status = %q. Remove one of the two.", status)))
	}
	if n := len(data.InstanceIDs.Elements()); n > 0 && int(data.Minimum.ValueInt32()) > n {
		resp.Diagnostics.Append(diagnostics.AttributeError(path.Root("minimum"), "Invalid Attribute Combination",
			diagnostics.Textf("minimum is %d, and only the %d nodes in instance_ids can match. Lower minimum, or add nodes to instance_ids.", data.Minimum.ValueInt32(), n)))
	}
}

// Read reads the nodes. With minimum, it waits until that many are Online.
func (d *managedNodes) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	defer framework.Recover(&resp.Diagnostics)
	started := time.Now()
	var data managedNodesModel
	resp.Diagnostics.Append(framework.Arguments(ctx, req.Config, &data)...)
	query, diags := data.query(ctx, started)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	client, diags := framework.ClientFor(ctx, d.clients, data.Region, query.Timeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	nodes, err := client.Nodes(ctx, query)
	if err != nil {
		resp.Diagnostics.Append(diagnostics.ReadFailed(subjectOfNodes(query, client.Region()), err, false))
		return
	}

	framework.SetComputed(&resp.State.Raw, map[string]tftypes.Value{
		"region": framework.String(client.Region()),
		"nodes":  framework.TakeObjects(model.NodeObject, nodes, model.NodeValue),
	})
}

// managedNodesModel has the arguments of data "ssm_managed_nodes".
type managedNodesModel struct {
	InstanceIDs  types.Set      `tfsdk:"instance_ids"`
	Tags         types.Map      `tfsdk:"tags"`
	PingStatus   types.String   `tfsdk:"ping_status"`
	PlatformType types.String   `tfsdk:"platform_type"`
	ResourceType types.String   `tfsdk:"resource_type"`
	Region       types.String   `tfsdk:"region"`
	Minimum      types.Int32    `tfsdk:"minimum"`
	Timeouts     timeouts.Value `tfsdk:"timeouts"`
}

// query returns the query of the arguments, with their defaults.
func (m *managedNodesModel) query(ctx context.Context, started time.Time) (runcommand.NodeQuery, diag.Diagnostics) {
	timeout, _, diags := m.limits().Limit()
	q := runcommand.NodeQuery{
		PingStatus:   m.PingStatus.ValueString(),
		PlatformType: m.PlatformType.ValueString(),
		ResourceType: m.ResourceType.ValueString(),
		Minimum:      int(m.Minimum.ValueInt32()),
		Started:      started,
		Timeout:      timeout,
	}
	diags.Append(m.InstanceIDs.ElementsAs(ctx, &q.InstanceIDs, false)...)
	slices.Sort(q.InstanceIDs)
	var tags map[string]string
	diags.Append(m.Tags.ElementsAs(ctx, &tags, false)...)
	for key, value := range tags {
		if q.Tags == nil {
			q.Tags = map[string][]string{}
		}
		q.Tags[key] = []string{value}
	}
	return q, diags
}

// limits returns the time limit in the timeouts block, whose default is shorter with minimum.
func (m *managedNodesModel) limits() framework.Timeouts {
	limits := framework.Timeouts{Attribute: "read", Block: m.Timeouts.Object}
	if !m.Minimum.IsNull() {
		limits.Default = framework.DefaultNodesTimeout
	}
	return limits
}

// subjectOfNodes returns how messages name the read.
func subjectOfNodes(q runcommand.NodeQuery, region string) diagnostics.Subject {
	name := diagnostics.Text("the managed nodes")
	if len(q.InstanceIDs) > 0 {
		name = diagnostics.Textf("the managed nodes %s", q.InstanceIDs)
	}
	var by []framework.Argument
	for _, key := range slices.Sorted(maps.Keys(q.Tags)) {
		by = append(by, framework.Argument{Name: fmt.Sprintf("tag %s =", key), Value: types.StringValue(q.Tags[key][0])})
	}
	by = append(by, framework.Argument{Name: "ping_status", Value: types.StringValue(q.PingStatus)}, framework.Argument{Name: "platform_type", Value: types.StringValue(q.PlatformType)},
		framework.Argument{Name: "resource_type", Value: types.StringValue(q.ResourceType)})
	return diagnostics.Subject{Kind: diagnostics.Nodes, Region: region, Name: name + framework.Narrowed(by...),
		Narrow: "Narrow the list by instance_ids, tags, ping_status, platform_type, or resource_type."}
}

// managedNodesSchema returns the schema of data "ssm_managed_nodes".
func managedNodesSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the managed nodes of a Region by filter (`DescribeInstanceInformation`), and waits until enough of them are ready if `minimum` is set. " +
			"A node must match all filters. Without filters, the data source lists all managed nodes. Systems Manager does not list nodes that are stopped or terminated.\n\n" +
			"~> **`Online` is not a guarantee.** " + model.PingStatusText,
		Attributes: map[string]schema.Attribute{
			"instance_ids": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Only these nodes. At least 1 ID, each `i-` and 8 or 17 characters for an EC2 instance, or " +
					"`mi-` and 17 characters for an edge device or another non-EC2 node. A node that Systems Manager does not list is left out.",
				Validators: []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ValueStringsAre(framework.InstanceID)},
			},
			"tags": schema.MapAttribute{
				Optional: true, ElementType: types.StringType,
				MarkdownDescription: "Only nodes that have all these tags. At least 1 tag. Neither a key nor a value can be empty, and both are case-sensitive.",
				Validators: []validator.Map{mapvalidator.SizeAtLeast(1), mapvalidator.NoNullValues(),
					mapvalidator.KeysAre(stringvalidator.LengthAtLeast(1)), mapvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
			},
			"ping_status": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Only nodes of this ping status: " + framework.Values(pingStatuses) + ". Systems Manager no longer uses `Inactive`. " +
					"With `minimum`, only `Online` is accepted.",
				Validators: framework.OneOf(pingStatuses),
			},
			"platform_type": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only nodes of this platform: " + framework.Values(platformTypes) + ".",
				Validators:          framework.OneOf(platformTypes),
			},
			"resource_type": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only nodes of this type: " + framework.Values(resourceTypes) + ". `ManagedInstance` is a non-EC2 node.",
				Validators:          framework.OneOf(resourceTypes),
			},
			"region": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: "The Region whose nodes are listed. Overrides the provider's Region for this read.",
			},
			"minimum": schema.Int32Attribute{
				Optional: true,
				MarkdownDescription: "Number of matching nodes that must be `Online`, at least 1. The data source waits for them, during `plan` as well as `apply`, " +
					"and returns an error if they are not `Online` within `timeouts.read`. `nodes` then also has the matching nodes that are not `Online`, unless `ping_status = \"Online\"`. " +
					"If the same configuration creates the nodes, refer to them in `instance_ids` or `depends_on`, so that Terraform reads them after it has created them. Defaults to no minimum: the data source does not wait.",
				Validators: []validator.Int32{int32validator.AtLeast(1)},
			},

			"nodes": model.NodeObject.ComputedObjects("The nodes, sorted by instance ID."),
		},
		Blocks: timeoutsBlock(ctx, framework.ListTimeoutText+" With `minimum`, defaults to `5m`."),
	}
}
