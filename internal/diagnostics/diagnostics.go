// SPDX-License-Identifier: MPL-2.0

// Package diagnostics makes the errors and warnings that Terraform shows.
//
// It is the one gate for text that is not ours: the service's messages, output of nodes, and
// errors of credential sources. A diagnostic is made of [Text], and text from elsewhere becomes
// Text only through functions that remove secrets, escape control characters, and bound its
// length. The linter forbids the framework's own constructors outside this package.
package diagnostics

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// Error returns an error about no argument in particular. The parts become paragraphs; empty
// parts are left out.
func Error(summary Text, parts ...Text) diag.Diagnostic {
	return diag.NewErrorDiagnostic(gate(string(summary)), detail(parts))
}

// AttributeError returns an error about the argument at the path.
func AttributeError(at path.Path, summary Text, parts ...Text) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(at, gate(string(summary)), detail(parts))
}

// Warning returns a warning about no argument in particular.
func Warning(summary Text, parts ...Text) diag.Diagnostic {
	return diag.NewWarningDiagnostic(gate(string(summary)), detail(parts))
}

// AttributeWarning returns a warning about the argument at the path.
func AttributeWarning(at path.Path, summary Text, parts ...Text) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(at, gate(string(summary)), detail(parts))
}

// longestDetail bounds a whole message in bytes. Each foreign text in it is bounded, and their sum
// can still be long.
const longestDetail = 16 << 10

// detail joins the paragraphs.
func detail(parts []Text) string {
	var paragraphs []string
	for _, part := range parts {
		if part != "" {
			paragraphs = append(paragraphs, string(part))
		}
	}
	text := gate(strings.Join(paragraphs, "\n\n"))
	if len(text) > longestDetail {
		text = strings.ToValidUTF8(text[:longestDetail], "") + " [more]"
	}
	return text
}
