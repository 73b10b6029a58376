// SPDX-License-Identifier: MPL-2.0

package fakeaws_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// TestTruncation checks each limit at its edge, in bytes: the agent's mark in standard output is
// part of the 24000 bytes, and the service truncates standard error at 8000 without a mark.
func TestTruncation(t *testing.T) {
	long := strings.Repeat("0123456789", 3000)
	tests := map[string]struct{ out, err, wantOut, wantErr string }{
		"short":               {out: "a\r\n\x00b", err: "c", wantOut: "a\r\n\x00b", wantErr: "c"},
		"one below the limit": {out: long[:23999], err: long[:7999], wantOut: long[:23999], wantErr: long[:7999]},
		"at the limit":        {out: long[:24000], err: long[:8000], wantOut: long[:23980] + "--output truncated--", wantErr: long[:8000]},
		"above":               {out: long, err: long, wantOut: long[:23980] + "--output truncated--", wantErr: long[:8000]},
		"a rune split": {
			out: long[:23979] + "é" + long, err: long[:7998] + "€" + long,
			wantOut: long[:23979] + "\xc3--output truncated--", wantErr: long[:7998] + "\xe2\x82",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			out, err := get(t, client(one(t, fakeaws.Step{StandardOutput: test.out, StandardError: test.err})), "")
			if err != nil {
				t.Fatal(err)
			}
			same(t, "standard output", aws.ToString(out.StandardOutputContent), test.wantOut)
			same(t, "standard error", aws.ToString(out.StandardErrorContent), test.wantErr)
		})
	}
	t.Run("a rune split, as the agent's encoder sends it", func(t *testing.T) {
		server := serve(t, fakeaws.Script{ReplaceInvalidUTF8: true, Commands: []fakeaws.Command{{
			CommandID: commandA,
			Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: []fakeaws.Step{{
				StandardOutput: long[:23979] + "é" + long,
			}}}},
		}}})
		out, err := get(t, client(server), "")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "standard output", aws.ToString(out.StandardOutputContent), long[:23979]+"\ufffd--output truncated--")
	})
}

func same(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %d bytes ending in %q, want %d ending in %q", what, len(got), tail(got), len(want), tail(want))
	}
}

func tail(s string) string { return s[max(0, len(s)-40):] }

// TestListOutput checks how the two streams share the 2500 bytes of the list.
func TestListOutput(t *testing.T) {
	const title, cutOut, cutErr = "\n----------ERROR-------\n", "\n---Output truncated---", "\n---Error truncated----"
	long := strings.Repeat("0123456789", 500)
	tests := map[string]struct{ out, err, want string }{
		"both":             {"native-stdout\n", "native-stderr\n", "native-stdout\n" + title + "native-stderr\n"},
		"no error":         {"out", "", "out"},
		"all but full":     {long[:2499], "", long[:2499]},
		"full":             {long[:2500], "", long[:2500-len(cutOut)] + cutOut},
		"long output":      {long, "e", long[:2500-len(title)-len(cutOut)-1] + cutOut + title + "e"},
		"long error":       {"o", long, "o" + title + long[:2500-len(title)-len(cutErr)-1] + cutErr},
		"both long":        {long, long, long[:1215] + cutOut + title + long[:1215] + cutErr},
		"output just half": {long[:1238], long, long[:1215] + cutOut + title + long[:1215] + cutErr},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := client(one(t, fakeaws.Step{StandardOutput: test.out, StandardError: test.err}))
			out, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{Details: true})
			if err != nil {
				t.Fatal(err)
			}
			got := aws.ToString(out.CommandInvocations[0].CommandPlugins[0].Output)
			same(t, "output", got, test.want)
			if len(got) > 2500 {
				t.Errorf("%d bytes", len(got))
			}
		})
	}
}

// TestLateOutput reads output that arrives after the terminal status.
func TestLateOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := client(one(t, fakeaws.Step{StandardOutput: "late\n", OutputLag: 2, Timeline: []fakeaws.Moment{{At: 5, Status: "Success"}}}))
		for _, moment := range []struct {
			at              fakeaws.Seconds
			status, content string
		}{{4, "InProgress", ""}, {5, "Success", ""}, {6, "Success", ""}, {7, "Success", "late\n"}} {
			time.Sleep(time.Until(start.Add(moment.at.Duration())))
			out, err := get(t, c, "")
			if err != nil {
				t.Fatal(err)
			}
			same(t, "status", string(out.Status), moment.status)
			same(t, "standard output", aws.ToString(out.StandardOutputContent), moment.content)
		}
	})
}

// TestOutputURLs checks the three host styles, and that there are no URLs before completion.
func TestOutputURLs(t *testing.T) {
	key := "/bucket/pre/fix/" + commandA + "/" + nodeA + "/awsrunShellScript/0.awsrunShellScript/"
	for style, host := range map[fakeaws.S3URLStyle]string{
		fakeaws.S3Modern: "https://s3.eu-west-1.amazonaws.com",
		fakeaws.S3Dashed: "https://s3-eu-west-1.amazonaws.com",
		fakeaws.S3Global: "https://s3.amazonaws.com",
	} {
		t.Run("style "+string(style), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(serve(t, fakeaws.Script{Commands: []fakeaws.Command{{
					CommandID: commandA, S3URLStyle: style,
					OutputS3BucketName: "bucket", OutputS3KeyPrefix: "pre/fix", OutputS3Region: "eu-west-1",
					Invocations: []fakeaws.Invocation{{InstanceID: nodeA, Steps: []fakeaws.Step{{
						Timeline: []fakeaws.Moment{{At: 5, Status: "Success"}},
					}}}},
				}}}))
				row := func() (string, string, string) {
					out, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{Details: true})
					if err != nil {
						t.Fatal(err)
					}
					p := out.CommandInvocations[0].CommandPlugins[0]
					if a, b := aws.ToString(out.CommandInvocations[0].StandardOutputUrl), aws.ToString(p.StandardOutputUrl); a != b {
						t.Errorf("the row says %q, its only step %q", a, b)
					}
					return aws.ToString(p.StandardErrorUrl), aws.ToString(p.OutputS3Region), aws.ToString(p.OutputS3KeyPrefix)
				}
				prefix := "pre/fix/" + commandA + "/" + nodeA + "/awsrunShellScript"
				if url, region, k := row(); url != "" || region != "" || k != prefix {
					t.Errorf("before the end: %q, %q, %q", url, region, k)
				}
				time.Sleep(5 * time.Second)
				if url, region, k := row(); url != host+key+"stderr" || region != "eu-west-1" || k != prefix {
					t.Errorf("after the end: %q, %q, %q", url, region, k)
				}
				out, err := get(t, c, "")
				if err != nil {
					t.Fatal(err)
				}
				same(t, "URL", aws.ToString(out.StandardOutputUrl), host+key+"stdout")
			})
		})
	}
}

// TestElapsed checks the service's format of a duration, and its end time, which ignores fractions
// of a second.
func TestElapsed(t *testing.T) {
	tests := map[string]struct {
		elapsed      fakeaws.Seconds
		printed, end string
	}{
		"nothing":       {0, "PT0S", "00:00:00.000"},
		"20 ms":         {0.02, "PT0.02S", "00:00:00.000"},
		"half a second": {0.541, "PT0.541S", "00:00:00.000"},
		"no zeros":      {2.44, "PT2.44S", "00:00:02.000"},
		"a minute":      {60, "PT1M", "00:01:00.000"},
		"seconds":       {20.048, "PT20.048S", "00:00:20.000"},
		"an hour":       {3600.271, "PT1H0.271S", "01:00:00.000"},
		"all":           {3725.5, "PT1H2M5.5S", "01:02:05.000"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := client(one(t, fakeaws.Step{StartedAt: fakeaws.At(0), Elapsed: &test.elapsed}))
				out, err := get(t, c, "")
				if err != nil {
					t.Fatal(err)
				}
				same(t, "elapsed", aws.ToString(out.ExecutionElapsedTime), test.printed)
				same(t, "start", aws.ToString(out.ExecutionStartDateTime), "2000-01-01T00:00:00.000Z")
				same(t, "end", aws.ToString(out.ExecutionEndDateTime), "2000-01-01T"+test.end+"Z")
				list, err := c.ListCommandInvocations(t.Context(), &ssm.ListCommandInvocationsInput{Details: true})
				if err != nil {
					t.Fatal(err)
				}
				p := list.CommandInvocations[0].CommandPlugins[0]
				if got := p.ResponseFinishDateTime.Sub(*p.ResponseStartDateTime); got != test.elapsed.Duration() {
					t.Errorf("the list says %v, want %v", got, test.elapsed.Duration())
				}
			})
		})
	}
}
