// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// private is what the provider keeps beside the state, under one key each. It has no parameter and
// no output.
type private struct {
	// Imported is set from an import to the first update: until then the command is one that
	// something else sent.
	Imported bool
	// ResultsRead is set once the invocations and the wanted output are in the state, so that a
	// refresh needs no request.
	ResultsRead bool
	// Unknown is the request of which it is not known whether the service accepted it.
	Unknown *unknownSend
}

// unknownSend is what a search for a command needs whose response was lost.
type unknownSend struct {
	Request runcommand.Fingerprint `json:"request"`
	Within  runcommand.Span        `json:"within"`
	// EarlierLost is that of [runcommand.PerhapsSentError]. The resource of the earlier request may
	// take a command that is found, and this one never does: one command is that of one resource.
	EarlierLost bool `json:"earlier_lost,omitempty"`
	// Undated is set if a command that is found can be older than the request.
	Undated bool `json:"undated,omitempty"`
}

const (
	keyImported    = "imported"
	keyResultsRead = "results_read"
	keyUnknown     = "perhaps_sent"
)

// privateReader and privateWriter are the private state of a request and of a response.
type (
	privateReader interface {
		GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	}
	privateWriter interface {
		SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
	}
)

// readPrivate reads the private state. What is not there is zero.
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

// write writes the private state, every key of it: a replacement begins with that of the resource
// that it replaces.
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
