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

// What every operation of Terraform on an object needs: its arguments, the time that it may take, a
// client, and a result; and an error instead of a panic.

// Arguments decodes the arguments of a data source or an ephemeral resource into a struct. Its fields are
// values of the framework, with the names of arguments in their tags; fields of an embedded struct
// count as its own. A field that does not fit the schema is an error in any test that decodes.
//
// The framework's decoder requires a field for each attribute, those that are only computed included,
// and compiles a regular expression for each field of each configuration.
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

// members returns the members of an object, in a map of its own.
func members(object tftypes.Value) map[string]tftypes.Value {
	var members map[string]tftypes.Value
	if err := object.As(&members); err != nil {
		panic(err)
	}
	return maps.Clone(members)
}

// IsFalse reports whether a bool was given as false. An omitted one is not false.
func IsFalse(b types.Bool) bool { return !b.IsNull() && !b.IsUnknown() && !b.ValueBool() }

// Defaults of arguments that were omitted. They are applied in the read and never enter the state:
// data source schemas have no defaults.
const (
	DefaultTimeout      = time.Hour
	DefaultNodesTimeout = 5 * time.Minute // To wait for nodes that are booting.
	DefaultVisibility   = 30 * time.Second
)

// Timeouts is the timeouts block of one object.
type Timeouts struct {
	// Attribute is the block's one argument: "read" in a data source, "open" in an ephemeral
	// resource.
	Attribute string
	Block     types.Object
	// Default applies if the argument was omitted; zero is DefaultTimeout.
	Default time.Duration
}

// Argument names the argument in a message.
func (t Timeouts) Argument() string { return "timeouts." + t.Attribute }

// Limit returns the maximum time for the whole operation, and whether it is known yet.
func (t Timeouts) Limit() (d time.Duration, known bool, diags diag.Diagnostics) {
	argument, given := t.Block.Attributes()[t.Attribute].(types.String)
	if t.Block.IsUnknown() || given && argument.IsUnknown() {
		return 0, false, nil
	}
	d, diags = DurationOr(argument, cmp.Or(t.Default, DefaultTimeout))
	return d, true, diags
}

// Durations returns the maximum time for the whole operation, and how long a response that there is
// nothing is taken for "not visible yet".
func (t Timeouts) Durations(visibilityTimeout types.String) (limit, visibility time.Duration, diags diag.Diagnostics) {
	limit, _, diags = t.Limit()
	visibility, more := DurationOr(visibilityTimeout, min(DefaultVisibility, limit))
	diags.Append(more...)
	return limit, visibility, diags
}

// Validate rejects a limit that leaves no time, which the timeouts block itself accepts, and a
// visibility timeout that exceeds the limit.
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

// DurationOr returns the duration of an argument, or a default if it was omitted. The argument has
// been validated.
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

// ValidateTimeout rejects a limit that leaves no time, which the timeouts block itself accepts.
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

// CredentialsLimit is the maximum time to fetch credentials for an operation without a time limit of
// its own. They are fetched once.
const CredentialsLimit = time.Minute

// ClientFor returns the client for the Region of one read. Fetching credentials counts against the
// time of the read.
func ClientFor(ctx context.Context, clients Clients, region types.String, limit time.Duration) (*runcommand.Client, diag.Diagnostics) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return clients.Client(ctx, region.ValueString())
}

// SetComputed sets attributes of a result that is otherwise the configuration. Arguments stay as they
// were given. It panics if an attribute does not exist, or has another type.
func SetComputed(result *tftypes.Value, values map[string]tftypes.Value) {
	all := members(*result)
	for name, value := range values {
		if given, ok := all[name]; !ok || given.IsNull() {
			all[name] = value
		}
	}
	*result = tftypes.NewValue(result.Type(), all)
}

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
