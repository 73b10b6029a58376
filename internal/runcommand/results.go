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
	// outputRequests is the maximum number of steps that are read at the same time.
	outputRequests = 10
	// defaultMaxOutput is the default of [ResultsQuery.MaxOutput] in bytes.
	defaultMaxOutput = 16 << 20
	// resultVisibility is the visibility timeout of GetCommandInvocation for an invocation that
	// ListCommandInvocations returned.
	resultVisibility = 30 * time.Second
)

// ResultsQuery requests the results of a command that was sent.
type ResultsQuery struct {
	// Command is the last response for the command. If it is complete, Results does not wait.
	Command Command
	// Ran is set if Command is complete, and was seen before it was: output may be late.
	Ran bool
	// Output reads what each step wrote, one request for each step on each node. A step that is read
	// right after the command was complete, and wrote nothing, is read twice.
	Output bool
	// MaxOutput is the maximum size in bytes of the output of all steps together; 0 means 16 MiB.
	MaxOutput int64
	// Progress is called by the goroutine of the caller when the progress changes. It must not
	// block, and may be nil.
	Progress func(Progress)
	Started  time.Time
	Timeout  time.Duration

	// enough ends the wait for a command that is not complete, without reading any results. It may
	// be nil.
	enough func(*Command) bool
}

// Results are the results of a command.
type Results struct {
	// Command is the last response for the command.
	Command Command
	// Nodes are the invocations of the last read, sorted by instance ID. If EntriesRead is set, all
	// of them are complete.
	Nodes []NodeResult
	// NoNodesMatched is set if the command is complete and its targets matched no node, so that it
	// ran nowhere.
	NoNodesMatched bool
	// EntriesRead is set if Nodes is complete. OutputRead is set if the requested output was read,
	// except for Omitted steps.
	EntriesRead, OutputRead bool
	// Omitted is the number of steps without contents because of MaxOutput.
	Omitted int
}

// Succeeded reports whether the command succeeded on every node, and on at least one. The status of
// the command does not show that: see [Command.Succeeded].
func (r *Results) Succeeded() bool {
	for i := range r.Nodes {
		if !r.Nodes[i].Succeeded() {
			return false
		}
	}
	return r.EntriesRead && len(r.Nodes) > 0 && r.Command.Succeeded()
}

// NodeResult is the result of a command on one node.
type NodeResult struct {
	NodeInvocation
	// Outputs has an element for each element of Steps, if output was requested.
	Outputs []StepOutput
}

// StepOutput is the output of one step.
type StepOutput struct {
	// Result is the response of GetCommandInvocation, nil if the step was not read.
	Result *Result
	// Omitted is set if the step has no contents because of MaxOutput. Steps are in the order of
	// the nodes' IDs, then of the document. All steps after the first one that does not fit are
	// omitted.
	Omitted bool
}

// OutputNotReadError reports that a command is complete, and that the output of a step was not
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

// Results waits until a command is complete, and reads its invocations. With Output, it also reads
// the output of each step. With an error, the Results have the last responses.
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
	var completed time.Time
	if q.Ran || !q.Command.Complete() {
		completed = time.Now()
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
		err = c.readOutput(ctx, q, &results, completed)
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

// watchedCommand: the command is not complete. Its progress is reported.
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

// stepOfNode is a step, by its indexes in [Results.Nodes] and [NodeInvocation.Steps].
type stepOfNode struct{ node, step int }

// readOutput reads the steps, some at a time, until there is more output than may be kept.
// completed is when the command was first seen complete, the zero time if that is not known.
func (c *Client) readOutput(ctx context.Context, q ResultsQuery, results *Results, completed time.Time) error {
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
			break // The steps before this one exceed the limit, or a read has failed.
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
				Visibility: resultVisibility, Started: q.Started, Timeout: q.Timeout, completed: completed,
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

// isInterrupted reports whether err is an [*InterruptedError].
func isInterrupted(err error) bool {
	var interrupted *InterruptedError
	return errors.As(err, &interrupted)
}

// outputSize returns the size of the contents of a step in bytes.
func outputSize(r *Result) int64 {
	return int64(r.Invocation.StandardOutput.Size() + r.Invocation.StandardError.Size())
}

// omit removes the contents of the steps that exceed the limit.
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
