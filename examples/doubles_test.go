// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	pschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// double replaces another provider in the test of an example. Its types have the arguments of the
// real ones that the example sets, and its resources do nothing. A test with a double shows that
// the example fits together, and not that the real provider accepts it.
type double struct {
	// source is the source of the provider in required_providers.
	source      string
	resources   map[string]rschema.Schema
	dataSources map[string]dschema.Schema
	// computed returns the value of all strings of a resource that are unknown in its plan. kind is
	// the type of the resource. Without computed, the value is "computed".
	computed func(ctx context.Context, kind string, plan tfsdk.Plan, update bool) (string, diag.Diagnostics)
	// write is called with the configuration of each resource that is created or updated. It may be
	// nil.
	write func(ctx context.Context, kind string, config tfsdk.Config) diag.Diagnostics
}

// serve serves the double, and returns the environment variable by which the CLI finds it.
func (d *double) serve(t *testing.T) string {
	t.Helper()
	return acctest.ServeProvider(t, d.source, providerserver.NewProtocol6WithError(d))
}

// store stores the plan of a resource, with a value for each unknown string.
func (d *double) store(ctx context.Context, kind string, plan tfsdk.Plan, config tfsdk.Config, update bool, state *tfsdk.State) diag.Diagnostics {
	var diags diag.Diagnostics
	if d.write != nil {
		diags.Append(d.write(ctx, kind, config)...)
	}
	value := sync.OnceValue(func() string {
		if d.computed == nil {
			return "computed"
		}
		value, more := d.computed(ctx, kind, plan, update)
		diags.Append(more...)
		return value
	})
	stored, err := tftypes.Transform(plan.Raw, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.IsKnown() && v.Type().Is(tftypes.String) {
			return tftypes.NewValue(tftypes.String, value()), nil
		}
		return v, nil
	})
	if err != nil {
		diags.AddError("Double", err.Error())
		return diags
	}
	state.Raw = stored
	return diags
}

// Metadata names the provider.
func (d *double) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	_, resp.TypeName, _ = strings.Cut(d.source, "/")
}

// Schema has the one argument that examples set.
func (d *double) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = pschema.Schema{Attributes: map[string]pschema.Attribute{"region": pschema.StringAttribute{Optional: true}}}
}

// Configure does nothing.
func (d *double) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

// Resources returns all of them.
func (d *double) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for kind := range d.resources {
		all = append(all, func() resource.Resource { return &doubleResource{d, kind} })
	}
	return all
}

// DataSources returns all of them.
func (d *double) DataSources(context.Context) []func() datasource.DataSource {
	var all []func() datasource.DataSource
	for kind := range d.dataSources {
		all = append(all, func() datasource.DataSource { return &doubleDataSource{d, kind} })
	}
	return all
}

type doubleResource struct {
	double *double
	kind   string
}

// Metadata names the resource.
func (r *doubleResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.kind
}

// Schema is that of the double.
func (r *doubleResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.double.resources[r.kind]
}

// Create stores the plan.
func (r *doubleResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics.Append(r.double.store(ctx, r.kind, req.Plan, req.Config, false, &resp.State)...)
}

// Update stores the plan.
func (r *doubleResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.Append(r.double.store(ctx, r.kind, req.Plan, req.Config, true, &resp.State)...)
}

// Read keeps the state.
func (r *doubleResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

// Delete does nothing.
func (r *doubleResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

type doubleDataSource struct {
	double *double
	kind   string
}

// Metadata names the data source.
func (d *doubleDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.kind
}

// Schema is that of the double.
func (d *doubleDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.double.dataSources[d.kind]
}

// Read fails: examples with a data source of a double are only validated.
func (d *doubleDataSource) Read(_ context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	resp.Diagnostics.AddError("Double", fmt.Sprintf("%s is not read.", d.kind))
}

// The arguments and attributes of doubles.
var (
	requiredText = rschema.StringAttribute{Required: true}
	optionalText = rschema.StringAttribute{Optional: true}
	computedText = rschema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	// replacingText is a required argument whose change replaces the resource.
	replacingText = rschema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
	requiredTexts = rschema.ListAttribute{Required: true, ElementType: types.StringType}
	textsByName   = rschema.MapAttribute{Optional: true, ElementType: types.StringType}
	number        = rschema.NumberAttribute{Optional: true}
)

type doubleAttributes = map[string]rschema.Attribute

// doubleBlock returns a block that can be repeated.
func doubleBlock(all doubleAttributes) rschema.Block {
	return rschema.ListNestedBlock{NestedObject: rschema.NestedBlockObject{Attributes: all}}
}

// externalDouble replaces provider external.
func externalDouble() *double {
	return &double{source: "hashicorp/external", dataSources: map[string]dschema.Schema{
		"external": {Attributes: map[string]dschema.Attribute{
			"program": dschema.ListAttribute{Required: true, ElementType: types.StringType},
			"result":  dschema.MapAttribute{Computed: true, ElementType: types.StringType},
		}},
	}}
}

// olderDouble replaces provider pbobov/ssm 0.2.3, from which provider arthurgustin/ssm was made.
// The resource of both has these attributes. Its command gets the ID.
func olderDouble(commandID string) *double {
	named := doubleBlock(doubleAttributes{"name": requiredText, "values": requiredTexts})
	return &double{
		source:   "pbobov/ssm",
		computed: func(context.Context, string, tfsdk.Plan, bool) (string, diag.Diagnostics) { return commandID, nil },
		resources: map[string]rschema.Schema{"ssm_command": {
			Attributes: doubleAttributes{
				"document_name": requiredText, "comment": optionalText, "execution_timeout": number, "destroy_document_name": optionalText,
				"id": computedText, "status": computedText, "requested_time": computedText,
			},
			Blocks: map[string]rschema.Block{
				"parameters": named, "destroy_parameters": named,
				"targets":         doubleBlock(doubleAttributes{"key": requiredText, "values": requiredTexts}),
				"output_location": doubleBlock(doubleAttributes{"s3_bucket_name": optionalText, "s3_key_prefix": optionalText}),
			},
		}},
	}
}
