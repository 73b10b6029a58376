// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// private is the private state of the resource. Each field has its own key. It contains no
// parameters and no output.
type private struct {
	// Imported is set from an import to the first update. Until then, another caller sent the
	// command.
	Imported bool
	// ResultsRead is set if the state has the invocations and the requested output, so that a
	// refresh needs no request.
	ResultsRead bool
	// Unknown is a request whose response was lost, nil without one.
	Unknown *unknownSend
}

// unknownSend has what a search needs for a command whose response was lost.
type unknownSend struct {
	Request runcommand.Fingerprint `json:"request"`
	Within  runcommand.Span        `json:"within"`
	// EarlierLost is that of [runcommand.PerhapsSentError]. If it is set, this resource never
	// adopts a command, because the command can belong to the resource of the earlier request.
	EarlierLost bool `json:"earlier_lost,omitempty"`
	// Undated is that of [runcommand.PerhapsSentError]. If it is set, this resource never adopts a
	// command, because the command can be older than the request.
	Undated bool `json:"undated,omitempty"`
	// Unique is set if no other command has the comment.
	Unique bool `json:"unique,omitempty"`
}

const (
	keyImported    = "imported"
	keyResultsRead = "results_read"
	keyUnknown     = "perhaps_sent"
)

// privateReader and privateWriter are the private state in a request and in a response.
type (
	privateReader interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	privateWriter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// readPrivate reads the private state. A field without a value is zero.
func readPrivate(ctx context.Context, from privateReader) (private, diag.Diagnostics) {
	var p private
	var diags diag.Diagnostics
	for key, into := range map[string]any{keyImported: &p.Imported, keyResultsRead: &p.ResultsRead, keyUnknown: &p.Unknown} {
		value, more := from.GetKey(ctx, key)
		diags.Append(more...)
		if len(value) == 0 {
			continue
		}
		if err := json.Unmarshal(value, into); err != nil {
			diags.Append(diagnostics.Error("Invalid Private State",
				diagnostics.Textf("The value of %s in the private state of this resource does not decode: %s.", key, err),
				"The state was changed by something other than this provider. Restore it from a backup."))
		}
	}
	return p, diags
}

// write writes all keys of the private state, because a replacement begins with the private state
// of the resource that it replaces.
func (p private) write(ctx context.Context, to privateWriter) diag.Diagnostics {
	var diags diag.Diagnostics
	for key, value := range map[string]any{keyImported: p.Imported, keyResultsRead: p.ResultsRead, keyUnknown: p.Unknown} {
		text, err := json.Marshal(value)
		if err != nil {
			diags.Append(diagnostics.Error("Invalid Private State", diagnostics.Textf("The value of %s does not encode: %s.", key, err)))
			continue
		}
		diags.Append(to.SetKey(ctx, key, text)...)
	}
	return diags
}
