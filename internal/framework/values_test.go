// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestValues(t *testing.T) {
	t.Parallel()
	if !StringOrNull("").IsNull() || StringOrNull("x") != types.StringValue("x") {
		t.Error(`StringOrNull: want null for "" and a value for "x"`)
	}
	if !TimeOrNull(time.Time{}).IsNull() {
		t.Error("TimeOrNull: want null for the zero time")
	}
	zone := time.FixedZone("", 2*60*60)
	if got := TimeOrNull(time.Date(2026, 11, 22, 10, 0, 0, 95_999_999, zone)).ValueString(); got != "2026-11-22T08:00:00.095Z" {
		t.Errorf("TimeOrNull: %s", got)
	}
	unsorted := []string{"b", "a"}
	if got := Sorted(unsorted); got[0] != "a" || unsorted[0] != "b" {
		t.Errorf("Sorted returns %v and leaves %v", got, unsorted)
	}
}
