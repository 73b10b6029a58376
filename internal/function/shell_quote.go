// SPDX-License-Identifier: MPL-2.0

package function

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// shellQuote is function "shell_quote".
type shellQuote struct{}

// NewShellQuote returns function "shell_quote".
func NewShellQuote() function.Function { return shellQuote{} }

// Metadata names the function.
func (shellQuote) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "shell_quote"
}

// Definition describes the parameter and the result.
func (shellQuote) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Quotes a value as one argument of a POSIX shell command",
		MarkdownDescription: "Returns a value in single quotes, as one argument of a command for a POSIX shell: `sh`, `bash`, `dash`, `ksh`, or `zsh`. " +
			"The shell passes the argument to the program unchanged, whatever characters the value has. " +
			"Without quotes, a value such as `main; reboot` adds a command, which the agent runs as root on every target.\n\n" +
			"A value with a NUL character or with `{{` is an error.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "value",
			MarkdownDescription: "Value of the argument. It can be empty, and it can have several lines.",
		}},
		Return: function.StringReturn{},
	}
}

// Run quotes the value.
func (shellQuote) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var value string
	if resp.Error = req.Arguments.Get(ctx, &value); resp.Error != nil {
		return
	}
	if resp.Error = check(value); resp.Error != nil {
		return
	}
	resp.Error = resp.Result.Set(ctx, quoteForShell(value))
}

// quoteForShell puts a value in single quotes, in which every character but the single quote is
// literal (POSIX.1-2024, Shell Command Language, 2.2.2). At a single quote, the quoted part ends, a
// quote after a backslash follows, and another quoted part begins.
func quoteForShell(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
