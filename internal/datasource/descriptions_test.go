// SPDX-License-Identifier: MPL-2.0

package datasource

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
)

// schemasByName returns the schemas of the data sources.
func schemasByName(t *testing.T) map[string]schema.Schema {
	t.Helper()
	schemas := map[string]schema.Schema{}
	for _, source := range All() {
		var name datasource.MetadataResponse
		var got datasource.SchemaResponse
		source().Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "ssm"}, &name)
		source().Schema(t.Context(), datasource.SchemaRequest{}, &got)
		schemas[name.TypeName] = got.Schema
	}
	return schemas
}

// The description of an argument contains each limit that a validator enforces.
func TestDescriptionsHaveTheLimits(t *testing.T) {
	t.Parallel()
	// The texts of the validators of terraform-plugin-framework-validators.
	limits := regexp.MustCompile(`length must be (?:between (\d+) and (\d+)|at least (\d+))|value must be between (\d+) and (\d+)`)
	found := 0
	for source, s := range schemasByName(t) {
		for name, attribute := range s.Attributes {
			var enforced []string
			switch a := attribute.(type) {
			case schema.StringAttribute:
				for _, v := range a.Validators {
					enforced = append(enforced, v.Description(t.Context()))
				}
			case schema.Int64Attribute:
				for _, v := range a.Validators {
					enforced = append(enforced, v.Description(t.Context()))
				}
			}
			described := strings.ReplaceAll(attribute.GetMarkdownDescription(), ",", "")
			for _, text := range enforced {
				for _, match := range limits.FindAllStringSubmatch(text, -1) {
					for _, number := range match[1:] {
						if number == "" {
							continue
						}
						found++
						if !regexp.MustCompile(`\b` + number + `\b`).MatchString(described) {
							t.Errorf("%s.%s: %q is enforced and not described: %s", source, name, text, described)
						}
					}
				}
			}
		}
	}
	if found < 9 {
		t.Errorf("only %d limits were found: the texts of the validators have changed", found)
	}
}

// A default in a description is the constant that the read applies.
func TestDescriptionsHaveTheDefaults(t *testing.T) {
	t.Parallel()
	states := regexp.MustCompile("Defaults to `(\\d+\\w*)`")
	for source, s := range schemasByName(t) {
		limit := s.Blocks["timeouts"].(schema.SingleNestedBlock).Attributes["read"]
		described := map[string]string{"timeouts.read": limit.GetDescription()}
		for name, attribute := range s.Attributes {
			described[name] = attribute.GetMarkdownDescription()
		}
		for name, want := range map[string]time.Duration{"timeouts.read": framework.DefaultTimeout, "visibility_timeout": framework.DefaultVisibility} {
			text, ok := described[name]
			if !ok && (source == "ssm_commands" || source == "ssm_managed_nodes") {
				continue // It waits for no command.
			}
			match := states.FindStringSubmatch(text)
			if match == nil {
				t.Errorf("%s.%s has no default: %s", source, name, text)
				continue
			}
			if got, err := time.ParseDuration(match[1]); err != nil || got != want {
				t.Errorf("%s.%s: the default is described as %s, and is %s", source, name, match[1], want)
			}
		}
	}
	waiting := schemasByName(t)["ssm_managed_nodes"].Blocks["timeouts"].(schema.SingleNestedBlock).Attributes["read"].GetDescription()
	if match := regexp.MustCompile("With `minimum`, defaults to `(\\w+)`").FindStringSubmatch(waiting); match == nil {
		t.Errorf("timeouts.read has no default with minimum: %s", waiting)
	} else if got, err := time.ParseDuration(match[1]); err != nil || got != framework.DefaultNodesTimeout {
		t.Errorf("timeouts.read with minimum: the default is described as %s, and is %s", match[1], framework.DefaultNodesTimeout)
	}
	bytes := states.FindStringSubmatch(model.InvocationAttributes()["max_output_bytes"].GetMarkdownDescription())
	if want := strconv.Itoa(model.DefaultMaxOutputBytes); bytes == nil || bytes[1] != want {
		t.Errorf("max_output_bytes: the default is described as %q, and is %s", bytes, want)
	}
	// The shorter limit applies.
	if text := framework.VisibilityTimeoutArgument("").MarkdownDescription; !strings.Contains(text, "or to the limit in `timeouts` if that is shorter") {
		t.Error(text)
	}
}

// The guide on failed commands explains each status detail that the lists can be filtered by.
func TestFailuresGuideExplainsTheDetails(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../templates/guides/failures-and-exit-codes.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	statuses := []string{"Pending", "InProgress", "Delayed", "Success", "Failed", "TimedOut"}
	for _, detail := range append(slices.Clone(model.CommandStatuses), append(invocationStatuses, "FailedDueToAlarm")...) {
		if !slices.Contains(statuses, detail) && !strings.Contains(string(guide), "\n* `"+detail+"`: ") {
			t.Errorf("%s is not explained", detail)
		}
	}
}

// The data source and the ephemeral resource share descriptions, which must be true of both: what
// an error shows and what is stored differs.
func TestSharedDescriptionsAreNeutral(t *testing.T) {
	t.Parallel()
	for name, attribute := range model.InvocationAttributes() {
		for _, word := range []string{"data source", "ephemeral", "state", "stores"} {
			if regexp.MustCompile(`\b` + word + `s?\b`).MatchString(attribute.GetMarkdownDescription()) {
				t.Errorf("%s contains %q: %s", name, word, attribute.GetMarkdownDescription())
			}
		}
	}
	if strings.Contains(framework.ListTimeoutText, "2 hours") || !strings.HasPrefix(framework.TimeoutText, framework.ListTimeoutText) {
		t.Error("a list does not wait for a command")
	}
}
