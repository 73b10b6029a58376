package runcommand

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// bucket is a script whose command writes to S3, read with S3 at hand.
func bucket(t *testing.T, s fakeaws.Step, change func(*fakeaws.Script)) (reader *Reader, server *fakeaws.Server, clients *int) {
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

// objectsOf is the real S3 client over a stand-in.
func objectsOf(server *fakeaws.Server, region string) ObjectAPI {
	return s3.New(s3.Options{
		Region:      region,
		HTTPClient:  &http.Client{Transport: server.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		Retryer:     retry.NewStandard(func(o *retry.StandardOptions) { o.RateLimiter = ratelimit.None }),
	})
}

func completely(q *InvocationQuery) { q.CompleteOutput, q.MaxOutputBytes = true, 2<<20 }

// long is text that no API answer holds: many bytes a character, line ends of
// Windows, NUL.
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
		"cut in the middle": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.CutBody, Times: 3}}
		},
		"stalls in the middle": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.StallBody, Times: 2}}
		},
		"an S3 that is silent": func(s *fakeaws.Script) { s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.Silent}} },
		"a portal's page": func(s *fakeaws.Script) {
			s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.HTML200, Times: 2}}
		},
		"an empty answer": func(s *fakeaws.Script) { s.Faults = []fakeaws.Fault{{Operation: getObject, Kind: fakeaws.Empty200}} },
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
					t.Errorf("%d requests to S3 for one cut stream", server.Count(getObject))
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

// What was not cut costs nothing: no request, and not even a client.
func TestNoClientForAStreamThatWasNotCut(t *testing.T) {
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

func TestObjectRefused(t *testing.T) {
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

// S3 is a service of its own: that Systems Manager answers does not mean that S3
// can be reached.
func TestS3ThatIsNeverReached(t *testing.T) {
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
