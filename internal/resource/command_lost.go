// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"errors"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// findLost searches once for the command of a state without an ID. It returns nil, and an error,
// unless there is exactly one that it can be, and which belongs to no other resource.
//
// Terraform passes no private state to the destroy of a tainted resource that it replaces, and drops
// it if that fails (seen with 1.11.4: the plan of a tainted resource begins as that of a new one).
// What the state itself has is then enough only if the provider made the comment, which no other
// command has. Otherwise the command can be an older one.
//
// With a comment of the user's, a command that was requested after the request was given up can be that
// of another resource, which was sent next: a complete one is not read, and another process sent it.
func (m *commandModel) findLost(ctx context.Context, client *runcommand.Client, kept private) (*runcommand.Command, error) {
	sent := kept.Unknown
	if sent == nil {
		request, diags := m.Request(ctx, m.ParametersWO)
		if diags.HasError() {
			return nil, errNoRequest
		}
		sent = lostEver(&request)
	}
	commands, others, err := client.FindSent(ctx, sent.Request, sent.Within, readLimit)
	if err != nil {
		return nil, err
	}
	late := len(commands) == 1 && !sent.Within.Prompt(&commands[0]) && !sent.Unique
	if len(commands) != 1 || sent.Undated || sent.EarlierLost || late || !client.Claim(commands[0].CommandID) {
		expired := len(commands) == 0 && time.Since(sent.Within.Until) > runcommand.History
		if len(commands) == 0 {
			commands = others
		}
		return nil, &runcommand.PerhapsSentError{
			Response: runcommand.Response{Operation: "SendCommand"}, Request: sent.Request, Within: sent.Within,
			Candidates: commands, EarlierLost: sent.EarlierLost, Undated: sent.Undated, Late: late,
			Expired: expired,
		}
	}
	return &commands[0], nil
}

// errNoRequest is that of a state whose arguments do not decode.
var errNoRequest = errors.New("the arguments in the state do not decode")

// lostEver returns what to search for if only the arguments are known: the time of the request is
// not, and the write-only parameters are not in the state.
func lostEver(request *runcommand.SendRequest) *unknownSend {
	now := time.Now()
	unique := model.IsGeneratedComment(request.Comment)
	sent := &unknownSend{
		Request: request.Fingerprint(), Within: runcommand.Span{From: now.Add(-runcommand.History), Until: now.Add(time.Hour)},
		Undated: !unique, Unique: unique,
	}
	sent.Request.Parameters = ""
	return sent
}
