// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"slices"
	"time"
)

// filterKeys lists the operations that support each filter; only ListCommands supports
// ExecutionStage.
var filterKeys = map[string][]string{
	"InvokedAfter":   {"ListCommands", "ListCommandInvocations"},
	"InvokedBefore":  {"ListCommands", "ListCommandInvocations"},
	"Status":         {"ListCommands", "ListCommandInvocations"},
	"DocumentName":   {"ListCommands", "ListCommandInvocations"},
	"ExecutionStage": {"ListCommands"},
}

// The values of the Status filter of each list. They differ, and they mix statuses with status
// details.
var (
	commandStatuses = []string{"Pending", "InProgress", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied",
		"DeliveryTimedOut", "ExecutionTimedOut", "Incomplete", "NoInstancesInTag", "LimitExceeded"}
	invocationStatuses = []string{"Pending", "InProgress", "Delayed", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied",
		"DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "InvalidPlatform", "Terminated"}
)

// filters are a request's valid filters.
type filters struct {
	status, document, stage string
	after, before           time.Time
}

// readFilters checks the input of a list operation.
func readFilters(in input, forCommands bool) (filters, *failure) {
	var want filters
	if rejection := validateListInput(in); rejection != nil {
		return want, rejection
	}
	operation, statuses := "ListCommandInvocations", invocationStatuses
	if forCommands {
		operation, statuses = "ListCommands", commandStatuses
	}
	for _, f := range in.Filters {
		if !slices.Contains(filterKeys[f.Key], operation) {
			return want, &failure{code: "InvalidFilterKey"}
		}
		var err error
		good := true
		switch f.Key {
		case "Status":
			want.status, good = f.Value, slices.Contains(statuses, f.Value)
		case "DocumentName":
			want.document = f.Value
		case "ExecutionStage":
			want.stage, good = f.Value, f.Value == "Executing" || f.Value == "Complete"
		case "InvokedAfter":
			want.after, err = time.Parse(time.RFC3339, f.Value)
		case "InvokedBefore":
			want.before, err = time.Parse(time.RFC3339, f.Value)
		}
		if err != nil || !good {
			return want, invalidFilter("The value " + f.Value + " is not valid for the filter " + f.Key + ".")
		}
	}
	if forCommands && in.InstanceID != nil && want.status == "Pending" {
		return want, invalidFilter("An instance ID can't be specified together with Status=Pending.")
	}
	return want, nil
}

// invalidFilter rejects a filter. The rejection is documented; the code and the message are
// assumed.
func invalidFilter(message string) *failure {
	return &failure{code: "ValidationException", message: message, framework: true}
}

// matches reports whether the filters select a row. TimedOut covers both timeouts, and a value of
// status details matches the details.
func (f filters) matches(current state, document string, requested time.Time) bool {
	switch {
	case f.status != "" && f.status != current.Status && f.status != current.StatusDetails:
		return false
	case f.document != "" && f.document != document:
		return false
	case f.stage == "Executing" && current.ended(), f.stage == "Complete" && !current.ended():
		return false
	case !f.after.IsZero() && requested.Before(f.after), !f.before.IsZero() && !requested.Before(f.before):
		return false
	}
	return true
}
