// SPDX-License-Identifier: MPL-2.0

// Package diagnostics makes the errors and warnings that Terraform shows.
//
// A diagnostic consists of [Text]. Foreign text, such as messages of services, output of nodes, and
// errors of credential sources, becomes Text only through functions that remove secrets, escape
// control characters, and bound the length. The linter forbids the framework's own constructors
// outside this package.
package diagnostics

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// Error returns an error that does not concern one argument. The parts that are not empty become
// paragraphs.
func Error(summary Text, parts ...Text) diag.Diagnostic {
	return diag.NewErrorDiagnostic(sanitize(string(summary)), detail(parts))
}

// AttributeError returns an error about the argument at the path.
func AttributeError(at path.Path, summary Text, parts ...Text) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, sanitize(string(summary)), detail(parts))
}

// Warning returns a warning that does not concern one argument.
func Warning(summary Text, parts ...Text) diag.Diagnostic {
	return diag.NewWarningDiagnostic(sanitize(string(summary)), detail(parts))
}

// AttributeWarning returns a warning about the argument at the path.
func AttributeWarning(at path.Path, summary Text, parts ...Text) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at, sanitize(string(summary)), detail(parts))
}

// longestDetail is the maximum size of a whole message in bytes. The bounds of each foreign text do
// not bound their sum.
const longestDetail = 16 << 10

// detail joins paragraphs to the detail of a diagnostic.
func detail(parts []Text) string {
	var paragraphs []string
	for _, part := range parts {
		if part != "" {
			paragraphs = append(paragraphs, string(part))
		}
	}
	text := sanitize(strings.Join(paragraphs, "\n\n"))
	if len(text) > longestDetail {
		text = strings.ToValidUTF8(text[:longestDetail], "") + " [more]"
	}
	return text
}
