package runcommand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// getObject is the name of the one operation that is not Systems Manager's.
const getObject = "GetObject"

// ObjectAPI is what a [Reader] asks of S3, for the streams that the service cut.
type ObjectAPI interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// complete replaces each stream of the result that the service cut by all of it,
// from the object that the command wrote to S3. A stream that was not cut costs no
// call.
func (v *invocationRead) complete(ctx context.Context) error {
	i := &v.result.Invocation
	for _, s := range []struct {
		name   string
		stream *Stream
	}{{"stdout", &i.StandardOutput}, {"stderr", &i.StandardError}} {
		if s.stream.Content == nil || !s.stream.Truncated {
			continue
		}
		r := &objectRead{
			wait: v.reader.newWait(v.started, v.query.Timeout), url: s.stream.URL, limit: v.query.MaxOutputBytes,
			visibility: v.query.Visibility, name: s.name, invocation: i,
		}
		content, err := r.read(ctx)
		if err != nil {
			return err
		}
		content = clean(content)
		s.stream.Content, s.stream.Truncated = &content, false
	}
	return nil
}

// objectRead reads one stream from S3. S3 is a service of its own: whether it can
// be reached is found out anew.
type objectRead struct {
	*wait
	url        string
	name       string
	limit      int64
	visibility time.Duration
	invocation *Invocation

	object  object
	moves   int
	since   time.Time // The first "no such key".
	content string
}

func (r *objectRead) read(ctx context.Context) (string, error) {
	if r.url == "" {
		return "", r.notAvailable(NotWrittenToS3, nil)
	}
	var err error
	if r.object, err = parseObjectURL(r.url); err != nil {
		return "", r.notAvailable(NotAnS3URL, nil)
	}
	if r.reader.options.Objects == nil {
		return "", r.notAvailable(NotAnS3URL, nil)
	}
	err = r.inTime(ctx, r.look, func(context.Context) error {
		if r.since.IsZero() {
			return r.unreached()
		}
		return r.notAvailable(NoObject, nil)
	})
	var denial *AccessDeniedError
	if errors.As(err, &denial) {
		denial.Object = r.object.String()
	}
	return r.content, err
}

// look asks for the object once.
func (r *objectRead) look(ctx context.Context) (bool, error) {
	err := r.get(ctx)
	var f *failure
	if !errors.As(err, &f) {
		return err == nil, err
	}
	switch {
	case f.kind == notVisible:
		return false, r.absentObject(f)
	case f.code == "NoSuchBucket":
		answer := f.answer()
		return false, r.notAvailable(NoObject, &answer)
	case f.kind == rejected && r.moved(f):
		return r.look(ctx)
	}
	return false, err
}

// absentObject waits for an object until the visibility clock ends: the service
// gives the URL before the upload is done, and also when it failed.
func (r *objectRead) absentObject(f *failure) error {
	now := time.Now()
	if r.since.IsZero() {
		r.since = now
	}
	end := r.since.Add(r.visibility)
	if !now.Before(end) {
		answer := f.answer()
		return r.notAvailable(NoObject, &answer)
	}
	r.wakeAt(end)
	return nil
}

// moved takes the region of a bucket that lives elsewhere than its URL says from
// S3's own answer.
func (r *objectRead) moved(f *failure) bool {
	var response *smithyhttp.ResponseError
	if !errors.As(f.err, &response) || response.Response == nil {
		return false
	}
	region := response.Response.Header.Get("X-Amz-Bucket-Region")
	redirected := f.status == http.StatusMovedPermanently || f.status == http.StatusTemporaryRedirect || f.code == "AuthorizationHeaderMalformed"
	if !redirected || !looksLikeRegion.MatchString(region) || region == r.object.region || r.moves > 0 {
		return false
	}
	r.moves++
	r.object.region = region
	return true
}

// get asks for the object and reads all of it, or nothing where it is too large.
func (r *objectRead) get(ctx context.Context) error {
	return r.ask(ctx, getObject, func(ctx context.Context, a *attempts) error {
		api, err := r.reader.options.Objects(ctx, r.object.region)
		if err != nil {
			return err
		}
		a.streams = true
		out, err := api.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(r.object.bucket), Key: aws.String(r.object.key)}, a.s3)
		if err != nil {
			return err
		}
		defer out.Body.Close()
		if aws.ToString(out.ETag) == "" {
			// S3 gives every object one; a portal's page, which is a 200 too, has none.
			return &mismatchError{got: "something that is not an object in S3"}
		}
		if size := aws.ToInt64(out.ContentLength); size > r.limit {
			return &OutputTooLargeError{Stream: r.name, Object: r.object.String(), Size: size, Limit: r.limit}
		}
		content, err := a.readAll(io.LimitReader(out.Body, r.limit+1))
		if err != nil {
			return err
		}
		if size := int64(len(content)); size > r.limit {
			return &OutputTooLargeError{Stream: r.name, Object: r.object.String(), Size: size, Limit: r.limit}
		}
		r.content = string(content)
		return nil
	})
}

func (r *objectRead) notAvailable(why NotAvailable, answer *Answer) error {
	e := &OutputNotAvailableError{Stream: r.name, Why: why, URL: r.url, Answer: answer}
	if c := r.invocation.CloudWatchOutput; c != nil {
		e.CloudWatchGroup = c.LogGroupName
		e.CloudWatchStream = fmt.Sprintf("%s/%s/%s/%s", r.invocation.CommandID, r.invocation.InstanceID,
			strings.NewReplacer(":", "-", "*", "-").Replace(r.invocation.PluginName), r.name)
	}
	return e
}
