// SPDX-License-Identifier: MPL-2.0

package function

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// All lists the constructors of the functions.
func All() []func() function.Function {
	return []func() function.Function{NewShellQuote, NewPowerShellQuote}
}

// check refuses a value that a quoted literal cannot carry to a node unchanged:
//
//   - A NUL character. An argument of a program ends at NUL, and so do the strings of a shell.
//   - {{ begins a reference. Systems Manager and its agent replace {{ssm:name}} in a parameter of a
//     command by a value of Parameter Store, and {{ name }} in a document by a parameter of the
//     command (agent/parameterstore and agent/parameters in the agent's source). Both search text,
//     and quotes do not prevent the replacement.
//
// A { at the beginning or the end of a value is harmless: a quote follows or precedes it, so that
// no {{ results from the text or the quoted value beside it.
//
// Terraform puts the parameter's name before the text of an error and a period after it.
func check(value string) *function.FuncError {
	switch {
	case strings.Contains(value, "\x00"):
		return function.NewArgumentFuncError(0, "the value contains a NUL character, which no argument of a program can contain. "+
			"Remove the character, or pass base64encode(value) instead, and decode it into a file on the node")
	case strings.Contains(value, "{{"):
		return function.NewArgumentFuncError(0, "the value contains two opening braces in a row. "+
			"Systems Manager or its agent could take them for a reference, such as {{ssm:name}}, and replace it by a value of Parameter Store. "+
			"Separate the braces, or pass base64encode(value) instead, and decode it on the node")
	default:
		return nil
	}
}
