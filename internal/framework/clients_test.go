// SPDX-License-Identifier: MPL-2.0

package framework

import "testing"

func TestFromProviderData(t *testing.T) {
	t.Parallel()
	if clients, diags := FromProviderData(nil); clients != nil || diags.HasError() {
		t.Errorf("nil: %v, %v", clients, diags)
	}
	if clients, diags := FromProviderData("text"); clients != nil || len(diags) != 1 || diags[0].Summary() != "Unexpected Provider Data" {
		t.Errorf("a string: %v, %v", clients, diags)
	}
}
