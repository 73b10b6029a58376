// SPDX-License-Identifier: MPL-2.0

// The tests of this package quote values and let another program or parser read them: shells that
// are installed, the real CLI, and for PowerShell a parser of single-quoted literals.
//
// Deliberately not tested here: PowerShell itself, and what the agent replaces in parameters.
package function_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// call runs a function with one argument.
func call(t *testing.T, f function.Function, value string) (string, *function.FuncError) {
	t.Helper()
	req := function.RunRequest{Arguments: function.NewArgumentsData([]attr.Value{types.StringValue(value)})}
	resp := function.RunResponse{Result: function.NewResultData(types.StringUnknown())}
	f.Run(t.Context(), req, &resp)
	result := resp.Result.Value().(types.String)
	if resp.Error != nil && !result.IsUnknown() {
		t.Errorf("an error and the result %s", result)
	}
	return result.ValueString(), resp.Error
}

// refused reports whether the functions refuse a value.
func refused(value string) bool {
	return strings.ContainsAny(value, "\x00") || strings.Contains(value, "{{")
}

// quote quotes a value and checks what holds for both functions: which values are refused, that no
// reference results from the text around the quoted value, and that Terraform, which normalizes
// strings, does not change the result.
func quote(t *testing.T, f function.Function, value string) (quoted string, ok bool) {
	t.Helper()
	quoted, err := call(t, f, value)
	if (err != nil) != refused(value) {
		t.Fatalf("%q: %q, error %v", value, quoted, err)
	}
	if err != nil {
		return "", false
	}
	if beside := "{" + quoted + quoted + "{"; strings.Contains(beside, "{{") {
		t.Errorf("%q is quoted as %s, which makes a reference beside a brace", value, quoted)
	}
	if norm.NFC.IsNormalString(value) && !norm.NFC.IsNormalString(quoted) {
		t.Errorf("%q is quoted as %q, which is not normalized", value, quoted)
	}
	return quoted, true
}

// values are values that a function accepts, each with a character that has a meaning somewhere.
var values = []string{
	"", " ", "main", "'", "''", "'\\''", `"`, "`id`", "$(id)", "${HOME}", "$HOME", `\`, `\'`, `a\`, "a b\tc", "*", "~", "#", "!", "!!",
	"-n", "--", "%s", "a=b", ";", "&", "|", "<", ">", "(", ")", "a;touch pwned", "a'; touch pwned; '", "a\n touch pwned\n", "\n", "\r", "\r\n",
	"#!/bin/false", "'\n#", "EOF\n", "{", "}", "}}", "{}", "{ {", "a{", "{'{", "{\n{", "@{a=1}", "@'\nx\n'@", "\x01\x1b[31m\x7f",
	"‘", "’", "‚", "‛", "‘’‚‛'", "a’; whoami; ‘", "“”„", "é", "Ñ; whoami", "日本語", "😀", "\u2028\u2029\u0085", "\u0338", "\ufeff", "\U0010ffff",
}

// randomValues returns values from characters that have a meaning, always the same ones.
func randomValues(n int) []string {
	alphabet := []rune("'''\"\\`$(){};&|<>*?[]~#!%=-@, \t\n\r‘’‚‛“”{éab")
	random := rand.New(rand.NewPCG(1, 2))
	var all []string
	for range n {
		var value strings.Builder
		for range random.IntN(24) {
			value.WriteRune(alphabet[random.IntN(len(alphabet))])
		}
		all = append(all, value.String())
	}
	return all
}
