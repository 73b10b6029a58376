// SPDX-License-Identifier: MPL-2.0

package awsrecord

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What the values of an account become.
const (
	exampleAccount  = "123456789012"
	exampleDocument = "example-steps"
)

// Sanitizer replaces what identifies an account. The same value becomes the same example
// everywhere.
type Sanitizer struct {
	known    map[string]string // Words that the test knows, such as the bucket's name.
	tag      string            // The value of the test's tag.
	replaced map[string]string
	count    map[string]int
}

// NewSanitizer returns a sanitizer that also replaces these words, and the value of a tag. A tag
// can have any value, so it is replaced only in the values of targets and filters.
func NewSanitizer(known map[string]string, tag string) *Sanitizer {
	return &Sanitizer{known: known, tag: tag, replaced: map[string]string{}, count: map[string]int{}}
}

var (
	stringLiteral = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	uuid          = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	instance      = regexp.MustCompile(`\b(mi|i)-[0-9a-f]{8,17}\b`)
	ipv4          = regexp.MustCompile(`\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b`)
	ipv6          = regexp.MustCompile(`(?i)\b(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})+\b|\b(?:[0-9a-f]{1,4}:){2,7}:[0-9a-f]{0,4}\b`)
	accessKey     = regexp.MustCompile(`\b(?:A3T[A-Z0-9]|ABIA|ACCA|AGPA|AIDA|AKIA|ANPA|ANVA|APKA|AROA|ASCA|ASIA)[A-Z0-9]{12,}\b`)
	principal     = regexp.MustCompile(`\barn:(aws[a-z-]*):(iam|sts)::\d{12}:[^\s",\\<&']+`)
	account       = regexp.MustCompile(`\b\d{12}\b`)
	internalHost  = regexp.MustCompile(`\b(?:ip|ec2)-\d+-\d+-\d+-\d+[\w.-]*`)
)

// members are the members whose value is replaced as a whole if it is not empty.
var members = map[string]string{
	"ComputerName": "node.example.internal", "IPAddress": "192.0.2.1", "InstanceName": "example-node", "Name": "",
	"IamRole": "example-role", "SourceId": "", "SourceLocation": "example-location", "ActivationId": "", "NextToken": "token",
	"ServiceRole": "arn:aws:iam::123456789012:role/example",
}

// Body replaces in a response: in the strings of JSON, or in the whole text.
func (s *Sanitizer) Body(body string) string {
	if json.Valid([]byte(body)) {
		return s.JSON(body)
	}
	return s.Text(body)
}

// JSON replaces in the strings of a document, whose other bytes stay as they are. Numbers have no
// account ID, but timestamps whose digits look like one.
func (s *Sanitizer) JSON(document string) string {
	var out strings.Builder
	name, end := "", 0
	for _, at := range stringLiteral.FindAllStringIndex(document, -1) {
		out.WriteString(document[end:at[0]])
		literal := document[at[0]:at[1]]
		end = at[1]
		if rest := strings.TrimLeft(document[end:], " \t\r\n"); strings.HasPrefix(rest, ":") {
			name = strings.Trim(literal, `"`)
			out.WriteString(literal)
			continue
		}
		switch whole := members[name]; {
		case whole != "" && literal != `""`:
			out.WriteString(`"` + whole + `"`)
		case strings.EqualFold(name, "Values") && s.tag != "" && literal == strconv.Quote(s.tag):
			out.WriteString(`"example-value"`)
		case strings.HasSuffix(name, "Version"):
			out.WriteString(literal) // A version of the agent looks like an IP address.
		default:
			out.WriteString(s.Text(literal))
		}
		if !strings.HasPrefix(strings.TrimLeft(document[end:], " \t\r\n"), ",") {
			name = ""
		}
	}
	out.WriteString(document[end:])
	return out.String()
}

// Text replaces in a text.
func (s *Sanitizer) Text(text string) string {
	names := make([]string, 0, len(s.known))
	for value := range s.known {
		names = append(names, value)
	}
	// The longest first, since one value can contain another.
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	for _, value := range names {
		if value != "" {
			text = regexp.MustCompile(`\b`+regexp.QuoteMeta(value)+`\b`).ReplaceAllLiteralString(text, s.known[value])
		}
	}
	text = principal.ReplaceAllString(text, "arn:$1:$2::"+exampleAccount+":assumed-role/example/session")
	text = uuid.ReplaceAllStringFunc(text, func(found string) string {
		return s.numbered("uuid", found, func(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n) })
	})
	text = instance.ReplaceAllStringFunc(text, func(found string) string {
		return s.numbered("instance", found, func(n int) string {
			prefix, digits, _ := strings.Cut(found, "-")
			return fmt.Sprintf("%s-%0*x", prefix, len(digits), n)
		})
	})
	text = internalHost.ReplaceAllString(text, "node.example.internal")
	text = ipv4.ReplaceAllStringFunc(text, func(found string) string {
		return s.numbered("ipv4", found, func(n int) string { return fmt.Sprintf("192.0.2.%d", n) })
	})
	text = ipv6.ReplaceAllStringFunc(text, func(found string) string {
		return s.numbered("ipv6", found, func(n int) string { return fmt.Sprintf("2001:db8::%x", n) })
	})
	text = accessKey.ReplaceAllString(text, "AKIAIOSFODNN7EXAMPLE")
	return account.ReplaceAllStringFunc(text, func(found string) string {
		if isExampleUUIDPart(found) {
			return found
		}
		return exampleAccount
	})
}

// isExampleUUIDPart reports whether 12 digits are the end of an example of a UUID.
func isExampleUUIDPart(digits string) bool { return strings.HasPrefix(digits, "00000000") }

// numbered returns the example for a value, a new one for a new value.
func (s *Sanitizer) numbered(kind, value string, example func(int) string) string {
	key := kind + " " + strings.ToLower(value)
	if _, done := s.replaced[key]; !done {
		s.count[kind]++
		s.replaced[key] = example(s.count[kind])
		s.replaced[kind+" "+s.replaced[key]] = s.replaced[key] // A second pass changes nothing.
	}
	return s.replaced[key]
}

// filter removes the entries of other commands and nodes from a list, because it can have
// parameters and outputs of anyone. It leaves the bytes of the others as they are.
func filter(body string, commands []string, node string) (string, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(body), &object) != nil {
		return body, false
	}
	for name, own := range map[string]func(entry struct{ CommandID, InstanceID string }) bool{
		"Commands":                func(e struct{ CommandID, InstanceID string }) bool { return slices.Contains(commands, e.CommandID) },
		"CommandInvocations":      func(e struct{ CommandID, InstanceID string }) bool { return slices.Contains(commands, e.CommandID) },
		"InstanceInformationList": func(e struct{ CommandID, InstanceID string }) bool { return e.InstanceID == node },
	} {
		var list []json.RawMessage
		if object[name] == nil || json.Unmarshal(object[name], &list) != nil {
			continue
		}
		var kept []string
		for _, entry := range list {
			var ids struct{ CommandID, InstanceID string }
			if json.Unmarshal(entry, &ids) == nil && own(ids) {
				kept = append(kept, string(entry))
			}
		}
		last := object["NextToken"] == nil || string(object["NextToken"]) == `""`
		if len(kept) == len(list) && last {
			return body, false
		}
		body = `{"` + name + `":[` + strings.Join(kept, ",") + `]`
		if object["NextToken"] != nil {
			body += `,"NextToken":` + string(object["NextToken"])
		}
		return body + "}", true
	}
	return body, false
}

// unknown reports whether a text or a string in JSON has an account ID or an access key that is no
// example.
func unknown(text string) bool {
	literals := stringLiteral.FindAllString(text, -1)
	if !json.Valid([]byte(text)) {
		literals = []string{text}
	}
	for _, literal := range literals {
		for _, found := range account.FindAllString(literal, -1) {
			if found != exampleAccount && !isExampleUUIDPart(found) {
				return true
			}
		}
		for _, found := range accessKey.FindAllString(literal, -1) {
			if found != "AKIAIOSFODNN7EXAMPLE" {
				return true
			}
		}
	}
	return false
}
