// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// A panic becomes an error that says where it was. A value that is not an error of the runtime is
// not shown: it can have a secret in it.
func TestRecover(t *testing.T) {
	t.Parallel()
	var none map[string]int
	for name, test := range map[string]struct {
		panics func()
		want   string
	}{
		"runtime error": {func() { none["a"] = 1 }, "assignment to entry in nil map"},
		"value":         {func() { panic("secret") }, "a value of type string"},
		"error":         {func() { panic(errors.New("secret")) }, "a value of type *errors.errorString"},
	} {
		var diags diag.Diagnostics
		func() {
			defer Recover(&diags)
			test.panics()
		}()
		if len(diags) != 1 || diags[0].Severity() != diag.SeverityError {
			t.Fatalf("%s: %v, want one error", name, diags)
		}
		detail := diags[0].Detail()
		if !strings.Contains(detail, test.want) || !strings.Contains(detail, "recover_test.go:") || strings.Contains(detail, "secret") {
			t.Errorf("%s: %s", name, detail)
		}
	}
	var diags diag.Diagnostics
	func() { defer Recover(&diags) }()
	if len(diags) != 0 {
		t.Errorf("without a panic: %v", diags)
	}
}
