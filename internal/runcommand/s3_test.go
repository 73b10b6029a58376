// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// bucket returns a Client over a script whose command writes to S3, with clients of S3.
func bucket(t *testing.T, s fakeaws.Step, change func(*fakeaws.Script)) (reader *Client, server *fakeaws.Server, clients *int) {
	t.Helper()
	script := sent(fakeaws.Invocation{Steps: []fakeaws.Step{s}})
	script.Regions = []string{"us-east-1", "eu-west-1"}
	script.Commands[0].OutputS3BucketName, script.Commands[0].OutputS3KeyPrefix = "outputs", "run/command"
	if change != nil {
		change(&script)
	}
	clients = new(int)
	reader, server = serve(t, script, func(o *Options) {
		o.Objects = func(_ context.Context, region string) (ObjectAPI, error) {
			*clients++
			return objectsOf(server, region), nil
		}
	})
	return reader, server, clients
}

// objectsOf returns the real S3 client over the fake.
func objectsOf(server *fakeaws.Server, region string) ObjectAPI {
	return s3.New(s3.Options{
		Region:      region,
		HTTPClient:  &http.Client{Transport: server.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer:     retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None }),
	})
}

func completely(q *InvocationQuery) { q.CompleteOutput, q.MaxOutputBytes = true, 2<<20 }

// long is text that no response of Systems Manager holds, with multi-byte characters, Windows line
// ends, and NUL.
var long = strings.Repeat("é ✓ 漢字\r\n\x00 tail -f\n", 40000)

func TestCompleteOutput(t *testing.T) {
	for name, change := range map[string]func(*fakeaws.Script){
		"as it is":               func(*fakeaws.Script) {},
		"a URL with a dash":      func(s *fakeaws.Script) { s.Commands[0].S3URLStyle = fakeaws.S3Dashed },
		"a URL without a region": func(s *fakeaws.Script) { s.Commands[0].S3URLStyle = fakeaws.S3Global },
		"a bucket elsewhere":     func(s *fakeaws.Script) { s.Commands[0].OutputS3BucketRegion = "eu-west-1" },
		"an upload that is late": func(s *fakeaws.Script) { s.Commands[0].Invocations[0].Steps[0].UploadedAfter = 20 },
		"S3 throttles for long": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.Throttle, Until: 300, Times: -1}}
		},
		"lost connections": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.Drop, Times: 4}}
		},
		"connection lost in the middle": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.TruncateBody, Times: 3}}
		},
		"stalls in the middle": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.StallBody, Times: 2}}
		},
		"an S3 that is silent": func(s *fakeaws.Script) { s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.Silent}} },
		"a portal's page": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.HTML200, Times: 2}}
		},
		"an empty response": func(s *fakeaws.Script) { s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.Empty200}} },
		"a token that expired": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.ExpiredToken}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, server, _ := bucket(t, done(0, 5, long), change)
				reader.options.RenewCredentials = func() {}
				i := read(t, reader, ask(completely)).Invocation
				if i.StandardOutput.Truncated || *i.StandardOutput.Content != long {
					t.Fatalf("truncated %t, %d bytes of %d", i.StandardOutput.Truncated, len(*i.StandardOutput.Content), len(long))
				}
				if *i.StandardError.Content != "" || i.StandardError.Truncated {
					t.Errorf("%+v", i.StandardError)
				}
				if name == "as it is" && server.Count(getObject) != 1 {
					t.Errorf("%d requests to S3 for one truncated stream", server.Count(getObject))
				}
			})
		})
	}
}

func TestBothStreamsAndInvalidBytes(t *testing.T) {
	virtual(t, func(t *testing.T) {
		s := done(0, 0, strings.Repeat("a\xffb", 10000))
		s.StandardError = strings.Repeat("e", 20000)
		reader, server, _ := bucket(t, s, nil)
		i := read(t, reader, ask(completely)).Invocation
		if *i.StandardOutput.Content != strings.Repeat("a\uFFFDb", 10000) || *i.StandardError.Content != s.StandardError || server.Count(getObject) != 2 {
			t.Errorf("%d and %d bytes, %d requests", len(*i.StandardOutput.Content), len(*i.StandardError.Content), server.Count(getObject))
		}
	})
}

// A stream that is not truncated costs no request and no client.
func TestCompleteStreamNeedsNoClient(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server, clients := bucket(t, done(0, 0, "short\n"), nil)
		if got := stdout(t, read(t, reader, ask(completely))); got != "short\n" || *clients != 0 || server.Count("") != 1 {
			t.Errorf("%q, %d clients, %d requests", got, *clients, server.Count(""))
		}
		reader, server, clients = bucket(t, done(0, 0, long), nil)
		if i := read(t, reader, ask()).Invocation; !i.StandardOutput.Truncated || *clients != 0 || server.Count("") != 1 {
			t.Errorf("%d clients, %d requests without complete output", *clients, server.Count(""))
		}
	})
}

func TestOutputNotAvailable(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(*fakeaws.Script)
		why       NotAvailable
		low, high time.Duration
	}{
		"the command did not write to S3": {func(s *fakeaws.Script) { s.Commands[0].OutputS3BucketName = "" }, NotWrittenToS3, 0, 0},
		"the upload failed":               {func(s *fakeaws.Script) { s.Commands[0].Invocations[0].Steps[0].NeverUploaded = true }, NoObject, 30 * time.Second, 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader, _, _ := bucket(t, done(0, 0, long), func(s *fakeaws.Script) {
					s.Commands[0].CloudWatchOutputConfig.CloudWatchOutputEnabled = true
					c.change(s)
				})
				err := refused[*OutputNotAvailableError](t, reader, ask(completely))
				elapsedBetween(t, epoch, c.low, c.high)
				if err.Why != c.why || err.Stream != "stdout" || err.CloudWatchGroup != "/aws/ssm/AWS-RunShellScript" ||
					err.CloudWatchStream != command+"/"+node+"/aws-runShellScript/stdout" {
					t.Errorf("%+v", err)
				}
			})
		})
	}
}

func TestOutputTooLarge(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, server, _ := bucket(t, done(0, 0, long), nil)
		err := refused[*OutputTooLargeError](t, reader, ask(completely, func(q *InvocationQuery) { q.MaxOutputBytes = int64(len(long)) - 1 }))
		if err.Size != int64(len(long)) || err.Object == "" || server.Count(getObject) != 1 {
			t.Errorf("%+v, %d requests", err, server.Count(getObject))
		}
		read(t, reader, ask(completely, func(q *InvocationQuery) { q.MaxOutputBytes = int64(len(long)) }))
	})
}

func TestObjectDenied(t *testing.T) {
	for _, kind := range []fakeaws.FaultKind{fakeaws.AccessDenied, fakeaws.KMSDenied} {
		virtual(t, func(t *testing.T) {
			reader, _, _ := bucket(t, done(0, 0, long), func(s *fakeaws.Script) { s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: kind, Times: -1}} })
			err := refused[*AccessDeniedError](t, reader, ask(completely))
			if err.Action() != "s3:GetObject" || !strings.HasPrefix(err.Object, "s3://outputs/run/command/"+command) || err.RequestID == "" {
				t.Errorf("%+v", err)
			}
		})
	}
}

// S3 is a service of its own: a response of Systems Manager does not mean that S3 is reached.
func TestS3NeverReached(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader, _, _ := bucket(t, done(0, 0, long), nil)
		reader.options.Objects = func(context.Context, string) (ObjectAPI, error) {
			return s3.New(s3.Options{Region: "us-east-1", HTTPClient: &http.Client{Transport: broken{}},
				Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")}), nil
		}
		err := refused[*UnavailableError](t, reader, ask(completely))
		elapsedBetween(t, epoch, 55*time.Second, 65*time.Second)
		if err.Why != GaveUpUnreached || err.Operation != getObject {
			t.Errorf("%+v", err)
		}
	})
	virtual(t, func(t *testing.T) {
		reader, _, _ := bucket(t, done(0, 0, long), nil)
		reader.options.Objects = func(context.Context, string) (ObjectAPI, error) { return nil, errors.New("no credentials for S3") }
		if err := refused[*CredentialsError](t, reader, ask(completely)); !strings.Contains(err.Cause, "no credentials for S3") {
			t.Errorf("%+v", err)
		}
	})
}

// bucketOf is the transport of S3.
type bucketOf func(*http.Request) (*http.Response, error)

func (f bucketOf) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// objectURL is the address of standard output as the agent writes it.
func objectURL(prefix string) string {
	return "https://s3.us-east-1.amazonaws.com/outputs/" + prefix + command + "/" + node + "/awsrunShellScript/0.awsrunShellScript/stdout"
}

// truncatedIn is a Client over an invocation whose standard output is truncated, with the rest in
// a bucket that the function plays.
func truncatedIn(url, kept string, s3 bucketOf) *Client {
	content, _ := json.Marshal(kept)
	body := strings.Replace(invocationBody("Success", `,"ResponseCode":0,"PluginName":"aws:runShellScript"`), `"StandardOutputContent":""`, `"StandardOutputUrl":"`+url+`","StandardOutputContent":`+string(content), 1)
	reader, _ := responding(responses{"GetCommandInvocation": always(200, body)})
	reader.options.Objects = func(context.Context, string) (ObjectAPI, error) { return objectsBehind(s3), nil }
	return reader
}

func objectsBehind(transport http.RoundTripper) ObjectAPI {
	return s3.New(s3.Options{
		Region:      "us-east-1",
		HTTPClient:  &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer:     retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None }),
	})
}

func respond(r *http.Request, status int, body io.Reader, length int64, headers map[string]string) *http.Response {
	h := http.Header{}
	for name, value := range headers {
		h.Set(name, value)
	}
	if length >= 0 && h.Get("Content-Length") == "" {
		h.Set("Content-Length", strconv.FormatInt(length, 10))
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(body), ContentLength: length, Request: r, ProtoMajor: 1, ProtoMinor: 1}
}

// interrupted fails in the middle of a body.
type interrupted struct{ io.Reader }

func (i interrupted) Read(p []byte) (int, error) {
	n, err := i.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// With any response of S3, or of something in its place, the result is the complete object or an
// error.
func TestCompleteOutputIsTheWholeObjectOrAnError(t *testing.T) {
	object := strings.Repeat("line 000000 é ✓\n", 4000)
	kept := object[:24000-len(agentMarker)] + agentMarker
	rounds := 300
	if testing.Short() {
		rounds = 50
	}
	whole := 0
	for seed := range rounds {
		virtual(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(uint64(seed), 7))
			pick := func(n int) int { return random.IntN(n) }
			calm := 1 + pick(4) // From this request on, S3 is itself, in two of three runs.
			requests := 0
			legitimate := map[string]bool{object: true} // What S3 presented as a whole object.
			reader := truncatedIn(objectURL("logs/"), kept, func(r *http.Request) (*http.Response, error) {
				requests++
				headers := map[string]string{"ETag": `"e"`}
				if requests >= calm && seed%3 > 0 {
					return respond(r, 200, strings.NewReader(object), int64(len(object)), headers), nil
				}
				status := []int{200, 200, 200, 206, 203, 204, 202, 301, 307, 302, 304, 403, 404, 500, 503}[pick(15)]
				content := []string{object, object, object[:30000], object[:100], object[100:], "", strings.Repeat("z", 30000), "<html>log in</html>", "<Error><Code>SlowDown</Code></Error>", object + object, strings.ToUpper(object)}[pick(11)]
				length := int64(len(content))
				var body io.Reader = strings.NewReader(content)
				switch pick(7) {
				case 0:
					length = -1
				case 1:
					length, body = int64(len(object)), interrupted{body}
				case 2:
					length = int64(pick(70000))
				}
				flaw := pick(6)
				if status == 200 && length == int64(len(content)) && flaw > 2 {
					legitimate[content] = true
				}
				switch flaw {
				case 0:
					delete(headers, "ETag")
				case 1:
					headers["Content-Range"] = fmt.Sprintf("bytes 0-%d/64000", len(content)-1)
				case 2:
					headers["Content-Encoding"] = []string{"gzip", "br"}[pick(2)]
				case 3:
					headers["Location"] = "https://elsewhere.invalid/"
					headers["X-Amz-Bucket-Region"] = "eu-west-1"
				}
				return respond(r, status, body, length, headers), nil
			})
			result, err := reader.Invocation(t.Context(), ask(completely, within(10*time.Minute)))
			out := result.Invocation.StandardOutput
			switch {
			case err == nil && (out.Truncated || !legitimate[*out.Content] || !strings.HasPrefix(*out.Content, object[:23000])):
				t.Errorf("seed %d: %d bytes, truncated %t, and no error", seed, len(*out.Content), out.Truncated)
			case err == nil:
				whole++
			case !out.Truncated || *out.Content != kept || !result.OutputOnly:
				t.Errorf("seed %d: %v, and the invocation that was read is lost: %+v", seed, err, out)
			}
		})
	}
	if whole < rounds/3 {
		t.Errorf("%d of %d reads got the object", whole, rounds)
	}
}

// A URL is read only if it names this invocation's stream in a general purpose bucket.
func TestOutputURLOfAnotherObject(t *testing.T) {
	plain := objectURL("")
	for name, url := range map[string]string{
		"another object":         "https://s3.us-east-1.amazonaws.com/company-tfstate/prod/terraform.tfstate",
		"another command":        strings.ReplaceAll(plain, command, otherID),
		"another node":           strings.ReplaceAll(plain, node, otherNode),
		"the other stream":       strings.TrimSuffix(plain, "stdout") + "stderr",
		"a fragment":             strings.Replace(plain, "/outputs/", "/outputs/logs#1/", 1),
		"a query":                strings.Replace(plain, "/outputs/", "/outputs/logs?x/", 1),
		"a port":                 strings.Replace(plain, ".com/", ".com:8443/", 1),
		"an access point":        strings.Replace(plain, "/outputs/", "/arn:aws:s3:us-east-1:999999999999:accesspoint:evil/", 1),
		"an access point alias":  strings.Replace(plain, "/outputs/", "/evil-abcdefghijk-s3alias/", 1),
		"a directory bucket":     strings.Replace(plain, "/outputs/", "/evil--use1-az4--x-s3/", 1),
		"a bucket in capitals":   strings.Replace(plain, "/outputs/", "/Outputs/", 1),
		"a segment that goes up": strings.Replace(plain, "/outputs/", "/outputs/../other/", 1),
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T) {
				reader := truncatedIn(url, strings.Repeat("x", 24000), func(r *http.Request) (*http.Response, error) {
					t.Errorf("a request to %s", r.URL)
					return nil, io.EOF
				})
				err := refused[*OutputNotAvailableError](t, reader, ask(completely))
				if err.Why != NotAnS3URL || err.URL != url {
					t.Errorf("%+v", err)
				}
			})
		})
	}
}

// The size limit applies to what is stored, and the expected owner of the bucket is sent to S3.
func TestBoundsAndOwnerOfTheObject(t *testing.T) {
	object := strings.Repeat("x", 60000)
	owner := ""
	serve := func(r *http.Request) (*http.Response, error) {
		owner = r.Header.Get("X-Amz-Expected-Bucket-Owner")
		return respond(r, 200, strings.NewReader(object), int64(len(object)), map[string]string{"ETag": `"e"`}), nil
	}
	for _, limit := range []int64{math.MaxInt64, math.MaxInt64 - 1, int64(len(object))} {
		virtual(t, func(t *testing.T) {
			reader := truncatedIn(objectURL(""), object[:24000], serve)
			result := read(t, reader, ask(completely, func(q *InvocationQuery) { q.MaxOutputBytes, q.BucketOwner = limit, "111122223333" }))
			if out := result.Invocation.StandardOutput; *out.Content != object || out.Truncated || owner != "111122223333" {
				t.Errorf("%d bytes, truncated %t, owner %q", len(*out.Content), out.Truncated, owner)
			}
		})
	}
	// Each replaced byte takes three: what is stored counts, too.
	virtual(t, func(t *testing.T) {
		object = strings.Repeat("a\xff", 30000)
		reader := truncatedIn(objectURL(""), strings.Repeat("a\uFFFD", 6000), serve)
		err := refused[*OutputTooLargeError](t, reader, ask(completely, func(q *InvocationQuery) { q.MaxOutputBytes = int64(len(object)) }))
		if err.Size != 120000 {
			t.Errorf("%+v", err)
		}
	})
}

// slowObject is a body of which a part arrives every second.
type slowObject struct{ *strings.Reader }

func (s slowObject) Read(p []byte) (int, error) {
	time.Sleep(time.Second)
	return s.Reader.Read(p[:min(len(p), 13_000)])
}

// A large object may take as long as its bytes keep arriving.
func TestSlowDownloadIsReadOnce(t *testing.T) {
	virtual(t, func(t *testing.T) {
		object, requests := strings.Repeat("x", 2_000_000), 0
		reader := truncatedIn(objectURL(""), object[:24000], func(r *http.Request) (*http.Response, error) {
			requests++
			return respond(r, 200, slowObject{strings.NewReader(object)}, int64(len(object)), map[string]string{"ETag": `"e"`}), nil
		})
		result := read(t, reader, ask(completely))
		if out := result.Invocation.StandardOutput; len(*out.Content) != len(object) || requests != 1 {
			t.Errorf("%d bytes, %d requests", len(*out.Content), requests)
		}
		elapsedBetween(t, epoch, 150*time.Second, 180*time.Second)
	})
}

// An error of S3 without an end is bounded.
func TestErrorOfS3IsBounded(t *testing.T) {
	virtual(t, func(t *testing.T) {
		reader := truncatedIn(objectURL(""), strings.Repeat("x", 24000), func(r *http.Request) (*http.Response, error) {
			return respond(r, 403, &endlessBody{10 << 30}, -1, nil), nil
		})
		refused[*UnavailableError](t, reader, ask(completely))
	})
}
