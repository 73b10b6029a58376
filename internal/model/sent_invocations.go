// SPDX-License-Identifier: MPL-2.0

package model

import (
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// This file has the results of resource "ssm_command", by node. They are built as values, without
// reflection, and with types that are computed once.

// The attributes of the streams of a step, which are null unless the output is stored.
const (
	standardOutputContent   = "standard_output_content"
	standardOutputTruncated = "standard_output_truncated"
	standardErrorContent    = "standard_error_content"
	standardErrorTruncated  = "standard_error_truncated"
)

var (
	sentStepType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"name": types.StringType, "status": types.StringType, "status_details": types.StringType,
		"response_code": types.Int32Type, "execution_start_date_time": types.StringType, "execution_elapsed_time": types.StringType,
		standardOutputContent: types.StringType, "standard_output_url": types.StringType, standardOutputTruncated: types.BoolType,
		standardErrorContent: types.StringType, "standard_error_url": types.StringType, standardErrorTruncated: types.BoolType,
	}}
	sentStepsType      = types.ListType{ElemType: sentStepType}
	sentInvocationType = types.ObjectType{AttrTypes: map[string]attr.Type{
		"instance_name": types.StringType, "status": types.StringType, "status_details": types.StringType, "trace_output": types.StringType,
		"response_code": types.Int32Type, standardOutputContent: types.StringType, standardErrorContent: types.StringType,
		"steps": sentStepsType,
	}}
)

// SentInvocationsAttribute returns the attribute for the results by instance ID. It sets the types,
// because the framework would compute the type of a nested attribute several times for each null.
func SentInvocationsAttribute(description string, modifiers ...planmodifier.Map) schema.MapNestedAttribute {
	return schema.MapNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		CustomType:          types.MapType{ElemType: sentInvocationType},
		NestedObject:        schema.NestedAttributeObject{Attributes: sentInvocationAttributes(), CustomType: sentInvocationType},
		PlanModifiers:       modifiers,
	}
}

// sentInvocationAttributes returns the attributes for the results of one node.
func sentInvocationAttributes() map[string]schema.Attribute {
	computedString := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	computedBool := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	const onlyStep = " Null if the document has several steps: see `steps`."
	const stdoutText = "Standard output, the first 24,000 characters. `\"\"` if the step wrote none. Null with `store_output = false`."
	const stderrText = "Standard error, the first 8,000 characters. `\"\"` if the step wrote none. Null with `store_output = false`."
	code := func(description string) schema.Int32Attribute {
		return schema.Int32Attribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"instance_name":       computedString("The node's host name, if the agent reported one."),
		"status":              computedString("The status of the command on this node: " + statusesText),
		"status_details":      computedString(statusDetailsText),
		"trace_output":        computedString("The trace output of the invocation."),
		"response_code":       code("The exit code. `-1` if the step never ran." + onlyStep),
		standardOutputContent: computedString(stdoutText + onlyStep),
		standardErrorContent:  computedString(stderrText + onlyStep),
		"steps": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The steps in the document's order.",
			CustomType:          sentStepsType,
			NestedObject: schema.NestedAttributeObject{CustomType: sentStepType, Attributes: map[string]schema.Attribute{
				"name":                      computedString("The step's name. A document with schema version 1.2 has one step, named after its plugin, such as `aws:runShellScript`."),
				"status":                    computedString("The status of the step: `Success`, `Failed`, `TimedOut`, or `Cancelled`, or another status if the step did not complete."),
				"status_details":            computedString(statusDetailsText),
				"response_code":             code("The step's exit code. `-1` if the step never ran."),
				"execution_start_date_time": computedString("When the step started, by the node's clock, in RFC 3339."),
				"execution_elapsed_time":    computedString("Run time of the step, as an ISO 8601 duration such as `PT3.175S`. Null with `store_output = false`."),
				standardOutputContent:       computedString(stdoutText),
				"standard_output_url":       computedString(stdoutURLText),
				standardOutputTruncated:     computedBool("Whether `standard_output_content` is truncated. Null if `standard_output_content` is null."),
				standardErrorContent:        computedString(stderrText),
				"standard_error_url":        computedString(stderrURLText),
				standardErrorTruncated:      computedBool("Whether `standard_error_content` is truncated. Null if `standard_error_content` is null."),
			}},
		},
	}
}

// SentInvocationType returns the type of the results of one node.
func SentInvocationType() attr.Type { return sentInvocationType }

// invocationsOf returns the results by instance ID. With instance_ids, each node has an element,
// whose members are null while nothing is known. With targets, the map is null until listed is
// true.
func (m *SentCommand) invocationsOf(nodes []runcommand.NodeResult, listed bool) types.Map {
	results := map[string]attr.Value{}
	requested := map[string]string{} // By the ID in lower case.
	for _, id := range m.InstanceIDs.Elements() {
		if s, ok := id.(types.String); ok {
			requested[strings.ToLower(s.ValueString())] = s.ValueString()
			results[s.ValueString()] = unknownInvocation()
		}
	}
	if len(requested) == 0 && len(nodes) == 0 && !listed {
		return types.MapNull(sentInvocationType)
	}
	for i := range nodes {
		id := nodes[i].InstanceID
		if asRequested, ok := requested[strings.ToLower(id)]; ok {
			id = asRequested
		}
		results[id] = newSentInvocation(&nodes[i])
	}
	return types.MapValueMust(sentInvocationType, results)
}

// unknownInvocation returns the results of a node about which nothing is known: all members are
// null.
func unknownInvocation() attr.Value {
	values := map[string]attr.Value{}
	for name, t := range sentInvocationType.AttrTypes {
		switch t {
		case types.StringType:
			values[name] = types.StringNull()
		case types.Int32Type:
			values[name] = types.Int32Null()
		default:
			values[name] = types.ListNull(sentStepType)
		}
	}
	return types.ObjectValueMust(sentInvocationType.AttrTypes, values)
}

// newSentInvocation maps the results of a node.
func newSentInvocation(n *runcommand.NodeResult) attr.Value {
	var steps []attr.Value
	var last map[string]attr.Value
	for i := range n.Steps {
		var output *runcommand.Result
		if i < len(n.Outputs) {
			output = n.Outputs[i].Result
		}
		last = sentStep(&n.Steps[i], output)
		steps = append(steps, types.ObjectValueMust(sentStepType.AttrTypes, last))
	}
	values := map[string]attr.Value{
		"instance_name":       framework.StringOrNull(n.InstanceName),
		"status":              framework.StringOrNull(n.Status),
		"status_details":      framework.StringOrNull(n.StatusDetails),
		"trace_output":        framework.StringOrNull(n.TraceOutput),
		"response_code":       types.Int32Null(),
		standardOutputContent: types.StringNull(),
		standardErrorContent:  types.StringNull(),
		"steps":               types.ListValueMust(sentStepType, append([]attr.Value{}, steps...)),
	}
	if len(steps) == 1 {
		for _, name := range []string{"response_code", standardOutputContent, standardErrorContent} {
			values[name] = last[name]
		}
	}
	return types.ObjectValueMust(sentInvocationType.AttrTypes, values)
}

// sentStep maps a step of ListCommandInvocations. output is its GetCommandInvocation, nil if that
// was not read.
func sentStep(s *runcommand.Step, output *runcommand.Result) map[string]attr.Value {
	values := map[string]attr.Value{
		"name":                      framework.StringOrNull(s.Name),
		"status":                    framework.StringOrNull(s.Status),
		"status_details":            framework.StringOrNull(s.StatusDetails),
		"response_code":             types.Int32PointerValue(s.ResponseCode),
		"execution_start_date_time": framework.TimeOrNull(s.Start),
		"execution_elapsed_time":    types.StringNull(),
		standardOutputContent:       types.StringNull(),
		"standard_output_url":       framework.StringOrNull(s.StandardOutputURL),
		standardOutputTruncated:     types.BoolNull(),
		standardErrorContent:        types.StringNull(),
		"standard_error_url":        framework.StringOrNull(s.StandardErrorURL),
		standardErrorTruncated:      types.BoolNull(),
	}
	if output == nil {
		return values
	}
	i := &output.Invocation
	values["execution_elapsed_time"] = framework.StringOrNull(i.ExecutionElapsed)
	if content := i.StandardOutput.Content; content != nil {
		values[standardOutputContent], values[standardOutputTruncated] = types.StringValue(*content), types.BoolValue(i.StandardOutput.Truncated)
	}
	if content := i.StandardError.Content; content != nil {
		values[standardErrorContent], values[standardErrorTruncated] = types.StringValue(*content), types.BoolValue(i.StandardError.Truncated)
	}
	return values
}

// WithoutContents returns the results with null for the contents of all streams.
func WithoutContents(invocations types.Map) types.Map {
	if invocations.IsNull() || invocations.IsUnknown() {
		return invocations
	}
	results := map[string]attr.Value{}
	for id, element := range invocations.Elements() {
		results[id] = element
		node, ok := element.(types.Object)
		if !ok || node.IsNull() || node.IsUnknown() {
			continue
		}
		values := withoutContents(node)
		if list, ok := values["steps"].(types.List); ok && !list.IsNull() && !list.IsUnknown() {
			steps := make([]attr.Value, 0, len(list.Elements()))
			for _, step := range list.Elements() {
				if object, ok := step.(types.Object); ok {
					step = types.ObjectValueMust(sentStepType.AttrTypes, withoutContents(object))
				}
				steps = append(steps, step)
			}
			values["steps"] = types.ListValueMust(sentStepType, steps)
		}
		results[id] = types.ObjectValueMust(sentInvocationType.AttrTypes, values)
	}
	return types.MapValueMust(sentInvocationType, results)
}

// withoutContents returns the attributes of a node or a step with null for the contents of its
// streams.
func withoutContents(object types.Object) map[string]attr.Value {
	values := maps.Clone(object.Attributes())
	for _, name := range []string{standardOutputContent, standardErrorContent} {
		values[name] = types.StringNull()
	}
	for _, name := range []string{standardOutputTruncated, standardErrorTruncated} {
		if _, ok := values[name]; ok {
			values[name] = types.BoolNull()
		}
	}
	return values
}
