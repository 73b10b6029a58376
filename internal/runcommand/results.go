// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

const (
	// outputRequests is how many steps are read at a time.
	outputRequests = 10
	// defaultMaxOutput bounds in bytes the output that is kept of a command.
	defaultMaxOutput = 16 << 20
	// resultVisibility is how long what a complete command lists may be unknown to
	// GetCommandInvocation.
	resultVisibility = 30 * time.Second
)

// ResultsQuery requests the results of a command that was sent.
type ResultsQuery struct {
	// Command is the command as it was returned last. One that is complete is not waited for.
	Command Command
	// Output reads what each step wrote, one request for each step on each node.
	Output bool
	// MaxOutput bounds in bytes the output that is kept of all steps; 0 is 16 MiB.
	MaxOutput int64
	// Progress is called when something changed, by the goroutine of the caller. It must not block.
	// It may be nil.
	Progress func(Progress)
	Started  time.Time
	Timeout  time.Duration

	// enough ends the wait for a command that is not complete, without reading any results. It may
	// be nil.
	enough func(*Command) bool
}

// Results are what came of a command.
type Results struct {
	// Command is the command as it was returned last.
	Command Command
	// Nodes are the invocations that were read last, sorted by instance ID. Those of a complete
	// command are complete.
	Nodes []NodeResult
	// NoNodesMatched is set if the command is complete and its targets matched no node, so that it
	// ran nowhere.
	NoNodesMatched bool
	// EntriesRead and OutputRead are set once Nodes and the wanted output are complete, except for
	// what was omitted.
	EntriesRead, OutputRead bool
	// Omitted counts the steps without contents because of MaxOutput.
	Omitted int
}

// Succeeded reports whether the command is Success on every node, and on one at least. The status of
// the command alone does not show that: see [Command.Succeeded].
func (r *Results) Succeeded() bool {
	for i := range r.Nodes {
		if !r.Nodes[i].Succeeded() {
			return false
		}
	}
	return r.EntriesRead && len(r.Nodes) > 0 && r.Command.Succeeded()
}

// NodeResult is what came of a command on one node.
type NodeResult struct {
	NodeInvocation
	// Outputs has an element for each element of Steps, if output was requested.
	Outputs []StepOutput
}

// StepOutput is what GetCommandInvocation has on one step.
type StepOutput struct {
	// Result is the step, nil if it was not read.
	Result *Result
	// Omitted is set if the step has no contents because of MaxOutput. Steps are taken in order of
	// the node's ID, then as the document has them; after the first one that does not fit, none is.
	Omitted bool
}

// OutputNotReadError says that a command is complete, and that the output of a step could not be
// read. It wraps the error of [Client.Invocation].
type OutputNotReadError struct {
	InstanceID, Step string
	cause            error
}

func (e *OutputNotReadError) Error() string {
	return "the output of step " + e.Step + " on " + e.InstanceID + " could not be read: " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *OutputNotReadError) Unwrap() error { return e.cause }

// Results waits until a command is complete, reads its invocations, and, if the query says so, the
// output of each step. With an error, the Results have what was read until then.
//
// The errors, by type: those of [Client.WaitCommand], those of [Client.Invocations], and
// [*OutputNotReadError].
func (c *Client) Results(ctx context.Context, q ResultsQuery) (results Results, err error) {
	results.Command = q.Command
	if q.Started.IsZero() {
		q.Started = time.Now()
	}
	defer func() {
		if p := recover(); p != nil {
			err = newPanicError(p)
		}
	}()
	if results.Command, err = c.watch(ctx, q); err != nil || !results.Command.Complete() {
		return results, err
	}
	entries, err := c.Invocations(ctx, InvocationsQuery{
		CommandID: q.Command.CommandID, Command: &results.Command, Visibility: resultVisibility, Started: q.Started, Timeout: q.Timeout,
	})
	for _, entry := range entries.All {
		results.Nodes = append(results.Nodes, NodeResult{NodeInvocation: entry})
	}
	if err != nil {
		return results, err
	}
	results.EntriesRead, results.NoNodesMatched = true, entries.NoNodeMatched
	if q.Output {
		err = c.readOutput(ctx, q, &results)
	}
	results.OutputRead = err == nil
	return results, err
}

// watch waits until the command is complete.
func (c *Client) watch(ctx context.Context, q ResultsQuery) (Command, error) {
	progress := reporter{report: q.Progress}
	progress.tell(progressOf(&q.Command), time.Since(q.Started))
	if q.Command.Complete() {
		return q.Command, nil
	}
	r := c.newCommandRead(CommandQuery{CommandID: q.Command.CommandID, Started: q.Started, Timeout: q.Timeout})
	r.result = q.Command
	err := r.run(ctx, &watchedCommand{runningCommand{r}, &progress, q.enough})
	return r.result, err
}

// watchedCommand: a command that is not complete, and whose progress is reported.
type watchedCommand struct {
	runningCommand
	progress *reporter
	enough   func(*Command) bool
}

// Poll requests the command once.
func (s *watchedCommand) Poll(ctx context.Context) (poll.State, error) {
	next, err := s.runningCommand.Poll(ctx)
	if err != nil {
		return s, err
	}
	s.progress.tell(progressOf(&s.result), s.waited())
	if next == nil || s.enough != nil && s.enough(&s.result) {
		return nil, nil
	}
	return s, nil
}

// stepOfNode is a step, by its place in the results.
type stepOfNode struct{ node, step int }

// readOutput reads the steps, some at a time, until there is more output than may be kept.
func (c *Client) readOutput(ctx context.Context, q ResultsQuery, results *Results) error {
	limit := q.MaxOutput
	if limit <= 0 {
		limit = defaultMaxOutput
	}
	var steps []stepOfNode
	for i := range results.Nodes {
		n := &results.Nodes[i]
		n.Outputs = make([]StepOutput, len(n.Steps))
		for k := range n.Steps {
			steps = append(steps, stepOfNode{i, k})
		}
	}

	reads, limited := errgroup.WithContext(ctx)
	reads.SetLimit(outputRequests)
	var mu sync.Mutex
	var size int64 // Of the output read so far, in any order.
	for _, at := range steps {
		mu.Lock()
		enough := size > limit
		mu.Unlock()
		if enough || limited.Err() != nil {
			break // The steps up to here have more than the limit, so that none from here on is kept.
		}
		reads.Go(func() (err error) {
			// No caller could recover the panic, which would end the provider.
			defer func() {
				if p := recover(); p != nil {
					err = newPanicError(p)
				}
			}()
			n := &results.Nodes[at.node]
			result, err := c.Invocation(limited, InvocationQuery{
				CommandID: n.CommandID, InstanceID: n.InstanceID, PluginName: n.Steps[at.step].Name,
				Visibility: resultVisibility, Started: q.Started, Timeout: q.Timeout,
			})
			switch {
			case isInterrupted(err):
				return err
			case err != nil:
				return &OutputNotReadError{InstanceID: n.InstanceID, Step: n.Steps[at.step].Name, cause: err}
			}
			n.Outputs[at.step].Result = &result
			mu.Lock()
			size += outputSize(&result)
			mu.Unlock()
			return nil
		})
	}
	err := reads.Wait()
	if err == nil && ctx.Err() != nil && len(steps) > 0 {
		err = &InterruptedError{Waited: time.Since(q.Started), Cause: ctx.Err()}
	}
	results.omit(steps, limit)
	return err
}

// isInterrupted reports whether the caller ended an operation.
func isInterrupted(err error) bool {
	var interrupted *InterruptedError
	return errors.As(err, &interrupted)
}

// outputSize is the size of the contents of a step in bytes.
func outputSize(r *Result) int64 {
	return int64(r.Invocation.StandardOutput.Size() + r.Invocation.StandardError.Size())
}

// omit removes the contents beyond the limit.
func (r *Results) omit(steps []stepOfNode, limit int64) {
	var size int64
	for _, at := range steps {
		output := &r.Nodes[at.node].Outputs[at.step]
		if output.Result != nil {
			size += outputSize(output.Result)
		}
		if size <= limit {
			continue
		}
		output.Omitted = true
		r.Omitted++
		if output.Result != nil {
			output.Result.Invocation.StandardOutput.Content = nil
			output.Result.Invocation.StandardError.Content = nil
		}
	}
}
