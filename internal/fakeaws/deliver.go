package fakeaws

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"
)

// delivery is how an answer reaches the client, if it does.
type delivery int

const (
	whole   delivery = iota
	cut              // Half of the promised bytes, then the end of the connection.
	dropped          // The connection closed without a byte.
	silent           // Nothing, until the client has had enough.
)

// answer is a response before it is delivered.
type answer struct {
	label       string // For Request.Answer.
	status      int
	contentType string
	body        []byte
	requestID   string
	delivery    delivery
}

// header has what was recorded of the service's answers.
func (a answer) header() http.Header {
	h := http.Header{}
	h.Set("Server", "Server")
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(a.promised()))
	h.Set("X-Amzn-Requestid", a.requestID)
	return h
}

// promised is the length that the header announces.
func (a answer) promised() int {
	if a.delivery == cut {
		return 2 * len(a.body)
	}
	return len(a.body)
}

// ServeHTTP answers over a connection.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.respond(r)
	switch a.delivery {
	case silent:
		<-r.Context().Done() // The client hung up, or the listener was stopped.
		panic(http.ErrAbortHandler)
	case dropped:
		reset(w)
		panic(http.ErrAbortHandler)
	case cut, whole:
	}
	for name, values := range a.header() {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // A client that is gone needs no answer.
}

// reset closes the connection with a TCP reset, as a load balancer does that no longer knows it.
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

// Transport answers in memory. It opens no connection and starts no goroutine, so it works in a testing/synctest bubble,
// where every wait of the client is virtual.
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
	var body io.Reader = bytes.NewReader(a.body)
	switch a.delivery {
	case silent:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case dropped:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case cut:
		body = io.MultiReader(body, broken{})
	case whole:
	}
	h := a.header()
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat)) // net/http adds it where there is a connection.
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)),
		StatusCode:    a.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        h,
		ContentLength: int64(a.promised()),
		Body:          io.NopCloser(body),
		Request:       r,
	}, nil
}

// broken is the end of a body that was cut short.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Listen serves plain HTTP on a loopback address ("127.0.0.1:0" for any free port). The returned stop function also ends
// the requests that a [Silent] fault holds.
func (s *Server) Listen(addr string) (url string, stop func(), err error) {
	local, err := netip.ParseAddrPort(addr)
	if err != nil || !local.Addr().IsLoopback() {
		return "", nil, fmt.Errorf("listen on %q: the stand-in believes every signature, so it serves loopback addresses only, such as 127.0.0.1:0", addr)
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
