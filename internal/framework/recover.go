// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

// Recover turns a panic into an error. It is deferred by the methods that Terraform calls: a panic
// would end the provider, and with it every other operation of the run, whose results Terraform
// would then not store.
func Recover(diags *diag.Diagnostics) {
	if value := recover(); value != nil {
		diags.Append(panicked(value))
	}
}

// panicked is the error about a panic that was recovered. It has the text of an error of the
// runtime; any other value can have a secret in it.
func panicked(value any) diag.Diagnostic {
	cause := fmt.Sprintf("a value of type %T", value)
	if err, ok := value.(runtime.Error); ok {
		cause = err.Error()
	}
	return diagnostics.Error("Unexpected Error",
		diagnostics.Textf("The provider panicked at %s: %s.", panickedAt(), cause),
		"This is a defect of the provider. Please report it.")
}

// panickedAt is the place of the panic that is being recovered: the first frame below the runtime.
func panickedAt() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	unwound := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if unwound && !inRuntime {
			return fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
		}
		unwound = unwound || frame.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}
