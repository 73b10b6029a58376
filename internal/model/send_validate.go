// SPDX-License-Identifier: MPL-2.0

package model

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

const invalidCombination = "Invalid Attribute Combination"

// Validate rejects arguments that exclude each other. It accepts unknown values: Terraform
// validates again when they are known.
func (m *SendArguments) Validate(ctx context.Context) diag.Diagnostics {
	diags := framework.ValidateSuccess(m.RequireSuccess, m.WaitForCompletion)
	diags.Append(validateParameters(m.Parameters, m.ParametersWO)...)
	diags.Append(validateTargets(m.Targets)...)
	diags.Append(validateMaxTargets(ctx, m)...)
	return diags
}

// ValidateSecret returns an error if parameters_wo_version is set, but a write-only parameter is
// null or all of them are missing. Without the secret, the command would run with the wrong
// parameters.
func (m *SendArguments) ValidateSecret(writeOnly types.Map) diag.Diagnostics {
	if m.ParametersWOVersion.IsNull() {
		return nil
	}
	secrets := writeOnly.Elements()
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if secrets[name].IsNull() {
			return diag.Diagnostics{diagnostics.SecretMissing(name)}
		}
	}
	if len(secrets) > 0 {
		return nil
	}
	return diag.Diagnostics{diagnostics.SecretMissing("")}
}

// validateParameters rejects a name that is in both maps, because a plan does not show which of the
// two values is sent.
func validateParameters(parameters, writeOnly types.Map) diag.Diagnostics {
	secret := writeOnly.Elements()
	var both []string
	for _, name := range slices.Sorted(maps.Keys(parameters.Elements())) {
		if _, ok := secret[name]; ok {
			both = append(both, name)
		}
	}
	if len(both) == 0 {
		return nil
	}
	return diag.Diagnostics{diagnostics.AttributeError(path.Root("parameters_wo"), invalidCombination,
		diagnostics.Textf("parameters and parameters_wo both have %s. Remove each name from one of them.", diagnostics.Quoted(both)))}
}

// validateTargets rejects targets that the service rejects with a ValidationException. The provider
// does not show the message of that error, because it can contain parameters.
func validateTargets(targets types.Set) diag.Diagnostics {
	const group = "resource-groups:"
	seen := map[string]bool{}
	var diags diag.Diagnostics
	reject := func(text diagnostics.Text) {
		diags.Append(diagnostics.AttributeError(path.Root("targets"), invalidCombination, text))
	}
	groups, tags := false, false
	for _, element := range targets.Elements() {
		target, ok := element.(types.Object)
		if !ok {
			continue
		}
		key, _ := target.Attributes()["key"].(types.String)
		values, _ := target.Attributes()["values"].(types.Set)
		name := key.ValueString()
		if name == "" {
			continue // The key is null or unknown.
		}
		if seen[name] {
			reject(diagnostics.Textf("targets has the key %q twice, which Systems Manager does not support. To match one of several values, write them in one target.", name))
		}
		seen[name] = true
		tags = tags || name == "tag-key" || strings.HasPrefix(name, "tag:")
		groups = groups || strings.HasPrefix(name, group)
		if name == group+"Name" && len(values.Elements()) > 1 {
			reject(diagnostics.Textf("The target %q has %d values. Systems Manager supports one.", name, len(values.Elements())))
		}
	}
	if groups && tags {
		reject("targets has a resource group and a tag, which Systems Manager does not support together. Remove one of them.")
	}
	return diags
}

// validateMaxTargets rejects max_targets if the provider cannot count the nodes.
func validateMaxTargets(ctx context.Context, config *SendArguments) diag.Diagnostics {
	if config.MaxTargets.IsNull() {
		return nil
	}
	var diags diag.Diagnostics
	if framework.IsFalse(config.WaitForCompletion) {
		diags.Append(diagnostics.AttributeError(path.Root("max_targets"), invalidCombination,
			"max_targets checks how many nodes Systems Manager reports, and wait_for_completion = false does not wait for that. Remove one of the two."))
	}
	for _, element := range config.Targets.Elements() {
		object, ok := element.(types.Object)
		if !ok {
			continue
		}
		key, _ := object.Attributes()["key"].(types.String)
		if key.IsNull() || key.IsUnknown() {
			continue
		}
		var values []string
		if set, _ := object.Attributes()["values"].(types.Set); set.IsUnknown() || set.ElementsAs(ctx, &values, false).HasError() {
			values = []string{""} // Assume one unknown value. The number matters only for tag-key.
		}
		if _, ok := runcommand.NodesFor([]runcommand.Target{{Key: key.ValueString(), Values: values}}); !ok {
			diags.Append(diagnostics.AttributeError(path.Root("max_targets"), invalidCombination,
				diagnostics.Textf("The provider cannot count the nodes that the target %q matches, since DescribeInstanceInformation has no filter for it. "+
					"Remove max_targets, or use targets with the keys tag:NAME, tag-key with one value, or InstanceIds.", key.ValueString())))
		}
	}
	return diags
}
