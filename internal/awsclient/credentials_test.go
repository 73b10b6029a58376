// SPDX-License-Identifier: MPL-2.0

package awsclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/ssm-provider/terraform-provider-ssm/internal/fakeaws"
)

// withRole are options that need STS.
func withRole(url string) Options {
	opts := keys()
	opts.Endpoints = Endpoints{SSM: url, STS: url}
	opts.AssumeRole = []AssumeRole{{RoleARN: roleOne}}
	return opts
}

func TestClientsAreShared(t *testing.T) {
	isolate(t)
	server, url := fake(t, fakeaws.Script{})
	clients := mustNew(t, withRole(url))

	var group sync.WaitGroup
	var seen [10]*SSM
	for i := range seen {
		group.Go(func() {
			client, err := clients.SSM(t.Context(), "us-east-1")
			if err != nil {
				t.Error(err)
			}
			seen[i] = client
		})
	}
	group.Wait()
	for _, client := range seen {
		if client != seen[0] {
			t.Error("two clients for one region")
		}
	}
	if got := server.Count("AssumeRole"); got != 1 {
		t.Errorf("%d AssumeRole for ten callers, want 1", got)
	}
	other, err := clients.SSM(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	if other == seen[0] {
		t.Error("one client for two regions")
	}
	if got := server.Count("AssumeRole"); got != 1 {
		t.Errorf("%d AssumeRole after a second region, want 1", got)
	}
}

func TestNoRegionNoClient(t *testing.T) {
	isolate(t)
	if _, err := mustNew(t, keys()).SSM(t.Context(), ""); err == nil {
		t.Error("a client without a region")
	}
}

// TestRenewCredentials rejects one key, as AWS does after its deletion. The client renews the
// credentials for a request that was signed with the current ones, also immediately after the last
// renewal, and not for one that was signed with earlier ones.
func TestRenewCredentials(t *testing.T) {
	home := isolate(t)
	server, _ := fake(t, fakeaws.Script{})
	var keys []string
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential="), "/")
		keys = append(keys, key)
		if key != fileKey {
			server.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}`)
	}))
	t.Cleanup(listener.Close)
	credentials := func(key string) {
		write(t, home, ".aws/credentials", "[default]\naws_access_key_id="+key+"\naws_secret_access_key=s\n")
	}
	clients := mustNew(t, Options{Region: "us-east-1", Endpoints: Endpoints{SSM: listener.URL}})
	request := func() error { return read(t.Context(), clients, "") }
	refused := func() {
		t.Helper()
		var api smithy.APIError
		if err := request(); !errors.As(err, &api) || api.ErrorCode() != "UnrecognizedClientException" {
			t.Fatalf("error = %v", err)
		}
	}

	credentials(fileKey)
	refused()
	clients.RenewCredentials() // By the first read, too early: the file has not changed yet.
	refused()
	credentials(envKey)
	refused()
	clients.RenewCredentials() // By the second read, shortly afterwards.
	if err := request(); err != nil {
		t.Fatal(err)
	}
	credentials(ownKey)
	clients.RenewCredentials() // By the third read, whose request was signed with the first key.
	if err := request(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{fileKey, fileKey, fileKey, envKey, envKey}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// TestRenewAfterFailure: the client keeps the error of a fetch until RenewCredentials.
func TestRenewAfterFailure(t *testing.T) {
	home := isolate(t)
	server, url := fake(t, fakeaws.Script{})
	clients := mustNew(t, Options{Region: "us-east-1", Endpoints: Endpoints{SSM: url}})
	for range 2 {
		var credentials *CredentialsError
		if err := read(t.Context(), clients, ""); !errors.As(err, &credentials) {
			t.Fatalf("error = %v", err)
		}
	}
	write(t, home, ".aws/credentials", "[default]\naws_access_key_id="+fileKey+"\naws_secret_access_key=s\n")
	clients.RenewCredentials()
	if err := read(t.Context(), clients, ""); err != nil {
		t.Fatal(err)
	}
	if got := server.Requests()[0].AccessKeyID; got != fileKey {
		t.Errorf("signed by %s", got)
	}
}

func TestInterruptWhileSTSIsSilent(t *testing.T) {
	isolate(t)
	release := make(chan struct{})
	var asked atomic.Int32
	listener := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		<-release
	}))
	t.Cleanup(listener.Close)
	t.Cleanup(func() { close(release) }) // Before Close, which waits for it.

	clients := mustNew(t, withRole(listener.URL))
	for range 2 { // The second read checks that the first left no blocked fetch.
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		start := time.Now()
		_, err := clients.SSM(ctx, "us-east-1")
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	}
	if asked.Load() != 2 {
		t.Errorf("STS was asked %d times, want 2", asked.Load())
	}
}

func TestCredentialsErrors(t *testing.T) {
	denied := fakeaws.Fault{Operation: "AssumeRole", Kind: fakeaws.AccessDenied, Times: -1}
	broken := fakeaws.Fault{Operation: "AssumeRole", Kind: fakeaws.InternalError}

	t.Run("a rejected role", func(t *testing.T) {
		isolate(t)
		server, url := fake(t, fakeaws.Script{Faults: []fakeaws.Fault{denied}})
		clients := mustNew(t, withRole(url))
		for range 2 {
			err := read(t.Context(), clients, "")
			var credentials *CredentialsError
			if !errors.As(err, &credentials) || !strings.Contains(err.Error(), roleOne) {
				t.Fatalf("error = %v", err)
			}
			var api smithy.APIError
			if !errors.As(err, &api) || !strings.HasPrefix(api.ErrorCode(), "AccessDenied") {
				t.Errorf("the code is lost: %v", api)
			}
		}
		if got := server.Count("AssumeRole"); got != 1 {
			t.Errorf("STS was asked %d times for a final answer", got)
		}
	})
	t.Run("STS unavailable", func(t *testing.T) {
		isolate(t)
		_, url := fake(t, fakeaws.Script{Faults: []fakeaws.Fault{broken}})
		opts := withRole(url)
		opts.MaxRetries = 1 // One attempt instead of five keeps the test short.
		clients := mustNew(t, opts)
		var credentials *CredentialsError
		if err := read(t.Context(), clients, ""); !errors.As(err, &credentials) {
			t.Fatalf("error = %v", err)
		}
		if err := read(t.Context(), clients, ""); err != nil {
			t.Errorf("the failure was remembered: %v", err)
		}
	})
	t.Run("none anywhere", func(t *testing.T) {
		isolate(t)
		var credentials *CredentialsError
		err := read(t.Context(), mustNew(t, Options{Region: "us-east-1"}), "")
		if !errors.As(err, &credentials) || !strings.Contains(err.Error(), `profile "default"`) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("secrets stay out of the text", func(t *testing.T) {
		isolate(t)
		opts := withRole(repeatingSTS(t))
		opts.Token = "the-session-token"
		opts.AssumeRole[0].ExternalID = "the-external-id"
		err := read(t.Context(), mustNew(t, opts), "")
		if err == nil || strings.Contains(err.Error(), "the-") || !strings.Contains(err.Error(), "(sensitive)") {
			t.Errorf("error = %v", err)
		}
		opts = keys()
		opts.AccessKey, opts.SecretKey = "", ""
		opts.Endpoints.STS = repeatingSTS(t)
		opts.AssumeRoleWithWebIdentity = &WebIdentity{RoleARN: roleOne, Token: "the-web-token"}
		err = read(t.Context(), mustNew(t, opts), "")
		if err == nil || strings.Contains(err.Error(), "the-") || !strings.Contains(err.Error(), "(sensitive)") {
			t.Errorf("error = %v", err)
		}
	})
}

func TestAccounts(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"not allowed": func(o *Options) { o.AllowedAccountIDs = []string{"999999999999"} },
		"forbidden":   func(o *Options) { o.ForbiddenAccountIDs = []string{"123456789012"} },
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			server, url := fake(t, fakeaws.Script{})
			opts := keys()
			opts.Endpoints = Endpoints{SSM: url, STS: url}
			change(&opts)
			var account *AccountNotAllowedError
			err := read(t.Context(), mustNew(t, opts), "")
			if !errors.As(err, &account) || account.AccountID != "123456789012" || account.Forbidden != (name == "forbidden") {
				t.Errorf("error = %v", err)
			}
			if got := server.Count("ListCommands"); got != 0 {
				t.Error("the account was read")
			}
		})
	}
}

func TestSettingsErrors(t *testing.T) {
	tests := map[string]struct {
		env  map[string]string
		opts Options
		want string
	}{
		"profile argument": {opts: Options{Profile: "none"}, want: `The argument "profile" cannot be used. The shared config and credentials files have no profile "none". Correct the name`},
		"AWS_PROFILE":      {env: map[string]string{"AWS_PROFILE": "none"}, want: `AWS_PROFILE names it. Correct the name`},
		"AWS_MAX_ATTEMPTS": {env: map[string]string{"AWS_MAX_ATTEMPTS": "many"}, want: "AWS_MAX_ATTEMPTS"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			clients := mustNew(t, test.opts)
			_, regionErr := clients.Region(t.Context())
			_, clientErr := clients.SSM(t.Context(), "us-east-1")
			for _, err := range []error{regionErr, clientErr} {
				var option *OptionError
				if !errors.As(err, &option) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("error = %v, want %q", err, test.want)
				}
			}
		})
	}
}

// TestShared checks the waits in virtual time.
func TestShared(t *testing.T) {
	final := errors.New("final")
	slow := errors.New("for now")
	newShared := func() *shared[int] {
		return &shared[int]{limit: time.Minute, final: func(err error) bool { return errors.Is(err, final) }}
	}
	after := func(d time.Duration, fetches *int, value int, err error) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			*fetches++
			select {
			case <-time.After(d):
				return value, err
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
	}

	t.Run("all callers share one fetch, and one of them may leave", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, fetches := newShared(), 0
			impatient, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var group sync.WaitGroup
			group.Go(func() {
				start := time.Now()
				_, err := s.get(impatient, after(10*time.Second, &fetches, 1, nil))
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("the impatient caller got %v after %s", err, time.Since(start))
				}
			})
			synctest.Wait()
			for range 5 {
				group.Go(func() {
					if v, err := s.get(t.Context(), after(time.Second, &fetches, 2, nil)); v != 1 || err != nil {
						t.Errorf("got %d, %v", v, err)
					}
				})
			}
			group.Wait()
			if fetches != 1 {
				t.Errorf("%d fetches", fetches)
			}
		})
	})
	t.Run("a fetch without waiting callers is cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, fetches := newShared(), 0
			impatient, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := s.get(impatient, after(time.Hour, &fetches, 1, nil)); err == nil {
				t.Error("no error")
			}
			if v, err := s.get(t.Context(), after(time.Second, &fetches, 2, nil)); v != 2 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
			if fetches != 2 {
				t.Errorf("%d fetches", fetches)
			}
		})
	})
	t.Run("a fetch is bounded", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, fetches, start := newShared(), 0, time.Now()
			if _, err := s.get(t.Context(), after(time.Hour, &fetches, 1, nil)); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
				t.Errorf("%v after %s", err, time.Since(start))
			}
		})
	})
	t.Run("a panic is an error of all callers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newShared()
			var group sync.WaitGroup
			for range 3 {
				group.Go(func() {
					_, err := s.get(t.Context(), func(context.Context) (int, error) {
						time.Sleep(time.Second)
						panic("a secret")
					})
					var panicked *PanicError
					if !errors.As(err, &panicked) || err.Error() != "panic: a value of type string" {
						t.Errorf("got %v", err)
					}
				})
			}
			group.Wait()
			if v, err := s.get(t.Context(), func(context.Context) (int, error) { return 1, nil }); v != 1 || err != nil {
				t.Errorf("after the panic: %d, %v", v, err)
			}
		})
	})
	t.Run("only final errors are kept", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, fetches := newShared(), 0
			for _, want := range []error{slow, final} {
				for range 2 {
					if _, err := s.get(t.Context(), after(time.Second, &fetches, 0, want)); !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
				}
			}
			if fetches != 3 {
				t.Errorf("%d fetches, want 3", fetches)
			}
			s.drop()
			if v, err := s.get(t.Context(), after(time.Second, &fetches, 4, nil)); v != 4 || err != nil {
				t.Errorf("after drop: %d, %v", v, err)
			}
		})
	})
}

// hung is a source of credentials that never responds, like an STS that accepts the connection of a
// renewal and does not respond.
type hung struct{}

func (hung) Retrieve(ctx context.Context) (aws.Credentials, error) {
	<-ctx.Done()
	return aws.Credentials{}, ctx.Err()
}

func TestHungRenewalIsGivenUp(t *testing.T) {
	isolate(t)
	synctest.Test(t, func(t *testing.T) {
		clients := mustNew(t, keys())
		_, err := clients.session.get(t.Context(), func(context.Context) (*session, error) {
			return &session{Config: aws.Config{Credentials: hung{}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		source, start := &sessionCredentials{clients: clients, region: "us-east-1"}, time.Now()

		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := source.Retrieve(impatient); err == nil || time.Since(start) != time.Second {
			t.Errorf("the impatient caller got %v after %s", err, time.Since(start))
		}
		var credentials *CredentialsError
		if _, err := source.Retrieve(t.Context()); !errors.As(err, &credentials) || time.Since(start) != time.Second+fetchLimit {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		if got, err := source.Retrieve(t.Context()); err != nil || got.AccessKeyID != ownKey {
			t.Errorf("afterwards: %s, %v", got.AccessKeyID, err)
		}
	})
}
