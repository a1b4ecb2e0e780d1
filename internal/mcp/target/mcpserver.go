package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"

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
