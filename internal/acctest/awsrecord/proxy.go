// SPDX-License-Identifier: MPL-2.0

package awsrecord

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Proxy forwards HTTPS requests and records those to Systems Manager and S3.
type Proxy struct {
	// URL and Bundle are the address of the proxy, and the file with its certificate authority.
	URL, Bundle string

	upstream http.RoundTripper
	ca       *x509.Certificate
	key      *ecdsa.PrivateKey

	mu        sync.Mutex
	exchanges []Exchange
	commands  []string // The IDs of the commands that were sent.
}

// Start starts a proxy for the duration of a test. It sends each request by upstream.
func Start(t *testing.T, upstream http.RoundTripper) *Proxy {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acceptance tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{upstream: upstream, ca: ca, key: key, Bundle: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(p.Bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // A listener on loopback does not wait.
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(p.connect)}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	p.URL = "http://" + listener.Addr().String()
	return p
}

// connect serves the requests of one connection to a host.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	hijacker, ok := w.(http.Hijacker)
	if r.Method != http.MethodConnect || err != nil || !ok {
		http.Error(w, "only HTTPS", http.StatusBadRequest)
		return
	}
	certificate, err := p.certificate(host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	raw, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	defer func() { _ = raw.Close() }()
	if _, err := io.WriteString(raw, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	connection := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	reader := bufio.NewReader(connection)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		response, err := p.forward(request, r.Host) //nolint:bodyclose // forward has read and closed the body.
		if err != nil {
			return // The client sees a lost connection, as without a proxy.
		}
		if err := response.Write(connection); err != nil || response.Close || request.Close {
			return
		}
	}
}

// certificate issues a certificate for a host.
func (p *Proxy) certificate(host string) (tls.Certificate, error) {
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "acceptance tests"}, DNSNames: []string{host},
		NotBefore: p.ca.NotBefore, NotAfter: p.ca.NotAfter, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, p.ca, &p.key.PublicKey, p.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: p.key}, err
}

// forward sends a request to its host and records the response.
func (p *Proxy) forward(r *http.Request, authority string) (*http.Response, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	out := r.Clone(r.Context())
	out.RequestURI = ""
	out.URL.Scheme, out.URL.Host = "https", strings.TrimSuffix(authority, ":443")
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(sent)), int64(len(sent))
	response, err := p.upstream.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body, response.ContentLength, response.TransferEncoding = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	p.record(out, string(sent), response.StatusCode, string(body))
	return response, nil
}

// record keeps a response of Systems Manager or S3. Responses of STS and of IAM Identity Center
// have credentials, and are not kept.
func (p *Proxy) record(r *http.Request, sent string, status int, body string) {
	e := Exchange{At: time.Now().UTC().Truncate(time.Millisecond), Request: sent, Status: status, Response: body}
	host := r.URL.Hostname()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch target := r.Header.Get("X-Amz-Target"); {
	case strings.HasPrefix(target, "AmazonSSM."):
		e.Operation = operationOf(target)
		if e.Operation == "SendCommand" && status == http.StatusOK {
			var out struct{ Command struct{ CommandID string } }
			if json.Unmarshal([]byte(body), &out) == nil {
				p.commands = append(p.commands, out.Command.CommandID)
			}
		}
	case r.Method == http.MethodGet && (strings.HasPrefix(host, "s3.") || strings.Contains(host, ".s3.")):
		e.Operation = "GetObject"
		e.Bucket, e.Key, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if bucket, _, found := strings.Cut(host, ".s3."); found {
			e.Bucket, e.Key = bucket, strings.TrimPrefix(r.URL.Path, "/")
		}
	default:
		return
	}
	p.exchanges = append(p.exchanges, e)
}

// Commands returns the IDs of the commands that were sent so far.
func (p *Proxy) Commands() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.commands)
}

// Recording returns what was recorded so far, without what identifies the account. Of the responses
// that list commands and nodes, it has the entries of the test's own commands and node.
func (p *Proxy) Recording(s *Sanitizer, region, node string) Recording {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := Recording{Region: region}
	for _, e := range p.exchanges {
		e.Response, e.Filtered = filter(e.Response, p.commands, node)
		e.Request, e.Response, e.Key = s.JSON(e.Request), s.Body(e.Response), s.Text(e.Key)
		e.Bucket = s.Text(e.Bucket)
		r.Exchanges = append(r.Exchanges, e)
	}
	return r
}
