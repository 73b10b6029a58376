// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// maxPage is the service's maximum for MaxResults, and its default.
const maxPage = 50

// token is the content of a NextToken. It counts candidates, not rows, from the end of the list, so
// that rows and commands that appear while a client reads the list neither repeat nor hide others.
type token struct {
	Left  int    `json:"left"`  // The number of remaining candidates, including the first one of the page.
	Page  int    `json:"page"`  // The number of the page, from 1.
	Query string `json:"query"` // The request: a token of another list is rejected.
}

func (t token) String() string {
	raw, _ := json.Marshal(t) // Two numbers and a string cannot fail to encode.
	return base64.StdEncoding.EncodeToString(raw)
}

// page returns one page of the candidates. The row function encodes a candidate and reports whether
// it is visible. A page has defaultSize rows if the request sets no size.
func page[T any](s *Server, c *call, member string, defaultSize int, candidates []T, row func(T) (object, bool)) (object, *failure) {
	query := fmt.Sprint(member, c.record.CommandID, c.record.InstanceID, c.record.Filters, c.record.Region)
	at := token{Left: len(candidates), Page: 1, Query: query}
	if c.record.NextToken != "" {
		raw, err := base64.StdEncoding.DecodeString(c.record.NextToken)
		if err != nil || json.Unmarshal(raw, &at) != nil || at.Query != query || at.Left < 0 || at.Left > len(candidates) {
			return nil, &failure{code: "InvalidNextToken"}
		}
	}
	size := defaultSize
	if c.record.MaxResults > 0 { // Validation has rejected an explicit 0.
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
			more = true // Reading one row ahead keeps the last page without a token.
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
