package fakeaws

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// maxPage is the service's bound on MaxResults, and what a page has when the request says nothing.
const maxPage = 50

// token is what a NextToken carries. It counts candidates, not rows, so that rows which appear while a list is being read
// neither repeat nor hide others.
type token struct {
	Next  int    `json:"next"`  // The first candidate of the page.
	Page  int    `json:"page"`  // The number of the page, from 1.
	Query string `json:"query"` // What was asked: a token of another list is refused.
}

func (t token) String() string {
	raw, _ := json.Marshal(t) // Two numbers and a string: cannot fail.
	return base64.StdEncoding.EncodeToString(raw)
}

// page cuts one page out of the candidates. The row function says whether a candidate is to be seen, and how it looks.
func page[T any](s *Server, c *call, member string, candidates []T, row func(T) (object, bool)) (object, *failure) {
	query := fmt.Sprint(member, c.record.CommandID, c.record.InstanceID, c.record.Filters, c.record.Region)
	at := token{Page: 1, Query: query}
	if c.input.NextToken != "" {
		raw, err := base64.StdEncoding.DecodeString(c.input.NextToken)
		if err != nil || json.Unmarshal(raw, &at) != nil || at.Query != query || at.Next < 0 || at.Next > len(candidates) {
			return nil, &failure{code: "InvalidNextToken"}
		}
	}
	size := maxPage
	if c.input.MaxResults != nil {
		size = *c.input.MaxResults
	}
	if s.script.PageSize > 0 {
		size = min(size, s.script.PageSize)
	}
	if every := s.script.EmptyPageEvery; every > 0 && at.Page%every == 0 {
		size = 0
	}
	rows, next, more := []object{}, at.Next, false
	for ; next < len(candidates); next++ {
		o, seen := row(candidates[next])
		if !seen {
			continue
		}
		if len(rows) == size {
			more = true // Known by looking one row ahead, so that a last page carries no token.
			break
		}
		rows = append(rows, o)
	}
	result := object{member: rows}
	switch {
	case c.repeatToken:
		result["NextToken"] = c.input.NextToken
	case more:
		result["NextToken"] = token{Next: next, Page: at.Page + 1, Query: query}.String()
	}
	return result, nil
}
