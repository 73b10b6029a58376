// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
)

// Output is returned as the script wrote it.
func TestOutputText(t *testing.T) {
	t.Parallel()
	// The limit of the service, a multi-byte character across the limit, and the marker of the agent.
	const marker = "--output truncated--"
	room := 24000 - len(marker)

	tests := map[string]struct {
		stdout, stderr string
		want           map[string]knownvalue.Check
	}{
		// Each character is six bytes in JSON, so that the response is one line of 144 kB. A log reader
		// with a limit of 64 KiB per line failed such a read even without logging.
		"a line over 64 KiB of JSON": {strings.Repeat("\x01", 23999), "", map[string]knownvalue.Check{
			"standard_output_content": is(strings.Repeat("\x01", 23999)), "standard_output_truncated": no,
		}},
		"a truncated line over 64 KiB of JSON": {strings.Repeat("\x01", 30000), strings.Repeat("\x02", 9000), map[string]knownvalue.Check{
			"standard_output_content": is(strings.Repeat("\x01", room) + marker), "standard_output_truncated": yes,
			"standard_error_content": is(strings.Repeat("\x02", 8000)), "standard_error_truncated": yes,
		}},
		"a character split by truncation": {strings.Repeat("a", room-1) + "€" + strings.Repeat("b", 100), strings.Repeat("a", 7999) + "é", map[string]knownvalue.Check{
			"standard_output_content": is(strings.Repeat("a", room-1) + "\uFFFD" + marker), "standard_output_truncated": yes,
			"standard_error_content": is(strings.Repeat("a", 7999) + "\uFFFD"), "standard_error_truncated": yes,
		}},
		"bytes that are not UTF-8": {"a\xff\xfeb", "\xe2\x82", map[string]knownvalue.Check{
			"standard_output_content": is("a\uFFFDb"), "standard_output_truncated": no, "standard_error_content": is("\uFFFD"), "standard_error_truncated": no,
		}},
		"NUL and line ends": {"a\x00b\r\nc\rd\n\n", "\ufeff\t ", map[string]knownvalue.Check{
			"standard_output_content": is("a\x00b\r\nc\rd\n\n"), "standard_error_content": is("\ufeff\t "),
		}},
		"template syntax": {"${oh} %{ no } \"\\n", "", map[string]knownvalue.Check{"standard_output_content": is("${oh} %{ no } \"\\n")}},
		"a short text that ends like a marker": {"it printed: " + marker, "", map[string]knownvalue.Check{
			"standard_output_content": is("it printed: " + marker), "standard_output_truncated": no,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := acctest.Serve(t, sent(ended("Success", test.stdout, test.stderr)))
			apply(t, resource.TestStep{
				Config:            fake.Provider() + acctest.Invocation(command, node),
				ConfigStateChecks: values(this, test.want),
			})
		})
	}
}
