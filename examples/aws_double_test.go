// SPDX-License-Identifier: MPL-2.0

package examples_test

import (
	"context"
	"fmt"
	"regexp"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// awsDouble replaces provider aws. It has the resources and the arguments that the examples use,
// and records what is written to aws_ssm_parameter.
type awsDouble struct {
	double

	mu sync.Mutex
	// instances are the IDs of the next instances. The last ID stays. Without IDs, an instance gets
	// the [instanceID] of its name, because Terraform creates instances in any order.
	instances []string
	written   []parameter
}

// parameter is one write to the resource aws_ssm_parameter.
type parameter struct {
	Name, Type, Value string
	Version           int64
}

// newAWSDouble returns a double of provider aws whose instances get the IDs, in this order.
func newAWSDouble(instances ...string) *awsDouble {
	a := &awsDouble{instances: instances}
	a.double = double{
		source:   "hashicorp/aws",
		computed: a.compute,
		write:    a.record,
		resources: map[string]schema.Schema{
			"aws_iam_role":                   {Attributes: doubleAttributes{"name": requiredText, "assume_role_policy": requiredText, "id": computedText}},
			"aws_iam_role_policy_attachment": {Attributes: doubleAttributes{"role": requiredText, "policy_arn": requiredText, "id": computedText}},
			"aws_iam_instance_profile":       {Attributes: doubleAttributes{"name": requiredText, "role": requiredText, "id": computedText}},
			"aws_instance": {Attributes: doubleAttributes{
				"ami": replacingText, "instance_type": requiredText, "iam_instance_profile": optionalText, "tags": textsByName, "id": computedText,
			}},
			"aws_ssm_association": {
				Attributes: doubleAttributes{"name": requiredText, "parameters": textsByName, "wait_for_success_timeout_seconds": number, "id": computedText},
				Blocks:     map[string]schema.Block{"targets": doubleBlock(doubleAttributes{"key": requiredText, "values": requiredTexts})},
			},
			"aws_ssm_document": {Attributes: doubleAttributes{
				"name": requiredText, "document_type": requiredText, "document_format": optionalText, "content": requiredText,
				"latest_version": schema.StringAttribute{Computed: true},
			}},
			"aws_ssm_parameter": {Attributes: doubleAttributes{
				"name": requiredText, "type": requiredText, "value_wo_version": schema.Int64Attribute{Optional: true},
				"value_wo": schema.StringAttribute{Optional: true, WriteOnly: true, Sensitive: true},
			}},
		},
	}
	return a
}

// compute returns the ID of an instance, or the version of a document: the first, or the second
// after an update. No example makes a third version.
func (a *awsDouble) compute(ctx context.Context, kind string, plan tfsdk.Plan, update bool) (string, diag.Diagnostics) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case kind == "aws_instance" && len(a.instances) == 0:
		var tags map[string]string
		diags := plan.GetAttribute(ctx, path.Root("tags"), &tags)
		return instanceID(tags["Name"]), diags
	case kind == "aws_instance":
		id := a.instances[0]
		if len(a.instances) > 1 {
			a.instances = a.instances[1:]
		}
		return id, nil
	case kind == "aws_ssm_document" && update:
		return "2", nil
	case kind == "aws_ssm_document":
		return "1", nil
	}
	return "computed", nil
}

// record records a write to a parameter. Only the configuration has a write-only argument.
func (a *awsDouble) record(ctx context.Context, kind string, config tfsdk.Config) diag.Diagnostics {
	if kind != "aws_ssm_parameter" {
		return nil
	}
	var m struct {
		Name    types.String `tfsdk:"name"`
		Type    types.String `tfsdk:"type"`
		Value   types.String `tfsdk:"value_wo"`
		Version types.Int64  `tfsdk:"value_wo_version"`
	}
	diags := config.Get(ctx, &m)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.written = append(a.written, parameter{m.Name.ValueString(), m.Type.ValueString(), m.Value.ValueString(), m.Version.ValueInt64()})
	return diags
}

var numberAtEnd = regexp.MustCompile(`[0-9]+$`)

// instanceID is the ID of the instance with a name: web-2 is the node i-0a1b2c3d4e5f60002 of the
// fakes.
func instanceID(name string) string {
	number := numberAtEnd.FindString(name)
	if number == "" {
		number = "1"
	}
	return fmt.Sprintf("i-0a1b2c3d4e5f6%04s", number)
}
