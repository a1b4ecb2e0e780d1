package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// ownServer is a server process that the demo started and will end.
type ownServer struct {
	endpoint string
	folder   string
	ready    time.Duration // from its start until it was ready

	process *exec.Cmd
	end     context.CancelFunc // asks the process to end
	ended   chan struct{}      // closed when it is gone
	said    *tail
}

const (
	startPatience = 20 * time.Second
	stopPatience  = 10 * time.Second
	pollInterval  = 5 * time.Millisecond
)

// startServer starts this same program as a server on a free port.
func (p *program) startServer(ctx context.Context, folder string) (*ownServer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program's own file: %w", err)
	}
	s := &ownServer{folder: folder, said: new(tail), ended: make(chan struct{})}
	running, end := context.WithCancel(ctx)
	s.end = end
	s.process = exec.CommandContext(running, self, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder,
		"--allow-upstream", "127.0.0.0/8") // story 3 has its API and its identity provider there
	s.process.Cancel = func() error { return s.process.Process.Signal(syscall.SIGTERM) }
	s.process.WaitDelay = stopPatience // and then it is killed
	s.process.Dir = folder
	s.process.Env = []string{"HOME=" + folder, "PATH=" + p.getenv("PATH")} // no setting of the caller's has a say
	s.process.Stdout, s.process.Stderr = s.said, s.said
	began := time.Now()
	if err := s.process.Start(); err != nil {
		end()
		return nil, fmt.Errorf("starting a server: %w", err)
	}
	go func() {
		_ = s.process.Wait() // its state says how it ended
		close(s.ended)
	}()
	if s.endpoint, err = waitReady(ctx, folder, s.ended); err != nil {
		err = errors.Join(err, s.stop())
		return nil, failed("it said:\n"+s.said.String(), "starting a server: %w", err)
	}
	s.ready = time.Since(began).Round(time.Millisecond)
	return s, nil
}

// waitReady waits until the server with this data folder takes calls, and
// returns its URL. ended is closed if its process ends before that.
func waitReady(ctx context.Context, folder string, ended <-chan struct{}) (endpoint string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startPatience, fmt.Errorf("it was not ready after %s", startPatience))
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if endpoint, ok := isReady(ctx, place{dataDir: folder}); ok {
			return endpoint, nil
		}
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-ended:
			return "", errors.New("it ended before it was ready")
		case <-tick.C:
		}
	}
}

// isReady asks the server that the data folder names.
func isReady(ctx context.Context, l place) (endpoint string, ok bool) {
	nobody := &program{}
	written, err := l.written(nobody)
	if err != nil || written.url == "" {
		return "", false
	}
	web, err := nobody.httpClient(l, written.url)
	if err != nil {
		return "", false
	}
	defer web.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, written.url+"/readyz", http.NoBody)
	if err != nil {
		return "", false
	}
	response, err := web.Do(request)
	if err != nil {
		return "", false
	}
	response.Body.Close()
	return written.url, response.StatusCode == http.StatusOK
}

// stop asks the server to end, and makes it end if it does not.
func (s *ownServer) stop() error {
	s.end()
	<-s.ended
	if !s.process.ProcessState.Success() {
		return fmt.Errorf("the server did not end as it should: %s", s.process.ProcessState)
	}
	return nil
}

// client returns one for the server with other credentials than its own.
func (s *ownServer) client(region string, creds aws.CredentialsProvider) *client {
	c := newClient(s.endpoint, region, creds, &http.Client{Timeout: callTimeout})
	c.endpointFrom, c.credentialsFrom = "the demo", "the demo"
	return c
}

// administrator returns a client with the key of the server's first start.
func (s *ownServer) administrator(ctx context.Context, region string) (*client, error) {
	nobody := &program{}
	creds, _, err := nobody.credentials(ctx, place{dataDir: s.folder})
	if err != nil {
		return nil, err
	}
	return s.client(region, creds), nil
}

// tail keeps the end of what a process says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const maxTail = 8 << 10

// Write implements io.Writer.
func (t *tail) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, text...)
	t.text = bytes.Clone(t.text[max(0, len(t.text)-maxTail):])
	return len(text), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
