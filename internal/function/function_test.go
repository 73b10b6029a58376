// SPDX-License-Identifier: MPL-2.0

package function_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	fwfunction "github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/function"
)

// both are the functions by name.
var both = map[string]fwfunction.Function{
	"shell_quote":      function.NewShellQuote(),
	"powershell_quote": function.NewPowerShellQuote(),
}

// The provider serves the functions. Configurations depend on each name and type.
func TestContract(t *testing.T) {
	server, err := acctest.Factories()["ssm"]()
	if err != nil {
		t.Fatal(err)
	}
	// GetProviderSchema validates the definitions.
	resp, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	got := map[string]string{}
	for name, f := range resp.Functions {
		if f.Summary == "" || f.Description == "" || len(f.Parameters) != 1 || f.VariadicParameter != nil {
			t.Fatalf("%s: %+v", name, f)
		}
		p := f.Parameters[0]
		if p.Description == "" || p.AllowNullValue || p.AllowUnknownValues || !p.Type.Is(tftypes.String) || !f.Return.Type.Is(tftypes.String) {
			t.Errorf("%s: parameter %+v, result %+v", name, p, f.Return)
		}
		got[name] = p.Name
	}
	if diff := cmp.Diff(map[string]string{"shell_quote": "value", "powershell_quote": "value"}, got); diff != "" {
		t.Errorf("functions and their parameters (-want +got):\n%s", diff)
	}
}

// An error is about the argument, gives the reason and a remedy, and does not contain the value.
func TestRefusedValues(t *testing.T) {
	const secret = "hunter2"
	for value, words := range map[string][]string{
		"\x00":                             {"NUL character", "Remove the character", "base64encode"},
		secret + "\x00" + secret:           {"NUL character"},
		"{{":                               {"two opening braces", "{{ssm:name}}", "Separate the braces", "base64encode"},
		"{{ssm:/" + secret + "/password}}": {"two opening braces"},
		"{{ " + secret + " }}":             {"two opening braces"},
		secret + "{{{":                     {"two opening braces"},
		"docker ps --format '{{." + secret: {"two opening braces"},
		strings.Repeat("a", 1<<20) + "{{" + secret: {"two opening braces"},
	} {
		for name, f := range both {
			result, err := call(t, f, value)
			if err == nil {
				t.Errorf("%s(%.40q) = %.40q", name, value, result)
				continue
			}
			if err.FunctionArgument == nil || *err.FunctionArgument != 0 {
				t.Errorf("%s(%.40q): the error is about argument %v", name, value, err.FunctionArgument)
			}
			for _, word := range words {
				if !strings.Contains(err.Text, word) {
					t.Errorf("%s(%.40q): the error lacks %q: %s", name, value, word, err.Text)
				}
			}
			if strings.Contains(err.Text, secret) || strings.Contains(err.Text, "\x00") || strings.HasSuffix(err.Text, ".") {
				t.Errorf("%s(%.40q): %q", name, value, err.Text)
			}
		}
	}
}

// Terraform normalizes what the function returns. No character becomes a quote or a brace, and none
// combines with the quote before it.
func TestNormalizationKeepsQuotes(t *testing.T) {
	checked := 0
	for r := rune(1); r <= unicode.MaxRune; r++ {
		properties := norm.NFC.PropertiesString(string(r))
		if properties.BoundaryBefore() && properties.Decomposition() == nil {
			continue // Neither changes nor combines with what precedes it.
		}
		checked++
		value := norm.NFC.String(string(r))
		for name, f := range both {
			quoted, err := call(t, f, value)
			if err != nil {
				t.Fatalf("%s(%q): %v", name, value, err)
			}
			if !norm.NFC.IsNormalString(quoted) || strings.ContainsAny(value, "'‘’‚‛{") {
				t.Errorf("%s(%q) = %q", name, value, quoted)
			}
		}
	}
	if checked < 3000 {
		t.Errorf("only %d characters were checked", checked)
	}
}
