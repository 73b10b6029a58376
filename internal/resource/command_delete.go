// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/framework"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// defaultDeleteTimeout is the default of timeouts.delete.
const defaultDeleteTimeout = 5 * time.Minute

// Delete cancels a command that is not complete. If the command may continue, Delete fails and
// keeps the state, so that a replacement does not send the next command while this one runs.
func (r *command) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer framework.Recover(&resp.Diagnostics)
	var state commandModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	kept, diags := readPrivate(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	timeout, diags := state.Timeouts.Delete(ctx, defaultDeleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !state.needsCancel(kept) {
		return
	}
	client, diags := framework.ClientFor(ctx, r.clients, state.Region, min(framework.CredentialsLimit, timeout))
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	started := time.Now()
	if state.CommandID.IsNull() {
		found, err := state.findLost(ctx, client, kept)
		if found == nil {
			resp.Diagnostics.Append(diagnostics.PerhapsSentNotDeleted(state.stored(), err))
			return
		}
		state.SetResults(runcommand.Results{Command: *found})
		if found.Complete() || !state.cancels(kept) {
			return
		}
	}
	resp.Diagnostics.Append(cancel(ctx, client, &state, started, timeout)...)
}

// needsCancel reports whether the command can still run according to the state, and must be
// cancelled. After a lost response it is always true, because a replacement would send the command
// a second time.
func (m *commandModel) needsCancel(kept private) bool {
	return m.CommandID.IsNull() || !m.Complete() && m.cancels(kept)
}

// cancels reports whether to cancel the command. An imported command is cancelled only if the
// configuration sets cancel_on_destroy.
func (m *commandModel) cancels(kept private) bool {
	if kept.Imported {
		return m.CancelOnDestroy.ValueBool()
	}
	return !framework.IsFalse(m.CancelOnDestroy)
}

// cancel cancels the command of a state. It first checks that the command matches the state,
// because an edited ID must not cancel another command.
func cancel(ctx context.Context, client *runcommand.Client, state *commandModel, started time.Time, timeout time.Duration) diag.Diagnostics {
	command := state.Command()
	result, err := client.Cancel(ctx, runcommand.CancelRequest{
		CommandID: command.CommandID,
		Expect: &runcommand.Expectation{
			DocumentName: command.DocumentName, Comment: command.Comment, RequestedDateTime: command.RequestedDateTime,
		},
		Wait: true, Visibility: min(framework.DefaultVisibility, timeout), Started: started, Timeout: timeout,
	})
	var unknown *runcommand.NotFoundError
	switch {
	case errors.As(err, &unknown), err == nil && result.Outcome == runcommand.CancelUnknown:
		if at := command.RequestedDateTime; !at.IsZero() && time.Since(at) >= runcommand.History {
			return nil // The service deleted its record of the command, which is complete.
		}
		err = &runcommand.NotFoundError{Waited: time.Since(started)} // The command can run in another account.
	case err == nil:
		return nil
	}
	return diag.Diagnostics{diagnostics.NotCancelled(state.stored(), result, err)}
}
