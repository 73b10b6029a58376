// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestStringValidators(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		validator          validator.String
		accepted, rejected []string
	}{
		"CommandID": {
			CommandID,
			[]string{"1632d4ab-8021-4031-a383-3b0d7d32f89a", "1632D4AB-8021-4031-A383-3B0D7D32F89A"},
			[]string{"", "1632d4ab", "1632d4ab-8021-4031-a383-3b0d7d32f89", "1632d4ab-8021-4031-a383-3b0d7d32f89aa", "g632d4ab-8021-4031-a383-3b0d7d32f89a", "1632d4ab-8021-4031-a383-3b0d7d32f89a\n"},
		},
		"InstanceID": {
			InstanceID,
			[]string{"i-0a1b2c3d", "i-0a1b2c3d4e5f60001", "mi-0a1b2c3d4e5f60001"},
			[]string{"", "i-", "i-0a1b2c3d4", "mi-0a1b2c3d", "web-1", "xi-0a1b2c3d", "i-0a1b2c3d4e5f600011", "mi-0a1b2c3d4e5f600011"},
		},
		"AccountID":   {AccountID, []string{"123456789012"}, []string{"", "12345678901", "1234567890123", "12345678901x"}},
		"FilterValue": {FilterValue, []string{"x", strings.Repeat("x", 128)}, []string{"", strings.Repeat("x", 129)}},
		"Duration":    {Duration, []string{"0s", "30s", "1h30m", "250ms"}, []string{"", "30", "-1s", "1 hour", "1d"}},
		"Timestamp": {
			Timestamp,
			[]string{"2026-11-22T08:00:00Z", "2026-11-22T08:00:00.5+02:00"},
			[]string{"", "2026-11-22", "2026-11-22 08:00:00Z", "2026-11-22T08:00:00", "2026-13-22T08:00:00Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			validate := func(value types.String) *validator.StringResponse {
				var resp validator.StringResponse
				c.validator.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("argument"), ConfigValue: value}, &resp)
				return &resp
			}
			for _, value := range c.accepted {
				if resp := validate(types.StringValue(value)); len(resp.Diagnostics) > 0 {
					t.Errorf("%q is rejected: %v", value, resp.Diagnostics)
				}
			}
			for _, value := range c.rejected {
				checkError(t, validate(types.StringValue(value)).Diagnostics, path.Root("argument"), "argument")
			}
			for _, value := range []types.String{types.StringNull(), types.StringUnknown()} {
				if resp := validate(value); len(resp.Diagnostics) > 0 {
					t.Errorf("%s is rejected: %v", value, resp.Diagnostics)
				}
			}
		})
	}
}

func TestValidateSuccess(t *testing.T) {
	t.Parallel()
	yes, no, null, unknown := types.BoolValue(true), types.BoolValue(false), types.BoolNull(), types.BoolUnknown()
	for _, requireSuccess := range []types.Bool{yes, no, null, unknown} {
		for _, wait := range []types.Bool{yes, no, null, unknown} {
			want := ""
			if requireSuccess.Equal(yes) && wait.Equal(no) {
				want = "wait_for_completion = false does not wait for it"
			}
			checkError(t, ValidateSuccess(requireSuccess, wait), path.Root("require_success"), want)
		}
	}
}
