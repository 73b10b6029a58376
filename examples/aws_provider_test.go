// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"context"
	"fmt"
	"regexp"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	pschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// parameter is one write to the resource aws_ssm_parameter.
type parameter struct {
	Name, Type, Value string
	Version           int64
}

// awsProvider replaces provider aws in the examples. It has the resources and the arguments that the
// examples use, and sends no request: aws_instance, aws_ssm_document, and aws_ssm_parameter, which
// records its writes.
type awsProvider struct {
	mu      sync.Mutex
	written []parameter
}

// serve serves the provider, and returns the environment variable that makes the CLI use it.
func (p *awsProvider) serve(t *testing.T) string {
	t.Helper()
	return acctest.ServeProvider(t, "hashicorp/aws", providerserver.NewProtocol6WithError(p))
}

// Metadata names the provider.
func (p *awsProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "aws"
}

// Schema has the one argument that the examples set.
func (p *awsProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = pschema.Schema{Attributes: map[string]pschema.Attribute{"region": pschema.StringAttribute{Optional: true}}}
}

// Configure does nothing.
func (p *awsProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

// DataSources returns none.
func (p *awsProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

// Resources returns all resources.
func (p *awsProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return &parameterResource{store: p} },
		func() resource.Resource { return &instanceResource{} },
		func() resource.Resource { return &documentResource{} },
	}
}

// stored is a resource that exists in the state alone.
type stored struct{}

// Read keeps the state.
func (stored) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Update stores the plan.
func (stored) Update(_ context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
}

// Delete does nothing.
func (stored) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// parameterResource is the resource aws_ssm_parameter.
type parameterResource struct {
	stored
	store *awsProvider
}

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

// Schema has the arguments that the examples set.
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

func (p *awsProvider) write(m parameterModel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written = append(p.written, parameter{m.Name.ValueString(), m.Type.ValueString(), m.Value.ValueString(), m.Version.ValueInt64()})
}

// instanceResource is the resource aws_instance.
type instanceResource struct{ stored }

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
		"tags":                 schema.MapAttribute{Optional: true, ElementType: types.StringType},
		"id":                   computedOnce(),
	}}
}

// computedOnce is an attribute that gets its value when Terraform creates the resource.
func computedOnce() schema.StringAttribute {
	return schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
}

var numberAtEnd = regexp.MustCompile(`[0-9]+$`)

// instanceID is the ID of the instance with a name: web-2 is the node i-0a1b2c3d4e5f60002 of the fakes.
func instanceID(name string) string {
	number := numberAtEnd.FindString(name)
	if number == "" {
		number = "1"
	}
	return fmt.Sprintf("i-0a1b2c3d4e5f6%04s", number)
}

// Create stores the plan with an ID that depends on the name alone, because Terraform creates
// instances in any order.
func (r *instanceResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	var tags map[string]string
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("tags"), &tags)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), instanceID(tags["Name"]))...)
}

// documentResource is the resource aws_ssm_document.
type documentResource struct{ stored }

// Metadata names the resource.
func (r *documentResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "aws_ssm_document"
}

// Schema has the arguments that the examples set, and the version.
func (r *documentResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name":            schema.StringAttribute{Required: true},
		"document_type":   schema.StringAttribute{Required: true},
		"document_format": schema.StringAttribute{Optional: true},
		"content":         schema.StringAttribute{Required: true},
		"latest_version":  schema.StringAttribute{Computed: true},
	}}
}

// Create stores the first version.
func (r *documentResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("latest_version"), "1")...)
}

// Update stores the second version. No example makes a third one.
func (r *documentResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("latest_version"), "2")...)
}
