package target

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/gateway"
)

// mcpServer is an MCP server: over streamable HTTP, or a command of this machine
// that the operator's configuration names. Calls share a session; where the
// server is shown the caller's own token, each caller has one of their own.
type mcpServer struct {
	pool     *Pool
	endpoint string
}

// stdioScheme begins the endpoint of a server that is a command.
const stdioScheme = "stdio:"

// maxListed bounds the tools, prompts and resources of one server, each.
const maxListed = 10_000

func (m *mcpServer) discover(ctx context.Context, at *Place) (*gateway.Offer, error) {
	s, err := m.session(ctx, at)
	if err != nil {
		return nil, err
	}
	offer := &gateway.Offer{}
	capabilities := s.InitializeResult().Capabilities
	if capabilities.Tools != nil {
		tools, err := collect(s.Tools(ctx, nil))
		if err != nil {
			return nil, m.failed(ctx, at, err)
		}
		for _, t := range tools {
			tool, err := kept(t)
			if err != nil {
				return nil, &Error{Message: "The tool " + t.Name + " cannot be kept.", Cause: err}
			}
			offer.Tools = append(offer.Tools, tool)
		}
	}
	if capabilities.Prompts != nil {
		prompts, err := collect(s.Prompts(ctx, nil))
		if err != nil {
			return nil, m.failed(ctx, at, err)
		}
		for _, p := range prompts {
			offer.Prompts = append(offer.Prompts, keptPrompt(p))
		}
	}
	offer.Resources = capabilities.Resources != nil
	return offer, nil
}

func keptPrompt(p *mcp.Prompt) gateway.Prompt {
	out := gateway.Prompt{Name: p.Name}
	for _, a := range p.Arguments {
		out.Arguments = append(out.Arguments, gateway.PromptArgument{Name: a.Name, Required: a.Required})
	}
	return out
}

// kept is a server's tool as the gateway keeps it.
func kept(t *mcp.Tool) (out gateway.Tool, err error) {
	out = gateway.Tool{Name: t.Name, Title: t.Title, Description: t.Description}
	if out.Input, err = json.Marshal(t.InputSchema); err != nil {
		return out, err
	}
	if t.OutputSchema != nil {
		if out.Output, err = json.Marshal(t.OutputSchema); err != nil {
			return out, err
		}
	}
	if t.Annotations != nil {
		out.Annotations, err = json.Marshal(t.Annotations)
	}
	return out, err
}

// collect reads a list of all pages, up to maxListed.
func collect[T any](pages iter.Seq2[T, error]) (list []T, err error) {
	for one, err := range pages {
		if err != nil {
			return nil, err
		}
		if list = append(list, one); len(list) > maxListed {
			return nil, fmt.Errorf("the server lists more than %d of one kind", maxListed)
		}
	}
	return list, nil
}

func (m *mcpServer) call(ctx context.Context, at *Place, c *Call) (*mcp.CallToolResult, error) {
	s, err := m.session(ctx, at)
	if err != nil {
		return nil, err
	}
	params := &mcp.CallToolParams{Name: c.Tool}
	if len(c.Arguments) > 0 {
		params.Arguments = c.Arguments
	}
	done := s.listen(params, c)
	defer done()
	result, err := s.CallTool(ctx, params)
	if err != nil {
		return nil, m.failed(ctx, at, err)
	}
	return result, nil
}

// Offers returns the prompts and resources of a target that is an MCP server;
// others have none.
func (p *Pool) Offers(ctx context.Context, at *Place) (*Offers, error) {
	m, err := p.server(at)
	if errors.Is(err, ErrNone) {
		return &Offers{}, nil
	} else if err != nil {
		return nil, err
	}
	ctx, cancel := p.bound(ctx)
	defer cancel()
	s, err := m.session(ctx, at)
	if err != nil {
		return nil, err
	}
	out, capabilities := &Offers{}, s.InitializeResult().Capabilities
	if capabilities.Prompts != nil {
		if out.Prompts, err = collect(s.Prompts(ctx, nil)); err != nil {
			return nil, m.failed(ctx, at, err)
		}
	}
	if capabilities.Resources == nil {
		return out, nil
	}
	if out.Resources, err = collect(s.Resources(ctx, nil)); err != nil {
		return nil, m.failed(ctx, at, err)
	}
	if out.Templates, err = collect(s.ResourceTemplates(ctx, nil)); err != nil {
		return nil, m.failed(ctx, at, err)
	}
	return out, nil
}

// server returns the MCP server that a target is, or [ErrNone].
func (p *Pool) server(at *Place) (*mcpServer, error) {
	k, err := p.kindOf(at)
	if err != nil {
		return nil, err
	}
	m, ok := k.(*mcpServer)
	if !ok {
		return nil, ErrNone
	}
	return m, nil
}

// ask has a target that is an MCP server answer one request.
func ask[R any](ctx context.Context, p *Pool, at *Place, question func(context.Context, *session) (R, error)) (none R, err error) {
	m, err := p.server(at)
	if err != nil {
		return none, err
	}
	ctx, cancel := p.bound(ctx)
	defer cancel()
	s, err := m.session(ctx, at)
	if err != nil {
		return none, err
	}
	answer, err := question(ctx, s)
	if err != nil {
		return none, m.failed(ctx, at, err)
	}
	return answer, nil
}

// GetPrompt has a target write a prompt.
func (p *Pool) GetPrompt(ctx context.Context, at *Place, name string, arguments map[string]string) (*mcp.GetPromptResult, error) {
	return ask(ctx, p, at, func(ctx context.Context, s *session) (*mcp.GetPromptResult, error) {
		return s.GetPrompt(ctx, &mcp.GetPromptParams{Name: name, Arguments: arguments})
	})
}

// ReadResource has a target read a resource.
func (p *Pool) ReadResource(ctx context.Context, at *Place, uri string) (*mcp.ReadResourceResult, error) {
	return ask(ctx, p, at, func(ctx context.Context, s *session) (*mcp.ReadResourceResult, error) {
		return s.ReadResource(ctx, &mcp.ReadResourceParams{URI: uri})
	})
}

// Complete has a target suggest values.
func (p *Pool) Complete(ctx context.Context, at *Place, c *mcp.CompleteParams) (*mcp.CompleteResult, error) {
	return ask(ctx, p, at, func(ctx context.Context, s *session) (*mcp.CompleteResult, error) { return s.Complete(ctx, c) })
}

// failed says what became of a request to the server. A session that broke is
// not used again.
func (m *mcpServer) failed(ctx context.Context, at *Place, err error) error {
	m.pool.servers.forget(m.key(at))
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	host := &url.URL{Host: m.endpoint}
	if u, parseErr := url.Parse(m.endpoint); parseErr == nil && u.Host != "" {
		host = u
	}
	if ctx.Err() != nil {
		return unreachable(ctx, host, err)
	}
	return &Error{Message: "The MCP server " + host.Host + " did not answer as the protocol demands.", Cause: err}
}

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
