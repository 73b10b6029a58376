// SPDX-License-Identifier: MPL-2.0

// Package lazyregexp compiles regular expressions when they are first used. Terraform starts the
// provider three times in a plan, and most of these processes match nothing.
package lazyregexp

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression that is not yet compiled. It is safe for concurrent use.
type Regexp struct{ compile func() *regexp.Regexp }

// New returns the regular expression of a pattern. Its first use panics if the pattern is not
// valid.
func New(pattern string) Regexp {
	return Regexp{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })}
}

// Get returns the compiled expression.
func (r Regexp) Get() *regexp.Regexp { return r.compile() }

// MatchString reports whether s contains a match.
func (r Regexp) MatchString(s string) bool { return r.compile().MatchString(s) }
