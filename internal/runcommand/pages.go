package runcommand

import (
	"context"
	"errors"
)

const (
	// pageSize is the most that the list operations give at once.
	pageSize = 50
	// answerLimit is how much an answer may hold. Terraform's channel to a provider
	// breaks at 256 MiB, with a message that nobody understands.
	answerLimit = 64 << 20
)

// pages walks through a list. It keeps its place: a page that failed is asked for
// again, and what came before it is not.
type pages struct {
	token string
	seen  map[string]bool
	ended bool
	size  int // Bytes of what was read.
	rows  int
	again bool // The list was begun anew.
}

// walk asks for page after page, from where the last walk failed. A page may be
// short or empty and still carry a token: only a missing token ends a list.
func (p *pages) walk(ctx context.Context, operation string, page func(ctx context.Context, token *string) (next string, rows, size int, err error)) error {
	for !p.ended {
		var token *string
		if p.token != "" {
			token = &p.token
		}
		next, rows, size, err := page(ctx, token)
		var f *failure
		if errors.As(err, &f) && f.code == "InvalidNextToken" && token != nil && !p.again {
			// A token can expire while an outage is waited out.
			*p = pages{again: true}
			continue
		}
		if err != nil {
			return err
		}
		p.rows += rows
		if p.size += size; p.size > answerLimit {
			return &TooLargeError{Limit: answerLimit, Rows: p.rows}
		}
		if p.seen[next] {
			return &EndlessListError{Operation: operation}
		}
		if p.seen == nil {
			p.seen = map[string]bool{}
		}
		p.seen[next] = true
		p.token, p.ended = next, next == ""
	}
	return nil
}
