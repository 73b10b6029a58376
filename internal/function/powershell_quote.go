// SPDX-License-Identifier: MPL-2.0

package function

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// powerShellQuote is function "powershell_quote".
type powerShellQuote struct{}

// NewPowerShellQuote returns function "powershell_quote".
func NewPowerShellQuote() function.Function { return powerShellQuote{} }

// Metadata names the function.
func (powerShellQuote) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "powershell_quote"
}

// Definition describes the parameter and the result.
func (powerShellQuote) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Quotes a value as one PowerShell string literal",
		MarkdownDescription: "Returns a value as a single-quoted string literal of PowerShell. " +
			"PowerShell takes the literal for the value unchanged, whatever characters the value has, " +
			"including the four Unicode single quotes that PowerShell treats like `'`. " +
			"Without quotes, a value such as `main; Restart-Computer` adds a command, which the agent runs as SYSTEM on every target.\n\n" +
			"A value with a NUL character or with `{{` is an error.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "value",
			MarkdownDescription: "Value of the literal. It can be empty, and it can have several lines.",
		}},
		Return: function.StringReturn{},
	}
}

// Run quotes the value.
func (powerShellQuote) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var value string
	if resp.Error = req.Arguments.Get(ctx, &value); resp.Error != nil {
		return
	}
	if resp.Error = check(value); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, quoteForPowerShell(value))
}

// powerShellQuotes doubles each character that ends a single-quoted literal. PowerShell takes any
// of the five for the delimiter, and two in a row for the second of them (IsSingleQuote in
// CharTraits.cs and ScanStringLiteral in tokenizer.cs, in PowerShell's source).
//
// The literal depends on the encoding of the script: in code page 1252, the bytes 82, 91, and 92
// are such quotes, and characters like U+00D1 contain them in UTF-8. The agent therefore has to
// write the byte order mark that it writes (ByteOrderMarkEmit in runpowershellscript.go).
var powerShellQuotes = strings.NewReplacer(
	"'", "''",
	"\u2018", "\u2018\u2018",
	"\u2019", "\u2019\u2019",
	"\u201a", "\u201a\u201a",
	"\u201b", "\u201b\u201b",
)

// quoteForPowerShell returns a value as a single-quoted literal, in which no other character has a
// meaning, line breaks included (about_Quoting_Rules).
func quoteForPowerShell(value string) string {
	return "'" + powerShellQuotes.Replace(value) + "'"
}
