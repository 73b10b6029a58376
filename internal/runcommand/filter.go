package runcommand

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// filters builds the filters of a list operation from pairs of key and value; an
// empty value is no filter.
func filters(pairs ...string) []types.CommandFilter {
	var list []types.CommandFilter
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, types.CommandFilter{Key: types.CommandFilterKey(pairs[i]), Value: aws.String(pairs[i+1])})
		}
	}
	return list
}

const (
	byStatus         = string(types.CommandFilterKeyStatus)
	byDocument       = string(types.CommandFilterKeyDocumentName)
	byStage          = string(types.CommandFilterKeyExecutionStage)
	byInvokedAfter   = string(types.CommandFilterKeyInvokedAfter)
	byInvokedBefore  = string(types.CommandFilterKeyInvokedBefore)
	filterTimeFormat = "2006-01-02T15:04:05Z"
)

// matches applies to a row the filters that the service would have applied. The
// rows of one command are read whole, since an answer that is empty because of a
// filter must not be taken for one that is not there yet.
func (q InvocationsQuery) matches(n *NodeInvocation) bool {
	if q.Status != "" && n.Status != q.Status && n.StatusDetails != q.Status {
		return false
	}
	if q.DocumentName != "" && n.DocumentName != q.DocumentName {
		return false
	}
	if after, err := time.Parse(time.RFC3339, q.InvokedAfter); err == nil && n.RequestedDateTime.Before(after) {
		return false
	}
	if before, err := time.Parse(time.RFC3339, q.InvokedBefore); err == nil && !n.RequestedDateTime.Before(before) {
		return false
	}
	return true
}
