// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"encoding/xml"
	"net/http"
)

// hostID identifies the S3 host that responded: opaque text for AWS Support.
const hostID = "c3RhbmQtaW4gZm9yIFMzLCBub3QgYSBob3N0"

// s3Error is an error in S3's XML, which has no namespace, and whose members depend on the code.
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

// s3Failure encodes an error as S3 does.
func (c *call) s3Failure(f *failure, status int) response {
	h := c.s3Header()
	if f.bucketRegion != "" {
		h.Set("X-Amz-Bucket-Region", f.bucketRegion)
	}
	body := f.s3
	body.Code, body.Message, body.RequestID, body.HostID = f.code, f.message, c.requestID, hostID
	return response{
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

// permanentRedirect is the error for a bucket in another Region than the request's. Only the header
// contains the bucket's Region, also for a HEAD request, and for a caller without permission for
// the bucket's location.
func permanentRedirect(r Request, region string) *failure {
	return &failure{
		code: "PermanentRedirect", status: http.StatusMovedPermanently,
		message:      "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		bucketRegion: region,
		s3:           s3Error{Bucket: r.Bucket, Endpoint: r.Bucket + "." + s3Host(S3Modern, region)},
	}
}

// s3Fault is S3's own error for a fault, or nil if the fault is not an error of a service.
func (s *Server) s3Fault(c *call, kind FaultKind) *failure {
	key := "arn:aws:kms:" + c.record.Region + ":" + s.script.Account + ":key/00000000-0000-4000-8000-000000000000"
	return map[FaultKind]*failure{
		Throttle:           {status: http.StatusServiceUnavailable, code: "SlowDown", message: "Please reduce your request rate."},
		InternalError:      {status: http.StatusInternalServerError, code: "InternalError", message: "We encountered an internal error. Please try again."},
		AccessDenied:       {status: http.StatusForbidden, code: "AccessDenied", message: s.deniedMessage(c)},
		KMSDenied:          {status: http.StatusForbidden, code: "AccessDenied", message: s.deniedMessageFor(c, "kms:Decrypt", key)},
		ExpiredToken:       {status: http.StatusBadRequest, code: "ExpiredToken", message: "The provided token has expired."},
		UnrecognizedClient: {status: http.StatusForbidden, code: "InvalidAccessKeyId", message: "The AWS Access Key Id you provided does not exist in our records."},
		InvalidSignature: {status: http.StatusForbidden, code: "SignatureDoesNotMatch", message: "The request signature we calculated does not match " +
			"the signature you provided. Check your key and signing method."},
		DoesNotExist: noSuchKey(c.record),
	}[kind]
}
