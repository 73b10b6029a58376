// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What is stored first of a command that was sent needs no mapping, which could fail: it is the
// plan, with null for everything unknown, and the command's ID.
func TestStoreID(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var described resource.SchemaResponse
	NewCommand().Schema(ctx, resource.SchemaRequest{}, &described)
	object := described.Schema.Type().TerraformType(ctx).(tftypes.Object)
	planned := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		planned[name] = tftypes.NewValue(attribute, nil)
		if a, ok := described.Schema.Attributes[name]; ok && a.IsComputed() {
			planned[name] = tftypes.NewValue(attribute, tftypes.UnknownValue)
		}
	}
	planned["document_name"] = tftypes.NewValue(tftypes.String, "AWS-RunShellScript")
	planned["triggers"] = tftypes.NewValue(object.AttributeTypes["triggers"], map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)})
	plan := tfsdk.Plan{Schema: described.Schema, Raw: tftypes.NewValue(object, planned)}
	state := tfsdk.State{Schema: described.Schema, Raw: tftypes.NewValue(object, nil)}

	if diags := storeID(ctx, &state, plan, "the-id", "the comment", "us-east-1"); diags.HasError() {
		t.Fatal(diags)
	}
	if !state.Raw.IsFullyKnown() {
		t.Error("the state has unknown values, which Terraform rejects")
	}
	var m commandModel
	if diags := state.Get(ctx, &m); diags.HasError() {
		t.Fatal(diags)
	}
	if m.CommandID.ValueString() != "the-id" || m.Comment.ValueString() != "the comment" || m.Region.ValueString() != "us-east-1" ||
		m.DocumentName.ValueString() != "AWS-RunShellScript" || !m.Invocations.IsNull() || len(m.Triggers.Elements()) != 1 {
		t.Errorf("state: %+v", m)
	}
}
