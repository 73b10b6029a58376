// SPDX-License-Identifier: MPL-2.0

package action

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"

	"github.com/ssm-provider/terraform-provider-ssm/internal/diagnostics"
	"github.com/ssm-provider/terraform-provider-ssm/internal/runcommand"
)

const (
	// heartbeat is the maximum time between two lines. Terraform itself does not show that an
	// action is still running.
	heartbeat = 10 * time.Second
	// maxQueuedLines is the maximum number of lines that wait until Terraform accepts them.
	maxQueuedLines = 256
)

// progressLines sends lines to Terraform from its own goroutine, so that a slow Terraform does not
// delay the action. After an interrupt it sends none: the second send then blocks forever (observed
// with terraform-plugin-go 0.31.0).
type progressLines struct {
	interrupted context.Context
	lines       chan diagnostics.Text
	done        chan struct{}
}

// newProgressLines sends lines until stop is called or the context is done. idle returns the line
// to send when no line was queued for the time of heartbeat.
func newProgressLines(ctx context.Context, send func(action.InvokeProgressEvent), idle func() diagnostics.Text) *progressLines {
	p := &progressLines{interrupted: ctx, lines: make(chan diagnostics.Text, maxQueuedLines), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		defer func() { _ = recover() }() // A panic would end the provider. Only lines are lost.
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

// queue queues a line. It never blocks: it drops the line if the queue is full.
func (p *progressLines) queue(line diagnostics.Text) {
	select {
	case p.lines <- line:
	default:
	}
}

// stop waits until all queued lines are sent, or the context is done.
func (p *progressLines) stop() {
	close(p.lines)
	select {
	case <-p.done:
	case <-p.interrupted.Done():
	}
}

// latestProgress is the progress that was last reported. It is safe for concurrent use, because the
// goroutine of [progressLines] reads it.
type latestProgress struct {
	mu sync.Mutex
	p  runcommand.Progress
}

// set stores the progress, and reports whether it is the first with the ID of a command.
func (l *latestProgress) set(p runcommand.Progress) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := p.CommandID != "" && p.CommandID != l.p.CommandID
	l.p = p
	return first
}

// now returns the latest progress, with the time since started as Waited.
func (l *latestProgress) now(started time.Time) runcommand.Progress {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.p
	p.Waited = time.Since(started)
	return p
}
