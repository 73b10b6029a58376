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

// getObject is the API's name of the only operation of S3.
const getObject = "GetObject"

// ObjectAPI has the operation of S3 that a [Client] calls for truncated streams.
type ObjectAPI interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// complete replaces each truncated stream of the result with the complete stream, from the object
// that the command wrote to S3. It sends no request for a stream that is not truncated.
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
	absent  poll.Grace   // Starts when a response does not have the complete output.
	why     NotAvailable // The reason of the last such response.
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
	case is(err, "NoSuchKey", "NotFound"): // Without a body, the SDK uses the text of the status as the code.
		return r.wait(NoObject, err)
	case is(err, "NoSuchBucket"):
		return nil, r.notAvailable(NoObject, err)
	case r.move(err):
		return r.Poll(ctx)
	}
	return nil, err
}

// take stores the content of the object if it is the complete stream.
func (r *objectRead) take(content string) (poll.State, error) {
	content = clean(content) // A replaced byte becomes three bytes.
	if size := int64(len(content)); size > r.query.MaxOutputBytes {
		return nil, &OutputTooLargeError{Stream: r.name, Object: r.object.String(), Size: size, Limit: r.query.MaxOutputBytes}
	}
	if !continues(content, *r.stream.Content) {
		return r.wait(NotTheOutput, nil)
	}
	r.content = content
	return nil, nil
}

// wait retries until the visibility timeout, because the service returns the URL before the upload
// is complete, and even if the upload fails.
func (r *objectRead) wait(why NotAvailable, err error) (poll.State, error) {
	r.why = why
	if r.absent.Over(time.Now()) {
		return nil, r.notAvailable(why, err)
	}
	return r, nil
}

// PollBy returns the end of the visibility timeout.
func (r *objectRead) PollBy() time.Time { return r.absent.Ends() }

// TimedOut returns an [*OutputNotAvailableError], or an [*UnavailableError] if S3 did not respond.
func (r *objectRead) TimedOut(context.Context) error {
	if !r.absent.Started() {
		return r.unreached(r.Trouble())
	}
	return r.notAvailable(r.why, nil)
}

// continues reports whether the text of an object begins with the truncated content of the stream.
// In both, invalid bytes are replaced, but in different ways: this package writes one U+FFFD for a
// run of them, and the agent's encoder one for each byte. The truncated content can end with the
// agent's marker, or with a character that was split.
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

// move reports whether S3 returned that the bucket is in another Region than its URL, and sets that
// Region once. The provider does not follow the redirect: the next request goes to the endpoint of
// the Region.
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

// get reads the object, or returns an [*OutputTooLargeError] if it is too large.
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

// mostOutput is the maximum size of a stream in bytes, regardless of the query.
const mostOutput = 1 << 30

// notWhole returns "" if the response is a whole object in S3, or else what it is, for a
// [*awscall.MismatchError]. Every object in S3 has an ETag and a length. The page of a captive
// portal, which also has the status 200, has no ETag.
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

// object is the location of a stream in S3.
type object struct{ bucket, key, region string }

func (o object) String() string { return fmt.Sprintf("s3://%s/%s", o.bucket, o.key) }

// s3Host matches the host names of output URLs in every partition: with the bucket in the host name
// or in the path, with the Region after a dot, after a hyphen, or without a Region, and the FIPS
// and dual-stack forms of them.
var s3Host = lazyregexp.New(`^(?:(.+)\.)?s3(?:-fips)?(?:\.dualstack)?(?:[.-]([a-z]{2,4}(?:-[a-z]+)+-[0-9]+))?\.[a-z0-9.-]+$`)

// globalRegion is the Region of a host name without a Region.
const globalRegion = "us-east-1"

// parseObjectURL returns the bucket, the key, and the Region of an output URL. The host name is not
// used for requests, because the URL is not trusted.
func parseObjectURL(raw string) (object, error) {
	refuse := func() (object, error) {
		return object{}, fmt.Errorf("%q is not the URL of an object in S3", raw)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Port() != "" {
		// A "?" or "#" in a key would be escaped. Without the text after it, the path is that of
		// another object.
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

// bucketName matches the name of a general purpose bucket. specialBucket matches the names of
// access points, Object Lambda endpoints, and directory buckets, which can return content of
// another account or of a program.
var (
	bucketName    = lazyregexp.New(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	specialBucket = lazyregexp.New(`(-s3alias|--ol-s3|--x-s3|--table-s3|\.mrap)$`)
)

// holds reports whether the object is the stream of an invocation. The agent writes each stream to
// PREFIX/COMMAND/NODE/PLUGIN/STEP/stdout or stderr (amazon-ssm-agent, fileutil.BuildS3Path). The
// check is necessary because the caller of SendCommand chooses the bucket and the prefix.
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
