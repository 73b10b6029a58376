// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// block is a timeouts block with the argument read.
func block(read types.String) Timeouts {
	return Timeouts{Attribute: "read", Block: types.ObjectValueMust(map[string]attr.Type{"read": types.StringType}, map[string]attr.Value{"read": read})}
}

func TestTimeouts(t *testing.T) {
	text := types.StringValue
	for name, c := range map[string]struct {
		timeouts          Timeouts
		visibility        types.String
		limit, visibleFor time.Duration
		rejects           string
	}{
		"omitted":                      {block(types.StringNull()), types.StringNull(), time.Hour, 30 * time.Second, ""},
		"given":                        {block(text("2m")), text("1m"), 2 * time.Minute, time.Minute, ""},
		"shorter than the default":     {block(text("10s")), types.StringNull(), 10 * time.Second, 10 * time.Second, ""},
		"visibility above the limit":   {block(text("10s")), text("11s"), 10 * time.Second, 11 * time.Second, "visibility_timeout (11s) is longer than timeouts.read (10s)"},
		"zero":                         {block(text("0s")), types.StringNull(), 0, 0, "timeouts.read must be longer than zero"},
		"below zero":                   {block(text("-5m")), types.StringNull(), -5 * time.Minute, -5 * time.Minute, "got: -5m0s"},
		"not known yet":                {block(types.StringUnknown()), text("2h"), 0, 2 * time.Hour, ""},
		"a visibility not known yet":   {block(text("1m")), types.StringUnknown(), time.Minute, 30 * time.Second, ""},
		"a zero visibility is no wait": {block(text("1m")), text("0s"), time.Minute, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			limit, visibleFor, diags := c.timeouts.Durations(c.visibility)
			if limit != c.limit || visibleFor != c.visibleFor || diags.HasError() {
				t.Errorf("%s and %s, %v", limit, visibleFor, diags)
			}
			rejection := c.timeouts.Validate(c.visibility)
			if rejection.HasError() != (c.rejects != "") || c.rejects != "" && !strings.Contains(rejection[0].Detail(), c.rejects) {
				t.Errorf("%v, want %q", rejection, c.rejects)
			}
		})
	}
}
