package target

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// Sessions with MCP servers: opened when they are first asked for, shared by all
// who are shown to the server as the same, and bounded in number.

// servers keeps sessions with MCP servers.
type servers struct {
	mu   sync.Mutex
	held map[serverKey]*session
}

type serverKey struct {
	target  string
	changed time.Time
	caller  [sha256.Size]byte // of the token that the server is shown; zero: none
}

// maxServers bounds the sessions that are kept.
const maxServers = 1000

// session is a session with a server, opened when it is first asked for.
type session struct {
	*mcp.ClientSession
	opening sync.Mutex
	used    atomic.Int64

	mu        sync.Mutex
	token     int64
	listeners map[any]*Call
}

func (m *mcpServer) key(at *Place) serverKey {
	k := serverKey{target: at.Target.ID, changed: at.Target.Updated}
	if at.Bearer != "" && shownToTarget(at.Target) {
		k.caller = sha256.Sum256([]byte(at.Bearer))
	}
	return k
}

// session returns an open session with the server.
func (m *mcpServer) session(ctx context.Context, at *Place) (*session, error) {
	s := m.pool.servers.of(m.key(at), m.pool.Now())
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.ClientSession != nil {
		return s, nil
	}
	transport, err := m.transport(at)
	if err != nil {
		return nil, err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "hardpan", Version: "1"}, &mcp.ClientOptions{
		Capabilities:                &mcp.ClientCapabilities{},
		ProgressNotificationHandler: s.progress, LoggingMessageHandler: s.log,
	})
	opened, err := client.Connect(ctx, transport, nil)
	if err != nil {
		return nil, m.failed(ctx, at, err)
	}
	s.ClientSession = opened
	return s, nil
}

func (m *mcpServer) transport(at *Place) (mcp.Transport, error) {
	if name, ok := strings.CutPrefix(m.endpoint, stdioScheme); ok {
		command, ok := m.pool.Commands[name]
		if !ok {
			return nil, &Error{Message: "The configuration names no command " + name + "; only commands of hardpan.yaml are run."}
		}
		c := exec.Command(command.Path, command.Args...) //nolint:noctx // it outlives the call that starts it; Pool.Close ends it
		c.Env = append([]string{}, command.Env...)
		return &mcp.CommandTransport{Command: c}, nil
	}
	return &mcp.StreamableClientTransport{
		Endpoint: m.endpoint, MaxRetries: -1, DisableStandaloneSSE: true, MaxEventSize: maxAnswer,
		HTTPClient: &http.Client{Transport: &authenticated{m.pool, at}, CheckRedirect: noRedirect},
	}, nil
}

// of returns the session of a key, making room for it if need be.
func (v *servers) of(k serverKey, now time.Time) *session {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.held == nil {
		v.held = map[serverKey]*session{}
	}
	s := v.held[k]
	if s == nil {
		v.makeRoom()
		s = &session{listeners: map[any]*Call{}}
		v.held[k] = s
	}
	s.used.Store(now.UnixNano())
	return s
}

func (v *servers) makeRoom() {
	for len(v.held) >= maxServers {
		var oldest serverKey
		var at int64
		for k, s := range v.held {
			if used := s.used.Load(); at == 0 || used < at {
				oldest, at = k, used
			}
		}
		go v.held[oldest].end()
		delete(v.held, oldest)
	}
}

func (v *servers) forget(k serverKey) {
	v.mu.Lock()
	s := v.held[k]
	delete(v.held, k)
	v.mu.Unlock()
	if s != nil {
		go s.end()
	}
}

func (v *servers) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for k, s := range v.held {
		s.end()
		delete(v.held, k)
	}
}

// end closes the session, if it was ever open.
func (s *session) end() {
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.ClientSession != nil {
		_ = s.Close()
	}
}

// listen passes on what the server says while a call runs, under a token of the
// session's own, until done is called. A log message names no call: all who
// listen hear it, and only where one call runs is it passed on.
func (s *session) listen(params *mcp.CallToolParams, c *Call) (done func()) {
	if c.Progress == nil && c.Log == nil {
		return func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token++
	token := fmt.Sprint("hardpan-", s.token)
	params.SetProgressToken(token)
	s.listeners[token] = c
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, token)
	}
}

func (s *session) progress(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
	s.mu.Lock()
	c := s.listeners[r.Params.ProgressToken]
	s.mu.Unlock()
	if c != nil && c.Progress != nil {
		c.Progress(r.Params)
	}
}

func (s *session) log(_ context.Context, r *mcp.LoggingMessageRequest) {
	s.mu.Lock()
	var only *Call
	if len(s.listeners) == 1 {
		for _, c := range s.listeners {
			only = c
		}
	}
	s.mu.Unlock()
	if only != nil && only.Log != nil {
		only.Log(r.Params)
	}
}
