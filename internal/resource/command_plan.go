// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// replacingArgument is an argument whose change sends a new command.
type replacingArgument struct {
	name  string
	value func(*commandModel) attr.Value
	// member is the argument's name in the API and in [runcommand.Differences]; "" if the service
	// does not return it. After an import, the value of such an argument comes from the
	// configuration.
	member string
}

// replacingArguments are all arguments whose change sends a new command. parameters_wo is not among
// them, because a plan does not have it.
var replacingArguments = []replacingArgument{
	{"document_name", func(m *commandModel) attr.Value { return m.DocumentName }, "DocumentName"},
	{"document_version", func(m *commandModel) attr.Value { return m.DocumentVersion }, "DocumentVersion"},
	{"document_hash", func(m *commandModel) attr.Value { return m.DocumentHash }, ""},
	{"document_hash_type", func(m *commandModel) attr.Value { return m.DocumentHashType }, ""},
	{"instance_ids", func(m *commandModel) attr.Value { return m.InstanceIDs }, "InstanceIds"},
	{"targets", func(m *commandModel) attr.Value { return m.Targets }, "Targets"},
	{"parameters", func(m *commandModel) attr.Value { return m.Parameters }, "Parameters"},
	{"parameters_wo_version", func(m *commandModel) attr.Value { return m.ParametersWOVersion }, ""},
	{"comment", func(m *commandModel) attr.Value { return m.Comment }, "Comment"},
	{"timeout_seconds", func(m *commandModel) attr.Value { return m.TimeoutSeconds }, "TimeoutSeconds"},
	{"max_concurrency", func(m *commandModel) attr.Value { return m.MaxConcurrency }, "MaxConcurrency"},
	{"max_errors", func(m *commandModel) attr.Value { return m.MaxErrors }, "MaxErrors"},
	{"output_s3_bucket_name", func(m *commandModel) attr.Value { return m.OutputS3BucketName }, "OutputS3BucketName"},
	{"output_s3_key_prefix", func(m *commandModel) attr.Value { return m.OutputS3KeyPrefix }, "OutputS3KeyPrefix"},
	{"cloudwatch_output_config", func(m *commandModel) attr.Value { return m.CloudWatchOutputConfig }, "CloudWatchOutputConfig"},
	{"service_role_arn", func(m *commandModel) attr.Value { return m.ServiceRoleARN }, "ServiceRoleArn"},
	{"notification_config", func(m *commandModel) attr.Value { return m.NotificationConfig }, "NotificationConfig"},
	{"alarm_configuration", func(m *commandModel) attr.Value { return m.AlarmConfiguration }, "AlarmConfiguration"},
	{"region", func(m *commandModel) attr.Value { return m.Region }, "Region"},
	{"triggers", func(m *commandModel) attr.Value { return m.Triggers }, ""},
}

// ModifyPlan decides whether the plan sends a new command. It makes no request.
func (r *command) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() {
		return // Terraform creates or destroys the resource.
	}
	var plan, state commandModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	kept, diags := readPrivate(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	var changed []replacingArgument
	for _, argument := range replacingArguments {
		if !argument.value(&plan).Equal(argument.value(&state)) {
			changed = append(changed, argument)
		}
	}
	if kept.Imported {
		r.planImported(ctx, resp, changed, &plan, &state)
		if resp.Diagnostics.HasError() {
			return
		}
		changed = nil
	}
	for _, argument := range changed {
		resp.RequiresReplace.Append(path.Root(argument.name))
	}
	if grows(&plan, &state) && len(changed) > 0 {
		resp.Diagnostics.Append(diagnostics.NodesAdded(len(state.InstanceIDs.Elements()), len(plan.InstanceIDs.Elements())))
	}

	if len(changed) > 0 {
		return
	}
	switch without := model.WithoutContents(plan.Invocations); {
	case without.Equal(plan.Invocations):
	case plan.StoreOutput.IsUnknown(): // The plan after store_output is known may remove the contents.
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("invocations"), types.MapUnknown(model.SentInvocationType()))...)
	case !plan.StoresOutput():
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("invocations"), without)...)
	}
}

// planImported decides about changes of a command that was imported. They are an error if they
// would send the command again, because an import must not do that. For arguments that the service
// does not return, the plan adopts the values of the configuration.
func (r *command) planImported(ctx context.Context, resp *resource.ModifyPlanResponse, changed []replacingArgument, plan, state *commandModel) {
	differences, known := importedDifferences(ctx, plan, state)
	var differ, adopted []string
	for _, argument := range changed {
		switch {
		case argument.member == "":
			adopted = append(adopted, argument.name)
		case !known || argument.member == "Region" || slices.Contains(differences, argument.member):
			differ = append(differ, argument.name)
		}
	}
	if len(differ) > 0 {
		resp.Diagnostics.Append(diagnostics.ImportedCommandDiffers(state.CommandID.ValueString(), differ))
		return
	}
	if len(adopted) > 0 {
		resp.Diagnostics.Append(diagnostics.ImportedCommandAdopts(state.CommandID.ValueString(), adopted))
	}
}

// importedDifferences returns the API's names of the members in which a plan and an imported
// command differ. It returns false if an argument is unknown.
func importedDifferences(ctx context.Context, plan, state *commandModel) ([]string, bool) {
	for _, argument := range replacingArguments {
		if argument.member != "" && argument.value(plan).IsUnknown() {
			return nil, false
		}
	}
	wanted, diags := plan.Request(ctx, plan.ParametersWO)
	have, more := state.Request(ctx, state.ParametersWO)
	if diags.HasError() || more.HasError() {
		return nil, false
	}
	return runcommand.Differences(wanted, have), true
}

// grows reports whether a plan has all nodes of the state in instance_ids, and more.
func grows(plan, state *commandModel) bool {
	before, after := state.InstanceIDs.Elements(), plan.InstanceIDs.Elements()
	if len(before) == 0 || len(after) <= len(before) || plan.InstanceIDs.IsUnknown() {
		return false
	}
	return !slices.ContainsFunc(before, func(id attr.Value) bool {
		return !slices.ContainsFunc(after, func(other attr.Value) bool { return other.Equal(id) })
	})
}
