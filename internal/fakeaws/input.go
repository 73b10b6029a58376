// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The service's own patterns, which its errors contain.
const (
	commandIDPattern  = `^[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$`
	instanceIDPattern = `(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)`
)

var (
	commandIDSyntax  = regexp.MustCompile(commandIDPattern)
	instanceIDSyntax = regexp.MustCompile(instanceIDPattern)
)

// maxInstanceIDs is the maximum number of nodes in a request.
const maxInstanceIDs = 50

// violations collects the constraints of the service's framework that a request violates. The
// framework checks them before the service looks up anything.
type violations []string

// add records one violated constraint. The framework prints a value in quotes, nothing for "", and
// null for a missing value.
func (v *violations) add(value *string, member, constraint string) {
	shown := "null "
	if value != nil {
		shown = ""
		if *value != "" {
			shown = "'" + *value + "' "
		}
	}
	*v = append(*v, fmt.Sprintf("Value %sat '%s' failed to satisfy constraint: %s", shown, member, constraint))
}

// failure is the framework's ValidationException, or nil if the request violates no constraint.
func (v violations) failure() *failure {
	if len(v) == 0 {
		return nil
	}
	plural := "s"
	if len(v) == 1 {
		plural = ""
	}
	return &failure{
		code:      "ValidationException",
		message:   fmt.Sprintf("%d validation error%s detected: %s", len(v), plural, strings.Join(v, "; ")),
		framework: true,
	}
}

func (v *violations) commandID(id *string) {
	if id == nil {
		return
	}
	if len(*id) < 36 {
		v.add(id, "commandId", "Member must have length greater than or equal to 36")
	}
	if len(*id) > 36 {
		v.add(id, "commandId", "Member must have length less than or equal to 36")
	}
	if !commandIDSyntax.MatchString(*id) {
		v.add(id, "commandId", "Member must satisfy regular expression pattern: "+commandIDPattern)
	}
}

func (v *violations) instanceID(id *string) {
	if id == nil {
		return
	}
	if len(*id) < 10 {
		v.add(id, "instanceId", "Member must have length greater than or equal to 10")
	}
	if !instanceIDSyntax.MatchString(*id) {
		v.add(id, "instanceId", "Member must satisfy regular expression pattern: "+instanceIDPattern)
	}
}

func (v *violations) required(value *string, member string) {
	if value == nil {
		v.add(nil, member, "Member must not be null")
	}
}

// number checks the range of a number.
func (v *violations) number(n *int, member string, least, most int) {
	if n == nil {
		return
	}
	shown := strconv.Itoa(*n)
	if *n < least {
		v.add(&shown, member, "Member must have value greater than or equal to "+strconv.Itoa(least))
	}
	if *n > most {
		v.add(&shown, member, "Member must have value less than or equal to "+strconv.Itoa(most))
	}
}

// length checks the number of characters of a text, or of elements of a list, which the framework
// prints as shown.
func (v *violations) length(shown *string, n int, member string, least, most int) {
	if n < least {
		v.add(shown, member, "Member must have length greater than or equal to "+strconv.Itoa(least))
	}
	if n > most {
		v.add(shown, member, "Member must have length less than or equal to "+strconv.Itoa(most))
	}
}

// text checks the length of a text, and its pattern if syntax is not nil.
func (v *violations) text(s *string, member string, least, most int, pattern *regexp.Regexp) {
	if s == nil {
		return
	}
	v.length(s, utf8.RuneCountInString(*s), member, least, most)
	if pattern != nil && !pattern.MatchString(*s) {
		v.add(s, member, "Member must satisfy regular expression pattern: "+pattern.String())
	}
}

// oneOf checks that a text is one of an enumeration.
func (v *violations) oneOf(s *string, member string, values ...string) {
	if s != nil && !slices.Contains(values, *s) {
		v.add(s, member, "Member must satisfy enum value set: ["+strings.Join(values, ", ")+"]")
	}
}

// instanceIDs checks a list of nodes. The framework prints the whole list, and one violated
// constraint of its elements.
func (v *violations) instanceIDs(ids []string) {
	shown := "[" + strings.Join(ids, ", ") + "]"
	v.length(&shown, len(ids), "instanceIds", 0, maxInstanceIDs)
	if slices.ContainsFunc(ids, func(id string) bool { return !instanceIDSyntax.MatchString(id) }) {
		v.add(&shown, "instanceIds", "Member must satisfy constraint: [Member must satisfy regular expression pattern: "+instanceIDPattern+"]")
	}
}

// validateInvocationInput checks the input of GetCommandInvocation.
func validateInvocationInput(in input) *failure {
	var v violations
	v.required(in.CommandID, "commandId")
	v.commandID(in.CommandID)
	v.required(in.InstanceID, "instanceId")
	v.instanceID(in.InstanceID)
	if in.PluginName != nil && len(*in.PluginName) < 4 {
		v.add(in.PluginName, "pluginName", "Member must have length greater than or equal to 4")
	}
	return v.failure()
}

// validateListInput checks what both list operations have in common.
func validateListInput(in input) *failure {
	var v violations
	v.commandID(in.CommandID)
	v.instanceID(in.InstanceID)
	v.number(in.MaxResults, "maxResults", 1, maxPage)
	if in.Filters != nil && len(in.Filters) == 0 {
		empty := "[]"
		v.add(&empty, "filters", "Member must have length greater than or equal to 1")
	}
	for i, f := range in.Filters {
		if len(filterKeys[f.Key]) == 0 {
			v.add(&f.Key, fmt.Sprintf("filters.%d.member.key", i+1),
				"Member must satisfy enum value set: [InvokedAfter, Status, ExecutionStage, InvokedBefore, DocumentName]")
		}
		if f.Value == "" {
			v.add(&f.Value, fmt.Sprintf("filters.%d.member.value", i+1), "Member must have length greater than or equal to 1")
		}
	}
	return v.failure()
}
