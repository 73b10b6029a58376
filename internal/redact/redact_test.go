// SPDX-License-Identifier: MPL-2.0

package redact

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	const (
		key   = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
		inner = "wJalrXUtnFEMI"
	)
	Add(key, inner, "tenant: <&> \"7\"", "", "abc", "test", "pass")
	for name, test := range map[string]struct{ in, want string }{
		"none":               {"no secret here", "no secret here"},
		"plain":              {"key " + key + ".", "key (sensitive)."},
		"contained":          {"key " + inner + ".", "key (sensitive)."},
		"query":              {"k=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY&x", "k=(sensitive)&x"},
		"JSON":               {`{"id":"tenant: \u003c\u0026\u003e \"7\""}`, `{"id":"(sensitive)"}`},
		"XML":                {`<Id>tenant: &lt;&amp;&gt; &#34;7&#34;</Id>`, `<Id>(sensitive)</Id>`},
		"too short to be it": {"abc", "abc"},
		"web token":          {"Value 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2ln-bmF0_dXJl' at", "Value '(sensitive)' at"},
		"canonical request":  {"host:x\nx-amz-security-token:FwoGZXIvYXdzEBYa\nx", "host:x\nx-amz-security-token:(sensitive)\nx"},
		"JSON member":        {`{"SecretAccessKey": "unheardof/1", "SessionToken":"t0ken=="}`, `{"SecretAccessKey": "(sensitive)", "SessionToken":"(sensitive)"}`},
		"quoted JSON":        {`"{\"SecretAccessKey\":\"unheardof/1\"}"`, `"{\"SecretAccessKey\":\"(sensitive)\"}"`},
		"URL":                {`parse "http://user:pass%20word@proxy:3128"`, `parse "http://(sensitive)@proxy:3128"`},
		"short, a word":      {`key "test", test test,test.`, `key "(sensitive)", (sensitive) (sensitive),(sensitive).`},
		"short, in a word":   {"the latest test_case of attestation", "the latest test_case of attestation"},
		"short, in Basic":    {"user:pass@host passed", "user:(sensitive)@host passed"},
		"signature header":   {"in Authorization header: 'AWS4-HMAC-SHA256 Credential=A/b, Signature=" + strings.Repeat("0f", 32) + "'", "in Authorization header: 'AWS4-HMAC-SHA256 Credential=A/b, Signature=(sensitive)'"},
		"address":            {"mail someone@example.com", "mail someone@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Text(test.in)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if strings.Contains(Text(got), Placeholder+Placeholder) || Text(got) != got {
				t.Errorf("a second pass changes it to %q", Text(got))
			}
		})
	}
}

func TestMessage(t *testing.T) {
	const canonical = "\n\nThe Canonical String for this request should have been\n'POST\n/\n\nhost:ssm\nx-amz-security-token:FwoGZXIvYXdzEBYa\n'"
	for name, test := range map[string]struct{ code, in, want string }{
		"JSON services":      {"InvalidSignatureException", "The signature does not match. Check your key." + canonical, "The signature does not match."},
		"query services":     {"SignatureDoesNotMatch", "The signature does not match." + canonical, "The signature does not match."},
		"a clock":            {"InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z (20260101T001000Z - 5 min.)", "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z (20260101T001000Z - 5 min.)"},
		"incomplete":         {"IncompleteSignature", "Credential is missing. Authorization=AWS4", "Credential is missing."},
		"about other things": {"AccessDenied", "Not authorized. Ask.", "Not authorized. Ask."},
	} {
		if got := Message(test.code, test.in); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
