// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// Each model fits its schema: empty, as for an empty configuration, and with the values of an empty
// response. A member that is missing on either side, or a value of another type, fails the test.
func TestModelsFitTheirSchemas(t *testing.T) {
	objects := func(name string, list tftypes.Value) map[string]tftypes.Value {
		return map[string]tftypes.Value{"region": framework.String("us-east-1"), name: list}
	}
	command := runcommand.Command{Alarms: &runcommand.AlarmConfiguration{}, Notification: &runcommand.Notification{}}
	models := map[string]struct {
		target   any
		computed map[string]tftypes.Value
	}{
		"ssm_command": {&commandModel{}, model.CommandValues(&command)},
		"ssm_command_invocations": {&commandInvocationsModel{}, objects("invocations", framework.Objects(model.NodeInvocationObject,
			[]runcommand.NodeInvocation{{}, {Status: "Success", Steps: []runcommand.Step{{}}, CloudWatchOutput: &runcommand.CloudWatchOutput{}}}, model.NodeInvocationValue))},
		"ssm_managed_nodes": {&managedNodesModel{}, objects("nodes", framework.Objects(model.NodeObject,
			[]runcommand.Node{{}, {AssociationDetailedStatus: "Success"}, {AssociationCounts: map[string]int32{"Success": 1}}}, model.NodeValue))},
		"ssm_commands":           {&commandsModel{}, objects("commands", framework.Objects(model.CommandObject, []runcommand.Command{{}}, model.CommandValue))},
		"ssm_command_invocation": {&commandInvocationModel{}, model.InvocationValues(&runcommand.Invocation{CloudWatchOutput: &runcommand.CloudWatchOutput{}}, "")},
	}
	for _, source := range All() {
		var meta datasource.MetadataResponse
		var got datasource.SchemaResponse
		source().Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "ssm"}, &meta)
		source().Schema(t.Context(), datasource.SchemaRequest{}, &got)
		t.Run(meta.TypeName, func(t *testing.T) {
			if diags := got.Schema.ValidateImplementation(t.Context()); diags.HasError() {
				t.Fatal(diags)
			}
			m, ok := models[meta.TypeName]
			if !ok {
				t.Fatal("not tested")
			}
			config := tfsdk.Config{Schema: got.Schema, Raw: empty(t, got.Schema)}
			state := tfsdk.State{Schema: got.Schema, Raw: empty(t, got.Schema)}
			if diags := framework.Arguments(t.Context(), config, m.target); diags.HasError() {
				t.Fatal("configuration:", diags)
			}
			framework.SetComputed(&state.Raw, m.computed) // Panics on other names and types.
			fields := map[string]bool{}
			for _, field := range reflect.VisibleFields(reflect.TypeOf(m.target).Elem()) {
				fields[field.Tag.Get("tfsdk")] = true
			}
			for name, attribute := range got.Schema.Attributes {
				if (attribute.IsRequired() || attribute.IsOptional()) && !fields[name] {
					t.Errorf("the argument %s is not decoded", name)
				}
				if _, set := m.computed[name]; !set && attribute.IsComputed() && name != "region" {
					t.Errorf("%s is not set", name)
				}
			}
		})
	}
}

// empty is a configuration without arguments.
func empty(t *testing.T, s schema.Schema) tftypes.Value {
	t.Helper()
	object := s.Type().TerraformType(t.Context()).(tftypes.Object)
	members := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		members[name] = tftypes.NewValue(of, nil)
	}
	return tftypes.NewValue(object, members)
}

// The attributes of a command have the same names, types, descriptions, and sensitivity in
// ssm_command and in ssm_commands. The only difference: three attributes of ssm_command are also
// arguments, with longer descriptions.
func TestCommandAndCommandsAgree(t *testing.T) {
	one := commandSchema(t.Context()).Attributes
	many := commandsSchema(t.Context()).Attributes["commands"].(schema.ListNestedAttribute).NestedObject.Attributes
	arguments := []string{"command_id", "comment", "document_name"}
	for name, attribute := range many {
		other, ok := one[name]
		if !ok {
			t.Errorf("ssm_command does not contain %s", name)
			continue
		}
		if !other.GetType().Equal(attribute.GetType()) || other.IsSensitive() != attribute.IsSensitive() || !other.IsComputed() {
			t.Errorf("%s differs: %v and %v", name, other, attribute)
		}
		said, want := other.GetMarkdownDescription(), attribute.GetMarkdownDescription()
		if slices.Contains(arguments, name) != other.IsOptional() || want == "" ||
			said != want && (!slices.Contains(arguments, name) || !strings.HasPrefix(said, want+" ")) {
			t.Errorf("%s is described as %q and as %q", name, said, want)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(one)) {
		if _, shared := many[name]; one[name].IsComputed() && !shared && name != "region" {
			t.Errorf("an element of ssm_commands does not contain %s", name)
		}
	}
	if !many["parameters"].IsSensitive() {
		t.Error("parameters are not sensitive")
	}
}
