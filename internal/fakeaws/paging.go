// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// maxPage is the service's bound on MaxResults, and what a page has when the request says nothing.
const maxPage = 50

// token is what a NextToken carries. It counts candidates, not rows, and from the end of the list,
// so that rows which appear and commands which are sent while a list is being read neither repeat
// nor hide others.
type token struct {
	Left  int    `json:"left"`  // How many candidates are left, the first of the page among them.
	Page  int    `json:"page"`  // The number of the page, from 1.
	Query string `json:"query"` // What was asked: a token of another list is refused.
}

func (t token) String() string {
	raw, _ := json.Marshal(t) // Two numbers and a string: cannot fail.
	return base64.StdEncoding.EncodeToString(raw)
}

// page takes one page of the candidates. The row function says whether a candidate is to be seen,
// and how it looks. A page has unasked rows where the request does not say how many.
func page[T any](s *Server, c *call, member string, unasked int, candidates []T, row func(T) (object, bool)) (object, *failure) {
	query := fmt.Sprint(member, c.record.CommandID, c.record.InstanceID, c.record.Filters, c.record.Region)
	at := token{Left: len(candidates), Page: 1, Query: query}
	if c.record.NextToken != "" {
		raw, err := base64.StdEncoding.DecodeString(c.record.NextToken)
		if err != nil || json.Unmarshal(raw, &at) != nil || at.Query != query || at.Left < 0 || at.Left > len(candidates) {
			return nil, &failure{code: "InvalidNextToken"}
		}
	}
	size := unasked
	if c.record.MaxResults > 0 { // A request that asks for none has been refused.
		size = c.record.MaxResults
	}
	if s.script.PageSize > 0 {
		size = min(size, s.script.PageSize)
	}
	if every := s.script.EmptyPageEvery; every > 0 && at.Page%every == 0 {
		size = 0
	}
	rows, more := []object{}, false
	left := candidates[len(candidates)-at.Left:]
	for ; len(left) > 0; left = left[1:] {
		o, seen := row(left[0])
		if !seen {
			continue
		}
		if len(rows) == size {
			more = true // Known by reading one row ahead, so that a last page carries no token.
			break
		}
		rows = append(rows, o)
	}
	result := object{member: rows}
	switch {
	case c.repeatToken:
		result["NextToken"] = c.record.NextToken
	case more:
		result["NextToken"] = token{Left: len(left), Page: at.Page + 1, Query: query}.String()
	}
	return result, nil
}
