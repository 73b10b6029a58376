// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/ssm-provider/terraform-provider-ssm/internal/redact"
)

// maxCredentialsBody is the maximum size of a response while credentials are fetched. An STS
// response has about 2 KiB.
const maxCredentialsBody = 1 << 20

// newTransport returns the transport of all clients. Proxies, TLS settings, and limits are those of
// aws-sdk-go-base and the SDK; the roots replace those of the system unless nil.
func newTransport(base *awsbase.Config, roots *x509.CertPool) (*http.Transport, error) {
	options, err := base.HTTPTransportOptions()
	if err != nil {
		return nil, err
	}
	transport := awshttp.NewBuildableClient().WithTransportOptions(options).GetTransport()
	transport.TLSClientConfig.RootCAs = roots
	// Do not request or decompress compressed responses: 1 MB can become 1 GB.
	transport.DisableCompression = true
	return transport, nil
}

// newHTTPClient returns a client that does not follow redirects. Systems Manager and STS never
// redirect, S3 reports another Region in a header, and the SDK's own client follows 307 and 308 to
// any host, with the session token after two hops (aws/aws-sdk-go-v2#3247).
func newHTTPClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     bufferedBodies{transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newSendingTransport returns a transport for requests that must not reach the service twice. Each
// request has a connection of its own: a reset of an idle connection looks like a lost response,
// and net/http sends a request again over another connection. It speaks HTTP/1.1 only, since a
// server can ask for a request again in HTTP/2 (REFUSED_STREAM, GOAWAY).
func newSendingTransport(transport *http.Transport) *http.Transport {
	sending := transport.Clone()
	sending.DisableKeepAlives = true
	sending.ForceAttemptHTTP2 = false
	// Clone copies what net/http has set up for HTTP/2 in the original.
	sending.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	sending.TLSClientConfig.NextProtos = []string{"http/1.1"}
	return sending
}

// credentialsTransport sends the requests that fetch credentials. It bounds the responses, and
// reports the tokens of the requests to package redact: the tokens of the earlier roles of a chain
// and of IAM Identity Center appear only there.
type credentialsTransport struct{ next http.RoundTripper }

// tokenHeaders are the request headers that contain a secret: the session token of STS, the access
// token of IAM Identity Center, and the token of the EC2 instance metadata service.
var tokenHeaders = []string{"X-Amz-Security-Token", "X-Amz-Sso_bearer_token", "X-Aws-Ec2-Metadata-Token"}

// RoundTrip sends the request.
func (t credentialsTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, name := range tokenHeaders {
		redact.Add(r.Header.Get(name))
	}
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &limitedBody{ReadCloser: response.Body, left: maxCredentialsBody}
	// Only STS accepts forms.
	if response.StatusCode == http.StatusOK && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if err := checkSTS(response); err != nil {
			return nil, err
		}
	}
	return response, nil
}

// errNoCredentials reports an invalid STS response.
var errNoCredentials = errors.New("the response of AWS STS contains no credentials")

// checkSTS returns an error if the response has neither a set of credentials nor a caller identity.
// The SDK does not check whether a response contains credentials (AssumeRoleProvider.Retrieve in
// its package stscreds). It panics on the page of a captive portal, in a goroutine that no caller
// can recover (package singleflight).
func checkSTS(response *http.Response) error {
	content, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	if bytes.Contains(content, []byte("<GetCallerIdentityResult>")) {
		return nil
	}
	for _, element := range []string{"<AccessKeyId>", "<SecretAccessKey>", "<SessionToken>", "<Expiration>"} {
		if !bytes.Contains(content, []byte(element)) {
			return errNoCredentials
		}
	}
	return nil
}

// limitedBody is a response body that fails after a limit.
type limitedBody struct {
	io.ReadCloser
	left int
}

// Read reads up to the limit. The error after it is a *bodyTooLargeError.
func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, &bodyTooLargeError{limit: maxCredentialsBody}
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if b.left -= n; b.left < 0 {
		return n, &bodyTooLargeError{limit: maxCredentialsBody}
	}
	return n, err
}

// bodyTooLargeError reports that a response has more bytes than any response of the service.
type bodyTooLargeError struct{ limit int }

func (e *bodyTooLargeError) Error() string {
	return fmt.Sprintf("the response has more than %d bytes", e.limit)
}

// metadataHosts are the addresses of the EC2 instance metadata service and of the credential
// endpoints of ECS and EKS (SDKs and Tools Reference Guide, "IMDS credential provider" and
// "Container credential provider").
var metadataHosts = []string{"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"}

// noProxy returns the hosts to connect to without a proxy, separated by commas: those of the
// argument, or of NO_PROXY if it is omitted, and always the metadata services. The metadata
// services send credentials in clear text, and a proxy on another machine would return its own
// role. The same applies to ec2_metadata_service_endpoint.
func noProxy(argument *string, endpoint string) string {
	list := cmp.Or(os.Getenv("NO_PROXY"), os.Getenv("no_proxy"))
	if argument != nil {
		list = *argument
	}
	hosts := append([]string{list}, metadataHosts...)
	if parsed, err := url.Parse(cmp.Or(endpoint, os.Getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"))); err == nil && parsed.Hostname() != "" {
		hosts = append(hosts, parsed.Hostname())
	}
	return strings.Join(hosts, ",")
}

// bufferedBodies sends each request with a copy of its body.
//
// The SDK closes a request's body as soon as the header of the response has arrived. Over a fast
// connection net/http may still read the end of that body. It then treats the close as a failure,
// and drops the connection in the middle of the response: a few requests in a thousand over
// loopback, each of which the SDK repeats (aws/aws-sdk-go-v2#2737, aws/smithy-go#403). Requests
// have a few hundred bytes here, so that copying them costs nothing.
//
// The copy has no GetBody: with one, net/http sends a request again by itself, over another
// connection or after a redirect.
type bufferedBodies struct{ next http.RoundTripper }

// RoundTrip sends the request.
func (b bufferedBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return b.next.RoundTrip(r)
	}
	content, err := io.ReadAll(r.Body)
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	buffered := r.WithContext(r.Context())
	buffered.ContentLength = int64(len(content))
	buffered.GetBody = nil
	buffered.Body = io.NopCloser(bytes.NewReader(content))
	return b.next.RoundTrip(buffered)
}
