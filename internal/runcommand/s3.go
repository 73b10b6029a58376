// SPDX-License-Identifier: MPL-2.0

package runcommand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/ssm-provider/terraform-provider-ssm/internal/awscall"
	"github.com/ssm-provider/terraform-provider-ssm/internal/lazyregexp"
	"github.com/ssm-provider/terraform-provider-ssm/internal/poll"
)

// getObject is the name of the one operation that is not Systems Manager's.
const getObject = "GetObject"

// ObjectAPI is the operation of S3 that a [Client] calls for streams that the service truncated.
type ObjectAPI interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// complete replaces each stream of the result that the service truncated by the complete stream,
// from the object that the command wrote to S3. A stream that was not truncated costs no request.
func (r *invocationRead) complete(ctx context.Context) error {
	i := &r.result.Invocation
	for _, s := range []struct {
		name   string
		stream *Stream
	}{{"stdout", &i.StandardOutput}, {"stderr", &i.StandardError}} {
		if s.stream.Content == nil || !s.stream.Truncated {
			continue
		}
		o := &objectRead{operation: r.operation, query: r.query, name: s.name, stream: s.stream, invocation: i, absent: poll.Grace{Limit: r.query.Visibility}}
		o.Session = r.client.session(new(awscall.Reach)) // S3 is a service of its own.
		content, err := o.readStream(ctx)
		if err != nil {
			return err
		}
		s.stream.Content, s.stream.Truncated = &content, false
	}
	return nil
}

// objectRead reads one stream from S3.
type objectRead struct {
	operation
	query      InvocationQuery
	name       string // stdout or stderr
	stream     *Stream
	invocation *Invocation

	object  object
	moved   bool
	absent  poll.Grace   // Starts with the first response without the output.
	why     NotAvailable // What such a response meant.
	content string
}

// readStream reads the complete stream.
func (r *objectRead) readStream(ctx context.Context) (string, error) {
	if r.stream.URL == "" {
		return "", r.notAvailable(NotWrittenToS3, nil)
	}
	var err error
	if r.object, err = parseObjectURL(r.stream.URL); err != nil {
		return "", r.notAvailable(NotAnS3URL, nil)
	}
	if r.client.options.Objects == nil || !r.object.holds(r.query.CommandID, r.query.InstanceID, r.name) {
		return "", r.notAvailable(NotAnS3URL, nil)
	}
	err = r.run(ctx, r)
	var denial *AccessDeniedError
	var rejection *RejectedError
	switch {
	case errors.As(err, &denial):
		denial.Object = r.object.String()
	case errors.As(err, &rejection):
		rejection.Object = r.object.String()
	}
	return r.content, err
}

// Poll requests the object once. It is the only state of this read.
func (r *objectRead) Poll(ctx context.Context) (poll.State, error) {
	content, err := r.get(ctx)
	switch {
	case err == nil:
		return r.take(content)
	case is(err, "NoSuchKey", "NotFound"): // Without a body, the SDK takes the status for the code.
		return r.wait(NoObject, err)
	case is(err, "NoSuchBucket"):
		return nil, r.notAvailable(NoObject, err)
	case r.move(err):
		return r.Poll(ctx)
	}
	return nil, err
}

// take takes the object if it is the complete stream.
func (r *objectRead) take(content string) (poll.State, error) {
	content = clean(content) // A replaced byte takes three.
	if size := int64(len(content)); size > r.query.MaxOutputBytes {
		return nil, &OutputTooLargeError{Stream: r.name, Object: r.object.String(), Size: size, Limit: r.query.MaxOutputBytes}
	}
	if !continues(content, *r.stream.Content) {
		return r.wait(NotTheOutput, nil)
	}
	r.content = content
	return nil, nil
}

// wait polls again until the visibility timeout: the service gives the URL before the upload is
// complete, and also if the upload failed.
func (r *objectRead) wait(why NotAvailable, err error) (poll.State, error) {
	r.why = why
	if r.absent.Over(time.Now()) {
		return nil, r.notAvailable(why, err)
	}
	return r, nil
}

// PollBy is the end of the wait for the upload.
func (r *objectRead) PollBy() time.Time { return r.absent.Ends() }

// TimedOut says that the object did not come, or that S3 was not reached.
func (r *objectRead) TimedOut(context.Context) error {
	if !r.absent.Started() {
		return r.unreached(r.Trouble())
	}
	return r.notAvailable(r.why, nil)
}

// continues reports whether an object's text begins with what the service keeps of a stream. Both
// have been made UTF-8, each run of invalid bytes in its own way: the agent's encoder writes one
// U+FFFD for every byte. What the service keeps can end in the agent's marker, and in a character
// that was split.
func continues(object, kept string) bool {
	const replacement = string(utf8.RuneError)
	single := func(s string) string {
		var b strings.Builder
		last := rune(0)
		for _, r := range s {
			if r != utf8.RuneError || last != utf8.RuneError {
				b.WriteRune(r)
			}
			last = r
		}
		return b.String()
	}
	kept = strings.TrimRight(strings.TrimSuffix(kept, agentMarker), replacement)
	return strings.HasPrefix(single(object), single(kept))
}

// move takes the Region of a bucket that is in another Region than its URL says from the response
// of S3. No redirect is followed: the next request goes to the endpoint of that Region.
func (r *objectRead) move(err error) bool {
	var f *awscall.CallError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &f) || !errors.As(err, &response) || response.Response == nil {
		return false
	}
	region := response.Response.Header.Get("X-Amz-Bucket-Region")
	redirected := f.Status == http.StatusMovedPermanently || f.Status == http.StatusTemporaryRedirect || f.Code == "AuthorizationHeaderMalformed"
	if !redirected || !awscall.LooksLikeRegion(region) || region == r.object.region || r.moved {
		return false
	}
	r.moved = true
	r.object.region = region
	return true
}

// get requests the object and reads all of it, or nothing if it is too large.
func (r *objectRead) get(ctx context.Context) (content string, err error) {
	limit := min(r.query.MaxOutputBytes, mostOutput)
	err = r.Do(ctx, awscall.Call{Operation: getObject}, func(ctx context.Context, a *awscall.Attempts) error {
		api, err := r.client.options.Objects(ctx, r.object.region)
		if err != nil {
			return err
		}
		in := &s3.GetObjectInput{Bucket: aws.String(r.object.bucket), Key: aws.String(r.object.key)}
		if r.query.BucketOwner != "" {
			in.ExpectedBucketOwner = aws.String(r.query.BucketOwner)
		}
		out, err := api.GetObject(ctx, in, func(o *s3.Options) {
			o.Retryer = a.Retryer(o.Retryer)
			o.APIOptions = append(o.APIOptions, a.APIOption)
		})
		if err != nil {
			return err
		}
		defer out.Body.Close()
		if got := notWhole(out); got != "" {
			return &awscall.MismatchError{Got: got}
		}
		a.Reached()
		if size := aws.ToInt64(out.ContentLength); size > limit {
			return awscall.Final(&OutputTooLargeError{Stream: r.name, Object: r.object.String(), Size: size, Limit: limit})
		}
		read, err := a.ReadAll(io.LimitReader(out.Body, limit+1))
		if err != nil {
			return err
		}
		if size := int64(len(read)); size != aws.ToInt64(out.ContentLength) {
			return &awscall.MismatchError{Got: fmt.Sprintf("%d bytes of an object of %d", size, aws.ToInt64(out.ContentLength))}
		}
		content = string(read)
		return nil
	})
	return content, err
}

// mostOutput bounds in bytes what is read of a stream, whatever the query allows.
const mostOutput = 1 << 30

// notWhole says what a response is about unless it is about a whole object in S3, as stored. S3
// gives every object an ETag and a length; a portal's page, which is a 200 too, has no ETag.
func notWhole(out *s3.GetObjectOutput) string {
	response, _ := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response)
	switch {
	case aws.ToString(out.ETag) == "":
		return "something that is not an object in S3"
	case response == nil || response.StatusCode != http.StatusOK || aws.ToString(out.ContentRange) != "":
		return "a part of an object"
	case out.ContentLength == nil:
		return "an object without a length, whose end cannot be told from an interruption"
	case aws.ToString(out.ContentEncoding) != "" && !strings.EqualFold(*out.ContentEncoding, "identity"):
		return "an encoded object (" + *out.ContentEncoding + ")"
	}
	return ""
}

func (r *objectRead) notAvailable(why NotAvailable, err error) error {
	e := &OutputNotAvailableError{Stream: r.name, Why: why, URL: r.stream.URL}
	if f := (*awscall.CallError)(nil); errors.As(err, &f) {
		response := responseOf(f)
		e.Response = &response
	}
	if c := r.invocation.CloudWatchOutput; c != nil {
		e.CloudWatchGroup = c.LogGroupName
		e.CloudWatchStream = fmt.Sprintf("%s/%s/%s/%s", r.invocation.CommandID, r.invocation.InstanceID,
			strings.NewReplacer(":", "-", "*", "-").Replace(r.invocation.PluginName), r.name)
	}
	return e
}

// object is where a stream is in S3.
type object struct{ bucket, key, region string }

func (o object) String() string { return fmt.Sprintf("s3://%s/%s", o.bucket, o.key) }

// s3Host fits the host names that output URLs have had, in every partition: with
// the bucket in front or in the path, with the region after a dot, after a dash, or
// not at all, and the FIPS and dual-stack forms of them.
var s3Host = lazyregexp.New(`^(?:(.+)\.)?s3(?:-fips)?(?:\.dualstack)?(?:[.-]([a-z]{2,4}(?:-[a-z]+)+-[0-9]+))?\.[a-z0-9.-]+$`)

// globalRegion is that of a host name without one, the oldest style.
const globalRegion = "us-east-1"

// parseObjectURL takes bucket, key and region from an output URL, and nothing else:
// no request goes to a host that a URL names.
func parseObjectURL(raw string) (object, error) {
	refuse := func() (object, error) {
		return object{}, fmt.Errorf("%q is not the URL of an object in S3", raw)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Port() != "" {
		// A "?" or "#" of a key would be escaped: what follows one here is not part of the path,
		// and the path alone names another object.
		return refuse()
	}
	m := s3Host.Get().FindStringSubmatch(strings.ToLower(u.Hostname()))
	if m == nil {
		return refuse()
	}
	o := object{bucket: m[1], key: strings.TrimPrefix(u.Path, "/"), region: m[2]}
	if o.bucket == "" {
		o.bucket, o.key, _ = strings.Cut(o.key, "/")
	}
	if o.region == "" {
		o.region = globalRegion
	}
	if !bucketName.MatchString(o.bucket) || specialBucket.MatchString(o.bucket) || o.key == "" {
		return refuse()
	}
	return o, nil
}

// bucketName fits the name of a general purpose bucket. Access points, Object Lambda endpoints,
// and directory buckets, whose names specialBucket fits, can lead to what another account or a
// program provides.
var (
	bucketName    = lazyregexp.New(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	specialBucket = lazyregexp.New(`(-s3alias|--ol-s3|--x-s3|--table-s3|\.mrap)$`)
)

// holds reports whether the object is the stream of an invocation. The agent writes each stream
// to PREFIX/COMMAND/NODE/PLUGIN/STEP/stdout or stderr (amazon-ssm-agent, fileutil.BuildS3Path).
// Which object is read must not depend on the URL alone: whoever sends a command chooses the
// bucket and the prefix.
func (o object) holds(command, node, stream string) bool {
	segments := strings.Split(o.key, "/")
	if slices.Contains(segments, ".") || slices.Contains(segments, "..") || segments[len(segments)-1] != stream {
		return false
	}
	for i := range segments[:len(segments)-1] {
		if strings.EqualFold(segments[i], command) && strings.EqualFold(segments[i+1], node) {
			return true
		}
	}
	return false
}
