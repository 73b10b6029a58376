// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"encoding/xml"
	"net/http"
)

// hostID stands for the machine of S3 that answered: opaque text, which AWS support asks for.
const hostID = "c3RhbmQtaW4gZm9yIFMzLCBub3QgYSBob3N0"

// s3Error is an error in S3's XML, which has no namespace, and members that differ from code to code.
type s3Error struct {
	XMLName    xml.Name `xml:"Error"`
	Code       string
	Message    string
	Key        string `xml:",omitempty"` // NoSuchKey.
	BucketName string `xml:",omitempty"` // NoSuchBucket.
	Endpoint   string `xml:",omitempty"` // PermanentRedirect.
	Bucket     string `xml:",omitempty"` // PermanentRedirect.
	RequestID  string `xml:"RequestId"`
	HostID     string `xml:"HostId"`
}

// s3Failure puts an error into S3's form.
func (c *call) s3Failure(f *failure, status int) answer {
	h := c.s3Header()
	if f.bucketRegion != "" {
		h.Set("X-Amz-Bucket-Region", f.bucketRegion)
	}
	body := f.s3
	body.Code, body.Message, body.RequestID, body.HostID = f.code, f.message, c.requestID, hostID
	return answer{
		label: f.code, status: status, contentType: "application/xml", headers: h,
		body: append([]byte(xml.Header), marshalXML(body)...),
	}
}

func noSuchBucket(r Request) *failure {
	return &failure{
		code: "NoSuchBucket", message: "The specified bucket does not exist", status: http.StatusNotFound,
		s3: s3Error{BucketName: r.Bucket},
	}
}

func noSuchKey(r Request) *failure {
	return &failure{
		code: "NoSuchKey", message: "The specified key does not exist.", status: http.StatusNotFound,
		s3: s3Error{Key: r.Key},
	}
}

// elsewhere is a bucket that lives in another region than the one signed for. The header is the one place where S3 says
// which region that is, also to a HEAD, and to a caller who may not ask for the bucket's location.
func elsewhere(r Request, region string) *failure {
	return &failure{
		code: "PermanentRedirect", status: http.StatusMovedPermanently,
		message:      "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		bucketRegion: region,
		s3:           s3Error{Bucket: r.Bucket, Endpoint: r.Bucket + "." + s3Host(S3Modern, region)},
	}
}

// s3Fault is S3's own form of a fault, or nil where S3 has none: the fault then is no answer of any service.
func (s *Server) s3Fault(c *call, kind FaultKind) *failure {
	key := "arn:aws:kms:" + c.record.Region + ":" + s.script.Account + ":key/00000000-0000-4000-8000-000000000000"
	return map[FaultKind]*failure{
		Throttle:           {status: http.StatusServiceUnavailable, code: "SlowDown", message: "Please reduce your request rate."},
		InternalError:      {status: http.StatusInternalServerError, code: "InternalError", message: "We encountered an internal error. Please try again."},
		AccessDenied:       {status: http.StatusForbidden, code: "AccessDenied", message: s.denial(c)},
		KMSDenied:          {status: http.StatusForbidden, code: "AccessDenied", message: s.denialOf(c, "kms:Decrypt", key)},
		ExpiredToken:       {status: http.StatusBadRequest, code: "ExpiredToken", message: "The provided token has expired."},
		UnrecognizedClient: {status: http.StatusForbidden, code: "InvalidAccessKeyId", message: "The AWS Access Key Id you provided does not exist in our records."},
		InvalidSignature: {status: http.StatusForbidden, code: "SignatureDoesNotMatch", message: "The request signature we calculated does not match " +
			"the signature you provided. Check your key and signing method."},
		DoesNotExist: noSuchKey(c.record),
	}[kind]
}
