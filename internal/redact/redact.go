// Package redact removes secrets from text before the text can reach a diagnostic or a log.
//
// The values that it removes are those that the process uses: keys and tokens of the provider
// block, of the environment, of profiles, and of every set of credentials that was fetched.
// Code that obtains such a value reports it with [Add]. In addition, [Text] recognizes what looks
// like a secret whatever its origin. The set is one for the whole process, since a text that
// carries a secret does not say which provider block the secret belongs to.
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

// Placeholder stands in a text where a secret was.
const Placeholder = "(sensitive)"

// shortest is the length in bytes from which a value is redacted. Shorter values occur in
// ordinary words, and every message with such a word would become unreadable.
const shortest = 4

var (
	mu     sync.RWMutex
	values []string // Longest first: a value may contain another one.
)

// Add makes [Text] remove the secrets, also in the forms that they take in URLs, JSON, and XML.
// Strings of fewer than four bytes are ignored.
func Add(secrets ...string) {
	mu.Lock()
	defer mu.Unlock()
	for _, secret := range secrets {
		for _, form := range forms(strings.TrimSpace(secret)) {
			if len(form) >= shortest && !slices.Contains(values, form) {
				values = append(values, form)
			}
		}
	}
	slices.SortStableFunc(values, func(a, b string) int { return len(b) - len(a) })
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

// shapes are texts that are secrets whoever they belong to, each with what remains of it.
var shapes = []struct {
	pattern *regexp.Regexp
	remains string
}{
	// A JSON web token: STS repeats a web identity token that it cannot accept.
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*`), Placeholder},
	// The session token in the canonical request that AWS returns if a signature does not match.
	{regexp.MustCompile(`(?i)(x-amz-security-token["']?\s*[:=]\s*["']?)[^\s"'&]+`), "${1}" + Placeholder},
	// Members of the JSON of credential_process, of the container endpoint, and of the AWS CLI's caches.
	{regexp.MustCompile(`(?i)((?:secret_?access_?key|session_?token|security_?token|aws_secret_access_key)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'&,}\\]+`), "${1}" + Placeholder},
	// User name and password in a URL of a proxy or an endpoint.
	{regexp.MustCompile(`(://)[^/\s@"']+@`), "${1}" + Placeholder + "@"},
}

// Text returns s without secrets.
func Text(s string) string {
	mu.RLock()
	for _, value := range values {
		s = strings.ReplaceAll(s, value, Placeholder)
	}
	mu.RUnlock()
	for _, shape := range shapes {
		s = shape.pattern.ReplaceAllString(s, shape.remains)
	}
	return s
}
