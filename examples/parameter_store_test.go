// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	pschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// parameter is one write to the resource aws_ssm_parameter.
type parameter struct {
	Name, Type, Value string
	Version           int64
}

// parameterStore is a provider aws with the resources aws_ssm_parameter, which records its writes, and
// aws_instance, which is only validated.
type parameterStore struct {
	mu      sync.Mutex
	written []parameter
}

// Metadata names the provider.
func (p *parameterStore) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "aws"
}

// Schema has the one argument that the example sets.
func (p *parameterStore) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = pschema.Schema{Attributes: map[string]pschema.Attribute{"region": pschema.StringAttribute{Optional: true}}}
}

// Configure does nothing.
func (p *parameterStore) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

// DataSources returns none.
func (p *parameterStore) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources returns both.
func (p *parameterStore) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return &parameterResource{p} },
		func() resource.Resource { return &instanceResource{} },
	}
}

type parameterResource struct{ store *parameterStore }

type parameterModel struct {
	Name    types.String `tfsdk:"name"`
	Type    types.String `tfsdk:"type"`
	Value   types.String `tfsdk:"value_wo"`
	Version types.Int64  `tfsdk:"value_wo_version"`
}

// Metadata names the resource.
func (r *parameterResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "aws_ssm_parameter"
}

// Schema has the arguments that the example sets.
func (r *parameterResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name":             schema.StringAttribute{Required: true},
		"type":             schema.StringAttribute{Required: true},
		"value_wo":         schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true},
		"value_wo_version": schema.Int64Attribute{Optional: true},
	}}
}

// Create records a write.
func (r *parameterResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	var config parameterModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...) // Only the configuration has a write-only argument.
	r.store.write(config)
}

// Update records a write.
func (r *parameterResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
	var config parameterModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	r.store.write(config)
}

func (p *parameterStore) write(m parameterModel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written = append(p.written, parameter{m.Name.ValueString(), m.Type.ValueString(), m.Value.ValueString(), m.Version.ValueInt64()})
}

// Read keeps the state.
func (r *parameterResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Delete does nothing.
func (r *parameterResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// instanceResource is the resource aws_instance. It makes no instances.
type instanceResource struct{ parameterResource }

// Metadata names the resource.
func (r *instanceResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "aws_instance"
}

// Schema has the arguments that the examples set, and the ID.
func (r *instanceResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"ami":                  schema.StringAttribute{Required: true},
		"instance_type":        schema.StringAttribute{Required: true},
		"iam_instance_profile": schema.StringAttribute{Optional: true},
		"id":                   schema.StringAttribute{Computed: true},
	}}
}
