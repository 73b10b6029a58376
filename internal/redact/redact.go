// SPDX-License-Identifier: MPL-2.0

// Package redact removes secrets from text before the text can reach a diagnostic or a log.
//
// The values that it removes are those that the process uses: keys and tokens of the provider
// block, of the environment, of profiles, and of every set of credentials that was fetched. Code
// that obtains such a value reports it with [Add]. In addition, [Text] recognizes what looks like a
// secret whatever its origin. The set is one for the whole process, since a text that carries a
// secret does not say which provider block the secret belongs to.
package redact

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Placeholder replaces a secret in a text.
const Placeholder = "(sensitive)"

// shortest is the minimum length in bytes of a redacted value. Shorter values occur in ordinary
// words, so that redacting them would make messages unreadable.
const shortest = 4

// wordLike is the length in bytes up to which a value is redacted only if it is not part of a
// longer word. Local mocks of AWS are used with keys such as "test", which occur in many words; the
// shortest access key ID has 16 bytes.
const wordLike = 15

var (
	mu     sync.RWMutex
	known  = map[string]bool{}
	values []value // Longest first, because a value may contain another one.
)

// value is a text to remove, with the pattern that finds it if plain replacement is too broad.
type value struct {
	text    string
	pattern *regexp.Regexp
}

// Add makes [Text] remove the secrets, also in their encoded forms in URLs, JSON, and XML. Strings
// of fewer than four bytes are ignored.
func Add(secrets ...string) {
	mu.Lock()
	defer mu.Unlock()
	for _, secret := range secrets {
		secret = strings.TrimSpace(secret)
		if known[secret] {
			continue
		}
		known[secret] = true
		for _, form := range forms(secret) {
			if len(form) >= shortest && !slices.ContainsFunc(values, func(v value) bool { return v.text == form }) {
				values = append(values, newValue(form))
			}
		}
	}
	slices.SortStableFunc(values, func(a, b value) int { return len(b.text) - len(a.text) })
}

func newValue(text string) value {
	if len(text) > wordLike {
		return value{text: text}
	}
	return value{text: text, pattern: regexp.MustCompile(`(^|\W)` + regexp.QuoteMeta(text) + `(\W|$)`)}
}

// remove returns s without the value.
func (v value) remove(s string) string {
	if v.pattern == nil || !strings.Contains(s, v.text) {
		return strings.ReplaceAll(s, v.text, Placeholder)
	}
	// Twice: two occurrences may share the character between them, which one match consumes.
	for range 2 {
		s = v.pattern.ReplaceAllString(s, "${1}"+Placeholder+"${2}")
	}
	return s
}

// forms returns a secret and its encoded forms.
func forms(secret string) []string {
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if encoded, err := json.Marshal(secret); err == nil {
		all = append(all, string(encoded[1:len(encoded)-1]))
	}
	var escaped strings.Builder
	if xml.EscapeText(&escaped, []byte(secret)) == nil {
		all = append(all, escaped.String())
	}
	return all
}

// shape matches texts that are secrets by their form.
type shape struct {
	pattern *regexp.Regexp
	remains string // The replacement.
}

// shapes are compiled when the first text is searched.
var shapes = sync.OnceValue(func() []shape {
	return []shape{
		// A JSON web token: STS repeats a web identity token that it rejects.
		{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`), Placeholder},
		// The session token in the canonical request that AWS returns if a signature does not match.
		{regexp.MustCompile(`(?i)(x-amz-security-token["']?\s*[:=]\s*["']?)[^\s"'&]+`), "${1}" + Placeholder},
		// Members of the JSON of credential_process, of the container endpoint, and of the AWS CLI's
		// caches.
		{regexp.MustCompile(`(?i)((?:secret_?access_?key|session_?token|security_?token|aws_secret_access_key)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'&,}\\]+`), "${1}" + Placeholder},
		// The signature in the header that AWS repeats if it cannot parse it.
		{regexp.MustCompile(`(Signature=)[0-9a-fA-F]{64}`), "${1}" + Placeholder},
		// User name and password in a URL of a proxy or an endpoint.
		{regexp.MustCompile(`(://)[^/\s@"']+@`), "${1}" + Placeholder + "@"},
	}
})

// Text returns s without secrets.
func Text(s string) string {
	mu.RLock()
	for _, value := range values {
		s = value.remove(s)
	}
	mu.RUnlock()
	for _, shape := range shapes() {
		s = shape.pattern.ReplaceAllString(s, shape.remains)
	}
	return s
}

// signatureCodes begin the error codes whose messages contain the canonical request: the headers
// that were signed, the session token among them (IAM User Guide, "Troubleshoot Signature Version 4
// requests"; aws/aws-sdk-cpp#17 has such a message).
var signatureCodes = []string{"InvalidSignature", "SignatureDoesNotMatch", "IncompleteSignature"}

// Message returns the message of an AWS error with the code, without secrets. If the code is about
// the signature, only the first sentence of the message remains.
func Message(code, message string) string {
	if slices.ContainsFunc(signatureCodes, func(start string) bool { return strings.HasPrefix(code, start) }) {
		message, _, _ = strings.Cut(message, "\n")
		if end := strings.Index(message, ". "); end >= 0 {
			message = message[:end+1]
		}
	}
	return Text(message)
}
