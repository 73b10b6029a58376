// SPDX-License-Identifier: MPL-2.0

package datasource_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/acctest"
	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// exotic is a fault between the service and the provider. It receives the right response, and may
// return it in an unusual way, a part of it, or something else.
type exotic func(w http.ResponseWriter, right *httptest.ResponseRecorder)

// page is a response that is not from the service.
func page(status int, header, value, body string) exotic {
	return func(w http.ResponseWriter, _ *httptest.ResponseRecorder) {
		if header != "" {
			w.Header().Set(header, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// raw writes bytes to the connection and closes it.
func raw(bytes func(right *httptest.ResponseRecorder) string) exotic {
	return func(w http.ResponseWriter, right *httptest.ResponseRecorder) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(connection, bytes(right))
		_ = connection.Close()
	}
}

// rewritten returns the right response with a changed body.
func rewritten(change func(string) string) exotic {
	return func(w http.ResponseWriter, right *httptest.ResponseRecorder) {
		w.WriteHeader(right.Code)
		_, _ = io.WriteString(w, change(right.Body.String()))
	}
}

const html = "<html><body>Please log in.</body></html>"

// exotics are faults that a read retries, and unusual deliveries of the right response.
var exotics = map[string]exotic{
	"throttling":                page(400, "", "", `{"__type":"ThrottlingException","message":"Rate exceeded"}`),
	"throttling, by header":     page(400, "X-Amzn-Errortype", "ThrottlingException:http://internal.amazon.com/", ""),
	"throttling, qualified":     page(400, "", "", `{"__type":"com.amazonaws.ssm#ThrottlingException"}`),
	"internal error":            page(500, "", "", `{"__type":"InternalServerError"}`),
	"503 with Retry-After":      page(503, "Retry-After", "3600", html),
	"429":                       page(429, "", "", "Too Many Requests"),
	"302":                       page(302, "Location", "http://127.0.0.1:1/login", ""),
	"404 page":                  page(404, "", "", html),
	"403 page":                  page(403, "", "", html),
	"407":                       page(407, "", "", ""),
	"413":                       page(413, "", "", html),
	"204":                       page(204, "", "", ""),
	"empty 200":                 page(200, "", "", ""),
	"200 page":                  page(200, "", "", html),
	"another object":            page(200, "", "", `{"ok":true}`),
	"an array":                  page(200, "", "", "[]"),
	"null":                      page(200, "", "", "null"),
	"brackets":                  page(200, "", "", strings.Repeat("[", 20000)),
	"wrong types":               page(200, "", "", `{"CommandId":5,"Commands":{"a":1},"CommandInvocations":"x"}`),
	"about another command":     rewritten(func(s string) string { return strings.ReplaceAll(s, `-4111-`, `-4999-`) }),
	"about another node":        rewritten(func(s string) string { return strings.ReplaceAll(s, `"i-0`, `"i-f`) }),
	"half of the body":          rewritten(func(s string) string { return s[:len(s)/2] }),
	"in UTF-16":                 rewritten(utf16of),
	"compressed without header": rewritten(compressed),
	"dropped":                   raw(func(*httptest.ResponseRecorder) string { return "" }),
	"an SSH banner":             raw(func(*httptest.ResponseRecorder) string { return "SSH-2.0-OpenSSH_9.6\r\n" }),
	"shorter than Content-Length": raw(func(right *httptest.ResponseRecorder) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", right.Body.Len()+10, right.Body)
	}),
	"a chunk that ends early": raw(func(right *httptest.ResponseRecorder) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s", right.Body.Len()+10, right.Body)
	}),
	"HTTP/1.0 that ends early": raw(func(right *httptest.ResponseRecorder) string {
		return "HTTP/1.0 200 OK\r\n\r\n" + right.Body.String()[:right.Body.Len()/2]
	}),
	"HTTP/1.0": raw(func(right *httptest.ResponseRecorder) string { return "HTTP/1.0 200 OK\r\n\r\n" + right.Body.String() }),
	"after early hints": func(w http.ResponseWriter, right *httptest.ResponseRecorder) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(right.Code)
		_, _ = w.Write(right.Body.Bytes())
	},
	"chunks of 7 bytes": func(w http.ResponseWriter, right *httptest.ResponseRecorder) {
		w.WriteHeader(right.Code)
		for chunk := range slices.Chunk(right.Body.Bytes(), 7) {
			_, _ = w.Write(chunk)
			w.(http.Flusher).Flush()
		}
	},
}

// delivered are the unusual deliveries of the right response.
var delivered = map[string]bool{"HTTP/1.0": true, "after early hints": true, "chunks of 7 bytes": true}

func utf16of(s string) string {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, utf16.Encode([]rune("\ufeff"+s)))
	return b.String()
}

func compressed(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, s)
	_ = z.Close()
	return b.String()
}

// 100 reads of three kinds, each behind up to three faults, have the right values. The seed is
// fixed, so that a failure can be repeated.
func TestUnusualResponses(t *testing.T) {
	t.Parallel()
	const singular, ofCommand, ofList = 60, 20, 20
	id := func(n int) string { return fmt.Sprintf("%08d-1111-4111-8111-111111111111", n) }
	node := func(n int) string { return fmt.Sprintf("i-0%016d", n) }
	dice := rand.New(rand.NewPCG(2026, 11))
	names := slices.Sorted(maps.Keys(exotics))
	waiting := map[string][]string{} // Names of faults, by the command and the node of a request.
	struck := map[string]int{}
	total := 0
	plan := func(key string) {
		for range dice.IntN(4) {
			name := names[total%len(names)]
			if name == "about another node" && len(key) == len(command) {
				name = "about another command" // A list request names no node, so that the response cannot be about another one.
			}
			waiting[key] = append(waiting[key], name)
			if total++; delivered[name] {
				return
			}
		}
	}

	var s fakeaws.Script
	want := map[string]any{}
	for n := range singular + ofCommand + ofList {
		step := ended("Success", fmt.Sprintf("output %d ü\n", n), "")
		code := 0.0
		if n%3 == 2 {
			step, code = ended("Failed", "", fmt.Sprintf("error %d\n", n)), 1
		}
		status := step.Timeline[1].Status
		s.Commands = append(s.Commands, fakeaws.Command{CommandID: id(n), Comment: fmt.Sprintf("comment %d", n), SentAt: -60,
			Invocations: []fakeaws.Invocation{{InstanceID: node(n), Steps: []fakeaws.Step{step}}}})
		switch {
		case n < singular:
			want[id(n)] = []any{id(n), node(n), status, code, step.StandardOutput, step.StandardError}
			plan(id(n) + node(n))
		case n < singular+ofCommand:
			want[id(n)] = []any{id(n), status, fmt.Sprintf("comment %d", n), 1.0, code}
			plan(id(n))
		default:
			want[id(n)] = []any{1.0, node(n), status, code}
			plan(id(n))
		}
	}
	fake := acctest.Serve(t, s)
	var mu sync.Mutex
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // The provider closed the connection.
		}
		var requested struct {
			CommandID  string `json:"CommandId"`
			InstanceID string `json:"InstanceId"`
		}
		if err := json.Unmarshal(body, &requested); err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		var next string
		mu.Lock()
		if key := requested.CommandID + requested.InstanceID; len(waiting[key]) > 0 {
			next, waiting[key] = waiting[key][0], waiting[key][1:]
			struck[next]++
		}
		mu.Unlock()
		if next == "" {
			fake.ServeHTTP(w, r)
			return
		}
		right := httptest.NewRecorder()
		fake.ServeHTTP(right, r)
		exotics[next](w, right)
	}))
	defer front.Close()

	// The default, "adaptive", delays all reads if one is throttled, which would take a minute here.
	w := acctest.NewWorkspace(t, fake.Provider(fmt.Sprintf("endpoints {\n    ssm = %q\n  }", front.URL), `retry_mode = "standard"`)+fmt.Sprintf(`
locals { id = [for n in range(%d) : format("%%08d-1111-4111-8111-111111111111", n)] }
data "ssm_command_invocation" "each" {
  count       = %d
  command_id  = local.id[count.index]
  instance_id = format("i-0%%016d", count.index)
}
data "ssm_command" "each" {
  count      = %d
  command_id = local.id[%[2]d + count.index]
}
data "ssm_command_invocations" "each" {
  count      = %d
  command_id = local.id[%[2]d + %[3]d + count.index]
}
output "reads" {
  value = merge(
    { for r in data.ssm_command_invocation.each : r.command_id => [r.command_id, r.instance_id, r.status, r.response_code, r.standard_output_content, r.standard_error_content] },
    { for r in data.ssm_command.each : r.command_id => [r.command_id, r.status, r.comment, r.target_count, r.error_count] },
    { for r in data.ssm_command_invocations.each : r.command_id => [length(r.invocations), r.invocations[0].instance_id, r.invocations[0].status, r.invocations[0].command_plugins[0].response_code] },
  )
}`, singular+ofCommand+ofList, singular, ofCommand, ofList))
	if r := w.Run(t, "plan", "-json", "-parallelism=100", "-out=plan"); r.Code != 0 {
		t.Fatalf("diagnostics %+v", r.Diagnostics(t))
	}
	var shown struct {
		Planned struct {
			Outputs map[string]struct{ Value map[string]any } `json:"outputs"`
		} `json:"planned_values"`
	}
	if err := json.Unmarshal([]byte(w.Succeed(t, "show", "-json", "plan").Stdout), &shown); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, shown.Planned.Outputs["reads"].Value); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
	for key, left := range waiting {
		if len(left) > 0 {
			t.Errorf("%q did not apply to %s", left, key)
		}
	}
	for _, name := range names {
		if struck[name] == 0 {
			t.Errorf("%q never applied", name)
		}
	}
}
