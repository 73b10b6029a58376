// SPDX-License-Identifier: MPL-2.0

package examples_test

import "github.com/ssm-provider/terraform-provider-ssm/internal/acctest"

// needs has the examples that need a newer CLI than the provider does, with the newest of the
// features that they need.
var needs = map[string]acctest.Feature{
	"command-invocation/check":                   acctest.Checks,
	"command-invocation/module-test":             acctest.MockedTests,
	"ephemeral-resources/ssm_command_invocation": acctest.WriteOnly,
	"fleet/check":                acctest.Checks,
	"fleet/send-and-find":        acctest.TerraformData,
	"functions/powershell_quote": acctest.ProviderFunctions,
	"functions/shell_quote":      acctest.ProviderFunctions,
	"guides/keep-a-value":        acctest.TerraformData,
	"list-resources/ssm_command": acctest.ImportBlocks,
	"results/in-batches":         acctest.TerraformData,
	"results/secret-on-the-node": acctest.ProviderFunctions,
	"results/sensitive-output":   acctest.Checks,
	"secrets/from-a-command":     acctest.EphemeralResources,
	"secrets/sensitive":          acctest.Checks,
	"secrets/to-a-program":       acctest.EphemeralResources,
	"secrets/to-a-provider":      acctest.EphemeralResources,
	"send/import":                acctest.ImportBlocks,
	"send/module-test":           acctest.MockedTests,
	"send/node-by-node":          acctest.ProviderFunctions,
	"send/secrets":               acctest.WriteOnly,
	"send/tolerated-failure":     acctest.Checks,

	"migrate/local-exec/before":    acctest.TerraformData,
	"migrate/older-provider/after": acctest.ImportBlocks,
	"start/before-destroy":         acctest.TerraformData,
	"start/in-order":               acctest.ProviderFunctions,
	"start/script-file":            acctest.ProviderFunctions,
}
