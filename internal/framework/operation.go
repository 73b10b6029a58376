// SPDX-License-Identifier: MPL-2.0

package framework

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// This file has what each operation of an object needs: the decoded arguments, the time limit, a
// client, the result, and an error instead of a panic.

// Arguments decodes the configuration of a data source or an ephemeral resource into the struct
// that target points to. The fields of the struct are values of the framework, and their tags have
// the names of the arguments. Fields of an embedded struct count as fields of the struct. A field
// that does not fit the schema causes an error diagnostic with every configuration, so each test
// finds it.
//
// It replaces the framework's decoder, which also requires a field for each computed attribute, and
// compiles a regular expression for each field of each configuration.
func Arguments(ctx context.Context, config tfsdk.Config, target any) (diags diag.Diagnostics) {
	defer Recover(&diags)
	decode(ctx, config.Schema.Type().(types.ObjectType).AttrTypes, members(config.Raw), reflect.ValueOf(target).Elem()) //nolint:errcheck // A schema is an object.
	return diags
}

func decode(ctx context.Context, attrTypes map[string]attr.Type, given map[string]tftypes.Value, target reflect.Value) {
	for i := range target.NumField() {
		field := target.Type().Field(i)
		if field.Anonymous {
			decode(ctx, attrTypes, given, target.Field(i))
			continue
		}
		name := field.Tag.Get("tfsdk")
		value, err := attrTypes[name].ValueFromTerraform(ctx, given[name])
		if err != nil {
			panic(err)
		}
		target.Field(i).Set(reflect.ValueOf(value))
	}
}

// members returns a copy of the members of an object.
func members(object tftypes.Value) map[string]tftypes.Value {
	var members map[string]tftypes.Value
	if err := object.As(&members); err != nil {
		panic(err)
	}
	return maps.Clone(members)
}

// IsFalse reports whether a bool is set to false. A null or unknown bool is not.
func IsFalse(b types.Bool) bool { return !b.IsNull() && !b.IsUnknown() && !b.ValueBool() }

// Defaults of omitted arguments. The read applies them, and they are not stored in the state: the
// schema of a data source cannot have defaults.
const (
	DefaultTimeout      = time.Hour
	DefaultNodesTimeout = 5 * time.Minute // With minimum: nodes register while they boot.
	DefaultVisibility   = 30 * time.Second
)

// Timeouts is the timeouts block of a data source or an ephemeral resource.
type Timeouts struct {
	// Attribute is the block's one argument: "read" in a data source, "open" in an ephemeral
	// resource.
	Attribute string
	Block     types.Object
	// Default applies if the argument is omitted. Zero means DefaultTimeout.
	Default time.Duration
}

// Argument returns the name of the argument for messages, such as "timeouts.read".
func (t Timeouts) Argument() string { return "timeouts." + t.Attribute }

// Limit returns the maximum time for the whole operation. known is false if the value is not known
// yet, in a validation.
func (t Timeouts) Limit() (d time.Duration, known bool, diags diag.Diagnostics) {
	argument, given := t.Block.Attributes()[t.Attribute].(types.String)
	if t.Block.IsUnknown() || given && argument.IsUnknown() {
		return 0, false, nil
	}
	d, diags = DurationOr(argument, cmp.Or(t.Default, DefaultTimeout))
	return d, true, diags
}

// Durations returns the maximum time for the whole operation, and the visibility timeout: how long
// the operation retries while Systems Manager has no record of the command.
func (t Timeouts) Durations(visibilityTimeout types.String) (limit, visibility time.Duration, diags diag.Diagnostics) {
	limit, _, diags = t.Limit()
	visibility, more := DurationOr(visibilityTimeout, min(DefaultVisibility, limit))
	diags.Append(more...)
	return limit, visibility, diags
}

// Validate rejects a limit of zero or less, which the validator of the timeouts block accepts, and
// a visibility timeout that exceeds the limit.
func (t Timeouts) Validate(visibilityTimeout types.String) diag.Diagnostics {
	limit, known, diags := t.Limit()
	if !known || diags.HasError() {
		return nil // The block's own validator rejects what does not parse.
	}
	if limit <= 0 {
		diags.Append(diagnostics.AttributeError(path.Root("timeouts").AtName(t.Attribute), "Invalid Duration",
			diagnostics.Textf("%s must be longer than zero, got: %s. It is the maximum time for the whole read.", t.Argument(), limit)))
		return diags
	}
	if d, more := DurationOr(visibilityTimeout, 0); !more.HasError() && d > limit {
		diags.Append(diagnostics.AttributeError(path.Root("visibility_timeout"), "Invalid Attribute Combination",
			diagnostics.Textf("visibility_timeout (%s) is longer than %s (%s), which covers everything the read does. Raise the one or lower the other.", d, t.Argument(), limit)))
	}
	return diags
}

// DurationOr returns the duration of an argument, or otherwise if the argument is omitted or
// unknown.
func DurationOr(s types.String, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	if s.IsNull() || s.IsUnknown() {
		return otherwise, nil
	}
	d, err := time.ParseDuration(s.ValueString())
	if err != nil {
		return 0, diag.Diagnostics{diagnostics.Error("Invalid Duration", diagnostics.Textf("%s", err))}
	}
	return d, nil
}

// ValidateTimeout rejects a limit of zero or less in the argument of a timeouts block with that
// name. The validator of the block accepts it.
func ValidateTimeout(block types.Object, name string) diag.Diagnostics {
	argument, _ := block.Attributes()[name].(types.String)
	if argument.IsNull() || argument.IsUnknown() {
		return nil
	}
	if d, err := time.ParseDuration(argument.ValueString()); err != nil || d > 0 {
		return nil // The block's own validator rejects what does not parse.
	}
	return diag.Diagnostics{diagnostics.AttributeError(path.Root("timeouts").AtName(name), "Invalid Duration",
		diagnostics.Textf("timeouts.%s must be longer than zero, got: %s.", name, argument.ValueString()))}
}

// CredentialsLimit is the maximum time to fetch credentials for an operation whose own time limit
// is longer, or not known yet. The provider fetches them once.
const CredentialsLimit = time.Minute

// ClientFor returns the client for a Region, or for the provider's Region if region is null. The
// limit is the maximum time to fetch credentials.
func ClientFor(ctx context.Context, clients Clients, region types.String, limit time.Duration) (*runcommand.Client, diag.Diagnostics) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return clients.Client(ctx, region.ValueString())
}

// SetComputed sets the attributes that are null in the result, which is a copy of the
// configuration. So arguments that are set keep their values. It panics if an attribute does not
// exist or has another type.
func SetComputed(result *tftypes.Value, values map[string]tftypes.Value) {
	all := members(*result)
	for name, value := range values {
		if given, ok := all[name]; !ok || given.IsNull() {
			all[name] = value
		}
	}
	*result = tftypes.NewValue(result.Type(), all)
}

// Recover converts a panic to an error diagnostic. Every method that Terraform calls defers it,
// because a panic would end the process of the provider. All other operations of the run would then
// fail, and Terraform would not store their results.
func Recover(diags *diag.Diagnostics) {
	if value := recover(); value != nil {
		diags.Append(panicked(value))
	}
}

// panicked returns the error about a recovered panic. It contains the text only of a runtime error:
// any other value can contain a secret.
func panicked(value any) diag.Diagnostic {
	cause := fmt.Sprintf("a value of type %T", value)
	if err, ok := value.(runtime.Error); ok {
		cause = err.Error()
	}
	return diagnostics.Error("Unexpected Error",
		diagnostics.Textf("The provider panicked at %s: %s.", panickedAt(), cause),
		"This is a defect of the provider. Please report it.")
}

// panickedAt returns the file and the line of the panic that is being recovered: the first frame
// below the runtime.
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
