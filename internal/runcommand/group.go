// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"sync"
)

// group runs functions side by side, at most limit of them. The first error ends the context of the
// others. A panic of a function is an error, since no caller could recover it.
type group struct {
	slots  chan struct{}
	wait   sync.WaitGroup
	cancel context.CancelFunc

	mu  sync.Mutex
	err error
}

// newGroup returns a group, and the context of its functions.
func newGroup(ctx context.Context, limit int) (*group, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &group{slots: make(chan struct{}, limit), cancel: cancel}, ctx
}

// run starts a function as soon as there is a slot for it.
func (g *group) run(f func() error) {
	g.slots <- struct{}{}
	g.wait.Go(func() {
		defer func() { <-g.slots }()
		defer func() {
			if p := recover(); p != nil {
				g.fail(newPanicError(p))
			}
		}()
		if err := f(); err != nil {
			g.fail(err)
		}
	})
}

func (g *group) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.err = err
		g.cancel()
	}
}

// done waits for all functions, and returns the first error.
func (g *group) done() error {
	g.wait.Wait()
	g.cancel()
	return g.err
}
