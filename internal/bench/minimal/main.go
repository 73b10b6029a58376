// SPDX-License-Identifier: MPL-2.0

// Command minimal is the least provider with a data source ssm_command_invocation, to compare with:
// it makes one request and waits for nothing. Built with the tag sdk, it makes the request with the
// AWS SDK, else with package net/http.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return minimal{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/ssm-provider/ssm"})
	if err != nil {
		log.Fatal(err)
	}
}

type minimal struct{}

// Metadata returns the provider's name.
func (minimal) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "ssm"
}

// Schema leaves the provider without arguments.
func (minimal) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

// Configure has nothing to configure.
func (minimal) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// Resources returns none.
func (minimal) Resources(context.Context) []func() resource.Resource { return nil }

// DataSources returns the only one.
func (minimal) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return invocation{} }}
}

type invocation struct{}

type invocationModel struct {
	CommandID  types.String `tfsdk:"command_id"`
	InstanceID types.String `tfsdk:"instance_id"`
	Output     types.String `tfsdk:"standard_output_content"`
}

// Metadata returns the type's name.
func (invocation) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "ssm_command_invocation"
}

// Schema has the attributes that the benchmarks use.
func (invocation) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"command_id":              schema.StringAttribute{Required: true},
		"instance_id":             schema.StringAttribute{Required: true},
		"standard_output_content": schema.StringAttribute{Computed: true},
	}}
}

// Read makes one request.
func (invocation) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model invocationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	output, err := getCommandInvocation(ctx, model.CommandID.ValueString(), model.InstanceID.ValueString())
	if err != nil {
		resp.Diagnostics.AddError("Read Failed", err.Error())
		return
	}
	model.Output = types.StringValue(output)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}
