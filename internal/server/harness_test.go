// The tests of this folder stand where a user stands: a real server on a real
// socket, unmodified AWS SDK clients, and nothing else. They look behind it
// only for what a user could look at too: the journal's files and the log.
package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go.uber.org/goleak"

	"hardpan/internal/audit"
	"hardpan/internal/model"
	"hardpan/internal/model/builtin"
	"hardpan/internal/seal"
	"hardpan/internal/server"
)

const (
	account = "123456789012"
	region  = "us-west-2"

	haiku  = "anthropic.claude-3-5-haiku-20241022-v1:0"
	haiku3 = "anthropic.claude-3-haiku-20240307-v1:0" // on demand in more regions
	sonnet = "anthropic.claude-3-sonnet-20240229-v1:0"
	titan  = "amazon.titan-embed-text-v2:0"
)

// world is one running server and what a test needs around it.
type world struct {
	*server.Server
	t      *testing.T
	opt    server.Options
	log    *buffer
	url    string
	clock  *clock
	client *http.Client
	root   key
	stop   func() error // as SIGTERM does; returns what Serve returned

	secrets []string // every secret that was handed out
}

// start brings a server up and takes it down with the test. No goroutine may be
// left then.
func start(t *testing.T, change ...func(*server.Options)) *world {
	t.Helper()
	noLeaks(t)
	return startBeside(t, change...)
}

// startBeside brings up one more server in a test that has one.
func startBeside(t *testing.T, change ...func(*server.Options)) *world {
	t.Helper()
	w := open(t, options(t, change...))
	w.serve()
	return w
}

// noLeaks fails the test if, after all else was cleaned up, a goroutine is left.
func noLeaks(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// options are those of a server on a free port in a folder of its own.
func options(t *testing.T, change ...func(*server.Options)) server.Options {
	opt := server.Options{
		Listen: "127.0.0.1:0", DataDir: t.TempDir(), AccountID: account, SealKey: seal.NewKey(),
		Durability: audit.Process, Backends: model.Routes{Default: builtin.New(builtin.Options{})},
	}
	for _, f := range change {
		f(&opt)
	}
	return opt
}

// open opens a server that does not serve yet.
func open(t *testing.T, opt server.Options) *world {
	t.Helper()
	w := &world{t: t, log: &buffer{}, clock: &clock{}}
	opt.Now = w.clock.Now
	opt.Log = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.opt = opt
	var err error
	if w.Server, err = server.Open(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	w.url = w.URL()
	if w.First != nil {
		w.root = key{ID: w.First.ID, Secret: w.First.Reveal()}
		w.secrets = append(w.secrets, w.root.Secret)
	}
	w.client = &http.Client{Transport: &http.Transport{TLSClientConfig: w.trust()}}
	t.Cleanup(w.client.CloseIdleConnections)
	return w
}

// serve answers calls from now on. The listener is open since open.
func (w *world) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx) }()
	var once sync.Once
	var err error
	w.stop = func() error {
		once.Do(func() { cancel(); w.client.CloseIdleConnections(); err = <-done })
		return err
	}
	w.t.Cleanup(func() {
		if err := w.stop(); err != nil {
			w.t.Error("serve:", err)
		}
	})
}

// trust is what a client does who was given the server's ca.pem.
func (w *world) trust() *tls.Config {
	pem, err := os.ReadFile(filepath.Join(w.opt.DataDir, "ca.pem"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		w.t.Fatalf("ca.pem: %v", err)
	}
	return &tls.Config{RootCAs: roots}
}

// events are what the journal holds.
func (w *world) events() []*audit.Event {
	w.t.Helper()
	var all []*audit.Event
	for record, err := range audit.Read(w.opt.DataDir, 1) {
		if err != nil {
			w.t.Fatal(err)
		}
		if record.Kind() == audit.ReservationRecord {
			continue
		}
		e, err := record.Event()
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// head is the end of the journal, which is verified on the way.
func (w *world) head() audit.Head {
	w.t.Helper()
	head, err := audit.Verify(w.opt.DataDir)
	if err != nil {
		w.t.Fatal(err)
	}
	return head
}

// key is an access key, a session, or nothing: then requests are not signed.
type key struct{ ID, Secret, Token string }

// Retrieve implements aws.CredentialsProvider.
func (k key) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret, SessionToken: k.Token}, nil
}

// clock is the server's; it can be set forward and back.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
