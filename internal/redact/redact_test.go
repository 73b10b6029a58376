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
	Add(key, inner, "tenant: <&> \"7\"", "", "abc")
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
