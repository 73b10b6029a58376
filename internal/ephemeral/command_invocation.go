package ephemeral

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/ephemeral/timeouts"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"

	"github.com/ssm-provider/terraform-provider-ssm/internal/datasource"
)

var (
	_ ephemeral.EphemeralResourceWithConfigure      = (*commandInvocation)(nil)
	_ ephemeral.EphemeralResourceWithValidateConfig = (*commandInvocation)(nil)
)

// All lists the ephemeral resources. The meaning of plausible is that of
// [datasource.All].
func All(plausible func(region string) bool) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{
		func() ephemeral.EphemeralResource { return &commandInvocation{plausible: plausible} },
	}
}

// commandInvocation is ephemeral "ssm_command_invocation".
type commandInvocation struct {
	readers   datasource.Readers
	plausible func(region string) bool
}

// model is the data source's, with the timeouts block of an ephemeral resource.
type model struct {
	datasource.InvocationModel
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// Metadata names the resource.
func (r *commandInvocation) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_command_invocation"
}

// Schema describes the arguments and attributes: the data source's, name for name.
func (r *commandInvocation) Schema(ctx context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads what one command, or one step of it, did on one managed node, and keeps nothing of it in plan or state: " +
			"for output that is secret, such as a join token or a generated password. It has the arguments and attributes of the data source `ssm_command_invocation`.\n\n" +
			"Terraform opens an ephemeral resource in every plan, apply, and destroy; `terraform destroy -refresh=false` opens it only if its values configure a provider. " +
			"Systems Manager keeps a command's history for 30 days. After that, opening it is an error unless `allow_missing` is set. " +
			"Errors show the status, its details, the exit code, and the sizes of both streams, and never any of the output.",
		Attributes: twins(datasource.InvocationAttributes()),
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.BlockWithOpts(ctx, timeouts.Opts{OpenDescription: datasource.TimeoutText}),
		},
	}
}

// Configure takes the readers from the provider.
func (r *commandInvocation) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	readers, diags := datasource.AsReaders(req.ProviderData)
	resp.Diagnostics.Append(diags...)
	r.readers = readers
}

// ValidateConfig checks what no single argument can tell; all of it before any
// request. An unknown value is let through: Open sees it known.
func (r *commandInvocation) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var data model
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.Validate(r.plausible, data.patience())...)
}

// Open reads the invocation, and waits for it as far as it was asked to.
func (r *commandInvocation) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	started := time.Now()
	var data model
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(data.Read(ctx, r.readers, started, data.patience(), datasource.Hushed)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, &data)...)
}

// patience is the argument that bounds the whole read.
func (m *model) patience() datasource.Patience {
	return datasource.Patience{Word: "open", Block: m.Timeouts.Object}
}

// twins translates a data source's attributes, which have the same members under
// another type. A kind that is not known here is a defect that the tests find.
func twins(attributes map[string]dschema.Attribute) map[string]schema.Attribute {
	translated := map[string]schema.Attribute{}
	for name, attribute := range attributes {
		translated[name] = twin(name, attribute)
	}
	return translated
}

func twin(name string, attribute dschema.Attribute) schema.Attribute {
	switch a := attribute.(type) {
	case dschema.StringAttribute:
		return schema.StringAttribute{Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
	case dschema.BoolAttribute:
		return schema.BoolAttribute{Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
	case dschema.Int32Attribute:
		return schema.Int32Attribute{Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
	case dschema.Int64Attribute:
		return schema.Int64Attribute{Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
	case dschema.SingleNestedAttribute:
		return schema.SingleNestedAttribute{Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, MarkdownDescription: a.MarkdownDescription, Attributes: twins(a.Attributes)}
	default:
		panic(fmt.Sprintf("attribute %s is a %T, which has no twin", name, attribute))
	}
}
