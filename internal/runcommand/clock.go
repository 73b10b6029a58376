package runcommand

import (
	"context"
	"errors"
	"time"
)

const (
	// firstWitness is how long "does not exist" is taken without asking anybody:
	// nearly every command is visible by then.
	firstWitness = 5 * time.Second
	// witnessEvery is how often the list operations are asked after the clock's end.
	witnessEvery = time.Minute
)

// clock is the visibility clock of one read: how long the service's "does not
// exist" is taken for "not visible yet".
type clock struct {
	command, node string // A node of "" is the command alone.
	limit         time.Duration
	since         time.Time // The first "does not exist", zero before.
	next          time.Time // When the witnesses are asked.
	finding       Finding   // What they said last.
}

// absent handles one "does not exist": it returns nil to wait on, or what ends the
// read. The witnesses are asked after five seconds, at the end of the clock, and
// then once a minute.
func (w *wait) absent(ctx context.Context, c *clock) error {
	now := time.Now()
	if c.since.IsZero() {
		c.since, c.next = now, now.Add(min(firstWitness, c.limit))
	}
	if unknown, ok := w.reader.unknown.forgotten(c.command); ok && unknown >= c.limit {
		return &NotFoundError{Waited: unknown}
	}
	if now.Before(c.next) {
		w.wakeAt(c.next)
		return nil
	}
	finding, err := w.explain(ctx, c.command, c.node)
	if err != nil {
		return err
	}
	c.finding = finding
	end := c.since.Add(c.limit)
	over := !now.Before(end)
	if finding.judge(c.node, over) == missing {
		return w.notFound(c)
	}
	c.next = end
	if over {
		c.next = now.Add(witnessEvery)
	}
	w.wakeAt(c.next)
	return nil
}

// notFound says that what was asked for does not exist, and remembers a command
// that nobody knows.
func (w *wait) notFound(c *clock) error {
	e := &NotFoundError{Finding: c.finding, Waited: time.Since(c.since)}
	if e.CommandUnknown() {
		w.reader.unknown.remember(c.command, e.Waited)
	}
	return e
}

// lastWord says what it means that the read's time is over while the service says
// "does not exist". The witnesses are asked once more.
func (w *wait) lastWord(ctx context.Context, c *clock) error {
	finding, err := w.explain(ctx, c.command, c.node)
	answered := err == nil && !finding.unanswered
	if answered {
		c.finding = finding
	}
	switch f := c.finding; {
	case f.Node != nil:
		return w.byRow(ctx, f.Node, c.command, f.Command)
	case f.Command != nil && f.judge(c.node, true) == expected:
		running := &StillRunningError{Status: f.Command.Status, StatusDetails: f.Command.StatusDetails, Source: FromCommand}
		return w.stillRunning(ctx, running, c.command, f.Command)
	case !answered:
		return w.unreached()
	default:
		return w.notFound(c)
	}
}

// byRow says what it means to be out of time when nothing but the node's row was
// seen. One that has ended is not still running: the values are what is missing.
func (w *wait) byRow(ctx context.Context, row *NodeInvocation, id string, command *Command) error {
	if !row.Ended() {
		return w.stillRunning(ctx, &StillRunningError{Status: row.Status, StatusDetails: row.StatusDetails, Source: FromNode}, id, command)
	}
	return w.noValues("GetCommandInvocation", "the invocation has ended as "+row.Status+" by its row in ListCommandInvocations, but GetCommandInvocation gives no values for it")
}

// noValues says that something has ended and that what came of it cannot be read.
func (w *wait) noValues(operation, cause string) error {
	if w.trouble != nil {
		cause += "; at last " + w.trouble.Error()
	}
	return &UnavailableError{Why: GaveUpNoValues, Waited: w.waited(), Answer: Answer{Operation: operation, Cause: cause}}
}

// stillRunning completes the error with until when the service itself gives the
// command: that is how long it is worth waiting.
func (w *wait) stillRunning(ctx context.Context, e *StillRunningError, id string, command *Command) error {
	e.Waited = w.waited()
	if w.trouble != nil {
		answer := w.trouble.answer()
		e.Trouble = &answer
	}
	if command == nil {
		command, _ = w.command(ctx, id)
	}
	if command != nil {
		e.ExpiresAfter = command.ExpiresAfter
	}
	return e
}

// unreached says that nothing is known, since no question got through.
func (w *wait) unreached() error {
	e := &UnavailableError{Why: GaveUpOutOfTime, Attempts: w.failed, Waited: w.waited()}
	if w.trouble != nil {
		e.Answer = w.trouble.answer()
	}
	return e
}

// inTime runs a look until it is done; when the read's time is over, outOfTime has
// the last word, in a few seconds of the caller's context, so that it too can be
// interrupted.
func (w *wait) inTime(ctx context.Context, look func(context.Context) (bool, error), outOfTime func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-w.reader.options.Life:
			cancel()
		case <-ctx.Done():
		}
	}()
	err := w.run(ctx, look)
	if !errors.Is(err, errOutOfTime) {
		return err
	}
	last, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	err = outOfTime(last)
	if ctx.Err() != nil {
		return &InterruptedError{Waited: w.waited(), cause: ctx.Err()}
	}
	return err
}
