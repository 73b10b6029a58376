// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"bytes"
	"encoding/json"
)

// members has the members of a list response for which the SDK's types do not distinguish an absent
// member from its zero value. Numbers are an int32, so an absent number is 0. A response without a
// body is an empty list without a token, which means that the list has ended.
type members struct {
	size        int  // Bytes of the body.
	empty       bool // No body at all.
	foreign     bool // An object with other members than a list's.
	commands    []map[string]json.RawMessage
	invocations []struct {
		CommandPlugins []map[string]json.RawMessage
	}
}

// inspect is [awscall.Call.Inspect]. It reads the first JSON value of a body, as the SDK does. The
// SDK's types can hold every value of a list, so it returns "".
func (m *members) inspect(body []byte) (unsupported string) {
	*m = members{size: len(body), empty: len(bytes.TrimSpace(body)) == 0}
	var top map[string]json.RawMessage
	if json.NewDecoder(bytes.NewReader(body)).Decode(&top) != nil {
		return ""
	}
	m.foreign = len(top) > 0 && !present(top, "Commands") && !present(top, "CommandInvocations") && !present(top, "NextToken")
	// The SDK rejects members of another type.
	_ = json.Unmarshal(top["Commands"], &m.commands)
	_ = json.Unmarshal(top["CommandInvocations"], &m.invocations)
	return ""
}

func present(object map[string]json.RawMessage, name string) bool {
	member, ok := object[name]
	return ok && string(member) != "null"
}

// count returns the number of a command's member, nil if the response does not have it.
func (m *members) count(command int, name string, value int32) *int32 {
	if command < len(m.commands) && !present(m.commands[command], name) {
		return nil
	}
	return &value
}

// exitCode returns the exit code of a step of an entry, nil if the response does not have it.
func (m *members) exitCode(entry, step int, value int32) *int32 {
	if entry < len(m.invocations) {
		steps := m.invocations[entry].CommandPlugins
		if step < len(steps) && !present(steps[step], "ResponseCode") {
			return nil
		}
	}
	return &value
}
