// SPDX-License-Identifier: MPL-2.0

package resource

import (
	"context"
	"errors"
	"time"

	"github.com/ssm-provider/terraform-provider-ssm/internal/model"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

// findLost searches once for the command of a state without a command ID. It returns nil and an
// error unless exactly one command matches and that command belongs to no other resource.
//
// When Terraform replaces a tainted resource, it passes no private state to the destroy, and drops
// the private state if the destroy fails (observed with 1.11.4: the plan of a tainted resource
// starts without it). The state alone then identifies the command only if the provider generated
// the comment, because no other command has it. Otherwise the command can be an older one.
//
// With a comment from the configuration, a command that was created after Send stopped waiting can
// be that of another resource: an equal command that was sent next, whose ID was not claimed
// because its state needed no read, or because another process sent it.
func (m *commandModel) findLost(ctx context.Context, client *runcommand.Client, kept private) (*runcommand.Command, error) {
	sent := kept.Unknown
	if sent == nil {
		request, diags := m.Request(ctx, m.ParametersWO)
		if diags.HasError() {
			return nil, errNoRequest
		}
		sent = lostAtAnyTime(&request)
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

// errNoRequest reports that the arguments in a state do not decode.
var errNoRequest = errors.New("the arguments in the state do not decode")

// lostAtAnyTime returns what to search for without private state. The time of the request is then
// unknown, and the write-only parameters are not in the state.
func lostAtAnyTime(request *runcommand.SendRequest) *unknownSend {
	now := time.Now()
	unique := model.IsGeneratedComment(request.Comment)
	sent := &unknownSend{
		Request: request.Fingerprint(), Within: runcommand.Span{From: now.Add(-runcommand.History), Until: now.Add(time.Hour)},
		Undated: !unique, Unique: unique,
	}
	sent.Request.Parameters = ""
	return sent
}
