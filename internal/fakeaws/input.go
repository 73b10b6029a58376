package fakeaws

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The service's own patterns, printed in its refusals.
const (
	commandIDPattern  = `^[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}$`
	instanceIDPattern = `(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)`
)

var (
	commandIDSyntax  = regexp.MustCompile(commandIDPattern)
	instanceIDSyntax = regexp.MustCompile(instanceIDPattern)
)

// violations collects what the service's framework finds wrong with a request before anything is looked up.
type violations []string

// add notes one broken constraint. The framework prints a value in quotes, no value for "", and null for a missing one.
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

// refusal is the framework's ValidationException, or nil where nothing is wrong.
func (v violations) refusal() *failure {
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
	return v.refusal()
}

// validateListInput checks what both list operations have in common.
func validateListInput(in input) *failure {
	var v violations
	v.commandID(in.CommandID)
	v.instanceID(in.InstanceID)
	if n := in.MaxResults; n != nil {
		shown := strconv.Itoa(*n)
		if *n < 1 {
			v.add(&shown, "maxResults", "Member must have value greater than or equal to 1")
		}
		if *n > maxPage {
			v.add(&shown, "maxResults", "Member must have value less than or equal to 50")
		}
	}
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
	return v.refusal()
}
