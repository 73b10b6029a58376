// SPDX-License-Identifier: MPL-2.0

package action

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
)

const (
	// heartbeat is the longest time between two lines: Terraform shows no other sign of life of an
	// action.
	heartbeat = 10 * time.Second
	// mostLines is how many lines wait for Terraform to take them.
	mostLines = 256
)

// progress sends lines to Terraform from a goroutine of its own. After an interrupt it sends none:
// the second event after it never returns (seen with terraform-plugin-go 0.31.0), and whoever called
// it would not get to the clean-up.
type progress struct {
	interrupted context.Context
	lines       chan diagnostics.Text
	done        chan struct{}
}

// newProgress begins to send lines until stop is called or the context is done. idle returns the line
// to send if there was none for a while.
func newProgress(ctx context.Context, send func(action.InvokeProgressEvent), idle func() diagnostics.Text) *progress {
	p := &progress{interrupted: ctx, lines: make(chan diagnostics.Text, mostLines), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		defer func() { _ = recover() }() // A line that is lost is no reason to end the provider.
		timer := time.NewTimer(heartbeat)
		defer timer.Stop()
		for {
			var line diagnostics.Text
			select {
			case <-ctx.Done():
				return
			case next, open := <-p.lines:
				if !open {
					return
				}
				line = next
			case <-timer.C:
				line = idle()
			}
			if ctx.Err() != nil {
				return
			}
			timer.Reset(heartbeat)
			send(action.InvokeProgressEvent{Message: diagnostics.Line(line)})
		}
	}()
	return p
}

// tell queues a line. It never blocks: a line that Terraform does not take in time is dropped.
func (p *progress) tell(line diagnostics.Text) {
	select {
	case p.lines <- line:
	default:
	}
}

// stop waits until the lines are sent, or the context is done.
func (p *progress) stop() {
	close(p.lines)
	select {
	case <-p.done:
	case <-p.interrupted.Done():
	}
}
