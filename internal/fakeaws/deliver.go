// SPDX-License-Identifier: MPL-2.0

package fakeaws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// delivery is how, or whether, a response reaches the client.
type delivery int

const (
	complete    delivery = iota
	truncated            // Some of the promised bytes, then the end of the connection.
	stalled              // Some of the promised bytes, then nothing until the client gives up.
	dropped              // The connection is reset without a byte.
	closed               // The connection is closed in order without a byte.
	silent               // Nothing, until the client gives up.
	unreachable          // No connection at all, which only Transport can simulate.
)

// response is a response before it is delivered.
type response struct {
	label       string // For Request.Outcome.
	status      int
	contentType string
	body        []byte
	requestID   string      // For the header of Systems Manager and STS; S3 has its own.
	headers     http.Header // Added to the usual headers, or replacing them.
	withheld    int         // Bytes that are promised and never sent.
	delivery    delivery
	delay       time.Duration // Before the first byte, or before the connection breaks.
	date        time.Time     // By the service's clock, for the Date header.
}

// withoutBody is the response to a HEAD request: it announces the length of a body that does not
// follow, so no fault can truncate the body.
func (a response) withoutBody() response {
	a.withheld, a.body = a.promised(), nil
	if a.delivery == truncated || a.delivery == stalled {
		a.delivery = complete
	}
	return a
}

// header returns the headers that were recorded from the service.
func (a response) header() http.Header {
	h := http.Header{}
	h.Set("Server", "Server")
	h.Set("Date", a.date.UTC().Format(http.TimeFormat))
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(a.promised()))
	if a.requestID != "" {
		h.Set("X-Amzn-Requestid", a.requestID)
	}
	maps.Copy(h, a.headers)
	return h
}

// promised is the length that the header announces.
func (a response) promised() int { return len(a.body) + a.withheld }

// ServeHTTP responds over a connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.respond(r)
	if pause(r.Context(), a.delay) != nil {
		panic(http.ErrAbortHandler)
	}
	switch a.delivery {
	case silent:
		<-r.Context().Done() // The client hung up, or the listener was stopped.
		panic(http.ErrAbortHandler)
	case dropped, unreachable: // Listen rejects a script with the latter.
		reset(w)
		panic(http.ErrAbortHandler)
	case closed:
		panic(http.ErrAbortHandler) // net/http then closes the connection in order.
	case truncated, stalled, complete:
	}
	for name, values := range a.header() {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // The client may be gone.
	if a.delivery == stalled {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

// pause waits for d, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reset closes the connection with a TCP reset, as a load balancer does for a connection that it no
// longer tracks.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // No connection to close: the caller's panic ends the request.
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // Without it the client reads an orderly EOF, which is a dropped connection too.
	}
	_ = conn.Close()
}

// Transport responds in memory. It opens no connection and starts no goroutine, so it works in a
// testing/synctest bubble, where every wait of the client is virtual. It calls the same hooks of
// net/http/httptrace as a connection, so that a client can distinguish a request that reached the
// service from a request that did not.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ server *Server }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	incoming := r.Clone(r.Context())
	if incoming.Host == "" {
		incoming.Host = r.URL.Host
	}
	a := t.server.respond(incoming)
	trace := httptrace.ContextClientTrace(r.Context())
	if trace == nil {
		trace = &httptrace.ClientTrace{}
	}
	if trace.GetConn != nil {
		trace.GetConn(incoming.Host)
	}
	if a.delivery == unreachable {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	traceWrote(trace)
	if err := pause(r.Context(), a.delay); err != nil {
		return nil, err
	}
	body := io.NopCloser(bytes.NewReader(a.body))
	switch a.delivery {
	case silent:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case dropped:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case closed:
		return nil, io.EOF
	case truncated:
		body = io.NopCloser(io.MultiReader(body, truncatedBody{}))
	case stalled:
		body = &stalledBody{Reader: body, ctx: r.Context(), closed: make(chan struct{})}
	case complete, unreachable:
	}
	if trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)),
		StatusCode:    a.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        a.header(),
		ContentLength: int64(a.promised()),
		Body:          body,
		Request:       r,
	}, nil
}

// traceWrote calls the hooks for a request that is completely written to a new connection.
func traceWrote(trace *httptrace.ClientTrace) {
	if trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
}

// truncatedBody is the end of a body that stops before its announced length.
type truncatedBody struct{}

func (truncatedBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// stalledBody is a body that stops arriving. As with a real connection, the client ends the wait,
// by the request's context or by closing the body, possibly from another goroutine.
type stalledBody struct {
	io.Reader
	ctx    context.Context // A body lives as long as its request.
	closed chan struct{}
	once   sync.Once
}

func (h *stalledBody) Read(p []byte) (int, error) {
	if n, err := h.Reader.Read(p); n > 0 || !errors.Is(err, io.EOF) {
		return n, err
	}
	select {
	case <-h.ctx.Done():
		return 0, h.ctx.Err()
	case <-h.closed:
		return 0, http.ErrBodyReadAfterClose
	}
}

func (h *stalledBody) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Listen serves plain HTTP on a loopback address ("127.0.0.1:0" for any free port). The returned
// stop function also ends the requests that a [Silent] or [StallBody] fault blocks.
func (s *Server) Listen(addr string) (url string, stop func(), err error) {
	local, err := netip.ParseAddrPort(addr)
	if err != nil || !local.Addr().IsLoopback() {
		return "", nil, fmt.Errorf("listen on %q: the fake accepts every signature, so it serves loopback addresses only, such as 127.0.0.1:0", addr)
	}
	if i := slices.IndexFunc(s.script.Faults, func(f Fault) bool { return f.Kind == Unreachable }); i >= 0 {
		return "", nil, fmt.Errorf("listen on %q: faults[%d]: a request over a socket has reached the fake; kind %q needs Transport", addr, i, Unreachable)
	}
	listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(local))
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "fakeaws:", err)
		}
	}()
	return "http://" + listener.Addr().String(), func() {
		_ = server.Close() // It closes every connection, which ends the context of every request.
		<-done
	}, nil
}
