// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"hash/crc64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// bucket is a bucket to which commands write their output.
type bucket struct {
	// regions are the Regions for which a request may be signed. It is one Region, unless the
	// script does not specify it.
	regions    []string
	listDenied bool
	uploads    map[string]*upload // By key, including objects that are not uploaded.
}

// upload is the object with one output stream of a step. It is complete where other responses are
// truncated.
type upload struct {
	step *step
	text string
	at   time.Time
}

// addBuckets adds the buckets and objects of commands. S3 keeps them after Systems Manager deletes
// the command.
func (s *Server) addBuckets(commands []*command) {
	fixed := map[string]string{} // The script is valid, so a bucket has at most one Region here.
	for _, c := range commands {
		if c.OutputS3BucketName == "" {
			continue
		}
		b := s.buckets[c.OutputS3BucketName]
		if b == nil {
			b = &bucket{uploads: map[string]*upload{}}
			s.buckets[c.OutputS3BucketName] = b
		}
		if c.OutputS3BucketRegion != "" {
			fixed[c.OutputS3BucketName] = c.OutputS3BucketRegion
		}
		switch {
		case c.OutputS3Region != "":
			b.regions = append(b.regions, c.OutputS3Region)
		case c.Region != "":
			b.regions = append(b.regions, c.Region)
		default: // The URLs contain the Region of the request, and all of them must work.
			b.regions = append(b.regions, s.script.Regions...)
		}
		b.listDenied = b.listDenied || c.OutputS3ListDenied
		b.addUploads(c)
	}
	for name, region := range fixed {
		s.buckets[name].regions = []string{region}
	}
}

// addUploads adds the objects of a command, or replaces them after a cancellation.
func (b *bucket) addUploads(c *command) {
	for _, n := range c.nodes {
		for _, s := range n.steps {
			at := s.moments[len(s.moments)-1].at.Add(s.UploadedAfter.Duration())
			b.uploads[s.outputKey()+"stdout"] = &upload{s, s.StandardOutput, at}
			b.uploads[s.outputKey()+"stderr"] = &upload{s, s.StandardError, at}
		}
	}
}

// exists reports whether the object exists. The agent uploads only files that are not empty, and a
// failed upload does not change what Systems Manager reports.
func (u *upload) exists(now time.Time) bool {
	return u.text != "" && !u.step.NeverUploaded && u.step.ran(now) && !now.Before(u.at)
}

// virtualHost matches a bucket in front of an S3 endpoint, or in front of the loopback address that
// [Server.Listen] serves. Any other host is an endpoint with the bucket in the path.
var virtualHost = regexp.MustCompile(`^(.+)\.(?:s3[.-].*|localhost|127\.0\.0\.1)(?::\d+)?$`)

// readObject reads a request to S3. It rejects operations other than GetObject and HeadObject.
func (c *call) readObject(r *http.Request) *failure {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if m := virtualHost.FindStringSubmatch(r.Host); m != nil {
		c.record.Bucket, c.record.Key = m[1], path
	} else {
		c.record.Bucket, c.record.Key, _ = strings.Cut(path, "/")
	}
	c.checksum = strings.EqualFold(r.Header.Get("X-Amz-Checksum-Mode"), "ENABLED")
	if c.record.Key == "" || !isPlainGet(r.URL.Query()) {
		return &failure{code: "NotImplemented", message: "A header you provided implies functionality that is not implemented", status: http.StatusNotImplemented}
	}
	c.record.Operation = "GetObject"
	if r.Method == http.MethodHead {
		c.record.Operation = "HeadObject"
	}
	return nil
}

// isPlainGet reports whether a query requests the object itself: the SDK repeats the operation's
// name in x-id, and any other parameter is another operation (?acl, ?tagging) or a version.
func isPlainGet(q url.Values) bool {
	q.Del("x-id")
	return len(q) == 0
}

// locate finds the command, node, and step to which a key belongs, so that faults can select
// requests to S3 by them.
func (s *Server) locate(c *call) {
	b := s.buckets[c.record.Bucket]
	if c.protocol != s3XML || b == nil {
		return
	}
	c.bucket = b
	if u := b.uploads[c.record.Key]; u != nil {
		c.upload = u
		c.record.CommandID, c.record.InstanceID, c.record.PluginName = u.step.node.command.CommandID, u.step.node.InstanceID, u.step.Name
	}
}

// getObject implements GetObject, and HeadObject, from whose response the caller removes the body.
func (s *Server) getObject(c *call, now time.Time) response {
	switch {
	case c.rejected != nil:
		return s.failure(c, c.rejected)
	case c.bucket == nil:
		return s.failure(c, noSuchBucket(c.record))
	case !slices.Contains(c.bucket.regions, c.record.Region):
		return s.failure(c, permanentRedirect(c.record, c.bucket.regions[0]))
	case c.upload == nil || !c.upload.exists(now):
		if c.bucket.listDenied {
			return s.failure(c, &failure{code: "AccessDenied", message: s.deniedMessageFor(c, "s3:ListBucket", `"arn:aws:s3:::`+c.record.Bucket+`"`), status: http.StatusForbidden})
		}
		return s.failure(c, noSuchKey(c.record))
	}
	body := []byte(c.upload.text)
	sum := md5.Sum(body) // S3's ETag is an MD5 hash.
	h := c.s3Header()
	h.Set("Accept-Ranges", "bytes")
	h.Set("Etag", `"`+hex.EncodeToString(sum[:])+`"`)
	h.Set("Last-Modified", c.upload.at.UTC().Format(http.TimeFormat))
	h.Set("X-Amz-Server-Side-Encryption", "AES256")
	if c.checksum {
		// S3 computes it for every object uploaded without a checksum; the SDK verifies it.
		h.Set("X-Amz-Checksum-Crc64nvme", base64.StdEncoding.EncodeToString(crc64nvme(body)))
		h.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	// The agent uploads both streams as text/plain, regardless of their content.
	return response{label: "200", status: http.StatusOK, contentType: "text/plain", body: body, headers: h}
}

// s3Header returns the headers of every response from S3.
func (c *call) s3Header() http.Header {
	h := http.Header{}
	h.Set("Server", "AmazonS3")
	h.Set("X-Amz-Request-Id", c.requestID)
	h.Set("X-Amz-Id-2", hostID)
	return h
}

// crc64nvme is S3's preferred checksum, from the polynomial of NVM Express in reversed order.
func crc64nvme(body []byte) []byte {
	h := crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5))
	_, _ = h.Write(body) // It never fails.
	return h.Sum(nil)
}
