// SPDX-License-Identifier: MPL-2.0

package framework

import "reflect"

// copyMembers returns converted with the members that both types of attributes have, by name and
// type, copied from attribute. describe converts the description.
func copyMembers[T any](converted T, attribute any, describe func(string) string) T {
	into, from := reflect.ValueOf(&converted).Elem(), reflect.ValueOf(attribute)
	for i := range into.NumField() {
		field := into.Type().Field(i)
		member, ok := from.Type().FieldByName(field.Name)
		if ok && member.Type == field.Type {
			into.Field(i).Set(from.FieldByIndex(member.Index))
		}
	}
	if text := into.FieldByName("MarkdownDescription"); text.String() != "" {
		text.SetString(describe(text.String()))
	}
	return converted
}

// unchanged is a description that needs no conversion.
func unchanged(description string) string { return description }
